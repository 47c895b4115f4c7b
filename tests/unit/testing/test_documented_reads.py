"""Each read has every member of AWS's documented output, with the right JSON type.

`documented_reads.json` holds the members and types of the outputs of the AWS CLI's examples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail, mock_lightsail

DOCUMENTED: dict[str, Any] = json.loads(
    Path(__file__).with_name("documented_reads.json").read_text("utf-8")
)
METRIC: dict[str, Any] = {"period": 7200, "startTime": 1571342400, "endTime": 1571428800}
DATABASE = {"relationalDatabaseName": "R"}
# The parameters of each read that has some.
PARAMETERS: dict[str, dict[str, Any]] = {
    "get_auto_snapshots": {"resourceName": "I"},
    "get_disk": {"diskName": "D"},
    "get_disk_snapshot": {"diskSnapshotName": "DS"},
    "get_domain": {"domainName": "example.com"},
    "get_instance": {"instanceName": "I"},
    "get_instance_access_details": {"instanceName": "I"},
    "get_instance_metric_data": {
        "instanceName": "I",
        "metricName": "CPUUtilization",
        "unit": "Percent",
        "statistics": ["Average"],
        **METRIC,
    },
    "get_instance_port_states": {"instanceName": "I"},
    "get_instance_snapshot": {"instanceSnapshotName": "IS"},
    "get_instance_state": {"instanceName": "I"},
    "get_key_pair": {"keyPairName": "P"},
    "get_load_balancer": {"loadBalancerName": "L"},
    "get_load_balancer_tls_certificates": {"loadBalancerName": "L"},
    "get_operations_for_resource": {"resourceName": "D"},
    "get_relational_database": DATABASE,
    "get_relational_database_events": {**DATABASE, "durationInMinutes": 1020},
    "get_relational_database_log_events": {**DATABASE, "logStreamName": "error"},
    "get_relational_database_log_streams": DATABASE,
    "get_relational_database_master_user_password": DATABASE,
    "get_relational_database_metric_data": {
        **DATABASE,
        "metricName": "DatabaseConnections",
        "unit": "Count",
        "statistics": ["Sum"],
        **METRIC,
    },
    "get_relational_database_parameters": DATABASE,
    "get_relational_database_snapshot": {"relationalDatabaseSnapshotName": "RS"},
    "get_static_ip": {"staticIpName": "S"},
}


@pytest.fixture(scope="module")
def account(connect: Callable[[str], Any]) -> Iterator[Lightsail]:
    """An account that has what the examples read, all of it finished."""
    with mock_lightsail() as account:
        state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
        client, east = connect("us-west-2"), connect("us-east-1")
        client.create_instances(
            instanceNames=["I"],
            availabilityZone="us-west-2a",
            blueprintId="mean",
            bundleId="medium_3_0",
            addOns=[{"addOnType": "AutoSnapshot"}],
        )
        tags = [{"key": "k", "value": "v"}]
        client.create_disk(diskName="D", availabilityZone="us-west-2a", sizeInGb=8, tags=tags)
        client.attach_disk(diskName="D", instanceName="I", diskPath="/dev/xvdf")
        client.create_disk_snapshot(diskName="D", diskSnapshotName="DS")
        client.create_instance_snapshot(
            instanceName="I", instanceSnapshotName="IS", tags=[{"key": "no_delete"}]
        )
        client.export_snapshot(sourceSnapshotName="IS")
        (record,) = client.get_export_snapshot_records()["exportSnapshotRecords"]
        entry = {"instanceType": "t3.micro", "portInfoSource": "DEFAULT"}
        client.create_cloud_formation_stack(
            instances=[{"sourceName": record["name"], "availabilityZone": "us-west-2a", **entry}]
        )
        client.allocate_static_ip(staticIpName="S")
        client.attach_static_ip(staticIpName="S", instanceName="I")
        client.create_key_pair(keyPairName="P")
        client.create_load_balancer(
            loadBalancerName="L",
            instancePort=80,
            certificateName="C",
            certificateDomainName="example.com",
        )
        account.issue_certificate("C")
        client.attach_instances_to_load_balancer(loadBalancerName="L", instanceNames=["I"])
        client.create_relational_database(
            relationalDatabaseName="R",
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_1_0",
            masterDatabaseName="dbmaster",
            masterUsername="dbmasteruser",
        )
        client.create_relational_database_snapshot(
            relationalDatabaseName="R", relationalDatabaseSnapshotName="RS", tags=tags
        )
        client.peer_vpc()
        east.create_domain(domainName="example.com")
        entry = {"name": "example.com", "type": "A", "target": "192.0.2.0"}
        east.create_domain_entry(domainName="example.com", domainEntry=entry)
        yield account


def missing(documented: Any, sent: Any, path: str = "") -> list[str]:
    """Return what a response lacks, or has with another JSON type."""
    if isinstance(documented, dict):
        if not isinstance(sent, dict):
            return [f"{path} is no object"]
        return [
            each
            for name, member in documented.items()
            for each in (
                missing(member, sent[name], f"{path}.{name}")
                if name in sent
                else [f"{path}.{name}"]
            )
        ]
    if isinstance(documented, list):
        if not isinstance(sent, list) or (documented and not sent):
            return [f"{path} is no list, or empty"]
        lacks = [missing(documented[0], each, f"{path}[]") for each in sent if documented]
        return min(lacks, key=len, default=[])  # some item has all members
    types: dict[str, Any] = {"boolean": bool, "number": (int, float), "string": str}
    is_right = isinstance(sent, types[documented])
    return [] if is_right and (documented == "boolean" or not isinstance(sent, bool)) else [path]


@pytest.mark.heavy
@pytest.mark.parametrize("method", DOCUMENTED)
def test_a_read_has_every_documented_member(
    account: Lightsail, connect: Callable[[str], Any], method: str
) -> None:
    bodies: list[Any] = []
    region = "us-east-1" if "domain" in method else "us-west-2"
    client = connect(region)

    def keep(response_dict: dict[str, Any], **_: object) -> None:
        bodies.append(json.loads(response_dict["body"]))

    parameters = PARAMETERS.get(method, {})
    if method == "get_operation":
        parameters = {"operationId": account.add_operation(region_name=region).id}
    client.meta.events.register("before-parse.lightsail", keep)
    getattr(client, method)(**parameters)
    client.meta.events.unregister("before-parse.lightsail", keep)
    [body] = bodies
    assert missing(DOCUMENTED[method], body) == []


def test_the_documents_have_as_many_reads() -> None:
    assert len(DOCUMENTED) == 44


@pytest.mark.parametrize(
    ("documented", "sent", "lacks"),
    [
        ({"a": "string"}, {}, [".a"]),
        ({"a": "string"}, {"a": 1}, [".a"]),
        ({"a": "number"}, {"a": True}, [".a"]),
        ({"a": ["string"]}, {"a": []}, [".a is no list, or empty"]),
        ({"a": [{"b": "number"}]}, {"a": [{"c": 1}]}, [".a[].b"]),
        ({"a": {"b": "number"}}, {"a": 1}, [".a is no object"]),
        ({"a": []}, {"a": []}, []),
    ],
)
def test_the_comparison_finds_what_is_missing(documented: Any, sent: Any, lacks: list[str]) -> None:
    assert missing(documented, sent) == lacks
