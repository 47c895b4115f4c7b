"""What AWS refuses is refused, with AWS's error, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail, mock_lightsail

ZONE = {"availabilityZone": "us-west-2a"}
WEB = {"blueprintId": "debian_12", "bundleId": "nano_3_0", **ZONE}
DATABASE = {
    "relationalDatabaseBlueprintId": "mysql_8_0",
    "relationalDatabaseBundleId": "micro_2_0",
    "masterDatabaseName": "shop",
    "masterUsername": "admin",
}
COPY = {"targetSnapshotName": "t", "sourceRegion": "us-west-2"}
LATEST = {"useLatestRestorableAutoSnapshot": True}
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
    "a bundle with less disk than the snapshot has": (
        "create_instances_from_snapshot",
        {"instanceNames": ["a"], "instanceSnapshotName": "big-1", "bundleId": "nano_3_0", **ZONE},
    ),
    "deleting the default key pair by its name alone": (
        "delete_key_pair",
        {"keyPairName": "LightsailDefaultKeyPair"},
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
    "deleting a bucket that has access keys": ("delete_bucket", {"bucketName": "assets"}),
    "deleting a bucket that an instance uses": ("delete_bucket", {"bucketName": "shared"}),
    "deleting a bucket that is an origin": ("delete_bucket", {"bucketName": "origin"}),
    "a third access key of a bucket": ("create_bucket_access_key", {"bucketName": "assets"}),
    "a distribution outside us-east-1": ("create_distribution", {"distributionName": "a", **CDN}),
    "reading distributions": ("get_distributions", {}),
    "the name of another kind of resource": ("allocate_static_ip", {"staticIpName": "data"}),
    "an alarm with the name of an instance": (
        "put_alarm",
        {
            "alarmName": "web",
            "metricName": "CPUUtilization",
            "monitoredResourceName": "web",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "threshold": 80,
        },
    ),
    "a disk that is too small": ("create_disk", {"diskName": "a", "sizeInGb": 7, **ZONE}),
    "a disk that is too large": ("create_disk", {"diskName": "a", "sizeInGb": 16385, **ZONE}),
    "a disk that is smaller than its snapshot": (
        "create_disk_from_snapshot",
        {"diskName": "a", "diskSnapshotName": "backup", "sizeInGb": 8, **ZONE},
    ),
    "a disk that the snapshot of an instance does not have": (
        "create_instances_from_snapshot",
        {
            "instanceNames": ["a"],
            "instanceSnapshotName": "image",
            "bundleId": "nano_3_0",
            "attachedDiskMapping": {"a": [{"originalDiskPath": "/dev/xvdz", "newDiskName": "b"}]},
            **ZONE,
        },
    ),
    "disks of new instances that have one name": (
        "create_instances_from_snapshot",
        {
            "instanceNames": ["a", "b"],
            "instanceSnapshotName": "image",
            "bundleId": "nano_3_0",
            "attachedDiskMapping": {
                "a": [{"originalDiskPath": "/dev/xvdf", "newDiskName": "c"}],
                "b": [{"originalDiskPath": "/dev/xvdf", "newDiskName": "c"}],
            },
            **ZONE,
        },
    ),
    "an add-on of what has none": (
        "enable_add_on",
        {"resourceName": "assets", "addOnRequest": {"addOnType": "AutoSnapshot"}},
    ),
    "an address type of what has none": (
        "set_ip_address_type",
        {"resourceType": "Bucket", "resourceName": "assets", "ipAddressType": "ipv4"},
    ),
    "a public endpoint that is no container": (
        "create_container_service_deployment",
        {
            "serviceName": "api",
            "containers": {"app": {"image": "nginx"}},
            "publicEndpoint": {"containerName": "other", "containerPort": 80},
        },
    ),
    "a public endpoint at a port that its container does not have": (
        "create_container_service_deployment",
        {
            "serviceName": "api",
            "containers": {"app": {"image": "nginx", "ports": {"80": "HTTP"}}},
            "publicEndpoint": {"containerName": "app", "containerPort": 8080},
        },
    ),
    "deleting a certificate that instances use": (
        "delete_load_balancer_tls_certificate",
        {"loadBalancerName": "busy", "certificateName": "used-tls"},
    ),
    "a certificate of another load balancer": (
        "attach_load_balancer_tls_certificate",
        {"loadBalancerName": "front", "certificateName": "used-tls"},
    ),
    "a load balancer with the name of its certificate": (
        "create_load_balancer",
        {
            "loadBalancerName": "a",
            "instancePort": 80,
            "certificateName": "a",
            "certificateDomainName": "example.com",
        },
    ),
    "deleting a certificate that a container service has": (
        "delete_certificate",
        {"certificateName": "served"},
    ),
    "a second bundle of a bucket within a month": (
        "update_bucket_bundle",
        {"bucketName": "shared", "bundleId": "large_1_0"},
    ),
    "deleting a certificate of another load balancer": (
        "delete_load_balancer_tls_certificate",
        {"loadBalancerName": "busy", "certificateName": "tls"},
    ),
    "a domain of a certificate that is not issued": (
        "update_container_service",
        {"serviceName": "api", "publicDomainNames": {"pending": ["example.com"]}},
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
    "deleting a disk that has add-ons": ("delete_disk", {"diskName": "large"}),
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
    "a name with a space": ("create_instances", {"instanceNames": ["my web"], **WEB}),
    "a name of a bucket with a dot": (
        "create_bucket",
        {"bucketName": "my.assets", "bundleId": "small_1_0"},
    ),
    "a name of a container in capitals": (
        "create_container_service_deployment",
        {"serviceName": "api", "containers": {"APP": {"image": "nginx"}}},
    ),
    "a date that is none": (
        "delete_auto_snapshot",
        {"resourceName": "other", "date": "yesterday"},
    ),
    "a manual snapshot and an automatic one": (
        "copy_snapshot",
        {"sourceSnapshotName": "image", "sourceResourceName": "other", **LATEST, **COPY},
    ),
    "a disk and an instance as the source of one snapshot": (
        "create_disk_snapshot",
        {"diskName": "data", "instanceName": "web", "diskSnapshotName": "a"},
    ),
    "an automatic snapshot of no date": (
        "copy_snapshot",
        {"sourceResourceName": "other", **COPY},
    ),
    "an automatic snapshot of a date and the latest": (
        "copy_snapshot",
        {"sourceResourceName": "other", "restoreDate": "1999-01-01", **LATEST, **COPY},
    ),
    "a date of a manual snapshot": (
        "copy_snapshot",
        {"sourceSnapshotName": "image", "restoreDate": "1999-01-01", **COPY},
    ),
    "an automatic snapshot of a static IP": (
        "copy_snapshot",
        {"sourceResourceName": "ip", **LATEST, **COPY},
    ),
    "an instance from an automatic snapshot of no date": (
        "create_instances_from_snapshot",
        {"instanceNames": ["a"], "sourceInstanceName": "other", "bundleId": "nano_3_0", **ZONE},
    ),
    "a disk from an automatic snapshot of no date": (
        "create_disk_from_snapshot",
        {"diskName": "a", "sourceDiskName": "large", "sizeInGb": 64, **ZONE},
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
    "a deployment to a service that is disabled": (
        "create_container_service_deployment",
        {"serviceName": "off", "containers": {"app": {"image": "nginx"}}},
    ),
    "another engine for a database": (
        "update_relational_database",
        {"relationalDatabaseName": "orders", "relationalDatabaseBlueprintId": "postgres_16"},
    ),
    "a smaller bundle than the copied database has": (
        "create_relational_database_from_snapshot",
        {
            "relationalDatabaseName": "a",
            "sourceRelationalDatabaseName": "ledger",
            "relationalDatabaseBundleId": "micro_2_0",
        },
    ),
    "two times to restore a database from": (
        "create_relational_database_from_snapshot",
        {
            "relationalDatabaseName": "a",
            "sourceRelationalDatabaseName": "orders",
            "restoreTime": 1_700_000_000,
            "useLatestRestorableTime": True,
        },
    ),
    "a time to restore a database from that is to come": (
        "create_relational_database_from_snapshot",
        {
            "relationalDatabaseName": "a",
            "sourceRelationalDatabaseName": "orders",
            "restoreTime": 4_000_000_000,
        },
    ),
    "an alarm on what has none": (
        "put_alarm",
        {
            "alarmName": "a",
            "metricName": "DiskReadOps",
            "monitoredResourceName": "data",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "evaluationPeriods": 1,
        },
    ),
    "an alarm on the metric of another kind of resource": (
        "put_alarm",
        {
            "alarmName": "a",
            "metricName": "HealthyHostCount",
            "monitoredResourceName": "web",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "evaluationPeriods": 1,
        },
    ),
    "an alarm that does not notify of an alarm": (
        "put_alarm",
        {
            "alarmName": "a",
            "metricName": "CPUUtilization",
            "monitoredResourceName": "web",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "evaluationPeriods": 1,
            "notificationTriggers": ["OK"],
        },
    ),
    "another bundle for an instance that runs": (
        "start_instance",
        {"instanceName": "web", "attributeUpdates": {"bundleId": "small_3_0"}},
    ),
    "an access log without a destination": (
        "update_bucket",
        {"bucketName": "assets", "accessLogConfig": {"enabled": True}},
    ),
    "a name of a database with an underscore": (
        "create_relational_database",
        {"relationalDatabaseName": "my_db", **DATABASE},
    ),
    "a name of a snapshot of a database with a dot": (
        "create_relational_database_snapshot",
        {"relationalDatabaseName": "orders", "relationalDatabaseSnapshotName": "orders.1"},
    ),
    "a key of a tag that is too long": (
        "tag_resource",
        {"resourceName": "web", "tags": [{"key": "k" * 129, "value": "v"}]},
    ),
    "a value of a tag that is too long": (
        "tag_resource",
        {"resourceName": "web", "tags": [{"key": "k", "value": "v" * 257}]},
    ),
    "the path of the system disk": (
        "attach_disk",
        {"diskName": "data", "instanceName": "web", "diskPath": "/dev/xvda"},
    ),
    "a load balancer for an instance that is stopped": (
        "attach_instances_to_load_balancer",
        {"loadBalancerName": "front", "instanceNames": ["web", "big"]},
    ),
    "a third certificate of a load balancer": (
        "create_load_balancer_tls_certificate",
        {
            "loadBalancerName": "busy",
            "certificateName": "a",
            "certificateDomainName": "example.com",
        },
    ),
    "ten alternative names of a certificate": (
        "create_certificate",
        {
            "certificateName": "a",
            "domainName": "example.com",
            "subjectAlternativeNames": [f"{each}.example.com" for each in range(10)],
        },
    ),
    "more tags than a resource may have": (
        "tag_resource",
        {"resourceName": "web", "tags": [{"key": f"tag-{each}"} for each in range(51)]},
    ),
    "two instances of a stack": (
        "create_cloud_formation_stack",
        {
            "instances": 2
            * [
                {
                    "sourceName": "web",
                    "instanceType": "t3.micro",
                    "portInfoSource": "DEFAULT",
                    **ZONE,
                }
            ]
        },
    ),
    "an unknown parameter of a database": (
        "update_relational_database_parameters",
        {"relationalDatabaseName": "orders", "parameters": [{"parameterName": "mood"}]},
    ),
    "a parameter that belongs to another engine": (
        "update_relational_database_parameters",
        {
            "relationalDatabaseName": "orders",
            "parameters": [{"parameterName": "slow_query_log"}, {"parameterName": "work_mem"}],
        },
    ),
    "a parameter that AWS alone sets": (
        "update_relational_database_parameters",
        {
            "relationalDatabaseName": "orders",
            "parameters": [{"parameterName": "port", "parameterValue": "33060"}],
        },
    ),
    "a parameter without a name": (
        "update_relational_database_parameters",
        {"relationalDatabaseName": "orders", "parameters": [{"parameterValue": "1"}]},
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
def client(mocked: Lightsail, west: Any, connect: Callable[[str], Any]) -> Any:
    return fill(mocked, west, connect)


def fill(mocked: Lightsail, west: Any, connect: Callable[[str], Any]) -> Any:
    """Return a client of an account that has something of what is needed."""
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
    client.create_disk(
        diskName="large", sizeInGb=64, addOns=[{"addOnType": "AutoSnapshot"}], **ZONE
    )
    client.create_disk_snapshot(diskSnapshotName="backup", diskName="large")
    client.create_instance_snapshot(instanceSnapshotName="image", instanceName="web")
    client.create_instances(instanceNames=["big"], **WEB | {"bundleId": "large_3_0"})
    client.create_instance_snapshot(instanceSnapshotName="big-1", instanceName="big")
    client.create_relational_database(relationalDatabaseName="orders", **DATABASE)
    client.create_relational_database(
        relationalDatabaseName="ledger", **DATABASE | {"relationalDatabaseBundleId": "small_2_0"}
    )
    client.create_container_service(serviceName="api", power="nano", scale=1)
    client.create_container_service(serviceName="off", power="nano", scale=1)
    client.update_container_service(serviceName="off", isDisabled=True)
    client.create_certificate(certificateName="pending", domainName="example.com")
    client.create_certificate(certificateName="served", domainName="example.org")
    mocked.issue_certificate("served")
    client.update_container_service(
        serviceName="api", publicDomainNames={"served": ["example.org"]}
    )
    for _ in range(2):
        client.create_bucket_access_key(bucketName="assets")
    client.create_bucket(bucketName="shared", bundleId="small_1_0")
    access = {"resourceName": "web", "access": "allow"}
    client.set_resource_access_for_bucket(bucketName="shared", **access)
    client.update_bucket_bundle(bucketName="shared", bundleId="medium_1_0")
    client.create_bucket(bucketName="origin", bundleId="small_1_0")
    origin = {"name": "origin", "regionName": "us-west-2"}
    connect("us-east-1").create_distribution(distributionName="cdn", **CDN | {"origin": origin})
    client.create_load_balancer(
        loadBalancerName="busy",
        instancePort=80,
        certificateName="used-tls",
        certificateDomainName="example.com",
    )
    client.attach_instances_to_load_balancer(loadBalancerName="busy", instanceNames=["web"])
    client.stop_instance(instanceName="big")
    client.create_load_balancer_tls_certificate(
        loadBalancerName="busy", certificateName="second", certificateDomainName="example.com"
    )
    mocked.issue_certificate("used-tls")
    client.attach_load_balancer_tls_certificate(loadBalancerName="busy", certificateName="used-tls")
    return client


def snapshot(client: Any) -> list[Any]:
    """Return all that can be read of the account."""
    methods = ("get_active_names", "get_instances", "get_disks", "get_static_ips")
    responses = [getattr(client, method)() for method in (*methods, "get_operations")]
    return [
        {name: value for name, value in response.items() if name != "ResponseMetadata"}
        for response in responses
    ]


@pytest.fixture(scope="class")
def refusing(west: Any, connect: Callable[[str], Any]) -> Iterator[Any]:
    """A client of one account for all tests of a class, since they change nothing."""
    with mock_lightsail() as mocked:
        yield fill(mocked, west, connect)


@pytest.fixture(scope="class")
def before(refusing: Any) -> list[Any]:
    """All that can be read of the account before anything is refused."""
    return snapshot(refusing)


class TestWhatIsRefused:
    @pytest.mark.parametrize("what", REFUSED)
    def test_a_wrong_request_changes_nothing(
        self, refusing: Any, before: list[Any], what: str
    ) -> None:
        method, parameters = REFUSED[what]
        with pytest.raises(ClientError) as caught:
            getattr(refusing, method)(**parameters)
        error: Any = caught.value.response
        assert error["Error"]["Code"] == "InvalidInputException"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert error["code"] == "InvalidParams"  # in the body, as it stands on AWS's wire
        assert error["docs"]
        assert error["tip"]
        assert snapshot(refusing) == before

    @pytest.mark.parametrize(
        ("method", "parameters"),
        [
            ("copy_snapshot", {"sourceSnapshotName": "none", **COPY}),
            ("copy_snapshot", {"sourceResourceName": "none", **LATEST, **COPY}),
            # Automatic snapshots of a date that has none, or of a resource without the add-on.
            ("copy_snapshot", {"sourceResourceName": "other", "restoreDate": "1999-01-01", **COPY}),
            ("copy_snapshot", {"sourceResourceName": "web", **LATEST, **COPY}),
            ("delete_auto_snapshot", {"resourceName": "other", "date": "1999-01-01"}),
            ("delete_auto_snapshot", {"resourceName": "web", "date": "1999-01-01"}),
            (
                "create_instances_from_snapshot",
                {
                    "instanceNames": ["a"],
                    "sourceInstanceName": "web",
                    "bundleId": "nano_3_0",
                    **LATEST,
                    **ZONE,
                },
            ),
            (
                "create_disk_from_snapshot",
                {"diskName": "a", "sourceDiskName": "data", "sizeInGb": 8, **LATEST, **ZONE},
            ),
            ("export_snapshot", {"sourceSnapshotName": "none"}),
            ("create_instances", {"instanceNames": ["a"], **WEB, "keyPairName": "none"}),
            ("attach_disk", {"diskName": "data", "instanceName": "none", "diskPath": "/dev/xvdg"}),
            ("set_ip_address_type", {"resourceType": "LoadBalancer", "resourceName": "web"}),
            ("get_auto_snapshots", {"resourceName": "none"}),
            ("get_cost_estimate", {"resourceName": "none", "startTime": 0, "endTime": 1}),
            ("delete_bucket_access_key", {"bucketName": "assets", "accessKeyId": "A" * 20}),
            ("set_resource_access_for_bucket", {"bucketName": "assets", "resourceName": "none"}),
            ("delete_container_image", {"serviceName": "api", "image": ":api.app.1"}),
            ("get_container_log", {"serviceName": "api", "containerName": "none"}),
            (
                "create_container_service_deployment",
                {"serviceName": "api", "containers": {"app": {"image": ":api.app.1"}}},
            ),
            ("update_container_service", {"serviceName": "api", "publicDomainNames": {"none": []}}),
            (
                "get_relational_database_log_events",
                {"relationalDatabaseName": "orders", "logStreamName": "none"},
            ),
            ("get_relational_database", {"relationalDatabaseName": "my_db"}),
            ("delete_relational_database_snapshot", {"relationalDatabaseSnapshotName": "my.db"}),
            ("update_subdomain_association", {"subdomainName": "none", "action": "DISASSOCIATE"}),
            (
                "create_cloud_formation_stack",
                {
                    "instances": [
                        {
                            "sourceName": "web",  # which is no record of an export
                            "instanceType": "t3.micro",
                            "portInfoSource": "DEFAULT",
                            **ZONE,
                        }
                    ]
                },
            ),
        ],
    )
    def test_an_unknown_name_is_not_found(
        self, refusing: Any, method: str, parameters: dict[str, Any]
    ) -> None:
        more = {"set_ip_address_type": {"ipAddressType": "ipv4"}}
        more["set_resource_access_for_bucket"] = {"access": "allow"}
        with pytest.raises(ClientError) as caught:
            getattr(refusing, method)(**parameters, **more.get(method, {}))
        assert caught.value.response["Error"]["Code"] == "NotFoundException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_distribution_needs_an_origin_that_exists(
    client: Any, connect: Callable[[str], Any]
) -> None:
    east = connect("us-east-1")
    east.allocate_static_ip(staticIpName="address")
    origins: list[dict[str, Any]] = [
        {"name": "web"},  # which is in us-west-2
        {"name": "none", "regionName": "us-west-2"},
        {"name": "address"},  # which serves nothing
        {},
    ]
    for origin in origins:
        with pytest.raises(ClientError, match="The origin does not exist"):
            east.create_distribution(distributionName="a", **CDN | {"origin": origin})
        with pytest.raises(ClientError, match="The origin does not exist"):
            east.update_distribution(
                distributionName="cdn", origin={"regionName": "us-east-1", **origin}
            )
    assert [each["name"] for each in east.get_distributions()["distributions"]] == ["cdn"]


def test_only_a_bucket_is_a_private_origin(client: Any, connect: Callable[[str], Any]) -> None:
    east, cdn = connect("us-east-1"), {"distributionName": "cdn", "enablePrivateOriginAccess": True}
    origins = [{"name": name, "regionName": "us-west-2"} for name in ("web", "origin")]
    with pytest.raises(ClientError, match="The origin is no bucket"):
        east.update_distribution(origin=origins[0], **cdn)
    east.update_distribution(origin=origins[1], **cdn)
    [distribution] = east.get_distributions()["distributions"]
    assert distribution["origin"]["name"] == "origin"


def test_a_distribution_needs_a_certificate_that_is_issued(
    client: Any, connect: Callable[[str], Any], mocked: Lightsail
) -> None:
    east, cdn = connect("us-east-1"), {"distributionName": "cdn"}
    east.create_certificate(certificateName="cdn-tls", domainName="example.com")
    for name, code in (("none", "NotFoundException"), ("cdn-tls", "InvalidInputException")):
        with pytest.raises(ClientError) as caught:
            east.update_distribution(certificateName=name, **cdn)
        assert caught.value.response["Error"]["Code"] == code
    mocked.issue_certificate("cdn-tls")
    east.update_distribution(certificateName="cdn-tls", **cdn)
    (distribution,) = east.get_distributions()["distributions"]
    assert distribution["alternativeDomainNames"] == ["example.com"]


def test_what_is_forced_is_not_refused(client: Any) -> None:
    for name in ("assets", "shared", "origin"):
        client.delete_bucket(bucketName=name, forceDelete=True)
    certificate = {"loadBalancerName": "busy", "certificateName": "used-tls"}
    client.delete_load_balancer_tls_certificate(force=True, **certificate)
    client.delete_instance(instanceName="other", forceDeleteAddOns=True)
    gone = {"assets", "shared", "origin", "used-tls", "other"}
    assert not gone & set(client.get_active_names()["activeNames"])


def test_a_metric_of_a_resource_has_two_alarms_at_most(client: Any) -> None:
    alarm = {
        "metricName": "CPUUtilization",
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 1,
        "evaluationPeriods": 1,
    }
    for name, watched in (("a", "web"), ("b", "web"), ("a", "web"), ("c", "other")):
        client.put_alarm(alarmName=name, monitoredResourceName=watched, **alarm)
    with pytest.raises(ClientError, match="web has 2 alarms on CPUUtilization already"):
        client.put_alarm(alarmName="d", monitoredResourceName="web", **alarm)
    on_another = alarm | {"metricName": "NetworkIn"}
    client.put_alarm(alarmName="d", monitoredResourceName="web", **on_another)
    client.put_alarm(
        alarmName="e", monitoredResourceName="web", notificationTriggers=[], **on_another
    )
    client.delete_alarm(alarmName="e")
    triggers = [each["notificationTriggers"] for each in client.get_alarms()["alarms"]]
    assert triggers == [["ALARM"]] * 4


def test_the_tags_of_a_resource_are_counted_over_all_requests(client: Any) -> None:
    def tag(*numbers: int) -> None:
        tags = [{"key": f"tag-{each}"} for each in numbers]
        client.tag_resource(resourceName="web", tags=tags)

    present = len(client.get_instance(instanceName="web")["instance"]["tags"])
    tag(*range(50 - present))
    tag(0, 1)
    with pytest.raises(ClientError, match="web may have 50 tags"):
        tag(0, 50)


def test_a_limit_is_named(client: Any) -> None:
    tags = [{"key": f"tag-{each}"} for each in range(51)]
    with pytest.raises(ClientError, match="tags must have from 0 to 50"):
        client.tag_resource(resourceName="web", tags=tags)
    with pytest.raises(ClientError, match="sizeInGb must be from 8 to 16384"):
        client.create_disk(diskName="a", sizeInGb=7, **ZONE)


def test_the_sizes_of_disks_end_where_aws_has_it(client: Any) -> None:
    for size in (8, 16384):
        client.create_disk(diskName=f"of-{size}", sizeInGb=size, **ZONE)


def test_a_deployment_uses_an_image_that_was_registered(client: Any) -> None:
    image = client.register_container_image(serviceName="api", label="app", digest="sha256:1")
    name = image["containerImage"]["image"]
    client.create_container_service_deployment(
        serviceName="api",
        containers={"app": {"image": name, "ports": {"80": "HTTP"}}},
        publicEndpoint={"containerName": "app", "containerPort": 80},
    )
    (service,) = client.get_container_services(serviceName="api")["containerServices"]
    assert service["currentDeployment"]["containers"]["app"]["image"] == name
    latest = {"app": {"image": ":api.app.latest"}}
    client.create_container_service_deployment(serviceName="api", containers=latest)
    with pytest.raises(ClientError, match=r"The images do not exist: :api\.other\.latest"):
        client.create_container_service_deployment(
            serviceName="api", containers={"app": {"image": ":api.other.latest"}}
        )


def test_a_service_activates_one_deployment_at_a_time(client: Any) -> None:
    state_manager.set_transition("lightsail::operation", {"progression": "time", "seconds": 3600})
    deployment = {"serviceName": "api", "containers": {"app": {"image": "nginx"}}}
    client.create_container_service_deployment(**deployment)
    with pytest.raises(ClientError, match="api is deploying already"):
        client.create_container_service_deployment(**deployment)
    found = client.get_container_service_deployments(serviceName="api")["deployments"]
    assert [each["state"] for each in found] == ["ACTIVATING"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "www.another.org"}, "www.another.org is not in the domain example.com"),
        ({"name": "notexample.com"}, "notexample.com is not in the domain example.com"),
        ({"type": "CAA"}, "Invalid value for parameter type: 'CAA'"),
    ],
)
def test_an_entry_of_a_domain_is_of_the_domain_and_of_a_type_that_lightsail_has(
    mocked: Lightsail, connect: Callable[[str], Any], changes: dict[str, str], message: str
) -> None:
    east = connect("us-east-1")
    east.create_domain(domainName="example.com")
    entry = {"type": "TXT", "target": '"a"'}
    for name in ("example.com", "WWW.example.com", "_dmarc.example.com."):
        east.create_domain_entry(domainName="example.com", domainEntry=entry | {"name": name})
    for change in (east.create_domain_entry, east.update_domain_entry):
        with pytest.raises(ClientError, match=message):
            change(
                domainName="example.com", domainEntry={"name": "example.com", **entry, **changes}
            )


def test_nothing_refers_to_an_instance_that_is_deleted(client: Any) -> None:
    for name in ("web", "other"):
        client.put_alarm(
            alarmName=f"busy-{name}",
            metricName="CPUUtilization",
            monitoredResourceName=name,
            comparisonOperator="GreaterThanThreshold",
            evaluationPeriods=2,
            threshold=80,
        )
    client.delete_instance(instanceName="web")
    assert [each["name"] for each in client.get_alarms()["alarms"]] == ["busy-other"]
    static_ip = client.get_static_ip(staticIpName="ip")["staticIp"]
    assert (static_ip["isAttached"], static_ip.get("attachedTo")) == (False, None)
    client.create_instances(instanceNames=["web"], **WEB)  # another one of the name
    balancer = client.get_load_balancer(loadBalancerName="busy")["loadBalancer"]
    assert balancer["instanceHealthSummary"] == []
    bucket = client.get_buckets(bucketName="shared", includeConnectedResources=True)["buckets"][0]
    assert bucket["resourcesReceivingAccess"] == []


def test_an_unknown_entry_of_a_domain_is_created_by_an_update_and_bears_a_deletion(
    mocked: Lightsail, connect: Callable[[str], Any]
) -> None:
    east = connect("us-east-1")
    east.create_domain(domainName="example.com")
    entry = {"name": "www.example.com", "type": "A", "target": "192.0.2.1"}
    east.delete_domain_entry(domainName="example.com", domainEntry=entry)
    before = east.get_domain(domainName="example.com")["domain"]["domainEntries"]
    assert {each["type"] for each in before} == {"NS", "SOA"}
    east.update_domain_entry(domainName="example.com", domainEntry=entry)
    [created] = east.get_domain(domainName="example.com")["domain"]["domainEntries"][len(before) :]
    assert created["target"] == "192.0.2.1"
