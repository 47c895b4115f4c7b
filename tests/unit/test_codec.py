"""Converting AWS's dicts to models and back: no value is guessed, no wrong value accepted."""

from __future__ import annotations

import gc
import json
import logging
import math
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.fakes import ABSENT, Paged, Scripted, raw_operation
from support.wire import CannedResponse, Wire

from lightsail_ops import (
    LightsailError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceLocation,
    ResourceType,
    ResponseError,
    models,
)
from lightsail_ops._codec import Codec

_Enum = TypeVar("_Enum", bound=StrEnum)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ALWAYS_SENT: dict[str, tuple[str, object]] = {
    "id": ("id", ""),
    "resourceName": ("resource_name", ""),
    "resourceType": ("resource_type", ResourceType("")),
    "createdAt": ("created_at", datetime(1970, 1, 1, tzinfo=UTC)),
    "location": ("location", ResourceLocation()),
    "isTerminal": ("is_terminal", False),
    "operationType": ("operation_type", OperationType("")),
    "status": ("status", OperationStatus("")),
}
OPTIONAL = {
    "statusChangedAt": "status_changed_at",
    "operationDetails": "operation_details",
    "errorCode": "error_code",
    "errorDetails": "error_details",
}


def read(content: object) -> OperationsPage:
    """Return the page that a hand-written client's dict is converted to."""
    return OperationsClient(Paged({None: content})).get_operations()


class TestAnOperation:
    def test_has_every_field_that_aws_sent(self) -> None:
        raw = raw_operation(
            statusChangedAt=1479816992, operationDetails="d", errorCode="c", errorDetails="e"
        )
        assert Operation.from_dict(raw) == Operation(
            id="id-1",
            resource_name="web-1",
            resource_type=ResourceType.INSTANCE,
            created_at=datetime(2016, 11, 22, 12, 16, 31, 349000, UTC),
            location=ResourceLocation(
                availability_zone="us-west-2a", region_name=RegionName.US_WEST_2
            ),
            is_terminal=True,
            operation_type=OperationType.CREATE_INSTANCE,
            status=OperationStatus.SUCCEEDED,
            status_changed_at=datetime(2016, 11, 22, 12, 16, 32, 0, UTC),
            operation_details="d",
            error_code="c",
            error_details="e",
        )

    def test_has_the_very_members_of_the_enums(self) -> None:
        operation = Operation.from_dict(raw_operation())
        assert operation.status is OperationStatus.SUCCEEDED
        assert operation.location.region_name is RegionName.US_WEST_2

    def test_keeps_a_value_that_no_enum_lists(self) -> None:
        operation = Operation.from_dict(raw_operation(operationType="BrandNew"))
        assert operation.operation_type == "BrandNew"
        assert not operation.operation_type.is_known

    def test_ignores_a_key_that_is_not_known(self) -> None:
        location = {**raw_operation()["location"], "cloud": 9}
        raw = raw_operation(brandNew={"a": [1]}, location=location)
        assert Operation.from_dict(raw) == Operation.from_dict(raw_operation())

    def test_may_come_from_any_mapping(self) -> None:
        raw = MappingProxyType(raw_operation(location=MappingProxyType({"regionName": "global"})))
        assert Operation.from_dict(raw).location.region_name is RegionName.GLOBAL

    def test_keeps_no_subclass_of_str(self) -> None:
        given = {
            **dict.fromkeys(["id", "operationType", "errorCode"], StringSubclass("x")),
            "location": {"availabilityZone": StringSubclass("x"), "regionName": "global"},
        }
        operation = Operation.from_dict(raw_operation(**given))
        assert type(operation.id) is type(operation.error_code) is str
        assert type(operation.operation_type.value) is str
        assert type(operation.location.availability_zone) is str

    @pytest.mark.parametrize("location", [{}, {"availabilityZone": None, "regionName": None}])
    def test_may_have_a_location_without_a_zone_or_region(self, location: object) -> None:
        assert Operation.from_dict(raw_operation(location=location)).location == ResourceLocation()

    def test_shares_its_location_with_others_in_the_same_place(self) -> None:
        one, other = (Operation.from_dict(raw_operation(number)) for number in (1, 2))
        assert one.location is other.location

    def test_does_not_change_with_the_dict(self) -> None:
        raw = raw_operation()
        operation = Operation.from_dict(raw)
        raw["location"]["regionName"] = raw["id"] = "changed"
        assert operation == Operation.from_dict(raw_operation())


class FloatSubclass(float):
    """A float as numpy has it."""


class StringSubclass(str):
    """A string as some libraries return it."""

    __slots__ = ()


class NoOffset(tzinfo):
    """A time zone without an offset, with which Python takes a datetime for naive."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


class TestATimestamp:
    @pytest.mark.parametrize(
        "given",
        [
            NOON,
            NOON.replace(tzinfo=None),
            NOON.astimezone(timezone(timedelta(hours=-8))),
            NOON.timestamp(),
            int(NOON.timestamp()),
            FloatSubclass(NOON.timestamp()),
            "2026-11-01T12:00:00Z",
            "2026-11-01T12:00:00",
            "2026-11-01T13:00:00.000+01:00",
            "2026-11-01T12:00:00+00:00",
            "20261101T120000Z",
            StringSubclass("2026-11-01T12:00:00Z"),
            NOON.replace(tzinfo=NoOffset()),
        ],
    )
    @pytest.mark.parametrize("key", ["createdAt", "statusChangedAt"])
    def test_is_in_utc_whatever_its_form(self, key: str, given: object) -> None:
        operation = Operation.from_dict(raw_operation(**{key: given}))
        value = operation.created_at if key == "createdAt" else operation.status_changed_at
        assert value == NOON
        assert value is not None
        assert value.tzinfo is UTC

    def test_may_be_before_1970(self) -> None:
        operation = Operation.from_dict(raw_operation(createdAt=-1.5))
        assert operation.created_at == datetime(1969, 12, 31, 23, 59, 58, 500000, UTC)

    @pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
    def test_may_be_the_first_or_the_last_that_python_has(self, value: str) -> None:
        created_at = Operation.from_dict(raw_operation(createdAt=value)).created_at
        assert created_at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    def test_keeps_its_fraction_of_a_second(self) -> None:
        operation = Operation.from_dict(raw_operation(createdAt=1479816991.349))
        assert operation.created_at.microsecond == 349000


class TestAFieldThatAwsLeftOut:
    @pytest.mark.parametrize("key", ALWAYS_SENT)
    @pytest.mark.parametrize("absent", [ABSENT, None])
    def test_takes_the_default_of_client_error_correction(self, key: str, absent: object) -> None:
        name, default = ALWAYS_SENT[key]
        value = getattr(Operation.from_dict(raw_operation(**{key: absent})), name)
        assert value == default
        assert type(value) is type(default)

    @pytest.mark.parametrize("key", ALWAYS_SENT)
    def test_is_logged_once_for_each_name(self, key: str, caplog: pytest.LogCaptureFixture) -> None:
        page = {"operations": [raw_operation(number, **{key: ABSENT}) for number in (1, 2)]}
        read(page)
        read(page)
        [record] = caplog.records
        assert (record.name, record.levelno) == ("lightsail_ops", logging.WARNING)
        assert key in record.getMessage()

    def test_is_logged_for_every_name(self, caplog: pytest.LogCaptureFixture) -> None:
        assert read({"operations": [{}, {}]}).operations[0] == Operation.from_dict(
            raw_operation(**dict.fromkeys(ALWAYS_SENT))
        )
        assert len(caplog.records) == len(ALWAYS_SENT)

    @pytest.mark.parametrize("key", OPTIONAL)
    @pytest.mark.parametrize("absent", [ABSENT, None])
    def test_is_none_where_it_is_optional(
        self, key: str, absent: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        operation = Operation.from_dict(raw_operation(**{key: absent}))
        assert getattr(operation, OPTIONAL[key]) is None
        assert not caplog.records

    def test_does_not_hide_a_value_that_is_wrong(self) -> None:
        with pytest.raises(ResponseError, match=r"^operations\[1\]\.isTerminal: "):
            read({"operations": [raw_operation(id=ABSENT), raw_operation(isTerminal="yes")]})


STRING_KEYS = ["id", "resourceName", "operationDetails", "errorCode", "errorDetails"]
ENUM_KEYS = ["resourceType", "operationType", "status"]
NOT_STRINGS: list[object] = [0, 1, 1.5, True, False, [], ["a"], {}, {"a": 1}]
NOT_TIMES: list[object] = [
    *(True, False, [], {}, "", "yesterday", "12:00", "1479816991.349", b"2026", "2026-13-01"),
    *("1479816991", "1479816991349", "20261101", "１２３"),  # noqa: RUF001 - decimal, too
    *(1e30, -1e30, 10**40, math.nan, math.inf, -math.inf),
    *("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"),
]
NOT_FLAGS: list[object] = [0, 1, "yes", "true", "", [], {}]
NOT_LOCATIONS: list[object] = [0, "us-west-2", True, [], [{}]]
WRONG: list[tuple[str, object]] = [
    *product([*STRING_KEYS, *ENUM_KEYS], NOT_STRINGS),
    *product(["createdAt", "statusChangedAt"], NOT_TIMES),
    *product(["isTerminal"], NOT_FLAGS),
    *product(["location"], NOT_LOCATIONS),
]


class TestAValueOfTheWrongType:
    @pytest.mark.heavy
    @pytest.mark.parametrize(("key", "value"), WRONG)
    def test_is_named_with_its_index_and_key(self, key: str, value: object) -> None:
        raws = [raw_operation(number) for number in range(3)]
        page = {"operations": [*raws, raw_operation(3, **{key: value}), raw_operation(4)]}
        with pytest.raises(ResponseError) as caught:
            read(page)
        assert str(caught.value).startswith(f"operations[3].{key}: expected ")

    @pytest.mark.parametrize(("key", "value"), [WRONG[0], WRONG[-1]])
    def test_is_named_by_its_key_alone_in_a_single_operation(self, key: str, value: object) -> None:
        with pytest.raises(ResponseError) as caught:
            Operation.from_dict(raw_operation(**{key: value}))
        assert str(caught.value).startswith(f"{key}: expected ")

    @pytest.mark.parametrize("key", ["availabilityZone", "regionName"])
    @pytest.mark.parametrize("value", NOT_STRINGS)
    def test_is_named_within_a_location(self, key: str, value: object) -> None:
        with pytest.raises(ResponseError) as caught:
            read({"operations": [raw_operation(location={key: value})]})
        assert str(caught.value).startswith(
            f"operations[0].location.{key}: expected a string, got "
        )

    @pytest.mark.parametrize("value", [None, 1, "operation", True, []])
    def test_is_named_where_an_operation_should_be(self, value: object) -> None:
        with pytest.raises(ResponseError, match=r"^operations\[1\]: expected an object, got "):
            read({"operations": [raw_operation(), value]})

    @pytest.mark.parametrize("value", [None, 1, "operation", True, []])
    def test_is_named_where_a_single_operation_should_be(self, value: Any) -> None:
        with pytest.raises(ResponseError, match=r"^operation: expected an object, got "):
            Operation.from_dict(value)

    @pytest.mark.parametrize("value", [1, "operations", True, {}, {"id": 1}])
    def test_is_named_where_the_list_should_be(self, value: object) -> None:
        with pytest.raises(ResponseError, match=r"^operations: expected a list, got "):
            read({"operations": value})

    @pytest.mark.parametrize("value", [0, 1, True, [], {}])
    def test_is_named_where_the_page_token_should_be(self, value: object) -> None:
        with pytest.raises(ResponseError, match=r"^nextPageToken: expected a string, got "):
            read({"operations": [], "nextPageToken": value})

    def test_is_shown_with_its_type_and_not_at_length(self) -> None:
        with pytest.raises(ResponseError, match=r"expected a string, got .*\(list\)") as caught:
            Operation.from_dict(raw_operation(id=["x" * 10_000] * 1000))
        assert len(str(caught.value)) < 300

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (2**63 - 1, r"9223372036854775807 \(int\)"),
            (2**63, r"a number beyond 64 bits"),
            (10**5000, r"a number beyond 64 bits"),
            ([10**5000], r"\[\.\.\.\] \(list\)"),
            ({"a": {"b": -(10**5000)}}, r"\{\.\.\.\} \(dict\)"),
        ],
        ids=["largest", "larger", "int", "list", "dict"],
    )
    def test_is_shown_even_if_python_cannot_print_it(self, value: object, shown: str) -> None:
        with pytest.raises(ResponseError, match=rf"^id: expected a string, got {shown}$"):
            Operation.from_dict(raw_operation(id=value))

    def test_has_the_page_token_of_its_page(self) -> None:
        pages = {
            None: {"operations": [], "nextPageToken": "t"},
            "t": {"operations": [raw_operation(id=5)]},
        }
        with pytest.raises(ResponseError) as caught:
            list(OperationsClient(Paged(pages)).operations())
        assert caught.value.page_token == "t"


class TestAPageOfOperations:
    def test_may_be_empty(self) -> None:
        assert read({"operations": []}) == OperationsPage(operations=())

    @pytest.mark.parametrize("content", [{}, {"operations": None}, {"nextPageToken": "t"}])
    def test_needs_a_list(self, content: object, no_backoff: None) -> None:
        fake = Scripted([content, content, {"operations": [raw_operation()]}])
        assert len(OperationsClient(fake).get_operations()) == 1

    @pytest.mark.parametrize("token", [None, ""])
    def test_is_the_last_one_without_a_token(self, token: object) -> None:
        assert read({"operations": [], "nextPageToken": token}).next_page_token is None

    def test_may_hold_a_tuple(self) -> None:
        assert len(read({"operations": (raw_operation(),)})) == 1


class TestToDict:
    def test_returns_aws_keys_and_values_ready_for_json(self) -> None:
        raw = raw_operation(
            createdAt="2026-11-01T13:00:00+01:00",
            statusChangedAt=NOON,
            operationDetails="d",
            errorCode="c",
            errorDetails="e",
            resourceType="BrandNew",
        )
        assert Operation.from_dict(raw).to_dict() == {
            **raw,
            "createdAt": "2026-11-01T12:00:00+00:00",
            "statusChangedAt": "2026-11-01T12:00:00+00:00",
        }

    def test_leaves_out_absent_fields(self) -> None:
        given = raw_operation(location={"regionName": "global"})
        raw = Operation.from_dict(given).to_dict()
        assert list(raw) == list(given)
        assert raw["location"] == {"regionName": "global"}

    def test_returns_plain_strings(self) -> None:
        raw = Operation.from_dict(raw_operation(resourceType="BrandNew")).to_dict()
        location: Any = raw["location"]
        values = [raw["resourceType"], raw["operationType"], raw["status"], location["regionName"]]
        assert {type(value) for value in values} == {str}
        assert type(location) is dict


COMPLETE = {
    "as AWS sends it": raw_operation(),
    "with all fields": raw_operation(
        statusChangedAt=1479817000, operationDetails="web-2", errorCode="Late", errorDetails="Why"
    ),
    "as boto3 parses it": raw_operation(createdAt=NOON),
    "as to_dict returns it": Operation.from_dict(raw_operation()).to_dict(),
    "without members of its location": raw_operation(location={}),
    "with unknown values": raw_operation(
        resourceType="New", operationType="New", status="New", location={"regionName": "xx-new-1"}
    ),
    "with an unknown key": raw_operation(novelty={"a": [1]}),
}


class TestTheFastPath:
    """It saves two thirds of a page's cost, so a test must notice when it is not taken."""

    @pytest.mark.parametrize("raw", COMPLETE.values(), ids=COMPLETE)
    def test_is_taken_by_a_complete_operation(
        self, monkeypatch: pytest.MonkeyPatch, raw: dict[str, Any]
    ) -> None:
        values: dict[str, Any] = models._codec.convert_each(raw, "")
        slow = Operation(**values)
        monkeypatch.setattr(models._codec, "convert_each", forbid)
        assert Operation.from_dict(raw) == slow

    def test_is_taken_by_a_page_of_complete_operations(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        operations = tuple(Operation.from_dict(raw) for raw in COMPLETE.values())
        monkeypatch.setattr(Codec, "convert", forbid)
        assert read({"operations": list(COMPLETE.values())}).operations == operations

    def test_is_left_by_an_incomplete_operation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(models._codec, "convert_each", forbid)
        with pytest.raises(SlowPathError):
            Operation.from_dict(raw_operation(id=ABSENT))


@pytest.mark.heavy
def test_different_values_leave_no_memory_behind() -> None:
    def convert(numbers: range) -> None:
        for number in numbers:
            location = {"availabilityZone": f"zone {number}", "regionName": f"region {number}"}
            raw = raw_operation(number, operationType=f"type {number}", location=location)
            Operation.from_dict(raw)

    convert(range(1000))
    gc.collect()
    tracemalloc.start()
    try:
        convert(range(1000, 11_000))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 200_000  # a few hundred locations are kept


class SlowPathError(Exception):
    """The fast path was left."""


def forbid(*_: object) -> None:
    raise SlowPathError


# --- Properties that hold for any values.

strings = st.text(max_size=8)
optional_strings = st.none() | strings
timestamps = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
).map(lambda value: value.replace(fold=0))  # ISO 8601 has no fold


def values_of(enum: type[_Enum]) -> st.SearchStrategy[_Enum]:
    members: st.SearchStrategy[_Enum] = st.sampled_from(list(enum))
    return members | strings.map(enum)


operations = st.builds(
    Operation,
    id=strings,
    resource_name=strings,
    resource_type=values_of(ResourceType),
    created_at=timestamps,
    location=st.builds(
        ResourceLocation,
        availability_zone=optional_strings,
        region_name=st.none() | values_of(RegionName),
    ),
    is_terminal=st.booleans(),
    operation_type=values_of(OperationType),
    status=values_of(OperationStatus),
    status_changed_at=st.none() | timestamps,
    operation_details=optional_strings,
    error_code=optional_strings,
    error_details=optional_strings,
)


@pytest.mark.heavy
@given(operations)
def test_every_operation_equals_the_one_made_of_its_dict(operation: Operation) -> None:
    again = Operation.from_dict(operation.to_dict())
    assert again == operation
    assert repr(again) == repr(operation)


@pytest.mark.heavy
@given(operations)
def test_every_operation_equals_the_one_made_of_its_json(operation: Operation) -> None:
    assert Operation.from_dict(json.loads(json.dumps(operation.to_dict()))) == operation


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | strings
    | st.sampled_from(["Instance", "Failed", "us-west-2", "2026-11-01T12:00:00Z", 1479816991.349]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(strings, values, max_size=3),
    max_leaves=6,
)
KEYS = [*ALWAYS_SENT, *OPTIONAL]


def mostly(usual: Any) -> st.SearchStrategy[Any]:
    return st.just(usual) | st.just(usual) | st.just(usual) | st.just(ABSENT) | json_values


nearly_operations = st.fixed_dictionaries(
    {
        **{key: mostly(value) for key, value in raw_operation().items() if key != "location"},
        **{key: mostly(None) for key in OPTIONAL},
        "location": mostly({"availabilityZone": "all", "regionName": "global"})
        | st.dictionaries(
            st.sampled_from(["availabilityZone", "regionName", "other"]), json_values
        ),
        "other": json_values,
    }
).map(lambda raw: {key: value for key, value in raw.items() if value is not ABSENT})
nearly_pages = (
    st.fixed_dictionaries(
        {
            "operations": st.lists(nearly_operations | json_values, max_size=4) | json_values,
            "nextPageToken": mostly("next"),
            "other": json_values,
        }
    ).map(lambda raw: {key: value for key, value in raw.items() if value is not ABSENT})
    | st.fixed_dictionaries({"operations": st.lists(nearly_operations, max_size=4)})
    | st.dictionaries(strings, json_values, max_size=2)
)


def outcome_of(read: Callable[[], Any]) -> tuple[str, object]:
    """Return what is read, or the library's error; any other exception fails the test."""
    try:
        return "read", read()
    except LightsailError as error:
        return type(error).__name__, str(error)


@pytest.mark.heavy
@given(json_values | nearly_operations)
@example({"createdAt": 10**400})
@example({"createdAt": -0.0, "location": {"regionName": "\ud800"}})
def test_any_json_is_an_operation_or_a_response_error(raw: Any) -> None:
    outcome, value = outcome_of(lambda: Operation.from_dict(raw))
    assert outcome in {"read", "ResponseError"}
    if isinstance(value, Operation):
        assert Operation.from_dict(value.to_dict()) == value


@pytest.mark.heavy
@pytest.mark.usefixtures("no_backoff")
@settings(max_examples=200)
@given(nearly_pages)
@example({"operations": None})
@example({"operations": [raw_operation(createdAt=math.nan)]})
@example({"operations": [None]})
def test_a_page_over_the_wire_equals_the_one_of_its_dict(
    shared_wire: Wire, shared_client: Any, content: Any
) -> None:
    body = json.dumps(content)
    shared_wire.play(lambda _: CannedResponse(body.encode()))
    over_the_wire = outcome_of(OperationsClient(shared_client).get_operations)
    assert over_the_wire == outcome_of(lambda: read(json.loads(body)))
    assert len(shared_wire.received) in {1, 3}  # 3 if it is malformed


@pytest.mark.heavy
@settings(max_examples=50)
@given(st.lists(operations, max_size=3))
def test_operations_equal_those_that_boto3_parses(
    shared_wire: Wire, shared_client: Any, sent: list[Operation]
) -> None:
    body = json.dumps({"operations": [operation.to_dict() for operation in sent]})
    shared_wire.play(lambda _: CannedResponse(body.encode()))
    assert OperationsClient(shared_client).get_operations().operations == tuple(sent)
    parsed = shared_client.get_operations()["operations"]
    assert tuple(Operation.from_dict(raw) for raw in parsed) == tuple(sent)
