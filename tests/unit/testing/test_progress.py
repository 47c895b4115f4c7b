"""How operations progress, and the resources with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops import OperationStatus
from lightsail_ops.testing import Lightsail, LightsailServer, mock_lightsail

INSTANCE: dict[str, Any] = {
    "availabilityZone": "us-west-2a",
    "blueprintId": "ubuntu_24_04",
    "bundleId": "small_3_0",
}
PROGRESS = "lightsail::operation"


@pytest.fixture
def client(mocked: Lightsail, west: Any) -> Any:
    return west


def create(client: Any, *names: str) -> list[str]:
    """Create instances, and return the ids of the operations."""
    response = client.create_instances(instanceNames=list(names or ["web"]), **INSTANCE)
    return [operation["id"] for operation in response["operations"]]


def create_distribution(client: Any) -> None:
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    client.create_distribution(
        distributionName="cdn",
        origin={"name": "assets"},
        defaultCacheBehavior={},
        bundleId="small_1_0",
    )


def status(client: Any, operation_id: str) -> str:
    operation = client.get_operation(operationId=operation_id)["operation"]
    assert operation["isTerminal"] == (operation["status"] != "Started")
    text: str = operation["status"]
    return text


def state(client: Any, name: str = "web") -> str:
    text: str = client.get_instance_state(instanceName=name)["state"]["name"]
    return text


class TestByDefault:
    def test_an_operation_ends_one_read_later(self, client: Any) -> None:
        (operation_id,) = create(client)
        assert [status(client, operation_id) for _ in range(3)] == [
            "Started",
            "Succeeded",
            "Succeeded",
        ]
        assert state(client) == "running"

    def test_reading_the_resource_counts_too(self, client: Any) -> None:
        (operation_id,) = create(client)
        assert [state(client), state(client)] == ["pending", "running"]
        assert status(client, operation_id) == "Succeeded"

    def test_reading_a_list_counts_once_for_each(self, client: Any) -> None:
        create(client, "web", "db")
        states = [
            [each["state"]["name"] for each in client.get_instances()["instances"]]
            for _ in range(2)
        ]
        assert states == [["pending", "pending"], ["running", "running"]]

    def test_the_operations_of_a_pair_end_together(self, client: Any) -> None:
        create(client)
        client.create_disk(diskName="data", availabilityZone="us-west-2a", sizeInGb=8)
        for _ in range(2):
            client.get_operations()
        client.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf")
        read = [
            [each["status"] for each in client.get_operations()["operations"][:2]] for _ in range(2)
        ]
        assert read == [["Started", "Started"], ["Succeeded", "Succeeded"]]

    def test_what_is_deleted_is_there_until_then(self, client: Any) -> None:
        database = {"relationalDatabaseName": "orders"}
        client.create_relational_database(
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
            **database,
        )
        client.get_relational_database(**database)
        client.delete_relational_database(skipFinalSnapshot=True, **database)
        (read,) = client.get_relational_databases()["relationalDatabases"]
        assert read["state"] == "deleting"
        assert client.get_relational_databases()["relationalDatabases"] == []


class TestMotosStateManager:
    def test_lets_operations_end_at_once(self, client: Any) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "immediate"})
        response = client.create_instances(instanceNames=["web"], **INSTANCE)
        assert response["operations"][0]["status"] == "Succeeded"
        assert state(client) == "running"

    def test_lets_operations_take_a_number_of_reads(self, client: Any) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "manual", "times": 3})
        (operation_id,) = create(client)
        assert [status(client, operation_id) for _ in range(4)] == ["Started"] * 3 + ["Succeeded"]

    def test_lets_operations_take_time(self, client: Any) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})
        (operation_id,) = create(client)
        assert [status(client, operation_id) for _ in range(3)] == ["Started"] * 3
        state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 0})
        assert status(client, operation_id) == "Succeeded"

    def test_can_be_reached_over_http(self) -> None:
        body = b'{"model_name": "lightsail::operation", "transition": {"progression": "immediate"}}'
        with LightsailServer() as server:
            url = f"{server.endpoint_url}/moto-api/state-manager/set-transition"
            with urlopen(Request(url, body, {"Content-Type": "application/json"})):
                pass
            client = boto3.client("lightsail", "us-west-2", endpoint_url=server.endpoint_url)
            (operation,) = client.create_instances(instanceNames=["web"], **INSTANCE)["operations"]
            assert operation["status"] == "Succeeded"
            client.close()

    def test_is_as_before_when_the_mock_ends(self) -> None:
        for before in ({"progression": "immediate"}, None):
            if before is not None:
                state_manager.set_transition(PROGRESS, before)
            expected = state_manager.get_transition(PROGRESS)
            with mock_lightsail():
                state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 5})
            assert state_manager.get_transition(PROGRESS) == expected
            state_manager.unset_transition(PROGRESS)


class TestOnlyTheLatestChange:
    def test_sets_the_state(self, client: Any, mocked: Lightsail) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})
        (creation,) = create(client)
        stop = client.stop_instance(instanceName="web")["operations"][0]["id"]
        start = client.start_instance(instanceName="web")["operations"][0]["id"]
        assert state(client) == "pending"
        mocked.finish(start)
        assert state(client) == "stopping"
        mocked.finish(creation)
        assert state(client) == "stopping"
        mocked.finish(stop)  # it was begun before the start
        assert state(client) == "running"


class TestFinish:
    def test_lets_the_effect_happen(self, client: Any, mocked: Lightsail) -> None:
        (operation_id,) = create(client)
        ended = mocked.finish(operation_id)
        assert ended.status is OperationStatus.SUCCEEDED
        assert state(client) == "running"

    def test_can_fail_what_an_action_has_begun(self, client: Any, mocked: Lightsail) -> None:
        (operation_id,) = create(client)
        mocked.finish(operation_id, "Failed", error_code="Late", error_details="Too late.")
        operation = client.get_operation(operationId=operation_id)["operation"]
        assert (operation["errorCode"], operation["errorDetails"]) == ("Late", "Too late.")
        assert client.get_instances()["instances"] == []


class TestFailOperation:
    def test_fails_the_next_one_without_its_effect(self, client: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("CreateInstance", error_code="Full", error_details="No room.")
        failed, succeeded = create(client, "web", "db")
        assert [status(client, failed), status(client, failed)] == ["Started", "Failed"]
        operation = client.get_operation(operationId=failed)["operation"]
        assert (operation["errorCode"], operation["errorDetails"]) == ("Full", "No room.")
        assert [status(client, succeeded), status(client, succeeded)] == ["Started", "Succeeded"]
        assert [each["name"] for each in client.get_instances()["instances"]] == ["db"]
        create(client, "web")  # the name is free

    def test_waits_for_an_operation_of_its_type(self, client: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("StopInstance", error_code="Busy")
        (created,) = create(client)
        assert [status(client, created), status(client, created)] == ["Started", "Succeeded"]
        stopped = client.stop_instance(instanceName="web")["operations"][0]["id"]
        assert [status(client, stopped), status(client, stopped)] == ["Started", "Failed"]

    def test_leaves_a_new_resource_alone_that_has_taken_the_name(
        self, client: Any, mocked: Lightsail
    ) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})
        disk = {"diskName": "data", "sizeInGb": 8, "availabilityZone": "us-west-2a"}
        [first] = client.create_disk(**disk)["operations"]
        client.delete_disk(diskName="data")
        client.create_disk(**disk)
        mocked.finish(first["id"], "Failed", error_code="Late")
        assert [each["name"] for each in client.get_disks()["disks"]] == ["data"]

    def test_leaves_what_was_there_as_it_was(self, client: Any, mocked: Lightsail) -> None:
        create(client)
        assert [state(client), state(client)] == ["pending", "running"]
        mocked.fail_operation("StopInstance", error_code="Busy")
        client.stop_instance(instanceName="web")
        assert [state(client), state(client)] == ["stopping", "running"]

    def test_fails_what_would_have_ended_at_once(self, client: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("AllocateStaticIp", error_code="LimitExceeded")
        (operation,) = client.allocate_static_ip(staticIpName="ip")["operations"]
        assert (operation["status"], operation["isTerminal"]) == ("Failed", True)
        assert operation["errorCode"] == "LimitExceeded"
        assert "errorDetails" not in operation
        assert client.get_static_ips()["staticIps"] == []
        client.allocate_static_ip(staticIpName="ip")
        assert len(client.get_static_ips()["staticIps"]) == 1

    def test_fails_a_creation_whose_operations_end_at_once(
        self, client: Any, mocked: Lightsail
    ) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "immediate"})
        mocked.fail_operation("CreateInstance", error_code="Full")
        (operation,) = client.create_instances(instanceNames=["web"], **INSTANCE)["operations"]
        assert operation["status"] == "Failed"
        assert client.get_instances()["instances"] == []

    @pytest.mark.parametrize("action", ["CreateInstances", "CreateInstance"])
    def test_takes_the_action_or_the_type_of_its_operations(
        self, client: Any, mocked: Lightsail, action: str
    ) -> None:
        mocked.fail_operation(action, error_code="Full")
        (operation_id,) = create(client)
        assert [status(client, operation_id), status(client, operation_id)][1] == "Failed"

    @pytest.mark.parametrize("action", ["GetInstances", "MakeInstance", ""])
    def test_wants_an_action_that_begins_operations(self, mocked: Lightsail, action: str) -> None:
        with pytest.raises(ValueError, match=f"that begins operations, not {action!r}"):
            mocked.fail_operation(action, error_code="Full")

    def test_waits_for_an_operation_on_its_resource(self, client: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("CreateInstances", resource_name="db", error_code="Full")
        web, db = create(client, "web", "db")
        read = [[status(client, each) for each in (web, db)] for _ in range(2)]
        assert read == [["Started", "Started"], ["Succeeded", "Failed"]]

    def test_can_be_taken_back(self, client: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("CreateInstance", error_code="Full")
        mocked.fail_next("AccessDeniedException")
        mocked.clear_failures()
        (operation_id,) = create(client)
        assert [status(client, operation_id) for _ in range(2)] == ["Started", "Succeeded"]


class TestWhatFails:
    """An action that fails leaves what it acts on as it was."""

    @pytest.fixture
    def begun(self, client: Any) -> Any:
        """A client of an account in which an instance and a disk are there."""
        state_manager.set_transition(PROGRESS, {"progression": "immediate"})
        create(client)
        client.create_disk(diskName="data", availabilityZone="us-west-2a", sizeInGb=8)
        return client

    def test_is_a_deployment(self, begun: Any, mocked: Lightsail) -> None:
        deploy = "CreateContainerServiceDeployment"
        containers = {"app": {"image": "nginx"}}
        begun.create_container_service(serviceName="api", power="nano", scale=1)
        begun.create_container_service_deployment(serviceName="api", containers=containers)
        mocked.fail_operation(deploy, error_code="ImageNotFound")
        begun.create_container_service_deployment(serviceName="api", containers=containers)
        deployments = begun.get_container_service_deployments(serviceName="api")["deployments"]
        assert [(each["version"], each["state"]) for each in deployments] == [
            (2, "FAILED"),
            (1, "ACTIVE"),
        ]
        (service,) = begun.get_container_services(serviceName="api")["containerServices"]
        assert (service["state"], service["currentDeployment"]["version"]) == ("RUNNING", 1)
        assert "nextDeployment" not in service
        newest = begun.get_operations()["operations"][0]
        assert (newest["operationType"], newest["errorCode"]) == (deploy, "ImageNotFound")

    def test_is_attaching_a_disk(self, begun: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("AttachDisk", error_code="Busy")
        begun.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf")
        assert begun.get_disk(diskName="data")["disk"]["state"] == "available"
        begun.delete_disk(diskName="data")

    def test_is_an_add_on(self, begun: Any, mocked: Lightsail) -> None:
        def add_ons() -> list[str]:
            found = begun.get_instance(instanceName="web")["instance"]["addOns"]
            return [each["status"] for each in found]

        enable = {"resourceName": "web", "addOnRequest": {"addOnType": "AutoSnapshot"}}
        mocked.fail_operation("EnableAddOn", error_code="Busy")
        begun.enable_add_on(**enable)
        assert add_ons() == []
        begun.enable_add_on(**enable)
        mocked.fail_operation("DisableAddOn", error_code="Busy")
        begun.disable_add_on(resourceName="web", addOnType="AutoSnapshot")
        assert add_ons() == ["Enabled"]

    def test_is_a_change_of_metadata_options(self, begun: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("UpdateInstanceMetadataOptions", error_code="Busy")
        begun.update_instance_metadata_options(instanceName="web", httpTokens="required")
        options = begun.get_instance(instanceName="web")["instance"]["metadataOptions"]
        assert (options["httpTokens"], options["state"]) == ("optional", "applied")

    def test_is_a_reset_of_a_cache(
        self, begun: Any, mocked: Lightsail, connect: Callable[[str], Any]
    ) -> None:
        east = connect("us-east-1")
        create_distribution(east)
        mocked.fail_operation("ResetDistributionCache", error_code="Busy")
        east.reset_distribution_cache(distributionName="cdn")
        assert "status" not in east.get_distribution_latest_cache_reset(distributionName="cdn")

    @pytest.mark.parametrize("progression", ["immediate", "manual"])
    def test_is_creating_a_load_balancer_with_a_certificate(
        self, begun: Any, mocked: Lightsail, progression: str
    ) -> None:
        state_manager.set_transition(PROGRESS, {"progression": progression, "times": 1})
        wanted = {"loadBalancerName": "front", "instancePort": 80, "certificateName": "tls"}
        wanted["certificateDomainName"] = "example.com"
        mocked.fail_operation("CreateLoadBalancer", error_code="Full")
        begun.create_load_balancer(**wanted)
        for _ in range(2):
            begun.get_operations()
        assert not {"front", "tls"} & set(begun.get_active_names()["activeNames"])
        begun.create_load_balancer(**wanted)
        (tls,) = begun.get_load_balancer_tls_certificates(loadBalancerName="front")[
            "tlsCertificates"
        ]
        assert tls["name"] == "tls"

    @pytest.mark.parametrize(
        ("progression", "left"), [("immediate", []), ("manual", ["copy-data-1"])]
    )
    def test_is_creating_an_instance_with_a_disk_from_a_snapshot(
        self, begun: Any, mocked: Lightsail, progression: str, left: list[str]
    ) -> None:
        begun.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf")
        begun.create_instance_snapshot(instanceName="web", instanceSnapshotName="web-1")
        state_manager.set_transition(PROGRESS, {"progression": progression, "times": 1})
        mocked.fail_operation("CreateInstancesFromSnapshot", error_code="Full")
        mapping = {"copy": [{"originalDiskPath": "/dev/xvdf", "newDiskName": "copy-data-1"}]}
        begun.create_instances_from_snapshot(
            instanceNames=["copy"],
            instanceSnapshotName="web-1",
            attachedDiskMapping=mapping,
            availabilityZone="us-west-2a",
            bundleId="small_3_0",
        )
        for _ in range(2):
            begun.get_operations()
        assert [each["name"] for each in begun.get_instances()["instances"]] == ["web"]
        disks = [each for each in begun.get_disks()["disks"] if each["name"] != "data"]
        states = [(each["name"], each["state"], each["isAttached"]) for each in disks]
        assert states == [(name, "available", False) for name in left]
        assert not any("path" in each or "attachedTo" in each for each in disks)
        for each in left:
            begun.delete_disk(diskName=each)

    def test_is_putting_an_alarm_that_is_there(self, begun: Any, mocked: Lightsail) -> None:
        alarm = {
            "alarmName": "busy",
            "metricName": "CPUUtilization",
            "monitoredResourceName": "web",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
        }
        begun.put_alarm(**alarm, threshold=80)
        (before,) = begun.get_alarms()["alarms"]
        mocked.fail_operation("PutAlarm", error_code="Busy")
        begun.put_alarm(**alarm, threshold=90, tags=[{"key": "team"}])
        assert begun.get_alarms()["alarms"] == [before]

    def test_is_setting_up_https(self, begun: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("SetupInstanceHttps", error_code="Busy")
        begun.setup_instance_https(
            instanceName="web",
            emailAddress="a@example.com",
            domainNames=["example.com"],
            certificateProvider="LetsEncrypt",
        )
        (setup,) = begun.get_setup_history(resourceName="web")["setupHistory"]
        assert setup["status"] == "failed"

    def test_is_a_deletion(self, begun: Any, mocked: Lightsail) -> None:
        mocked.fail_operation("DeleteDisk", error_code="Busy")
        begun.delete_disk(diskName="data")
        assert begun.get_disk(diskName="data")["disk"]["state"] == "available"

    def test_is_deleting_a_load_balancer_with_a_certificate(
        self, begun: Any, mocked: Lightsail
    ) -> None:
        balancer = {"loadBalancerName": "front"}
        tls = {"certificateName": "tls", "certificateDomainName": "example.com"}
        begun.create_load_balancer(instancePort=80, **balancer, **tls)
        mocked.fail_operation("DeleteLoadBalancer", error_code="Busy")
        begun.delete_load_balancer(**balancer)
        for _ in range(2):
            found = begun.get_load_balancer_tls_certificates(**balancer)["tlsCertificates"]
            assert [each["name"] for each in found] == ["tls"]
        begun.delete_load_balancer(**balancer)
        assert not {"front", "tls"} & set(begun.get_active_names()["activeNames"])


class TestARequestThatNamesAResource:
    """It lets progress what is pending, so that programs work whose sleeps are stubbed."""

    def test_lets_a_disk_be_deleted_that_is_being_detached(self, client: Any) -> None:
        create(client)
        disk = {"diskName": "data"}
        client.create_disk(availabilityZone="us-west-2a", sizeInGb=8, **disk)
        client.attach_disk(instanceName="web", diskPath="/dev/xvdf", **disk)
        client.detach_disk(**disk)
        client.delete_disk(**disk)
        assert client.get_disks()["disks"] == []

    def test_lets_a_snapshot_be_copied_from_another_region(
        self, client: Any, connect: Callable[[str], Any]
    ) -> None:
        east = connect("us-east-1")
        east.create_disk(diskName="data", sizeInGb=8, availabilityZone="us-east-1a")
        (begun,) = east.create_disk_snapshot(diskName="data", diskSnapshotName="s")["operations"][
            :1
        ]
        client.copy_snapshot(
            sourceRegion="us-east-1", sourceSnapshotName="s", targetSnapshotName="t"
        )
        assert status(east, begun["id"]) == "Succeeded"

    def test_lets_a_name_be_taken_again(self, client: Any) -> None:
        for _ in range(2):
            client.create_relational_database(
                relationalDatabaseName="orders",
                relationalDatabaseBlueprintId="mysql_8_0",
                relationalDatabaseBundleId="micro_2_0",
                masterDatabaseName="orders",
                masterUsername="admin",
            )
            client.delete_relational_database(
                relationalDatabaseName="orders", skipFinalSnapshot=True
            )

    def test_counts_once_for_each_request(self, client: Any) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "manual", "times": 3})
        create(client)
        disk = {"diskName": "data"}
        client.create_disk(availabilityZone="us-west-2a", sizeInGb=8, **disk)
        for _ in range(3):
            client.tag_resource(resourceName="web", tags=[{"key": "k", "value": "v"}])
        assert state(client) == "running"
        client.attach_disk(instanceName="web", diskPath="/dev/xvdf", **disk)
        for _ in range(2):  # both are subjects of the pair
            with pytest.raises(ClientError, match="is not attached"):
                client.detach_disk(**disk)
        client.detach_disk(**disk)


class TestADeployment:
    def test_is_the_next_one_until_it_is_the_current_one(self, client: Any) -> None:
        def read() -> list[Any]:
            (service,) = client.get_container_services(serviceName="api")["containerServices"]
            both = (service.get("nextDeployment"), service.get("currentDeployment"))
            detail = service.get("stateDetail", {}).get("code")
            return [service["state"], detail, *(each and each["version"] for each in both)]

        client.create_container_service(serviceName="api", power="nano", scale=1)
        assert [read(), read()] == [
            ["PENDING", "PROVISIONING_SERVICE", None, None],
            ["READY", None, None, None],
        ]
        for version, before in ((1, None), (2, 1)):
            client.create_container_service_deployment(
                serviceName="api", containers={"app": {"image": "nginx"}}
            )
            assert [read(), read()] == [
                ["DEPLOYING", "CREATING_DEPLOYMENT", version, before],
                ["RUNNING", None, None, version],
            ]


class TestStatesMeanwhile:
    @pytest.mark.parametrize(
        ("method", "parameters", "path", "states"),
        [
            ("reboot_relational_database", {}, "state", ["rebooting", "available"]),
            ("stop_relational_database", {}, "state", ["stopping", "stopped"]),
            ("start_relational_database", {}, "state", ["starting", "available"]),
            ("update_relational_database", {}, "state", ["modifying", "available"]),
        ],
    )
    def test_of_a_database(
        self, client: Any, method: str, parameters: dict[str, Any], path: str, states: list[str]
    ) -> None:
        client.create_relational_database(
            relationalDatabaseName="orders",
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
        )
        getattr(client, method)(relationalDatabaseName="orders", **parameters)
        read = [client.get_relational_databases()["relationalDatabases"][0][path] for _ in "12"]
        assert read == states

    def test_of_snapshots(self, client: Any) -> None:
        create(client)
        client.create_instance_snapshot(instanceName="web", instanceSnapshotName="s")
        instances = [client.get_instance_snapshots()["instanceSnapshots"][0] for _ in "12"]
        assert [each["state"] for each in instances] == ["pending", "available"]
        client.create_disk_snapshot(instanceName="web", diskSnapshotName="t")
        disks = [client.get_disk_snapshots()["diskSnapshots"][0] for _ in "12"]
        assert [(each["state"], each["progress"]) for each in disks] == [
            ("pending", "0%"),
            ("completed", "100%"),
        ]

    def test_of_a_distribution_and_the_reset_of_its_cache(
        self, mocked: Lightsail, connect: Callable[[str], Any]
    ) -> None:
        client, cdn = connect("us-east-1"), {"distributionName": "cdn"}
        create_distribution(client)
        read = [client.get_distributions()["distributions"][0]["status"] for _ in "12"]
        assert read == ["InProgress", "Deployed"]
        reset = client.reset_distribution_cache(**cdn)
        assert reset["status"] == "InProgress"
        found = [client.get_distribution_latest_cache_reset(**cdn) for _ in "12"]
        assert [each["status"] for each in found] == ["InProgress", "Complete"]
        assert found[0]["createTime"] == reset["createTime"]
        client.delete_distribution(**cdn)
        read = [each["status"] for each in client.get_distributions()["distributions"]]
        assert read == ["InProgress"]
        assert client.get_distributions()["distributions"] == []

    def test_of_an_add_on(self, client: Any) -> None:
        create(client)
        request = {"resourceName": "web", "addOnRequest": {"addOnType": "AutoSnapshot"}}

        def statuses() -> list[str]:
            read = [client.get_instance(instanceName="web")["instance"]["addOns"] for _ in "12"]
            return [each["status"] for add_ons in read for each in add_ons]

        client.enable_add_on(**request)
        assert statuses() == ["Enabling", "Enabled"]
        client.disable_add_on(resourceName="web", addOnType="AutoSnapshot")
        assert statuses() == ["Disabling", "Disabled"]
        client.enable_add_on(**request)
        assert statuses() == ["Enabling", "Enabled"]

    def test_of_a_load_balancer_and_a_subdomain(self, client: Any) -> None:
        client.create_load_balancer(loadBalancerName="front", instancePort=80)
        read = [client.get_load_balancers()["loadBalancers"][0]["state"] for _ in "12"]
        assert read == ["provisioning", "active"]
        client.create_subdomain(subdomainName="shop")
        read = [client.get_subdomains()["subdomains"][0]["state"] for _ in "12"]
        assert read == ["CREATING", "UNATTACHED"]


def test_changes_that_overlap_all_have_their_effect(
    mocked: Lightsail, west: Any, connect: Callable[[str], Any]
) -> None:
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    east = connect("us-east-1")
    east.create_bucket(bucketName="assets", bundleId="small_1_0")
    east.create_distribution(
        distributionName="cdn",
        origin={"name": "assets"},
        defaultCacheBehavior={"behavior": "cache"},
        bundleId="small_1_0",
    )
    west.create_instances(
        instanceNames=["web"],
        availabilityZone="us-west-2a",
        blueprintId="debian_12",
        bundleId="nano_3_0",
    )
    state_manager.set_transition("lightsail::operation", {"progression": "time", "seconds": 3600})
    settings = [{"defaultTTL": 60}, {"minimumTTL": 5}]
    begun = [
        east.update_distribution(distributionName="cdn", cacheBehaviorSettings=each)["operation"]
        for each in settings
    ]
    options = [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}]
    begun += [
        west.update_instance_metadata_options(instanceName="web", **each)["operation"]
        for each in options
    ]
    pending = west.get_instance(instanceName="web")["instance"]["metadataOptions"]
    assert pending["state"] == "pending"
    for operation in begun:
        mocked.finish(operation["id"])
    [cdn] = east.get_distributions()["distributions"]
    assert cdn["cacheBehaviorSettings"].items() >= (settings[0] | settings[1]).items()
    instance = west.get_instance(instanceName="web")["instance"]
    assert instance["metadataOptions"].items() >= (options[0] | options[1]).items()
    assert instance["metadataOptions"]["state"] == "applied"


class TestWhatIsBeingAttached:
    @pytest.fixture(autouse=True)
    def _attaching(self, client: Any) -> None:
        state_manager.set_transition(PROGRESS, {"progression": "immediate"})
        create(client)
        for name in ("data", "other"):
            client.create_disk(diskName=name, sizeInGb=8, availabilityZone="us-west-2a")
        state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})
        client.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf")

    def test_has_its_path(self, client: Any) -> None:
        with pytest.raises(ClientError, match="web has another disk at /dev/xvdf"):
            client.attach_disk(diskName="other", instanceName="web", diskPath="/dev/xvdf")

    def test_is_detached_from_an_instance_that_is_deleted(
        self, client: Any, mocked: Lightsail
    ) -> None:
        begun = client.delete_instance(instanceName="web")["operations"]
        assert [each["operationType"] for each in begun] == ["DetachDisk"] * 2 + ["DeleteInstance"]
        mocked.finish(begun[0]["id"])
        disk = client.get_disk(diskName="data")["disk"]
        assert (disk["state"], disk["isAttached"]) == ("available", False)
        client.delete_disk(diskName="data")


def test_a_certificate_that_is_being_attached_cannot_be_deleted(
    mocked: Lightsail, connect: Callable[[str], Any]
) -> None:
    state_manager.set_transition(PROGRESS, {"progression": "immediate"})
    east = connect("us-east-1")
    create_distribution(east)
    east.create_certificate(certificateName="tls", domainName="example.com")
    mocked.issue_certificate("tls")
    state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})
    begun = east.attach_certificate_to_distribution(distributionName="cdn", certificateName="tls")
    with pytest.raises(ClientError, match=r"The certificate tls is attached to cdn\."):
        east.delete_certificate(certificateName="tls")
    mocked.finish(begun["operation"]["id"])
    [cdn] = east.get_distributions()["distributions"]
    assert (cdn["certificateName"], cdn["alternativeDomainNames"]) == ("tls", ["example.com"])


def test_a_second_deletion_leaves_what_has_the_name_by_then(client: Any, mocked: Lightsail) -> None:
    state_manager.set_transition(PROGRESS, {"progression": "time", "seconds": 3600})

    def create_database() -> None:
        client.create_relational_database(
            relationalDatabaseName="orders",
            relationalDatabaseBlueprintId="mysql_8_0",
            relationalDatabaseBundleId="micro_2_0",
            masterDatabaseName="orders",
            masterUsername="admin",
        )

    create_database()
    deletions = [
        client.delete_relational_database(relationalDatabaseName="orders", skipFinalSnapshot=True)
        for _ in range(2)
    ]
    first, second = (each["operations"][0]["id"] for each in deletions)
    mocked.finish(first)
    create_database()
    mocked.finish(second)
    [database] = client.get_relational_databases()["relationalDatabases"]
    assert database["name"] == "orders"
