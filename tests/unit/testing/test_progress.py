"""How operations progress, and the resources with them."""

from __future__ import annotations

from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
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
def client(mocked: Lightsail) -> Any:
    return boto3.client("lightsail", region_name="us-west-2")


def create(client: Any, *names: str) -> list[str]:
    """Create instances, and return the ids of the operations."""
    response = client.create_instances(instanceNames=list(names or ["web"]), **INSTANCE)
    return [operation["id"] for operation in response["operations"]]


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

    def test_can_be_reached_over_http(self, server: LightsailServer, raw_client: Any) -> None:
        body = b'{"model_name": "lightsail::operation", "transition": {"progression": "immediate"}}'
        url = f"{server.endpoint_url}/moto-api/state-manager/set-transition"
        with urlopen(Request(url, body, {"Content-Type": "application/json"})):
            pass
        (operation,) = raw_client.create_instances(instanceNames=["web"], **INSTANCE)["operations"]
        assert operation["status"] == "Succeeded"

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
        mocked.finish(stop)
        mocked.finish(creation)
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
        (first,) = create(client)
        client.delete_instance(instanceName="web")
        create(client)
        mocked.finish(first, "Failed", error_code="Late")
        assert [each["name"] for each in client.get_instances()["instances"]] == ["web"]

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
