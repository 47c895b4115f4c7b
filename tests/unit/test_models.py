"""The models: frozen, slotted, keyword-only, in UTC; and a page, which is a sequence."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil.tz import tzutc
from hypothesis import example, given
from hypothesis import strategies as st
from support.fakes import raw_operation

from lightsail_ops import (
    Operation,
    OperationsPage,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceLocation,
    ResourceType,
)

OPERATION = Operation.from_dict(
    raw_operation(
        resourceType="BrandNew", statusChangedAt=1479816992, operationDetails="d", errorCode="c"
    )
)
PAGE = OperationsPage(operations=(OPERATION,), next_page_token="t", request_id="r")
MODELS = (OPERATION, OPERATION.location, PAGE)
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)

FIELDS = {
    Operation: [
        "id",
        "resource_name",
        "resource_type",
        "created_at",
        "location",
        "is_terminal",
        "operation_type",
        "status",
        "status_changed_at",
        "operation_details",
        "error_code",
        "error_details",
    ],
    ResourceLocation: ["availability_zone", "region_name"],
    OperationsPage: ["operations", "next_page_token", "request_id"],
}


@each_model
def test_a_model_has_the_fields_of_the_contract(model: Any) -> None:
    assert [field.name for field in attrs.fields(type(model))] == FIELDS[type(model)]


@each_model
def test_a_model_cannot_be_changed(model: Any) -> None:
    for name in FIELDS[type(model)]:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(model, name, None)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(model, name)


@each_model
def test_a_model_has_slots(model: Any) -> None:
    assert not hasattr(model, "__dict__")


@each_model
def test_a_model_takes_keyword_arguments_only(model: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        type(model)(*attrs.astuple(model, recurse=False))


@each_model
def test_equal_models_hash_alike(model: Any) -> None:
    again = attrs.evolve(model)
    assert again is not model
    assert again == model
    assert len({again, model}) == 1


@each_model
def test_a_model_survives_copying_and_pickling(
    model: Any, same_after: list[Callable[[Any], Any]]
) -> None:
    for back in same_after:
        again = back(model)
        assert again == model
        assert type(again) is type(model)
        assert repr(again) == repr(model)


def test_a_converted_operation_equals_one_made_by_hand() -> None:
    by_hand = Operation(
        id="id-1",
        resource_name="web-1",
        resource_type=ResourceType.INSTANCE,
        created_at=datetime(2016, 11, 22, 12, 16, 31, 349000, UTC),
        location=ResourceLocation(availability_zone="us-west-2a", region_name=RegionName.US_WEST_2),
        is_terminal=True,
        operation_type=OperationType.CREATE_INSTANCE,
        status=OperationStatus.SUCCEEDED,
    )
    converted = Operation.from_dict(raw_operation())
    assert converted == by_hand
    assert by_hand == converted
    assert type(converted) is Operation
    assert hash(converted) == hash(by_hand)
    assert repr(converted) == repr(by_hand)


class TestAConstructor:
    def make(self, **changes: Any) -> Operation:
        values: dict[str, Any] = {
            "id": "id-1",
            "resource_name": "web-1",
            "resource_type": "Instance",
            "created_at": datetime(2026, 11, 1, tzinfo=UTC),
            "location": ResourceLocation(region_name="us-west-2"),
            "is_terminal": True,
            "operation_type": "CreateInstance",
            "status": "Failed",
        }
        return Operation(**{**values, **changes})

    def test_takes_strings_for_the_enums(self) -> None:
        operation = self.make()
        assert operation.resource_type is ResourceType.INSTANCE
        assert operation.operation_type is OperationType.CREATE_INSTANCE
        assert operation.status is OperationStatus.FAILED
        assert operation.location.region_name is RegionName.US_WEST_2

    def test_takes_members_of_the_enums(self) -> None:
        assert self.make(status=OperationStatus.STARTED).status is OperationStatus.STARTED
        assert ResourceLocation(region_name=RegionName.GLOBAL).region_name is RegionName.GLOBAL
        assert ResourceLocation(region_name=None).region_name is None

    def test_takes_values_that_no_enum_lists(self) -> None:
        operation = self.make(resource_type="New", operation_type="New", status="New")
        for value in (operation.resource_type, operation.operation_type, operation.status):
            assert value == "New"
            assert not value.is_known
        assert type(operation.status) is OperationStatus
        assert type(ResourceLocation(region_name="xx-new-1").region_name) is RegionName

    def test_is_used_by_evolve(self) -> None:
        changed: Any = {"status": "Succeeded"}
        assert attrs.evolve(self.make(), **changed).status is OperationStatus.SUCCEEDED

    @pytest.mark.parametrize("name", ["resource_type", "operation_type", "status"])
    @pytest.mark.parametrize("value", [5, None, ["Failed"]])
    def test_takes_nothing_but_strings(self, name: str, value: object) -> None:
        with pytest.raises(ValueError, match="is not a valid"):
            self.make(**{name: value})

    @pytest.mark.parametrize("name", ["created_at", "status_changed_at"])
    @pytest.mark.parametrize(
        "value",
        [
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
        ],
    )
    def test_rejects_a_time_that_python_does_not_have_in_utc(
        self, name: str, value: datetime
    ) -> None:
        with pytest.raises(ValueError, match="is outside the years 1 to 9999 in UTC"):
            self.make(**{name: value})

    @pytest.mark.parametrize(
        "value", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    )
    def test_takes_the_first_and_the_last_time_of_python(self, value: datetime) -> None:
        assert self.make(created_at=value.replace(tzinfo=None)).created_at == value
        assert self.make(created_at=value).created_at == value


KEYS = [
    *("id", "resourceName", "resourceType", "createdAt", "location", "isTerminal"),
    *("operationType", "status"),
    *("statusChangedAt", "operationDetails", "errorCode", "errorDetails"),
]


class TestARowOfATable:
    def test_has_every_key(self) -> None:
        row = Operation.from_dict(raw_operation()).to_dict(include_none=True)
        assert list(row) == KEYS
        assert [key for key in KEYS if row[key] is None] == KEYS[8:]
        assert {key: value for key, value in row.items() if value is not None} == (
            Operation.from_dict(raw_operation()).to_dict()
        )

    def test_has_every_key_of_the_location(self) -> None:
        operation = Operation.from_dict(raw_operation(location={"regionName": "global"}))
        expected = {"availabilityZone": None, "regionName": "global"}
        assert operation.to_dict(include_none=True)["location"] == expected
        assert operation.to_dict()["location"] == {"regionName": "global"}

    def test_is_ready_for_json_and_back(self) -> None:
        for operation in (OPERATION, Operation.from_dict(raw_operation(location={}))):
            row = operation.to_dict(include_none=True)
            assert Operation.from_dict(json.loads(json.dumps(row))) == operation
            assert {type(row["status"]), type(row["resourceType"])} == {str}


def test_the_four_optional_fields_default_to_none() -> None:
    operation = Operation.from_dict(raw_operation())
    assert operation.status_changed_at is None
    assert operation.operation_details is None
    assert operation.error_code is None
    assert operation.error_details is None


class TestADatetime:
    @pytest.mark.parametrize(
        "given",
        [
            datetime(2026, 11, 1, 12, tzinfo=UTC),
            datetime(2026, 11, 1, 12),  # noqa: DTZ001 - naive ones are in UTC
            datetime(2026, 11, 1, 14, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 11, 1, 7, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 11, 1, 12, tzinfo=ZoneInfo("UTC")),
            datetime(2026, 11, 1, 12, tzinfo=tzutc()),
        ],
        ids=["utc", "naive", "offset", "zone", "another-utc", "botocores-utc"],
    )
    def test_is_converted_to_utc(self, given: datetime) -> None:
        operation = attrs.evolve(OPERATION, created_at=given, status_changed_at=given)
        for converted in (operation.created_at, operation.status_changed_at):
            assert converted == datetime(2026, 11, 1, 12, tzinfo=UTC)
            assert converted is not None
            assert converted.tzinfo is UTC

    @pytest.mark.parametrize("given", [None, "2026-11-01T12:00:00Z", 1479816991.349])
    def test_is_needed_where_the_constructor_takes_one(self, given: Any) -> None:
        name = type(given).__name__
        with pytest.raises(TypeError, match=f"^a timestamp must be a datetime, not {name}$"):
            attrs.evolve(OPERATION, created_at=given)


class TestItsDuration:
    BEGAN = datetime(2026, 11, 1, 12, tzinfo=UTC)
    ENDED = BEGAN + timedelta(minutes=3)

    def test_is_the_time_from_creation_to_the_last_change_of_status(self) -> None:
        operation = attrs.evolve(OPERATION, created_at=self.BEGAN, status_changed_at=self.ENDED)
        assert operation.duration == timedelta(minutes=3)

    def test_is_none_before_the_operation_has_ended(self) -> None:
        operation = attrs.evolve(OPERATION, is_terminal=False, status_changed_at=self.ENDED)
        assert operation.duration is None

    def test_is_none_without_a_change_of_status(self) -> None:
        assert attrs.evolve(OPERATION, status_changed_at=None).duration is None


class TestItsString:
    def test_says_when_what_and_how_it_ended(self) -> None:
        assert str(Operation.from_dict(raw_operation())) == (
            "2016-11-22 12:16:31Z CreateInstance of Instance web-1: Succeeded"
        )

    @pytest.mark.parametrize(
        ("code", "details", "reason"),
        [
            ("Late", "It took too long.", "Late: It took too long."),
            ("Late", None, "Late"),
            (None, "It took too long.", "It took too long."),
        ],
    )
    def test_says_why_it_failed(self, code: str | None, details: str | None, reason: str) -> None:
        raw = raw_operation(status="Failed", errorCode=code, errorDetails=details)
        assert str(Operation.from_dict(raw)).endswith(f"web-1: Failed ({reason})")

    def test_has_a_year_of_four_digits(self) -> None:
        operation = attrs.evolve(OPERATION, created_at=datetime(1, 2, 3, tzinfo=UTC))
        assert str(operation).startswith("0001-02-03 00:00:00Z ")


@given(st.text(), st.text())
@example("\r\n", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
def test_its_string_is_one_line_whatever_aws_says(name: str, details: str) -> None:
    raw = raw_operation(resourceName=name, errorDetails=details, errorCode=name)
    assert len(str(Operation.from_dict(raw)).splitlines()) == 1


def make_page(*numbers: int) -> OperationsPage:
    return OperationsPage(
        operations=tuple(Operation.from_dict(raw_operation(number)) for number in numbers)
    )


class TestAPageIsASequence:
    PAGE = make_page(1, 2, 3, 2)

    def test_with_a_length(self) -> None:
        assert len(self.PAGE) == 4
        assert len(make_page()) == 0

    def test_that_is_false_when_it_is_empty(self) -> None:
        assert self.PAGE
        assert not make_page()

    def test_with_indexes(self) -> None:
        assert self.PAGE[0].id == "id-1"
        assert self.PAGE[-2].id == "id-3"
        for index in (4, -5):
            with pytest.raises(IndexError):
                self.PAGE[index]

    @pytest.mark.parametrize("key", ["operations", "nextPageToken", None, 1.5])
    def test_and_not_a_mapping(self, key: Any) -> None:
        with pytest.raises(TypeError, match=r"a page is a sequence .* its attributes operations"):
            self.PAGE[key]

    def test_with_slices(self) -> None:
        assert self.PAGE[1:3] == self.PAGE.operations[1:3]
        assert self.PAGE[::-1] == tuple(reversed(self.PAGE.operations))
        assert self.PAGE[9:] == ()

    def test_that_is_iterated_from_both_ends(self) -> None:
        assert tuple(self.PAGE) == self.PAGE.operations
        assert list(reversed(self.PAGE)) == list(self.PAGE)[::-1]

    def test_that_finds_its_operations(self) -> None:
        third = Operation.from_dict(raw_operation(3))
        assert third in self.PAGE
        assert OPERATION not in self.PAGE
        assert self.PAGE.index(third) == 2
        assert self.PAGE.count(self.PAGE[1]) == 2

    def test_for_isinstance(self) -> None:
        assert isinstance(self.PAGE, Sequence)

    def test_that_can_be_matched(self) -> None:
        match self.PAGE:
            case [first, *rest]:
                assert first.id == "id-1"
                assert len(rest) == 3
            case _:
                pytest.fail("a page is a sequence for match, too")


class TestAPage:
    def test_is_equal_to_the_same_page_of_another_request(self) -> None:
        assert attrs.evolve(PAGE, request_id="other") == PAGE
        assert hash(attrs.evolve(PAGE, request_id="other")) == hash(PAGE)
        assert attrs.evolve(PAGE, next_page_token=None) != PAGE

    def test_has_a_short_repr(self) -> None:
        assert repr(PAGE) == "<OperationsPage: 1 operations, next_page_token='t'>"
