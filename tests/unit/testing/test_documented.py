"""AWS's documented calls, from the AWS CLI's examples, come back as they are documented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

INSTANCE: dict[str, Any] = {
    "availabilityZone": "us-west-2a",
    "blueprintId": "wordpress",
    "bundleId": "nano_3_0",
}
DATABASE: dict[str, Any] = {
    "relationalDatabaseBlueprintId": "mysql_8_0",
    "relationalDatabaseBundleId": "micro_1_0",
    "masterDatabaseName": "dbmaster",
    "masterUsername": "user",
    "availabilityZone": "us-west-2a",
}
PORT = {"fromPort": 22, "toPort": 22, "protocol": "tcp"}
# When instance I has automatic snapshots of the dates that the examples name.
SNAPSHOTS_BEGAN_AT = datetime(2019, 10, 1, tzinfo=UTC)
NOW = datetime(2019, 10, 14, 12, tzinfo=UTC)
ENTRY = {"name": "example.com", "type": "A", "target": "192.0.2.0"}


@pytest.fixture(scope="session")
def east(connect: Callable[[str], Any]) -> Any:
    """A client of the region that serves domains."""
    return connect("us-east-1")


@pytest.fixture
def client(mocked: Lightsail, west: Any, east: Any) -> Any:
    """An account that has what the examples act on, all of it finished."""
    client = west
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    client.create_instances(instanceNames=["J", "K"], **INSTANCE)
    automatic: dict[str, Any] = {"addOns": [{"addOnType": "AutoSnapshot"}]}
    client.create_instances(instanceNames=["I"], **INSTANCE, **automatic)
    mocked.set_created_at("I", SNAPSHOTS_BEGAN_AT)
    for name in ("D", "E"):
        client.create_disk(diskName=name, availabilityZone="us-west-2a", sizeInGb=8)
    client.attach_disk(diskName="E", instanceName="K", diskPath="/dev/xvdf")
    client.create_disk_snapshot(diskName="D", diskSnapshotName="DS")
    client.create_instance_snapshot(instanceName="I", instanceSnapshotName="IS")
    for name in ("S", "T"):
        client.allocate_static_ip(staticIpName=name)
    client.attach_static_ip(staticIpName="T", instanceName="J")
    client.create_load_balancer(
        loadBalancerName="L",
        instancePort=80,
        certificateName="C",
        certificateDomainName="example.com",
    )
    client.create_relational_database(relationalDatabaseName="R", **DATABASE)
    client.create_relational_database_snapshot(
        relationalDatabaseName="R", relationalDatabaseSnapshotName="RS"
    )
    mocked.issue_certificate("C")
    east.create_domain(domainName="example.com")
    client.create_key_pair(keyPairName="P")
    state_manager.set_transition("lightsail::operation", {"progression": "manual", "times": 1})
    return client


# The action and its parameters, and the operations that come back: type, resource type, name,
# operationDetails ("-" where there are none), status, and whether the zone is named or "all".
CALLS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("allocate_static_ip", {"staticIpName": "N"}, ["AllocateStaticIp StaticIp N - Succeeded all"]),
    (
        "attach_disk",
        {"diskName": "D", "instanceName": "I", "diskPath": "/dev/xvdf"},
        ["AttachDisk Disk D I Started zone", "AttachDisk Instance I D Started zone"],
    ),
    (
        "attach_instances_to_load_balancer",
        {"loadBalancerName": "L", "instanceNames": ["I", "J"]},
        [
            "AttachInstancesToLoadBalancer LoadBalancer L I Started all",
            "AttachInstancesToLoadBalancer Instance I L Started all",
            "AttachInstancesToLoadBalancer LoadBalancer L J Started all",
            "AttachInstancesToLoadBalancer Instance J L Started all",
        ],
    ),
    (
        "attach_load_balancer_tls_certificate",
        {"loadBalancerName": "L", "certificateName": "C"},
        [
            "AttachLoadBalancerTlsCertificate LoadBalancer L C Succeeded all",
            "AttachLoadBalancerTlsCertificate LoadBalancerTlsCertificate C L Succeeded all",
        ],
    ),
    (
        "attach_static_ip",
        {"staticIpName": "S", "instanceName": "I"},
        ["AttachStaticIp StaticIp S I Succeeded all", "AttachStaticIp Instance I S Succeeded zone"],
    ),
    (
        "close_instance_public_ports",
        {"portInfo": PORT, "instanceName": "I"},
        ["CloseInstancePublicPorts Instance I 22/tcp Succeeded zone"],
    ),
    (
        "copy_snapshot",
        {"sourceSnapshotName": "IS", "targetSnapshotName": "N", "sourceRegion": "us-west-2"},
        ["CopySnapshot InstanceSnapshot N us-west-2:IS Started all"],
    ),
    (
        "copy_snapshot",
        {
            "sourceResourceName": "I",
            "restoreDate": "2019-10-14",
            "targetSnapshotName": "N",
            "sourceRegion": "us-west-2",
        },
        ["CopySnapshot InstanceSnapshot N us-west-2:I Started all"],
    ),
    (
        "create_disk_from_snapshot",
        {
            "diskName": "N",
            "diskSnapshotName": "DS",
            "availabilityZone": "us-west-2a",
            "sizeInGb": 32,
        },
        ["CreateDiskFromSnapshot Disk N - Started zone"],
    ),
    (
        "create_disk_snapshot",
        {"diskName": "D", "diskSnapshotName": "N"},
        [
            "CreateDiskSnapshot DiskSnapshot N D Started all",
            "CreateDiskSnapshot Disk D N Started zone",
        ],
    ),
    (
        "create_disk_snapshot",
        {"instanceName": "I", "diskSnapshotName": "N"},
        [
            "CreateDiskSnapshot DiskSnapshot N I Started all",
            "CreateDiskSnapshot Instance I N Started zone",
        ],
    ),
    (
        "create_disk",
        {"diskName": "N", "availabilityZone": "us-west-2a", "sizeInGb": 32},
        ["CreateDisk Disk N - Started zone"],
    ),
    (
        "create_domain_entry",
        {"domainName": "example.com", "domainEntry": ENTRY},
        ["CreateDomainEntry Domain example.com - Succeeded all global"],
    ),
    (
        "create_domain",
        {"domainName": "example.org"},
        ["CreateDomain Domain example.org - Succeeded all global"],
    ),
    (
        "create_instance_snapshot",
        {"instanceName": "I", "instanceSnapshotName": "N"},
        [
            "CreateInstanceSnapshot InstanceSnapshot N I Started all",
            "CreateInstanceSnapshot Instance I N Started zone",
        ],
    ),
    (
        "create_instances_from_snapshot",
        {
            "instanceSnapshotName": "IS",
            "instanceNames": ["N"],
            "availabilityZone": "us-west-2a",
            "bundleId": "small_3_0",
        },
        ["CreateInstancesFromSnapshot Instance N - Started zone"],
    ),
    (
        "create_instances",
        {"instanceNames": ["N", "O"], **INSTANCE},
        ["CreateInstance Instance N - Started zone", "CreateInstance Instance O - Started zone"],
    ),
    ("create_key_pair", {"keyPairName": "N"}, ["CreateKeyPair KeyPair N - Succeeded all"]),
    (
        "create_load_balancer_tls_certificate",
        {"loadBalancerName": "L", "certificateName": "N", "certificateDomainName": "example.com"},
        [
            "CreateLoadBalancerTlsCertificate LoadBalancerTlsCertificate N L Succeeded all",
            "CreateLoadBalancerTlsCertificate LoadBalancer L N Succeeded all",
        ],
    ),
    (
        "create_load_balancer",
        {
            "loadBalancerName": "N",
            "instancePort": 80,
            "certificateName": "M",
            "certificateDomainName": "example.com",
        },
        [
            "CreateLoadBalancer LoadBalancer N - Started all",
            "CreateLoadBalancerTlsCertificate LoadBalancerTlsCertificate M N Succeeded all",
            "CreateLoadBalancerTlsCertificate LoadBalancer N M Succeeded all",
        ],
    ),
    (
        "create_relational_database_from_snapshot",
        {
            "relationalDatabaseName": "N",
            "relationalDatabaseSnapshotName": "RS",
            "availabilityZone": "us-west-2a",
        },
        ["CreateRelationalDatabaseFromSnapshot RelationalDatabase N - Started zone"],
    ),
    (
        "create_relational_database_snapshot",
        {"relationalDatabaseName": "R", "relationalDatabaseSnapshotName": "N"},
        [
            "CreateRelationalDatabaseSnapshot RelationalDatabaseSnapshot N R Started all",
            "CreateRelationalDatabaseSnapshot RelationalDatabase R N Started zone",
        ],
    ),
    (
        "create_relational_database",
        {"relationalDatabaseName": "N", **DATABASE},
        ["CreateRelationalDatabase RelationalDatabase N - Started zone"],
    ),
    (
        "delete_auto_snapshot",
        {"resourceName": "I", "date": "2019-10-10"},
        ["DeleteAutoSnapshot Instance I DeleteAutoSnapshot-2019-10-10 Succeeded zone"],
    ),
    (
        "delete_disk_snapshot",
        {"diskSnapshotName": "DS"},
        ["DeleteDiskSnapshot DiskSnapshot DS - Succeeded all"],
    ),
    ("delete_disk", {"diskName": "D"}, ["DeleteDisk Disk D - Succeeded zone"]),
    (
        "delete_domain_entry",
        {"domainName": "example.com", "domainEntry": ENTRY},
        ["DeleteDomainEntry Domain example.com - Succeeded all global"],
    ),
    (
        "delete_domain",
        {"domainName": "example.com"},
        ["DeleteDomain Domain example.com - Succeeded all global"],
    ),
    (
        "delete_instance_snapshot",
        {"instanceSnapshotName": "IS"},
        ["DeleteInstanceSnapshot InstanceSnapshot IS - Succeeded all"],
    ),
    (
        "delete_instance",
        {"instanceName": "K"},
        [
            "DetachDisk Disk E K Started zone",
            "DetachDisk Instance K E Started zone",
            "DeleteInstance Instance K - Succeeded zone",
        ],
    ),
    ("delete_key_pair", {"keyPairName": "P"}, ["DeleteKeyPair KeyPair P - Succeeded all"]),
    (
        "delete_known_host_keys",
        {"instanceName": "I"},
        ["DeleteKnownHostKeys Instance I - Succeeded zone"],
    ),
    (
        "delete_load_balancer_tls_certificate",
        {"loadBalancerName": "L", "certificateName": "C"},
        [
            "DeleteLoadBalancerTlsCertificate LoadBalancerTlsCertificate C - Started all",
            "DeleteLoadBalancerTlsCertificate LoadBalancer L - Started all",
        ],
    ),
    (
        "delete_load_balancer",
        {"loadBalancerName": "L"},
        [
            "DeleteLoadBalancer LoadBalancer L - Succeeded all",
            "DeleteLoadBalancerTlsCertificate LoadBalancerTlsCertificate C - Started all",
            "DeleteLoadBalancerTlsCertificate LoadBalancer L - Started all",
        ],
    ),
    (
        "delete_relational_database_snapshot",
        {"relationalDatabaseSnapshotName": "RS"},
        ["DeleteRelationalDatabaseSnapshot RelationalDatabaseSnapshot RS - Succeeded all"],
    ),
    (
        "delete_relational_database",
        {"relationalDatabaseName": "R", "finalRelationalDatabaseSnapshotName": "F"},
        [
            "DeleteRelationalDatabase RelationalDatabase R - Started zone",
            "CreateRelationalDatabaseSnapshot RelationalDatabase R F Started zone",
            "CreateRelationalDatabaseSnapshot RelationalDatabaseSnapshot F R Started all",
        ],
    ),
    (
        "delete_relational_database",
        {"relationalDatabaseName": "R", "skipFinalSnapshot": True},
        ["DeleteRelationalDatabase RelationalDatabase R - Started zone"],
    ),
    (
        "detach_static_ip",
        {"staticIpName": "T"},
        ["DetachStaticIp StaticIp T J Succeeded all", "DetachStaticIp Instance J T Succeeded zone"],
    ),
    (
        "open_instance_public_ports",
        {"portInfo": PORT, "instanceName": "I"},
        ["OpenInstancePublicPorts Instance I 22/tcp Succeeded zone"],
    ),
    ("reboot_instance", {"instanceName": "I"}, ["RebootInstance Instance I '' Succeeded zone"]),
    (
        "reboot_relational_database",
        {"relationalDatabaseName": "R"},
        ["RebootRelationalDatabase RelationalDatabase R '' Started zone"],
    ),
    ("release_static_ip", {"staticIpName": "S"}, ["ReleaseStaticIp StaticIp S - Succeeded all"]),
    ("start_instance", {"instanceName": "I"}, ["StartInstance Instance I - Started zone"]),
    (
        "start_relational_database",
        {"relationalDatabaseName": "R"},
        ["StartRelationalDatabase RelationalDatabase R - Started zone"],
    ),
    ("stop_instance", {"instanceName": "I"}, ["StopInstance Instance I - Started zone"]),
    (
        "stop_relational_database",
        {"relationalDatabaseName": "R"},
        ["StopRelationalDatabase RelationalDatabase R - Started zone"],
    ),
]


def line(operation: dict[str, Any]) -> str:
    zone = {"us-west-2a": "zone"}.get(operation["location"]["availabilityZone"], "all")
    region = operation["location"]["regionName"]
    return " ".join(
        [
            operation["operationType"],
            operation["resourceType"],
            operation["resourceName"],
            operation.get("operationDetails", "-") or "''",
            operation["status"],
            zone,
            *([region] if region != "us-west-2" else []),
        ]
    )


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("method", "parameters", "expected"), CALLS, ids=[f"{call[0]}-{call[1]}" for call in CALLS]
)
def test_a_documented_call_begins_the_documented_operations(
    client: Any, east: Any, method: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    with time_machine.travel(NOW):
        response = getattr(east if "domain" in method else client, method)(**parameters)
    operations = response["operations"] if "operations" in response else [response["operation"]]
    assert [line(operation) for operation in operations] == expected
    for operation in operations:
        assert operation["isTerminal"] == (operation["status"] == "Succeeded")
        assert {"errorCode", "errorDetails"}.isdisjoint(operation)


def test_vpcs_are_peered_and_unpeered(client: Any) -> None:
    peered = client.peer_vpc()["operation"]
    assert client.is_vpc_peered()["isPeered"]
    unpeered = client.unpeer_vpc()["operation"]
    assert not client.is_vpc_peered()["isPeered"]
    assert peered["operationType"] == "PeeredVpc"
    assert unpeered["operationType"] == "UnpeeredVpc"
    for operation in (peered, unpeered):
        assert operation["resourceType"] == "PeeredVpc"
        assert operation["resourceName"].startswith("vpc-")
        assert operation["operationDetails"].startswith("vpc-")


def test_a_final_snapshot_has_a_name_of_its_own(client: Any) -> None:
    operations = client.delete_relational_database(relationalDatabaseName="R")["operations"]
    assert operations[1]["operationDetails"] == operations[2]["resourceName"]
    assert operations[2]["resourceName"].startswith("R-FinalSnapshot-1")
    assert operations[2]["operationDetails"] == "R"


def test_a_database_that_stops_may_leave_a_snapshot(client: Any) -> None:
    operations = client.stop_relational_database(
        relationalDatabaseName="R", relationalDatabaseSnapshotName="F"
    )["operations"]
    assert [line(operation).split()[0] for operation in operations] == [
        "StopRelationalDatabase",
        "CreateRelationalDatabaseSnapshot",
        "CreateRelationalDatabaseSnapshot",
    ]


@pytest.mark.usefixtures("client")
def test_a_snapshot_is_copied_from_another_region(east: Any) -> None:
    (operation,) = east.copy_snapshot(
        sourceSnapshotName="IS", targetSnapshotName="N", sourceRegion="us-west-2"
    )["operations"]
    assert operation["operationDetails"] == "us-west-2:IS"
    assert operation["location"]["regionName"] == "us-east-1"
    copy = east.get_instance_snapshot(instanceSnapshotName="N")["instanceSnapshot"]
    assert copy["fromInstanceName"] == "I"
    assert copy["location"]["regionName"] == "us-east-1"
