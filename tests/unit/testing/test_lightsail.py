"""The handle: a client reads what a test adds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import boto3
import pytest

from lightsail_ops import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    InvalidInputError,
    NotFoundError,
    Operation,
    OperationsClient,
    OperationStatus,
    OperationType,
    RegionName,
    RegionSetupInProgressError,
    ResourceLocation,
    ResourceType,
    ServiceError,
    ThrottlingError,
)
from lightsail_ops.testing import Lightsail

ALL_FIELDS: dict[str, Any] = {
    "id": "an-id",
    "resource_name": "data-1",
    "resource_type": ResourceType.DISK,
    "created_at": datetime(2026, 5, 6, 7, 8, 9, 123_000, tzinfo=UTC),
    "location": ResourceLocation(availability_zone="eu-west-1c", region_name=RegionName.EU_WEST_1),
    "is_terminal": True,
    "operation_type": OperationType.ATTACH_DISK,
    "status": OperationStatus.FAILED,
    "status_changed_at": datetime(2026, 5, 6, 7, 9, 0, 1_000, tzinfo=UTC),
    "operation_details": "web-1",
    "error_code": "DiskInUse",
    "error_details": "The disk is attached to web-2.",
}


@cache
def client_of(region_name: str = "us-west-2") -> OperationsClient:
    """Return the client of a region, one for all tests: to make one takes longer than to use it."""
    return OperationsClient.from_session(region_name=region_name)


class TestAddOperation:
    def test_takes_every_field_and_a_client_reads_it_back(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(**ALL_FIELDS)
        assert added == Operation(**ALL_FIELDS)
        assert list(client_of("eu-west-1").operations()) == [added]

    def test_takes_the_type_first_without_its_name(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(OperationType.ATTACH_DISK, resource_name="data-1")
        assert added.operation_type is OperationType.ATTACH_DISK

    def test_needs_no_field_at_all(self, mocked: Lightsail) -> None:
        added = mocked.add_operation()
        assert list(client_of().operations()) == [added]
        assert added.is_terminal
        assert added.status is OperationStatus.SUCCEEDED
        assert added.location.region_name is RegionName.US_WEST_2

    def test_gives_ids_and_times_that_are_the_same_in_each_run(self, mocked: Lightsail) -> None:
        first, second = mocked.add_operation(), mocked.add_operation()
        assert first.id != second.id
        assert first.created_at == datetime(2026, 1, 1, tzinfo=UTC)
        assert second.created_at - first.created_at == timedelta(minutes=1)

    def test_takes_strings_for_enums_known_or_not(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(
            resource_type="Disk", operation_type="PaintDisk", status="Paused"
        )
        assert added.resource_type is ResourceType.DISK
        assert not added.operation_type.is_known
        assert list(client_of().operations()) == [added]

    @pytest.mark.parametrize("status", [OperationStatus.NOT_STARTED, OperationStatus.STARTED])
    def test_that_has_not_ended_is_not_terminal(
        self, mocked: Lightsail, status: OperationStatus
    ) -> None:
        added = mocked.add_operation(status=status)
        assert not added.is_terminal
        began = None if status is OperationStatus.NOT_STARTED else added.created_at
        assert added.status_changed_at == began
        assert list(client_of().operations()) == [added]

    def test_cuts_times_to_milliseconds(self, mocked: Lightsail) -> None:
        precise = datetime(2026, 5, 6, 9, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))
        added = mocked.add_operation(created_at=precise)
        assert added.created_at == datetime(2026, 5, 6, 7, 0, 0, 123_000, tzinfo=UTC)
        assert list(client_of().operations()) == [added]

    def test_takes_a_time_without_a_zone_to_be_in_utc(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(created_at=datetime(2026, 5, 6))  # noqa: DTZ001
        assert added.created_at == datetime(2026, 5, 6, tzinfo=UTC)

    def test_lists_global_resources_in_the_default_region(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(location=ResourceLocation(region_name=RegionName.GLOBAL))
        assert list(client_of().operations()) == [added]

    def test_rejects_an_id_that_is_taken(self, mocked: Lightsail) -> None:
        mocked.add_operation(id="once")
        with pytest.raises(ValueError, match="'once' exists already"):
            mocked.add_operation(id="once")

    def test_rejects_a_region_that_lightsail_does_not_have(self, mocked: Lightsail) -> None:
        with pytest.raises(ValueError, match="no region 'mars-1'"):
            mocked.add_operation(region_name="mars-1")

    @pytest.mark.parametrize(
        ("name", "wrong", "needed"),
        [
            ("id", 5, "str, not int"),
            ("resource_name", None, "str, not NoneType"),
            ("error_code", 5, "str | None, not int"),
            ("error_details", b"", "str | None, not bytes"),
            ("operation_details", [], "str | None, not list"),
            ("is_terminal", "x", "bool, not str"),
            ("location", "us-west-2", "lightsail_ops.models.ResourceLocation, not str"),
        ],
    )
    def test_rejects_a_field_of_another_type(
        self, mocked: Lightsail, name: str, wrong: Any, needed: str
    ) -> None:
        with pytest.raises(TypeError) as caught:
            mocked.add_operation(**{name: wrong})
        assert str(caught.value) == f"{name} must be {needed}"
        assert list(client_of().operations()) == []

    @pytest.mark.parametrize("name", ["created_at", "status_changed_at"])
    @pytest.mark.parametrize("wrong", ["x", "", 0, 5])
    def test_rejects_a_time_that_is_no_datetime(
        self, mocked: Lightsail, name: str, wrong: Any
    ) -> None:
        with pytest.raises(TypeError, match="a timestamp must be a datetime, not "):
            mocked.add_operation(**{name: wrong})
        assert list(client_of().operations()) == []

    def test_rejects_a_time_that_no_datetime_can_have(self, mocked: Lightsail) -> None:
        latest = datetime.max.replace(tzinfo=UTC)
        for created_at in (latest, latest.replace(tzinfo=timezone(timedelta(hours=-1)))):
            with pytest.raises(ValueError, match="outside the years 1 to 9999"):
                mocked.add_operation(created_at=created_at)
        mocked.add_operation(created_at=latest, status_changed_at=latest)
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            mocked.add_operation()  # a minute later

    def test_a_time_at_the_end_of_all_times_stops_nothing(self, mocked: Lightsail) -> None:
        latest = datetime.max.replace(tzinfo=UTC)
        last = mocked.add_operation(
            created_at=latest, status_changed_at=latest, status=OperationStatus.STARTED
        )
        client: Any = boto3.client("lightsail", region_name="us-west-2")
        created = client.create_instances(
            instanceNames=["web"],
            availabilityZone="us-west-2a",
            blueprintId="debian_12",
            bundleId="nano_3_0",
        )["operations"][0]
        assert abs(created["createdAt"] - datetime.now(UTC)) < timedelta(minutes=1)
        details = client.get_instance_access_details(instanceName="web")["accessDetails"]
        assert details["expiresAt"] < datetime.now(UTC) + timedelta(hours=2)
        assert mocked.finish(last.id).is_terminal
        assert [each.id for each in client_of().operations()] == [last.id, created["id"]]

    def test_without_a_default_region_goes_to_us_east_1(
        self, mocked: Lightsail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert mocked.add_operation().location.region_name is RegionName.US_EAST_1


class TestAddOperations:
    def test_returns_what_a_client_reads(self, mocked: Lightsail) -> None:
        added = mocked.add_operations(450)
        assert list(client_of().operations()) == added[::-1]

    def test_makes_the_same_history_each_time(self, mocked: Lightsail) -> None:
        until = datetime(2026, 5, 1, tzinfo=UTC)
        one, other = (
            mocked.add_operations(50, until=until, account_id=account_id)
            for account_id in ("111111111111", "222222222222")
        )
        assert [each.to_dict() | {"id": ""} for each in one] == [
            each.to_dict() | {"id": ""} for each in other
        ]

    def test_ends_with_an_operation_that_waits_to_start(self, mocked: Lightsail) -> None:
        until = datetime(2026, 5, 1, tzinfo=UTC)
        last = mocked.add_operations(450, until=until)[-1]
        assert last.status is OperationStatus.NOT_STARTED
        assert (last.created_at, last.status_changed_at) == (until, None)

    def test_ends_now_or_when_it_is_told_to(self, mocked: Lightsail) -> None:
        until = datetime(2026, 5, 1, tzinfo=UTC)
        assert mocked.add_operations(50, until=until)[-1].status_changed_at == until
        assert mocked.add_operations(1, until=datetime(2026, 5, 1))[0].status_changed_at == until  # noqa: DTZ001
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        newest = mocked.add_operations(50, region_name="eu-west-1")[-1]
        assert newest.status_changed_at is not None
        assert before <= newest.status_changed_at <= datetime.now(UTC)

    def test_covers_what_an_account_may_hold(self, mocked: Lightsail) -> None:
        history = mocked.add_operations(450)
        assert {each.resource_type for each in history} == set(ResourceType)
        assert {each.status for each in history} == set(OperationStatus)
        assert len({each.operation_type for each in history}) > 40
        assert any(not each.operation_type.is_known for each in history)
        assert {each.location.region_name for each in history} == {
            RegionName.US_WEST_2,
            RegionName.GLOBAL,
        }
        assert {each.location.availability_zone for each in history} >= {"all", "us-west-2a"}

    def test_gives_a_reason_for_each_failure_and_for_nothing_else(self, mocked: Lightsail) -> None:
        for operation in mocked.add_operations(450):
            failed = operation.status is OperationStatus.FAILED
            assert failed == (operation.error_code is not None)
            assert failed == (operation.error_details is not None)

    def test_has_the_details_that_actions_record(self, mocked: Lightsail) -> None:
        history = mocked.add_operations(40)
        details = {each.operation_type: each.operation_details for each in history}
        expected = {
            "CreateInstance": None,
            "OpenInstancePublicPorts": "443/tcp",
            "RebootInstance": "",
            "CreateDisk": None,
            "AttachDisk": "web-1",
            "CreateInstanceSnapshot": "web-1",
            "CreateLoadBalancerTlsCertificate": "front-1",
        }
        assert expected.items() <= details.items()
        assert {
            each.resource_name for each in history if each.resource_type == "ContactMethod"
        } == {"Email"}

    def test_begins_only_what_actions_begin(self, mocked: Lightsail) -> None:
        # The first is the one that no enum lists; an older botocore has no subdomains.
        others = {"ResizeInstance", "CreateSubdomain", "UpdateSubdomainAssociation"}
        types = {str(each.operation_type) for each in mocked.add_operations(60)}
        for operation_type in types - others:
            mocked.fail_operation(operation_type, error_code="Full")

    def test_continues_where_it_stopped(self, mocked: Lightsail) -> None:
        history = mocked.add_operations(30) + mocked.add_operations(30)
        assert len({each.id for each in history}) == 60
        assert history == sorted(history, key=lambda each: each.created_at)

    @pytest.mark.parametrize("count", [0, -1, 1.5, True])
    def test_rejects_a_count_below_1(self, mocked: Lightsail, count: Any) -> None:
        with pytest.raises(ValueError, match="count must be a whole number above 0"):
            mocked.add_operations(count)

    def test_rejects_an_end_that_cannot_be(self, mocked: Lightsail) -> None:
        for wrong in ("x", ""):
            until: Any = wrong
            with pytest.raises(TypeError, match="a timestamp must be a datetime, not str"):
                mocked.add_operations(2, until=until)
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            mocked.add_operations(2, until=datetime.min.replace(tzinfo=UTC))
        assert list(client_of().operations()) == []


class TestPaging:
    def test_has_pages_of_200(self, mocked: Lightsail) -> None:
        mocked.add_operations(450)
        assert [len(page) for page in client_of().operations().pages()] == [200, 200, 50]

    def test_has_pages_of_the_size_that_is_set(self, mocked: Lightsail) -> None:
        mocked.add_operations(5)
        mocked.page_size = 2
        assert mocked.page_size == 2
        assert [len(page) for page in client_of().operations().pages()] == [2, 2, 1]

    def test_ends_with_a_full_page_where_the_numbers_come_out_even(self, mocked: Lightsail) -> None:
        mocked.add_operations(4)
        mocked.page_size = 2
        assert [len(page) for page in client_of().operations().pages()] == [2, 2]

    @pytest.mark.parametrize("size", [0, -1, 2.0, True, "2"])
    def test_rejects_a_size_below_1(self, mocked: Lightsail, size: Any) -> None:
        with pytest.raises(ValueError, match="page_size must be a whole number above 0"):
            mocked.page_size = size

    @pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
    def test_is_sorted_by_time_in_either_order(self, mocked: Lightsail, order: str) -> None:
        mocked.order = order
        assert mocked.order == order
        days = (3, 1, 2, 1, 5)
        for day in days:
            mocked.add_operation(created_at=datetime(2026, 5, day, tzinfo=UTC))
        mocked.page_size = 2
        read = [operation.created_at.day for operation in client_of().operations()]
        assert read == sorted(days, reverse=order == "newest_first")

    def test_rejects_an_order_that_does_not_exist(self, mocked: Lightsail) -> None:
        assert mocked.order == "newest_first"
        with pytest.raises(ValueError, match="order must be one of newest_first, oldest_first"):
            mocked.order = "random"

    @pytest.mark.parametrize(
        ("order", "sees_what_is_added"), [("newest_first", False), ("oldest_first", True)]
    )
    def test_shifts_nothing_when_operations_are_added_meanwhile(
        self, mocked: Lightsail, order: str, sees_what_is_added: bool
    ) -> None:
        mocked.order = order
        mocked.page_size = 2
        expected = mocked.add_operations(4)
        pages = client_of().operations().pages()
        read = list(next(pages))
        added = mocked.add_operations(2)
        read += [operation for page in pages for operation in page]
        if sees_what_is_added:
            assert read == expected + added
        else:
            assert read == expected[::-1]

    def test_lists_what_an_action_begins_as_the_newest(self, mocked: Lightsail) -> None:
        future = datetime(2100, 1, 1, tzinfo=UTC)
        mocked.add_operation(created_at=future)
        client = boto3.client("lightsail", region_name="us-west-2")
        begun = client.allocate_static_ip(staticIpName="ip")["operations"][0]
        assert client.get_operations()["operations"][0]["id"] == begun["id"]
        assert begun["createdAt"] > future

    @pytest.mark.parametrize("token", ["", "2", "AAAA", "not base64!", "ÄÖÜ"])
    def test_rejects_a_bad_token_as_lightsail_does(self, mocked: Lightsail, token: str) -> None:
        with pytest.raises(InvalidInputError) as caught:
            client_of().get_operations(token)
        assert caught.value.status_code == 400
        assert caught.value.docs
        assert caught.value.tip

    def test_accepts_a_token_only_where_it_came_from(self, mocked: Lightsail) -> None:
        mocked.page_size = 2
        for region_name in ("us-west-2", "us-east-1"):
            mocked.add_operations(10, region_name=region_name)
        token = client_of("us-west-2").get_operations().next_page_token
        with pytest.raises(InvalidInputError):
            client_of("us-east-1").get_operations(token)
        with pytest.raises(InvalidInputError):
            list(client_of("us-west-2").operations_for_resource("web-1", token))

    def test_tells_resources_apart_whose_names_are_long(self, mocked: Lightsail) -> None:
        mocked.page_size = 1
        one, other = (f"{'long-' * 30}{number}" for number in (1, 2))
        for resource_name in (one, other) * 2:
            mocked.add_operation(resource_name=resource_name)
        token = next(client_of().operations_for_resource(one).pages()).next_page_token
        with pytest.raises(InvalidInputError):
            list(client_of().operations_for_resource(other, token))


class TestOneOperationAndOneResource:
    def test_are_found(self, mocked: Lightsail) -> None:
        mocked.page_size = 2
        history = mocked.add_operations(100)
        client = client_of()
        assert client.get_operation(history[7].id) == history[7]
        of_web_1 = [each for each in history if each.resource_name == "web-1"]
        assert list(client.operations_for_resource("web-1")) == of_web_1[::-1]

    def test_are_not_found(self, mocked: Lightsail) -> None:
        with pytest.raises(NotFoundError, match="no operation nothing"):
            client_of().get_operation("nothing")
        with pytest.raises(NotFoundError, match="no resource nothing"):
            list(client_of().operations_for_resource("nothing"))


class TestAnOperationInProgress:
    def test_finishes_when_it_is_told_to(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED)
        finished = mocked.finish(started.id, status=OperationStatus.SUCCEEDED)
        assert finished.is_terminal
        assert started.status_changed_at is not None
        assert finished.status_changed_at is not None
        assert finished.status_changed_at > started.status_changed_at
        assert client_of().get_operation(started.id) == finished

    def test_can_fail(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status="Started", region_name="eu-west-1")
        failed = mocked.finish(started.id, "Failed", error_code="Late", error_details="Too late.")
        assert (failed.error_code, failed.error_details) == ("Late", "Too late.")
        assert client_of("eu-west-1").get_operation(started.id) == failed

    def test_finishes_by_itself_after_a_number_of_reads(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED, finishes_after=2)
        client = client_of()
        statuses = [client.get_operation(started.id).status for _ in range(4)]
        assert [str(status) for status in statuses] == [
            "Started",
            "Started",
            "Succeeded",
            "Succeeded",
        ]

    def test_that_is_finished_stays_so(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED, finishes_after=1)
        failed = mocked.finish(started.id, OperationStatus.FAILED)
        client = client_of()
        assert [client.get_operation(started.id) for _ in range(3)] == [failed] * 3

    def test_can_be_waited_for(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED, finishes_after=2)
        assert client_of().wait(started, poll_interval=0.01).is_terminal

    def test_is_the_default_with_finishes_after(self, mocked: Lightsail) -> None:
        added = mocked.add_operation(finishes_after=2)
        assert added.status is OperationStatus.STARTED
        assert not added.is_terminal

    def test_ends_with_any_status_of_an_end(self, mocked: Lightsail) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED)
        assert mocked.finish(started.id, "Cancelled").is_terminal
        for status in (OperationStatus.STARTED, OperationStatus.NOT_STARTED):
            with pytest.raises(ValueError, match=f"cannot have the status '{status}'"):
                mocked.finish(started.id, status)

    @pytest.mark.parametrize("status", ["Succeeded", "Completed", "Failed"])
    def test_has_not_ended_already(self, mocked: Lightsail, status: str) -> None:
        with pytest.raises(
            ValueError, match=f"needs an operation that has not ended, not '{status}'"
        ):
            mocked.add_operation(status=status, finishes_after=2)

    @pytest.mark.parametrize("reads", [0, -1, True])
    def test_rejects_less_than_one_read(self, mocked: Lightsail, reads: Any) -> None:
        with pytest.raises(ValueError, match="finishes_after must be a whole number above 0"):
            mocked.add_operation(finishes_after=reads)

    @pytest.mark.parametrize("status", [OperationType.CREATE_INSTANCE, RegionName.GLOBAL, 5, None])
    def test_does_not_end_with_what_is_no_status(self, mocked: Lightsail, status: Any) -> None:
        started = mocked.add_operation(status=OperationStatus.STARTED)
        with pytest.raises(ValueError, match="cannot have the status"):
            mocked.finish(started.id, status)
        assert client_of().get_operation(started.id) == started

    def test_that_is_unknown_cannot_finish(self, mocked: Lightsail) -> None:
        mocked.add_operation()
        with pytest.raises(ValueError, match="no operation has the id 'nothing'"):
            mocked.finish("nothing")


class TestFailNext:
    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [
            ("AccessDeniedException", 403, AccessDeniedError),
            ("AccountSetupInProgressException", 428, AccountSetupInProgressError),
            ("RegionSetupInProgressException", 428, RegionSetupInProgressError),
            ("ServiceException", 500, ServiceError),
            ("ThrottlingException", 400, ThrottlingError),
            ("SomethingNewException", 400, ApiError),
        ],
    )
    def test_responds_with_any_code_as_aws_does(
        self, mocked: Lightsail, code: str, status: int, error: type[ApiError]
    ) -> None:
        mocked.fail_next(code, times=3)  # botocore tries three times where it may help
        with pytest.raises(error) as caught:
            client_of().get_operations()
        assert caught.value.code == code
        assert caught.value.status_code == status

    def test_takes_a_message_and_more(self, mocked: Lightsail) -> None:
        mocked.fail_next(
            "NotFoundException", status=404, message="Gone.", docs="a page", tip="Look elsewhere."
        )
        with pytest.raises(NotFoundError) as caught:
            client_of().get_operations()
        error = caught.value
        assert error.message == "Gone."
        assert (error.status_code, error.docs, error.tip) == (404, "a page", "Look elsewhere.")

    def test_fails_one_request(self, mocked: Lightsail) -> None:
        mocked.fail_next("AccessDeniedException")
        client = client_of()
        with pytest.raises(AccessDeniedError):
            client.get_operations()
        assert len(client.get_operations()) == 0

    def test_fails_fewer_requests_than_botocore_retries(self, mocked: Lightsail) -> None:
        mocked.fail_next("ThrottlingException", times=2)
        assert len(client_of().get_operations()) == 0
        assert len(mocked.requests) == 3

    def test_fails_in_the_order_of_the_calls(self, mocked: Lightsail) -> None:
        mocked.fail_next("AccessDeniedException")
        mocked.fail_next("NotFoundException")
        client = client_of()
        with pytest.raises(AccessDeniedError):
            client.get_operations()
        with pytest.raises(NotFoundError):
            client.get_operations()

    def test_can_be_for_one_action_only(self, mocked: Lightsail) -> None:
        operation = mocked.add_operation()
        mocked.fail_next("AccessDeniedException", action="GetOperation")
        client = client_of()
        assert len(client.get_operations()) == 1
        with pytest.raises(AccessDeniedError):
            client.get_operation(operation.id)

    @pytest.mark.parametrize(
        "bad",
        [
            {"times": 0},
            {"times": True},
            {"status": 200},
            {"status": 600},
            {"status": "400"},
            {"action": "GetOperatons"},
        ],
    )
    def test_rejects_an_error_that_cannot_be_sent(
        self, mocked: Lightsail, bad: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError, match="must be"):
            mocked.fail_next("AccessDeniedException", **bad)

    @pytest.mark.parametrize("code", [5, None, ["ThrottlingException"]])
    def test_rejects_a_code_that_is_no_string(self, mocked: Lightsail, code: Any) -> None:
        with pytest.raises(TypeError, match="code must be str, not"):
            mocked.fail_next(code)
        assert list(client_of().operations()) == []


def test_requests_are_logged(mocked: Lightsail) -> None:
    mocked.add_operations(3)
    mocked.page_size = 2
    token = client_of().get_operations().next_page_token
    client_of().get_operations(token)
    first, second = mocked.requests
    assert (first.action, first.region_name, first.parameters) == ("GetOperations", "us-west-2", {})
    assert second.parameters == {"pageToken": token}
    assert second.account_id == "123456789012"


def test_regions_are_kept_apart(mocked: Lightsail) -> None:
    west = mocked.add_operation(region_name="us-west-2")
    east = mocked.add_operation(region_name=RegionName.US_EAST_1)
    assert list(client_of("us-west-2").operations()) == [west]
    assert list(client_of("us-east-1").operations()) == [east]


def test_accounts_are_kept_apart(mocked: Lightsail) -> None:
    theirs = mocked.add_operation(account_id="111111111111", resource_name="theirs")
    mocked.add_operation(resource_name="ours")
    role = boto3.client("sts", region_name="us-west-2").assume_role(
        RoleArn="arn:aws:iam::111111111111:role/reader", RoleSessionName="test"
    )["Credentials"]
    session = boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"])
    client = OperationsClient.from_session(session, region_name="us-west-2")
    assert list(client.operations()) == [theirs]


def test_a_lightsail_describes_itself(mocked: Lightsail) -> None:
    mocked.add_operations(3)
    client_of().get_operations()
    assert repr(mocked) == "<Lightsail: 3 operations, 1 requests>"


@pytest.mark.heavy
def test_a_long_history_is_read_in_time_that_grows_with_its_length(mocked: Lightsail) -> None:
    def read(count: int, account_id: str) -> float:
        mocked.add_operations(count, account_id=account_id)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MOTO_ACCOUNT_ID", account_id)
            client = client_of()
            started = time.perf_counter()
            assert sum(map(len, client.operations().pages())) == count
        return time.perf_counter() - started

    short = read(1_000, "111111111111")
    assert read(8_000, "222222222222") < 32 * short  # 8, if it grows as it should


def test_the_latest_requests_are_kept(mocked: Lightsail) -> None:
    from lightsail_ops.testing._control import KEPT_REQUESTS, control

    client_of().get_operations()
    for _ in range(KEPT_REQUESTS):
        control().receive(mocked.requests[0])
    client_of().get_operations()
    assert len(mocked.requests) == KEPT_REQUESTS == 10_000


class TestSetCreatedAt:
    FORTY_DAYS_AGO = datetime(2026, 3, 1, tzinfo=UTC)

    def test_ages_a_resource(self, mocked: Lightsail) -> None:
        client = boto3.client("lightsail", region_name="us-west-2")
        client.allocate_static_ip(staticIpName="ip")
        mocked.set_created_at("ip", self.FORTY_DAYS_AGO)
        created_at = client.get_static_ip(staticIpName="ip")["staticIp"]["createdAt"]
        assert created_at == self.FORTY_DAYS_AGO

    def test_ages_an_operation_and_moves_it(self, mocked: Lightsail) -> None:
        old, new = mocked.add_operations(2)
        mocked.set_created_at(new.id, datetime(2026, 3, 1))  # noqa: DTZ001 - in UTC
        moved = client_of().get_operation(new.id)
        assert moved.created_at == self.FORTY_DAYS_AGO
        assert moved.duration == new.duration
        assert [each.id for each in client_of().operations()] == [old.id, new.id]
        assert [each.id for each in client_of().operations_for_resource("web-1")] == [
            old.id,
            new.id,
        ]

    def test_makes_an_instance_have_automatic_snapshots_of_a_week(self, mocked: Lightsail) -> None:
        client = boto3.client("lightsail", region_name="us-west-2")
        client.create_instances(
            instanceNames=["web"],
            availabilityZone="us-west-2a",
            blueprintId="debian_12",
            bundleId="nano_3_0",
            addOns=[{"addOnType": "AutoSnapshot"}],
        )
        mocked.set_created_at("web", self.FORTY_DAYS_AGO)
        snapshots = client.get_auto_snapshots(resourceName="web")["autoSnapshots"]
        dates = [each["date"] for each in snapshots]
        assert len(dates) == 7
        assert dates == sorted(dates, reverse=True)
        client.delete_auto_snapshot(resourceName="web", date=dates[3])
        left = client.get_auto_snapshots(resourceName="web")["autoSnapshots"]
        assert [each["date"] for each in left] == dates[:3] + dates[4:]

    def test_needs_a_time_that_can_be(self, mocked: Lightsail) -> None:
        created_at = datetime(2026, 5, 1, tzinfo=UTC)
        changed_at = created_at + timedelta(days=1)
        operation = mocked.add_operation(created_at=created_at, status_changed_at=changed_at)
        for wrong in ("y", None):
            no_time: Any = wrong
            with pytest.raises(TypeError, match="a timestamp must be a datetime, not "):
                mocked.set_created_at(operation.id, no_time)
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            mocked.set_created_at(operation.id, datetime.max.replace(tzinfo=UTC))
        assert list(client_of().operations()) == [operation]

    def test_needs_something_to_age(self, mocked: Lightsail) -> None:
        with pytest.raises(ValueError, match="no operation has the id 'none'"):
            mocked.set_created_at("none", self.FORTY_DAYS_AGO)


class TestIssueCertificate:
    def test_needs_a_certificate(self, mocked: Lightsail) -> None:
        boto3.client("lightsail", region_name="us-west-2").allocate_static_ip(staticIpName="ip")
        with pytest.raises(ValueError, match="no certificate has the name 'ip'"):
            mocked.issue_certificate("ip")


def test_the_default_account_is_motos(mocked: Lightsail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111111111111")
    added = mocked.add_operations(3)
    assert list(client_of().operations()) == added[::-1]
    monkeypatch.delenv("MOTO_ACCOUNT_ID")
    assert list(client_of().operations()) == []
