"""The resources behind the operations: what is created can be read, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

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

    def test_changes_its_bundle_to_that_of_its_addresses(self, client: Any, web: str) -> None:
        def change(address_type: str) -> list[Any]:
            client.set_ip_address_type(
                resourceType="Instance",
                resourceName=web,
                ipAddressType=address_type,
                acceptBundleUpdate=True,
            )
            instance = client.get_instance(instanceName=web)["instance"]
            return [instance.get(each) for each in ("ipAddressType", "bundleId", "publicIpAddress")]

        address = client.get_instance(instanceName=web)["instance"]["publicIpAddress"]
        assert change("ipv4") == ["ipv4", "small_3_0", address]
        assert change("ipv6") == ["ipv6", "small_ipv6_3_0", None]
        assert change("dualstack") == ["dualstack", "small_3_0", address]
        client.create_instances(
            instanceNames=["old"], **INSTANCE | {"bundleId": "nano_2_0"}
        )  # which has no such bundle
        web = "old"
        assert change("ipv6") == ["ipv6", "nano_2_0", None]

    def test_has_another_public_address_after_a_stop_and_a_start(
        self, client: Any, web: str
    ) -> None:
        def address() -> str:
            shown: str = client.get_instance(instanceName=web)["instance"]["publicIpAddress"]
            return shown

        addresses = [address()]
        for change in (client.reboot_instance, client.start_instance):
            change(instanceName=web)
            assert address() == addresses[0]
        client.stop_instance(instanceName=web)
        client.start_instance(instanceName=web)
        addresses.append(address())
        client.allocate_static_ip(staticIpName="ip")
        client.attach_static_ip(staticIpName="ip", instanceName=web)
        addresses.append(address())
        client.release_static_ip(staticIpName="ip")
        addresses.append(address())
        assert len(set(addresses)) == 4

    def test_is_moved_from_a_bundle_of_the_previous_generation(self, client: Any) -> None:
        client.create_instances(instanceNames=["old"], **INSTANCE | {"bundleId": "nano_2_0"})
        for bundle_id, expected in (("auto", "nano_3_0"), ("nano_2_0", "nano_2_0")):
            client.stop_instance(instanceName="old")
            client.start_instance(instanceName="old", attributeUpdates={"bundleId": bundle_id})
            assert client.get_instance(instanceName="old")["instance"]["bundleId"] == expected

    def test_of_a_database_can_be_restored_until_five_minutes_ago(
        self, client: Any, mocked: Lightsail
    ) -> None:
        client.create_relational_database(
            relationalDatabaseName="orders",
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="shop",
            masterUsername="admin",
        )
        mocked.set_created_at("orders", datetime.now(UTC) - timedelta(days=40))
        [database] = client.get_relational_databases()["relationalDatabases"]
        age = datetime.now(UTC) - database["latestRestorableTime"]
        assert timedelta(minutes=4) < age < timedelta(minutes=6)
        client.create_relational_database_from_snapshot(
            relationalDatabaseName="copy",
            sourceRelationalDatabaseName="orders",
            restoreTime=database["latestRestorableTime"],
        )

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


class TestAnAutomaticSnapshot:
    def test_is_restored_until_it_is_deleted(self, client: Any, data: str) -> None:
        client.enable_add_on(resourceName=data, addOnRequest={"addOnType": "AutoSnapshot"})
        [snapshot] = client.get_auto_snapshots(resourceName=data)["autoSnapshots"]
        day = snapshot["date"]
        new = {"availabilityZone": "us-west-2b", "sizeInGb": 64, "sourceDiskName": data}
        client.create_disk_from_snapshot(diskName="copy", restoreDate=day, **new)
        client.delete_auto_snapshot(resourceName=data, date=day)
        for wanted in ({"restoreDate": day}, {"useLatestRestorableAutoSnapshot": True}):
            with pytest.raises(ClientError, match="no automatic snapshot") as caught:
                client.create_disk_from_snapshot(diskName="late", **wanted, **new)
            assert code_of(caught) == ("NotFoundException", 400)
        with pytest.raises(ClientError, match=f"data has no automatic snapshot of {day}"):
            client.delete_auto_snapshot(resourceName=data, date=day)
        assert [each["name"] for each in client.get_disks()["disks"]] == ["copy", data]

    def test_of_an_instance_names_the_disks_that_are_attached(
        self, client: Any, web: str, data: str
    ) -> None:
        client.attach_disk(diskName=data, instanceName=web, diskPath="/dev/xvdf")
        client.enable_add_on(resourceName=web, addOnRequest={"addOnType": "AutoSnapshot"})
        [snapshot] = client.get_auto_snapshots(resourceName=web)["autoSnapshots"]
        assert snapshot["fromAttachedDisks"] == [{"path": "/dev/xvdf", "sizeInGb": 64}]


class TestAnInstanceSnapshot:
    def test_says_whether_it_is_a_copy_of_an_automatic_one(self, client: Any, web: str) -> None:
        client.enable_add_on(resourceName=web, addOnRequest={"addOnType": "AutoSnapshot"})
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
        second, first = found["tlsCertificates"]
        assert (second["name"], second["isAttached"]) == ("second", True)
        assert first["domainName"] == "example.com"
        assert first["subjectAlternativeNames"] == ["example.com", "www.example.com"]
        client.detach_instances_from_load_balancer(loadBalancerName="front", instanceNames=[web])
        client.delete_load_balancer(loadBalancerName="front")
        assert client.get_load_balancers()["loadBalancers"] == []
        assert "first" not in client.get_active_names()["activeNames"]


class TestADatabase:
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

    def test_has_the_password_before_and_the_one_to_come(self, client: Any) -> None:
        name = {"relationalDatabaseName": "orders"}

        def read(version: str) -> Any:
            return client.get_relational_database_master_user_password(
                passwordVersion=version, **name
            ).get("masterUserPassword")

        client.create_relational_database(
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
            masterUserPassword="first-one",
            **name,
        )
        versions = ("PREVIOUS", "CURRENT", "PENDING")
        assert [read(each) for each in versions] == [None, "first-one", None]
        state_manager.set_transition("lightsail::operation", {"progression": "manual", "times": 1})
        client.update_relational_database(masterUserPassword="second-one", **name)
        assert [read(each) for each in versions] == [None, "first-one", "second-one"]
        for _ in range(2):
            client.get_relational_database(**name)
        assert [read(each) for each in versions] == ["first-one", "second-one", None]

    def test_says_what_is_being_changed(self, client: Any) -> None:
        name = {"relationalDatabaseName": "orders"}
        client.create_relational_database(
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
            **name,
        )
        state_manager.set_transition("lightsail::operation", {"progression": "manual", "times": 1})
        client.update_relational_database(
            relationalDatabaseBlueprintId="mysql_8_4",
            disableBackupRetention=True,
            publiclyAccessible=True,
            applyImmediately=True,
            **name,
        )
        read = [client.get_relational_database(**name)["relationalDatabase"] for _ in "12"]
        members = ("engineVersion", "backupRetentionEnabled", "pendingModifiedValues")
        pending = {"engineVersion": "8.4.3", "backupRetentionEnabled": False}
        assert [[each[member] for member in members] for each in read] == [
            ["8.0.39", True, pending],
            ["8.4.3", False, {}],
        ]


class TestOtherResources:
    def test_a_distribution_finds_its_origin_in_another_region(
        self, client: Any, connect: Callable[[str], Any]
    ) -> None:
        client.create_load_balancer(loadBalancerName="front", instancePort=80)
        distribution = connect("us-east-1").create_distribution(
            distributionName="cdn",
            origin={"name": "front", "regionName": "us-west-2"},
            defaultCacheBehavior={"behavior": "cache"},
            bundleId="small_1_0",
        )["distribution"]
        assert distribution["origin"]["resourceType"] == "LoadBalancer"
        assert distribution["originPublicDNS"].endswith(".us-west-2.elb.amazonaws.com")

    def test_a_distribution_has_its_pages_where_it_is_named(
        self, client: Any, connect: Callable[[str], Any]
    ) -> None:
        east = connect("us-east-1")
        east.create_bucket(bucketName="assets", bundleId="small_1_0")
        east.create_distribution(
            distributionName="cdn",
            origin={"name": "assets", "regionName": "us-east-1"},
            defaultCacheBehavior={"behavior": "cache"},
            bundleId="small_1_0",
        )
        [named] = east.get_distributions(distributionName="cdn")["distributions"]
        [listed] = east.get_distributions()["distributions"]
        assert named == listed | {"customErrorResponses": []}

    def test_a_bucket_shows_its_cors_to_whom_changes_it(self, client: Any) -> None:
        cors = {"rules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}]}
        bucket = {"bucketName": "assets"}
        created = client.create_bucket(bundleId="small_1_0", **bucket)["bucket"]
        changed = client.update_bucket(cors=cors, **bucket)["bucket"]
        renewed = client.update_bucket(versioning="Enabled", **bucket)["bucket"]
        shown = [each.get("cors") for each in (created, changed, renewed)]
        assert shown == [None, cors, None]

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
        assert [each["name"] for each in client.get_key_pairs()["keyPairs"]] == ["theirs", "mine"]

    def test_each_key_pair_has_its_own_key(
        self, client: Any, connect: Callable[[str], Any]
    ) -> None:
        key = {"keyPairName": "deploy"}
        first = client.create_key_pair(**key)["keyPair"]
        client.delete_key_pair(**key)
        later = [each.create_key_pair(**key)["keyPair"] for each in (client, connect("us-east-1"))]
        assert len({each["fingerprint"] for each in (first, *later)}) == 3
        default, again = (client.download_default_key_pair() for _ in range(2))
        assert default["privateKeyBase64"] == again["privateKeyBase64"]
        other = connect("us-east-1").download_default_key_pair()
        assert other["privateKeyBase64"] != default["privateKeyBase64"]

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
    def test_that_are_taken_are_refused_with_nothing_half_done(self, client: Any, web: str) -> None:
        with pytest.raises(ClientError, match="Some names are already in use: web") as caught:
            client.create_instances(instanceNames=["new", web], **INSTANCE)
        assert code_of(caught) == ("InvalidInputException", 400)
        assert [each["name"] for each in client.get_instances()["instances"]] == [web]
        assert len(client.get_operations()["operations"]) == 1

    def test_of_regions_are_lightsails(self, client: Any, connect: Callable[[str], Any]) -> None:
        mars = connect("mars-1")
        with pytest.raises(ClientError, match="Lightsail has no region 'mars-1'"):
            mars.get_instances()


class TestLists:
    def test_have_pages(self, client: Any, mocked: Lightsail) -> None:
        names = [f"web-{number}" for number in range(5)]
        client.create_instances(instanceNames=names, **INSTANCE)
        mocked.page_size = 2
        pages = list(client.get_paginator("get_instances").paginate())
        assert [len(page["instances"]) for page in pages] == [2, 2, 1]
        assert [each["name"] for page in pages for each in page["instances"]] == names[::-1]
        token = client.get_instances()["nextPageToken"]
        with pytest.raises(ClientError, match="The page token is not valid"):
            client.get_disks(pageToken=token)

    def test_begin_with_what_was_created_last(self, client: Any, mocked: Lightsail) -> None:
        for name in ("first", "second", "third"):
            client.allocate_static_ip(staticIpName=name)
        mocked.set_created_at("second", datetime(2026, 1, 1, tzinfo=UTC))
        found = client.get_static_ips()["staticIps"]
        assert [each["name"] for each in found] == ["third", "first", "second"]

    def test_are_those_of_one_region(
        self, client: Any, web: str, connect: Callable[[str], Any]
    ) -> None:
        east = connect("us-east-1")
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
