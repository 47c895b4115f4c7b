"""What a page of 200 varied operations costs, in CPU time, as a ratio to raw boto3."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import pydantic
import pytest
from benchmarks.side_by_side import cpu_seconds, least_seconds
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops import (
    Operation,
    OperationsClient,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceType,
)
from lightsail_ops._botocore import response as response_module

ROUNDS = 150


class Location(pydantic.BaseModel):
    """What a user of pydantic would write."""

    model_config = pydantic.ConfigDict(frozen=True)

    availability_zone: str | None = pydantic.Field(None, alias="availabilityZone")
    region_name: RegionName | None = pydantic.Field(None, alias="regionName")


class PydanticOperation(pydantic.BaseModel):
    """What a user of pydantic would write."""

    model_config = pydantic.ConfigDict(frozen=True)

    id: str
    resource_name: str = pydantic.Field(alias="resourceName")
    resource_type: ResourceType = pydantic.Field(alias="resourceType")
    created_at: datetime = pydantic.Field(alias="createdAt")
    location: Location
    is_terminal: bool = pydantic.Field(alias="isTerminal")
    operation_type: OperationType = pydantic.Field(alias="operationType")
    status: OperationStatus
    status_changed_at: datetime | None = pydantic.Field(None, alias="statusChangedAt")
    operation_details: str | None = pydantic.Field(None, alias="operationDetails")
    error_code: str | None = pydantic.Field(None, alias="errorCode")
    error_details: str | None = pydantic.Field(None, alias="errorDetails")


PydanticPage = pydantic.TypeAdapter(list[PydanticOperation])


def test_a_typed_page_costs_a_fraction_of_an_untyped_one(
    benchmark: BenchmarkFixture,
    body: bytes,
    make_boto3_client: Callable[[bytes], Any],
    report: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boto3_client, empty_client = make_boto3_client(body), make_boto3_client(b"{}")
    ours = OperationsClient(make_boto3_client(body))
    monkeypatch.setattr(response_module, "loads", json.loads)  # put back at the end

    def fetch_with(loads: Callable[[bytes], object]) -> None:
        response_module.loads = loads  # monkeypatch would take a part of the time
        ours.get_operations()

    def floor() -> None:
        json.loads(body)
        empty_client.get_operations()

    candidates: dict[str, Callable[[], Any]] = {
        "lightsail_ops, typed": lambda: fetch_with(json.loads),
        "lightsail_ops with the extra `fast`, typed": lambda: fetch_with(orjson.loads),
        "boto3, dicts": boto3_client.get_operations,
        "boto3 and pydantic 2, typed": lambda: PydanticPage.validate_python(
            boto3_client.get_operations()["operations"]
        ),
        "floor: json.loads and a boto3 call with an empty body": floor,
    }
    assert len(ours.get_operations()) == len(candidates["boto3, dicts"]()["operations"]) == 200

    def is_met(seconds: Mapping[str, float]) -> bool:
        # Looser than the goal, so that a noisy machine does not fail a build.
        return seconds["lightsail_ops, typed"] <= 0.35 * seconds["boto3, dicts"]

    def measure() -> dict[str, float]:
        return least_seconds(partial(cpu_seconds, candidates, ROUNDS), is_met)

    seconds = benchmark.pedantic(measure, rounds=1)

    untyped = seconds["boto3, dicts"]
    goals = {
        "lightsail_ops, typed": "at most 0.22",
        "lightsail_ops with the extra `fast`, typed": "at most 0.17",
    }
    for name, taken in seconds.items():
        figure = f"{taken / untyped:.2f} ({taken * 1000:.2f} ms)"
        report(f"page of 200: {name}", figure, goals.get(name, ""))
    assert is_met(seconds)


def test_converting_costs_no_more_than_pydantic(
    benchmark: BenchmarkFixture,
    raw: list[dict[str, Any]],
    report: Callable[[str, str, str], None],
) -> None:
    candidates: dict[str, Callable[[], Any]] = {
        "Operation.from_dict": lambda: [Operation.from_dict(each) for each in raw],
        "pydantic 2, one by one": lambda: [PydanticOperation.model_validate(each) for each in raw],
        "pydantic 2, the list at once": lambda: PydanticPage.validate_python(raw),
    }

    def is_met(seconds: Mapping[str, float]) -> bool:
        return seconds["Operation.from_dict"] <= 1.5 * seconds["pydantic 2, the list at once"]

    def measure() -> dict[str, float]:
        return least_seconds(partial(cpu_seconds, candidates, ROUNDS), is_met)

    seconds = benchmark.pedantic(measure, rounds=1)

    fastest = seconds["pydantic 2, the list at once"]
    goals = {"Operation.from_dict": "at most 1.0"}
    for name, taken in seconds.items():
        figure = f"{taken / fastest:.2f} ({taken * 1000:.2f} ms)"
        report(f"200 decoded operations: {name}", figure, goals.get(name, ""))
    assert is_met(seconds)
