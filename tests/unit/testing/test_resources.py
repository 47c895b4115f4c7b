"""The resources behind the operations: what is created can be read, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

INSTANCE: dict[str, Any] = {
    "availabilityZone": "us-west-2b",
    "blueprintId": "ubuntu_24_04",
    "bundleId": "small_3_0",
}


@pytest.fixture
def client(mocked: Lightsail, west: Any) -> Any:
    """A client of an account in which everything finishes at once."""
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    return west


@pytest.fixture
def web(client: Any) -> str:
    """The name of a new instance."""
    client.create_instances(instanceNames=["web"], tags=[{"key": "team", "value": "a"}], **INSTANCE)
    return "web"


@pytest.fixture
def data(client: Any) -> str:
    """The name of a new disk."""
    client.create_disk(diskName="data", availabilityZone="us-west-2b", sizeInGb=64)
    return "data"


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


class TestAnInstance:
    def test_is_what_was_requested(self, client: Any, web: str) -> None:
        instance = client.get_instance(instanceName=web)["instance"]
        assert instance["name"] == web
        assert instance["arn"].startswith("arn:aws:lightsail:us-west-2:123456789012:Instance/")
        assert instance["location"] == {
            "availabilityZone": "us-west-2b",
            "regionName": "us-west-2",
        }
        assert instance["resourceType"] == "Instance"
        assert instance["tags"] == [{"key": "team", "value": "a"}]
        assert (instance["blueprintId"], instance["bundleId"]) == ("ubuntu_24_04", "small_3_0")
        assert (instance["blueprintName"], instance["username"]) == ("Ubuntu", "ubuntu")
        assert instance["state"] == {"code": 16, "name": "running"}
        assert instance["hardware"]["ramSizeInGb"] == 2.0
        assert [disk["sizeInGb"] for disk in instance["hardware"]["disks"]] == [60]
        assert not instance["isStaticIp"]
        assert instance["publicIpAddress"] != instance["privateIpAddress"]
        assert instance["sshKeyName"] == "LightsailDefaultKeyPair"

    def test_takes_a_key_pair(self, client: Any) -> None:
        client.create_key_pair(keyPairName="mine")
        client.create_instances(instanceNames=["web"], keyPairName="mine", **INSTANCE)
        assert client.get_instance(instanceName="web")["instance"]["sshKeyName"] == "mine"

    def test_takes_the_default_key_pair(self, client: Any) -> None:
        default = "LightsailDefaultKeyPair"
        client.create_instances(instanceNames=["web"], keyPairName=default, **INSTANCE)
        assert client.get_instance(instanceName="web")["instance"]["sshKeyName"] == default

    def test_lets_pings_in(self, client: Any, web: str) -> None:
        ping = {"fromPort": 8, "toPort": -1, "protocol": "icmp"}  # the type, and any code
        client.open_instance_public_ports(instanceName=web, portInfo=ping)
        (port,) = (
            each
            for each in client.get_instance_port_states(instanceName=web)["portStates"]
            if each["protocol"] == "icmp"
        )
        assert (port["fromPort"], port["toPort"], port["cidrs"]) == (8, -1, ["0.0.0.0/0"])

    def test_opens_a_port_whatever_the_case_of_its_protocol(self, client: Any, web: str) -> None:
        before = client.get_instance_port_states(instanceName=web)["portStates"]
        ssh = {"fromPort": 22, "toPort": 22, "protocol": "TCP"}  # as AWS's examples write it
        client.open_instance_public_ports(instanceName=web, portInfo=ssh)
        assert client.get_instance_port_states(instanceName=web)["portStates"] == before
        client.close_instance_public_ports(instanceName=web, portInfo=ssh)
        after = client.get_instance_port_states(instanceName=web)["portStates"]
        assert [each["fromPort"] for each in after] == [80]

    def test_keeps_the_place_of_a_port_that_more_may_reach(self, client: Any, web: str) -> None:
        ports = [{"fromPort": each, "toPort": each, "protocol": "tcp"} for each in (22, 443)]
        ssh = {**ports[0], "cidrs": ["192.0.2.1"]}
        client.put_instance_public_ports(instanceName=web, portInfos=[ssh, ports[1]])
        client.open_instance_public_ports(
            instanceName=web, portInfo={**ssh, "cidrs": ["192.0.2.0/24"]}
        )
        first, second = client.get_instance_port_states(instanceName=web)["portStates"]
        assert (first["fromPort"], second["fromPort"]) == (22, 443)
        assert first["cidrs"] == ["192.0.2.1/32", "192.0.2.0/24"]

    def test_stops_starts_and_reboots(self, client: Any, web: str) -> None:
        def state() -> str:
            name: str = client.get_instance_state(instanceName=web)["state"]["name"]
            return name

        client.stop_instance(instanceName=web)
        assert state() == "stopped"
        client.start_instance(instanceName=web)
        assert state() == "running"
        client.reboot_instance(instanceName=web)
        assert state() == "running"

    def test_has_ports(self, client: Any, web: str) -> None:
        def ports() -> list[int]:
            states = client.get_instance_port_states(instanceName=web)["portStates"]
            assert {each["state"] for each in states} == {"open"}
            return sorted(each["fromPort"] for each in states)

        assert ports() == [22, 80]
        https = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}
        for _ in range(2):
            client.open_instance_public_ports(instanceName=web, portInfo=https)
        assert ports() == [22, 80, 443]
        client.close_instance_public_ports(
            instanceName=web, portInfo={"fromPort": 80, "toPort": 80, "protocol": "tcp"}
        )
        assert ports() == [22, 443]
        (operation,) = [
            client.put_instance_public_ports(
                instanceName=web,
                portInfos=[https, {"fromPort": 8000, "toPort": 8010, "protocol": "udp"}],
            )["operation"]
        ]
        assert operation["operationDetails"] == "443/tcp, 8000-8010/udp"
        assert ports() == [443, 8000]
        open_ports = client.get_instance(instanceName=web)["instance"]["networking"]["ports"]
        assert {each["accessDirection"] for each in open_ports} == {"inbound"}

    def test_has_tags_and_an_address_type(self, client: Any, web: str) -> None:
        client.tag_resource(
            resourceName=web,
            tags=[{"key": "team", "value": "b"}, {"key": "env", "value": "test"}],
        )
        client.set_ip_address_type(resourceType="Instance", resourceName=web, ipAddressType="ipv4")
        instance = client.get_instance(instanceName=web)["instance"]
        assert instance["tags"] == [
            {"key": "team", "value": "b"},
            {"key": "env", "value": "test"},
        ]
        assert instance["ipAddressType"] == "ipv4"
        client.untag_resource(resourceName=web, tagKeys=["team"])
        tags = client.get_instance(instanceName=web)["instance"]["tags"]
        assert [each["key"] for each in tags] == ["env"]

    def test_can_be_logged_in_to(self, client: Any, web: str) -> None:
        details = client.get_instance_access_details(instanceName=web, protocol="ssh")
        access = details["accessDetails"]
        assert access["username"] == "ubuntu"
        assert access["instanceName"] == web
        assert access["protocol"] == "ssh"
        assert access["privateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
        instance = client.get_instance(instanceName=web)["instance"]
        assert access["ipAddress"] == instance["publicIpAddress"]
        assert {each["algorithm"] for each in access["hostKeys"]} == {
            "ssh-rsa",
            "ssh-ed25519",
            "ecdsa-sha2-nistp256",
        }

    def test_of_windows_has_a_password(self, client: Any) -> None:
        client.create_instances(
            instanceNames=["desk"],
            availabilityZone="us-west-2a",
            blueprintId="windows_server_2022",
            bundleId="small_win_3_0",
        )
        access = client.get_instance_access_details(instanceName="desk")["accessDetails"]
        assert (access["protocol"], access["username"]) == ("rdp", "Administrator")
        assert access["password"]
        assert access["passwordData"]["keyPairName"] == "LightsailDefaultKeyPair"
        assert "privateKey" not in access
        ports = client.get_instance_port_states(instanceName="desk")["portStates"]
        assert [each["fromPort"] for each in ports] == [80, 3389]

    def test_is_gone_once_it_is_deleted(self, client: Any, web: str, data: str) -> None:
        client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdf")
        client.allocate_static_ip(staticIpName="ip")
        client.attach_static_ip(staticIpName="ip", instanceName=web)
        client.create_load_balancer(loadBalancerName="front", instancePort=80)
        client.attach_instances_to_load_balancer(loadBalancerName="front", instanceNames=[web])
        client.delete_instance(instanceName=web)
        assert client.get_instances()["instances"] == []
        assert client.get_disk(diskName=data)["disk"]["state"] == "available"
        assert not client.get_static_ip(staticIpName="ip")["staticIp"]["isAttached"]
        balancer = client.get_load_balancer(loadBalancerName="front")["loadBalancer"]
        assert balancer["instanceHealthSummary"] == []
        client.create_instances(instanceNames=[web], **INSTANCE)  # its name is free again


class TestADisk:
    def test_is_attached_and_detached(self, client: Any, web: str, data: str) -> None:
        client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdf")
        disk = client.get_disk(diskName=data)["disk"]
        assert (disk["state"], disk["isAttached"], disk["attachedTo"], disk["path"]) == (
            "in-use",
            True,
            web,
            "/dev/xvdf",
        )
        hardware = client.get_instance(instanceName=web)["instance"]["hardware"]
        assert [each["path"] for each in hardware["disks"]] == ["/dev/xvda", "/dev/xvdf"]
        operations = client.detach_disk(diskName=data)["operations"]
        assert [each["operationDetails"] for each in operations] == [web, data]
        disk = client.get_disk(diskName=data)["disk"]
        assert (disk["state"], disk["isAttached"]) == ("available", False)
        assert "attachedTo" not in disk

    def test_that_is_attached_cannot_be_deleted_or_attached_again(
        self, client: Any, web: str, data: str
    ) -> None:
        client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdf")
        with pytest.raises(ClientError, match="The Disk data is attached to web") as caught:
            client.delete_disk(diskName=data)
        assert code_of(caught) == ("InvalidInputException", 400)
        with pytest.raises(ClientError, match="is attached to web"):
            client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdg")
        assert len(client.get_disks()["disks"]) == 1

    def test_that_is_being_attached_cannot_be_deleted(
        self, client: Any, web: str, data: str
    ) -> None:
        state_manager.set_transition(
            "lightsail::operation", {"progression": "time", "seconds": 3600}
        )
        client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdf")
        with pytest.raises(ClientError, match="The Disk data is attached to web") as caught:
            client.delete_disk(diskName=data)
        assert code_of(caught) == ("InvalidInputException", 400)
        with pytest.raises(ClientError, match="is not attached"):
            client.detach_disk(diskName=data)

    def test_that_is_not_attached_cannot_be_detached(self, client: Any, data: str) -> None:
        with pytest.raises(ClientError, match="The Disk data is not attached") as caught:
            client.detach_disk(diskName=data)
        assert code_of(caught) == ("InvalidInputException", 400)

    def test_leaves_snapshots_to_make_other_disks_from(self, client: Any, data: str) -> None:
        client.create_disk_snapshot(diskName=data, diskSnapshotName="nightly")
        snapshot = client.get_disk_snapshot(diskSnapshotName="nightly")["diskSnapshot"]
        assert (snapshot["fromDiskName"], snapshot["sizeInGb"]) == (data, 64)
        assert snapshot["state"] == "completed"
        client.create_disk_from_snapshot(
            diskName="copy",
            diskSnapshotName="nightly",
            availabilityZone="us-west-2a",
            sizeInGb=128,
        )
        assert client.get_disk(diskName="copy")["disk"]["sizeInGb"] == 128

    def test_snapshot_needs_something_to_be_made_from(self, client: Any) -> None:
        with pytest.raises(ClientError, match="diskName or instanceName must name") as caught:
            client.create_disk_snapshot(diskSnapshotName="nightly")
        assert code_of(caught) == ("InvalidInputException", 400)


class TestAStaticIp:
    def test_is_the_address_of_its_instance_while_it_is_attached(
        self, client: Any, web: str
    ) -> None:
        before = client.get_instance(instanceName=web)["instance"]["publicIpAddress"]
        client.allocate_static_ip(staticIpName="ip")
        client.attach_static_ip(staticIpName="ip", instanceName=web)
        static_ip = client.get_static_ip(staticIpName="ip")["staticIp"]
        assert (static_ip["isAttached"], static_ip["attachedTo"]) == (True, web)
        instance = client.get_instance(instanceName=web)["instance"]
        assert instance["isStaticIp"]
        assert instance["publicIpAddress"] == static_ip["ipAddress"] != before
        client.detach_static_ip(staticIpName="ip")
        instance = client.get_instance(instanceName=web)["instance"]
        assert (instance["isStaticIp"], instance["publicIpAddress"]) == (False, before)
        client.release_static_ip(staticIpName="ip")
        assert client.get_static_ips()["staticIps"] == []


class TestAnInstanceSnapshot:
    def test_makes_other_instances(self, client: Any, web: str) -> None:
        client.create_instance_snapshot(instanceName=web, instanceSnapshotName="nightly")
        snapshot = client.get_instance_snapshot(instanceSnapshotName="nightly")["instanceSnapshot"]
        assert snapshot["fromInstanceName"] == web
        assert snapshot["fromBlueprintId"] == "ubuntu_24_04"
        client.create_instances_from_snapshot(
            instanceNames=["copy"],
            instanceSnapshotName="nightly",
            availabilityZone="us-west-2a",
            bundleId="large_3_0",
        )
        client.create_instances_from_snapshot(
            instanceNames=["again"],
            sourceInstanceName=web,
            useLatestRestorableAutoSnapshot=True,
            availabilityZone="us-west-2a",
            bundleId="large_3_0",
        )
        for name in ("copy", "again"):
            instance = client.get_instance(instanceName=name)["instance"]
            assert (instance["blueprintId"], instance["username"]) == ("ubuntu_24_04", "ubuntu")
            assert instance["bundleId"] == "large_3_0"

    def test_says_whether_it_is_a_copy_of_an_automatic_one(self, client: Any, web: str) -> None:
        client.create_instance_snapshot(instanceName=web, instanceSnapshotName="nightly")
        where = {"sourceRegion": "us-west-2"}
        automatic = {"sourceResourceName": web, "useLatestRestorableAutoSnapshot": True, **where}
        client.copy_snapshot(targetSnapshotName="automatic", **automatic)
        client.copy_snapshot(targetSnapshotName="by-hand", sourceSnapshotName="nightly", **where)
        snapshots = client.get_instance_snapshots()["instanceSnapshots"]
        assert {each["name"]: each["isFromAutoSnapshot"] for each in snapshots} == {
            "nightly": False,
            "automatic": True,
            "by-hand": False,
        }

    def test_is_exported_and_made_a_stack(self, client: Any, web: str) -> None:
        client.create_instance_snapshot(instanceName=web, instanceSnapshotName="nightly")
        operations = client.export_snapshot(sourceSnapshotName="nightly")["operations"]
        (record,) = client.get_export_snapshot_records()["exportSnapshotRecords"]
        assert [each["resourceName"] for each in operations] == [record["name"], "nightly"]
        assert record["state"] == "Succeeded"
        client.create_cloud_formation_stack(
            instances=[
                {
                    "sourceName": record["name"],
                    "instanceType": "t3.micro",
                    "portInfoSource": "DEFAULT",
                    "availabilityZone": "us-west-2a",
                }
            ]
        )
        (stack,) = client.get_cloud_formation_stack_records()["cloudFormationStackRecords"]
        assert stack["state"] == "Succeeded"


class TestALoadBalancer:
    def test_has_instances_and_certificates(self, client: Any, mocked: Lightsail, web: str) -> None:
        client.create_load_balancer(
            loadBalancerName="front",
            instancePort=80,
            certificateName="first",
            certificateDomainName="example.com",
            certificateAlternativeNames=["www.example.com"],
        )
        client.attach_instances_to_load_balancer(loadBalancerName="front", instanceNames=[web])
        client.create_load_balancer_tls_certificate(
            loadBalancerName="front", certificateName="second", certificateDomainName="example.com"
        )
        balancer = client.get_load_balancer(loadBalancerName="front")["loadBalancer"]
        assert balancer["state"] == "active"
        assert balancer["protocol"] == "HTTP"
        assert balancer["instanceHealthSummary"] == [
            {"instanceName": web, "instanceHealth": "healthy"}
        ]
        attach = {"loadBalancerName": "front", "certificateName": "second"}
        with pytest.raises(ClientError, match="The certificate second is not issued"):
            client.attach_load_balancer_tls_certificate(**attach)
        mocked.issue_certificate("second")
        client.attach_load_balancer_tls_certificate(**attach)
        balancer = client.get_load_balancer(loadBalancerName="front")["loadBalancer"]
        assert (balancer["protocol"], balancer["publicPorts"]) == ("HTTP_HTTPS", [80, 443])
        assert balancer["tlsCertificateSummaries"] == [
            {"name": "first", "isAttached": False},
            {"name": "second", "isAttached": True},
        ]
        found = client.get_load_balancer_tls_certificates(loadBalancerName="front")
        first = found["tlsCertificates"][0]
        assert first["domainName"] == "example.com"
        assert first["subjectAlternativeNames"] == ["www.example.com"]
        client.detach_instances_from_load_balancer(loadBalancerName="front", instanceNames=[web])
        client.delete_load_balancer(loadBalancerName="front")
        assert client.get_load_balancers()["loadBalancers"] == []
        assert "first" not in client.get_active_names()["activeNames"]


class TestADatabase:
    def test_lives(self, client: Any) -> None:
        client.create_relational_database(
            relationalDatabaseName="orders",
            relationalDatabaseBlueprintId="postgres_16",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
            masterUserPassword="a-password",
        )
        database = client.get_relational_database(relationalDatabaseName="orders")[
            "relationalDatabase"
        ]
        assert (database["engine"], database["engineVersion"]) == ("postgres", "16.4")
        assert database["state"] == "available"
        assert database["location"]["availabilityZone"] == "us-west-2a"
        password = client.get_relational_database_master_user_password(
            relationalDatabaseName="orders"
        )
        assert password["masterUserPassword"] == "a-password"
        client.update_relational_database(relationalDatabaseName="orders", publiclyAccessible=True)
        client.delete_relational_database(
            relationalDatabaseName="orders", finalRelationalDatabaseSnapshotName="last"
        )
        assert client.get_relational_databases()["relationalDatabases"] == []
        client.create_relational_database_from_snapshot(
            relationalDatabaseName="again", relationalDatabaseSnapshotName="last"
        )
        (database,) = client.get_relational_databases()["relationalDatabases"]
        assert database["relationalDatabaseBlueprintId"] == "postgres_16"

    def test_says_when_its_password_was_changed(self, client: Any) -> None:
        name = {"relationalDatabaseName": "orders"}

        def changed_at() -> Any:
            return client.get_relational_database_master_user_password(**name)["createdAt"]

        client.create_relational_database(
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
            **name,
        )
        first = changed_at()
        client.update_relational_database(publiclyAccessible=True, **name)
        assert changed_at() == first
        client.update_relational_database(rotateMasterUserPassword=True, **name)
        second = changed_at()
        client.update_relational_database(masterUserPassword="a-password", **name)
        assert first < second < changed_at()


class TestADomain:
    def test_has_entries(self, client: Any) -> None:
        with pytest.raises(ClientError, match="Only us-east-1 serves this, not us-west-2"):
            client.create_domain(domainName="example.com")
        client = boto3.client("lightsail", region_name="us-east-1")

        def entries() -> list[tuple[str, str]]:
            domain = client.get_domain(domainName="example.com")["domain"]
            return [(each["name"], each["target"]) for each in domain["domainEntries"]]

        client.create_domain(domainName="example.com")
        apex = {"name": "example.com", "type": "A", "target": "192.0.2.1"}
        entry = {**apex, "name": "www.example.com"}
        for each in (apex, entry):
            client.create_domain_entry(domainName="example.com", domainEntry=each)
        assert entries() == [("example.com", "192.0.2.1"), ("www.example.com", "192.0.2.1")]
        entry["target"] = "192.0.2.2"
        client.update_domain_entry(domainName="example.com", domainEntry=entry)
        assert entries() == [("example.com", "192.0.2.1"), ("www.example.com", "192.0.2.2")]
        (first, _) = client.get_domain(domainName="example.com")["domain"]["domainEntries"]
        client.update_domain_entry(
            domainName="example.com", domainEntry={**first, "target": "192.0.2.3"}
        )
        client.delete_domain_entry(domainName="example.com", domainEntry=entry)
        assert entries() == [("example.com", "192.0.2.3")]
        for target in ("192.0.2.4", "192.0.2.5"):
            client.create_domain_entry(
                domainName="example.com", domainEntry={**entry, "target": target}
            )
        assert [target for _, target in entries()] == ["192.0.2.3", "192.0.2.4", "192.0.2.5"]


class TestABucket:
    def test_is_created_and_changed(self, client: Any) -> None:
        bucket = client.create_bucket(bucketName="assets", bundleId="small_1_0")["bucket"]
        assert (bucket["name"], bucket["state"]) == ("assets", {"code": "OK"})
        created = client.create_bucket_access_key(bucketName="assets")["accessKey"]
        assert created["secretAccessKey"]
        changed = client.update_bucket(bucketName="assets", versioning="Enabled")["bucket"]
        assert changed["objectVersioning"] == "Enabled"


class TestOtherResources:
    def test_certificates_and_distributions(
        self, client: Any, mocked: Lightsail, connect: Callable[[str], Any]
    ) -> None:
        client = connect("us-east-1")
        certificate = client.create_certificate(certificateName="tls", domainName="example.com")[
            "certificate"
        ]
        assert certificate["certificateDetail"]["domainName"] == "example.com"
        client.create_bucket(bucketName="assets", bundleId="small_1_0")
        distribution = client.create_distribution(
            distributionName="cdn",
            origin={"name": "assets"},
            defaultCacheBehavior={"behavior": "cache"},
            bundleId="small_1_0",
        )["distribution"]
        assert distribution["location"]["regionName"] == "global"
        mocked.issue_certificate("tls")
        client.attach_certificate_to_distribution(distributionName="cdn", certificateName="tls")
        (distribution,) = client.get_distributions(distributionName="cdn")["distributions"]
        assert (distribution["certificateName"], distribution["status"]) == ("tls", "Deployed")
        with pytest.raises(ClientError, match="The certificate tls is attached to cdn"):
            client.delete_certificate(certificateName="tls")
        client.detach_certificate_from_distribution(distributionName="cdn")
        client.delete_certificate(certificateName="tls")
        (distribution,) = client.get_distributions()["distributions"]
        assert "certificateName" not in distribution
        with pytest.raises(ClientError, match="distributionName must name a resource"):
            client.delete_distribution()

    def test_a_distribution_finds_its_origin_in_another_region(self, client: Any) -> None:
        client.create_load_balancer(loadBalancerName="front", instancePort=80)
        distribution = boto3.client("lightsail", region_name="us-east-1").create_distribution(
            distributionName="cdn",
            origin={"name": "front", "regionName": "us-west-2"},
            defaultCacheBehavior={"behavior": "cache"},
            bundleId="small_1_0",
        )["distribution"]
        assert distribution["origin"]["resourceType"] == "LoadBalancer"
        assert distribution["originPublicDNS"].endswith(".us-west-2.elb.amazonaws.com")

    def test_alarms_and_contact_methods(self, client: Any, web: str) -> None:
        alarm = {
            "alarmName": "busy",
            "metricName": "CPUUtilization",
            "monitoredResourceName": web,
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
        }
        for threshold in (80, 90):  # the second call changes the alarm
            client.put_alarm(threshold=threshold, **alarm)
        client.test_alarm(alarmName="busy", state="ALARM")
        (found,) = client.get_alarms(monitoredResourceName=web)["alarms"]
        assert (found["threshold"], found["state"]) == (90.0, "ALARM")
        assert client.get_alarms(monitoredResourceName="other")["alarms"] == []
        with pytest.raises(ClientError, match="The resource does not exist: b"):
            client.put_alarm(threshold=1, **{**alarm, "monitoredResourceName": "b"})
        client.create_contact_method(protocol="Email", contactEndpoint="someone@example.com")
        (method,) = client.get_contact_methods(protocols=["Email"])["contactMethods"]
        assert method["contactEndpoint"] == "someone@example.com"
        assert client.get_contact_methods(protocols=["SMS"])["contactMethods"] == []

    def test_alarms_are_put_as_a_whole(self, client: Any, web: str) -> None:
        alarm = {
            "alarmName": "busy",
            "metricName": "CPUUtilization",
            "monitoredResourceName": web,
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "threshold": 80,
        }
        more = {"treatMissingData": "breaching", "contactProtocols": ["Email"]}
        client.put_alarm(**alarm, **more, datapointsToAlarm=1, notificationEnabled=False)
        client.test_alarm(alarmName="busy", state="ALARM")
        client.put_alarm(**alarm)
        (found,) = client.get_alarms(alarmName="busy")["alarms"]
        # The update overwrites what was there, by the API reference, and leaves the state.
        assert (found["treatMissingData"], found["contactProtocols"]) == ("missing", [])
        assert (found["datapointsToAlarm"], found["notificationEnabled"]) == (2, True)
        assert found["state"] == "ALARM"

    def test_container_services_record_their_operations(self, client: Any) -> None:
        service = client.create_container_service(serviceName="api", power="nano", scale=1)
        assert service["containerService"]["containerServiceName"] == "api"
        client.update_container_service(serviceName="api", scale=2)
        client.create_container_service_deployment(serviceName="api")
        (service,) = client.get_container_services(serviceName="api")["containerServices"]
        assert (service["scale"], service["state"]) == (2, "RUNNING")
        client.delete_container_service(serviceName="api")
        recorded = client.get_operations_for_resource(resourceName="api")["operations"]
        assert [each["operationType"] for each in recorded] == [
            "DeleteContainerService",
            "CreateContainerServiceDeployment",
            "UpdateContainerService",
            "CreateContainerService",
        ]

    def test_key_pairs(self, client: Any) -> None:
        created = client.create_key_pair(keyPairName="mine")
        assert created["keyPair"]["name"] == "mine"
        assert created["privateKeyBase64"].startswith("-----BEGIN RSA PRIVATE KEY-----")
        default = client.download_default_key_pair()
        assert default["publicKeyBase64"].startswith("ssh-rsa ")
        client.import_key_pair(keyPairName="theirs", publicKeyBase64="ssh-rsa AAAA")
        assert [each["name"] for each in client.get_key_pairs()["keyPairs"]] == ["mine", "theirs"]

    def test_the_default_key_pair(self, client: Any) -> None:
        default = client.get_key_pair(keyPairName="LightsailDefaultKeyPair")["keyPair"]
        assert client.get_key_pairs(includeDefaultKeyPair=True)["keyPairs"] == [default]
        client.delete_key_pair(
            keyPairName="LightsailDefaultKeyPair", expectedFingerprint=default["fingerprint"]
        )
        another = client.get_key_pair(keyPairName="LightsailDefaultKeyPair")["keyPair"]
        assert another["arn"] != default["arn"]
        assert client.get_active_names()["activeNames"] == []


class TestNames:
    @pytest.mark.parametrize(
        ("method", "parameters"),
        [
            ("get_instance", {"instanceName": "none"}),
            ("stop_instance", {"instanceName": "none"}),
            ("get_instance_metric_data", {"instanceName": "none"}),
            ("tag_resource", {"resourceName": "none", "tags": []}),
            ("attach_static_ip", {"staticIpName": "none", "instanceName": "none"}),
            ("unpeer_vpc", {}),
            ("get_operations_for_resource", {"resourceName": "none"}),
            (
                "copy_snapshot",
                {
                    "sourceRegion": "us-west-2",
                    "sourceSnapshotName": "none",
                    "targetSnapshotName": "a",
                },
            ),
        ],
    )
    def test_that_are_unknown_are_not_found(
        self, client: Any, method: str, parameters: dict[str, Any]
    ) -> None:
        if method == "get_instance_metric_data":
            parameters = {
                **parameters,
                "metricName": "CPUUtilization",
                "period": 300,
                "startTime": 0,
                "endTime": 1,
                "unit": "Percent",
                "statistics": ["Average"],
            }
        with pytest.raises(ClientError) as caught:
            getattr(client, method)(**parameters)
        assert code_of(caught) == ("NotFoundException", 400)

    def test_that_are_taken_are_refused_with_nothing_half_done(self, client: Any, web: str) -> None:
        with pytest.raises(ClientError, match="Some names are already in use: web") as caught:
            client.create_instances(instanceNames=["new", web], **INSTANCE)
        assert code_of(caught) == ("InvalidInputException", 400)
        assert [each["name"] for each in client.get_instances()["instances"]] == [web]
        assert len(client.get_operations()["operations"]) == 1

    def test_of_regions_are_lightsails(self, client: Any) -> None:
        mars = boto3.client("lightsail", region_name="mars-1")
        with pytest.raises(ClientError, match="Lightsail has no region 'mars-1'"):
            mars.get_instances()


class TestLists:
    def test_have_pages(self, client: Any, mocked: Lightsail) -> None:
        names = [f"web-{number}" for number in range(5)]
        client.create_instances(instanceNames=names, **INSTANCE)
        mocked.page_size = 2
        pages = list(client.get_paginator("get_instances").paginate())
        assert [len(page["instances"]) for page in pages] == [2, 2, 1]
        assert [each["name"] for page in pages for each in page["instances"]] == names
        token = client.get_instances()["nextPageToken"]
        with pytest.raises(ClientError, match="The page token is not valid"):
            client.get_disks(pageToken=token)

    def test_are_those_of_one_region(self, client: Any, web: str) -> None:
        east = boto3.client("lightsail", region_name="us-east-1")
        assert east.get_instances()["instances"] == []
        assert client.get_active_names()["activeNames"] == [web]


def test_a_certificate_that_is_issued_is_valid_for_395_days(client: Any, mocked: Lightsail) -> None:
    client.create_load_balancer(loadBalancerName="front", instancePort=80)
    client.create_load_balancer_tls_certificate(
        loadBalancerName="front", certificateName="tls", certificateDomainName="example.com"
    )
    mocked.issue_certificate("tls")
    [issued] = client.get_load_balancer_tls_certificates(loadBalancerName="front")[
        "tlsCertificates"
    ]
    assert issued["notBefore"] == issued["issuedAt"]
    assert issued["notAfter"] - issued["notBefore"] == timedelta(days=395)
