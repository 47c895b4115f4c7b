"""What AWS refuses is refused, with AWS's error, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

ZONE = {"availabilityZone": "us-west-2a"}
WEB = {"blueprintId": "debian_12", "bundleId": "nano_3_0", **ZONE}
DATABASE = {
    "relationalDatabaseBlueprintId": "mysql_8_0",
    "relationalDatabaseBundleId": "micro_2_0",
    "masterDatabaseName": "shop",
    "masterUsername": "admin",
}
CDN = {"origin": {"name": "web"}, "defaultCacheBehavior": {}, "bundleId": "small_1_0"}

REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "an unknown blueprint": (
        "create_instances",
        {"instanceNames": ["a"], **WEB, "blueprintId": "beos_5"},
    ),
    "an unknown bundle": ("create_instances", {"instanceNames": ["a"], **WEB, "bundleId": "tiny"}),
    "a bundle of another platform": (
        "create_instances",
        {"instanceNames": ["a"], **WEB, "blueprintId": "windows_server_2022"},
    ),
    "a name that is there twice": ("create_instances", {"instanceNames": ["a", "a"], **WEB}),
    "no name": ("create_instances", {"instanceNames": [], **WEB}),
    "names of which one is taken": ("create_instances", {"instanceNames": ["a", "web"], **WEB}),
    "a zone of another region": (
        "create_instances",
        {"instanceNames": ["a"], **WEB, "availabilityZone": "us-east-1a"},
    ),
    "a zone that no region has": (
        "create_disk",
        {"diskName": "a", "sizeInGb": 8, "availabilityZone": "us-west-2z"},
    ),
    "a zone of another region for a database": (
        "create_relational_database",
        {"relationalDatabaseName": "a", **DATABASE, "availabilityZone": "eu-west-1a"},
    ),
    "an unknown blueprint of a database": (
        "create_relational_database",
        {"relationalDatabaseName": "a", **DATABASE, "relationalDatabaseBlueprintId": "oracle_1"},
    ),
    "an unknown bundle of a database": (
        "create_relational_database",
        {"relationalDatabaseName": "a", **DATABASE, "relationalDatabaseBundleId": "tiny_2_0"},
    ),
    "an unknown bundle of a bucket": (
        "create_bucket",
        {"bucketName": "aaa", "bundleId": "tiny_1_0"},
    ),
    "access of a bucket to itself": (
        "set_resource_access_for_bucket",
        {"bucketName": "assets", "resourceName": "assets", "access": "allow"},
    ),
    "an unknown bundle of a distribution": (
        "create_distribution",
        {"distributionName": "a", **CDN, "bundleId": "tiny_1_0"},
    ),
    "an unknown power": (
        "create_container_service",
        {"serviceName": "a", "power": "huge", "scale": 1},
    ),
    "a path that no disk has": (
        "attach_disk",
        {"diskName": "data", "instanceName": "web", "diskPath": "nonsense"},
    ),
    "a path that another disk has": (
        "attach_disk",
        {"diskName": "data", "instanceName": "web", "diskPath": "/dev/xvdf"},
    ),
    "a disk of another zone": (
        "attach_disk",
        {"diskName": "far", "instanceName": "web", "diskPath": "/dev/xvdg"},
    ),
    "a disk that is attached": (
        "attach_disk",
        {"diskName": "used", "instanceName": "web", "diskPath": "/dev/xvdg"},
    ),
    "deleting a disk that is attached": ("delete_disk", {"diskName": "used"}),
    "detaching a disk that is not": ("detach_disk", {"diskName": "data"}),
    "a static IP of another instance": (
        "attach_static_ip",
        {"staticIpName": "ip", "instanceName": "other"},
    ),
    "an empty zone": (
        "create_disk",
        {"diskName": "a", "sizeInGb": 8, "availabilityZone": ""},
    ),
    "an unknown TLS policy": (
        "create_load_balancer",
        {"loadBalancerName": "a", "instancePort": 80, "tlsPolicyName": "TLS-1999-01"},
    ),
    "a change to an unknown TLS policy": (
        "update_load_balancer_attribute",
        {
            "loadBalancerName": "front",
            "attributeName": "TlsPolicyName",
            "attributeValue": "TLS-1999-01",
        },
    ),
    "a port above the last": (
        "open_instance_public_ports",
        {"instanceName": "web", "portInfo": {"fromPort": 22, "toPort": 65536, "protocol": "tcp"}},
    ),
    "a range of ports that ends before it begins": (
        "open_instance_public_ports",
        {"instanceName": "web", "portInfo": {"fromPort": 80, "toPort": 22, "protocol": "tcp"}},
    ),
    "a malformed CIDR block": (
        "put_instance_public_ports",
        {
            "instanceName": "web",
            "portInfos": [{"fromPort": 22, "toPort": 22, "cidrs": ["10.0.0.0/33"]}],
        },
    ),
    "an IPv4 address among those of IPv6": (
        "close_instance_public_ports",
        {"instanceName": "web", "portInfo": {"ipv6Cidrs": ["192.0.2.1"]}},
    ),
    "a protocol that is none": (
        "open_instance_public_ports",
        {"instanceName": "web", "portInfo": {"fromPort": 22, "toPort": 22, "protocol": "ssh"}},
    ),
    "a metric that is none": (
        "get_instance_metric_data",
        {
            "instanceName": "web",
            "metricName": "Mood",
            "period": 60,
            "startTime": 0,
            "endTime": 60,
            "unit": "Count",
            "statistics": ["Average"],
        },
    ),
    "an address type that is none": (
        "set_ip_address_type",
        {"resourceType": "Instance", "resourceName": "web", "ipAddressType": "ipv5"},
    ),
    "an empty name": ("create_instances", {"instanceNames": ["a", ""], **WEB}),
    "an empty name of a certificate": (
        "create_certificate",
        {"certificateName": "", "domainName": "example.com"},
    ),
    "a time of day that is none": (
        "enable_add_on",
        {
            "resourceName": "web",
            "addOnRequest": {
                "addOnType": "AutoSnapshot",
                "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "25:99"},
            },
        },
    ),
    "an unknown add-on": (
        "create_instances",
        {"instanceNames": ["a"], **WEB, "addOns": [{"addOnType": "Coffee"}]},
    ),
    "an unknown protocol of a container": (
        "create_container_service",
        {
            "serviceName": "api",
            "power": "nano",
            "scale": 1,
            "deployment": {"containers": {"app": {"image": "nginx", "ports": {"80": "SSH"}}}},
        },
    ),
    "an unknown attribute": (
        "update_load_balancer_attribute",
        {"loadBalancerName": "front", "attributeName": "Colour", "attributeValue": "red"},
    ),
    "more nodes than a service has": (
        "create_container_service",
        {"serviceName": "a", "power": "nano", "scale": 21},
    ),
    "a domain": ("create_domain", {"domainName": "example.com"}),
    "reading a domain": ("get_domain", {"domainName": "example.com"}),
    "reading domains": ("get_domains", {}),
    "deleting an instance that has add-ons": ("delete_instance", {"instanceName": "other"}),
    "attaching an instance twice": (
        "attach_instances_to_load_balancer",
        {"loadBalancerName": "front", "instanceNames": ["web", "web"]},
    ),
    "a certificate that is not issued": (
        "attach_load_balancer_tls_certificate",
        {"loadBalancerName": "front", "certificateName": "tls"},
    ),
    "a snapshot of nothing": ("create_disk_snapshot", {"diskSnapshotName": "a"}),
    "a disk from nothing": ("create_disk_from_snapshot", {"diskName": "a", "sizeInGb": 8, **ZONE}),
    "a forged page token": ("get_instances", {"pageToken": "WzEsMiwzXQ=="}),
    "a page token that is nested": ("get_operations", {"pageToken": "W1tbW10sMSwyXSwxLDJd"}),
    "a page token with words for numbers": (
        "get_operations",
        # ["123456789012/us-west-2", "x", []]
        {"pageToken": "WyIxMjM0NTY3ODkwMTIvdXMtd2VzdC0yIiwgIngiLCBbXV0="},
    ),
    "deleting no distribution": ("delete_distribution", {}),
    "copying from a region that is none": (
        "copy_snapshot",
        {"sourceSnapshotName": "s", "targetSnapshotName": "t", "sourceRegion": "us-west-1"},
    ),
}


@pytest.fixture
def client(mocked: Lightsail, west: Any) -> Any:
    """A client of an account that has something of what is needed."""
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    client = west
    client.create_instances(instanceNames=["web"], **WEB)
    client.create_instances(instanceNames=["other"], **WEB, addOns=[{"addOnType": "AutoSnapshot"}])
    for name, zone in (("data", "a"), ("used", "a"), ("far", "b")):
        client.create_disk(diskName=name, sizeInGb=8, availabilityZone=f"us-west-2{zone}")
    client.attach_disk(diskName="used", instanceName="web", diskPath="/dev/xvdf")
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    client.allocate_static_ip(staticIpName="ip")
    client.attach_static_ip(staticIpName="ip", instanceName="web")
    client.create_load_balancer(
        loadBalancerName="front",
        instancePort=80,
        certificateName="tls",
        certificateDomainName="example.com",
    )
    return client


def snapshot(client: Any) -> list[Any]:
    """Return all that can be read of the account."""
    methods = ("get_active_names", "get_instances", "get_disks", "get_static_ips")
    responses = [getattr(client, method)() for method in (*methods, "get_operations")]
    return [
        {name: value for name, value in response.items() if name != "ResponseMetadata"}
        for response in responses
    ]


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_request_changes_nothing(client: Any, what: str) -> None:
    method, parameters = REFUSED[what]
    before = snapshot(client)
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**parameters)
    error: Any = caught.value.response
    assert error["Error"]["Code"] == "InvalidInputException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["code"] == "InvalidParams"  # in the body, as it stands on AWS's wire
    assert error["docs"]
    assert error["tip"]
    assert snapshot(client) == before


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("copy_snapshot", {"sourceResourceName": "ip", "targetSnapshotName": "t"}),
        ("copy_snapshot", {"sourceSnapshotName": "none", "targetSnapshotName": "t"}),
        ("export_snapshot", {"sourceSnapshotName": "none"}),
        ("create_instances", {"instanceNames": ["a"], **WEB, "keyPairName": "none"}),
        ("attach_disk", {"diskName": "data", "instanceName": "none", "diskPath": "/dev/xvdg"}),
        ("set_ip_address_type", {"resourceType": "LoadBalancer", "resourceName": "web"}),
        ("get_auto_snapshots", {"resourceName": "none"}),
        ("get_cost_estimate", {"resourceName": "none", "startTime": 0, "endTime": 1}),
    ],
)
def test_an_unknown_name_is_not_found(client: Any, method: str, parameters: dict[str, Any]) -> None:
    more = {"copy_snapshot": {"sourceRegion": "us-west-2"}}
    more["set_ip_address_type"] = {"ipAddressType": "ipv4"}
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**parameters, **more.get(method, {}))
    assert caught.value.response["Error"]["Code"] == "NotFoundException"
