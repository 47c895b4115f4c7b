"""The models: frozen, slotted, keyword-only, and in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from fakes import raw_operation

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
def test_a_model_is_made_by_keyword_only(model: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        type(model)(*attrs.astuple(model, recurse=False))


@each_model
def test_equal_models_hash_alike(model: Any) -> None:
    again = attrs.evolve(model)
    assert again is not model
    assert again == model
    assert len({again, model}) == 1


@each_model
def test_a_model_comes_back_as_itself(model: Any, same_after: list[Callable[[Any], Any]]) -> None:
    for back in same_after:
        again = back(model)
        assert again == model
        assert type(again) is type(model)
        assert repr(again) == repr(model)


def test_a_converted_operation_is_no_different_from_one_made_by_hand() -> None:
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


def test_the_four_optional_fields_are_none_unless_given() -> None:
    operation = Operation.from_dict(raw_operation())
    assert operation.status_changed_at is None
    assert operation.operation_details is None
    assert operation.error_code is None
    assert operation.error_details is None


class TestAMomentGivenByHand:
    @pytest.mark.parametrize(
        "moment",
        [
            datetime(2026, 11, 1, 12, tzinfo=UTC),
            datetime(2026, 11, 1, 12),  # noqa: DTZ001 - that is the point
            datetime(2026, 11, 1, 14, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 11, 1, 7, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 11, 1, 12, tzinfo=ZoneInfo("UTC")),
        ],
        ids=["utc", "naive", "offset", "zone", "another-utc"],
    )
    def test_is_turned_to_utc(self, moment: datetime) -> None:
        operation = attrs.evolve(OPERATION, created_at=moment, status_changed_at=moment)
        for turned in (operation.created_at, operation.status_changed_at):
            assert turned == datetime(2026, 11, 1, 12, tzinfo=UTC)
            assert turned is not None
            assert turned.tzinfo is UTC


class TestAPage:
    def test_is_as_long_as_its_operations(self) -> None:
        assert len(PAGE) == 1
        assert list(PAGE) == [OPERATION]

    def test_without_operations_is_empty(self) -> None:
        assert len(OperationsPage(operations=())) == 0

    def test_is_equal_whatever_request_gave_it(self) -> None:
        assert attrs.evolve(PAGE, request_id="other") == PAGE
        assert hash(attrs.evolve(PAGE, request_id="other")) == hash(PAGE)
        assert attrs.evolve(PAGE, next_page_token=None) != PAGE
