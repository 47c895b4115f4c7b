"""`lightsail-ops wait`: until it has ended, one way or the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fakes import raw_operation
from wire import Wire, failure, one

Run = Callable[..., Any]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2", "--interval", "0.1"


def test_ends_well_with_the_operation(run: Run, wire: Wire, here: tuple[str, ...]) -> None:
    wire.play([one(raw_operation(status="Started", isTerminal=False)), one(raw_operation())])
    waited = run("wait", "id-1", *here)
    assert json.loads(waited.out)["status"] == "Succeeded"
    assert (waited.err, waited.status) == ("", 0)
    assert [asked.arguments for asked in wire.asked] == [{"operationId": "id-1"}] * 2


def test_ends_with_status_1_when_it_failed(run: Run, wire: Wire, here: tuple[str, ...]) -> None:
    wire.play([one(raw_operation(status="Failed", errorDetails="Too many."))])
    waited = run("wait", "id-1", *here)
    assert json.loads(waited.out)["status"] == "Failed"
    assert waited.problems == ["error: CreateInstance of web-1 failed: Too many. (operation id-1)."]
    assert waited.status == 1


def test_ends_with_status_3_when_the_time_is_up(
    run: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play(lambda asked: one(raw_operation(status="Started", isTerminal=False)))
    waited = run("wait", "id-1", *here, "--timeout", "0.2")
    assert waited.problems == [
        "error: operation id-1 had not ended after 0.2 seconds; last seen as Started."
    ]
    assert waited.status == 3


def test_of_what_is_not_there_says_where_to_look(
    run: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play([failure("NotFoundException", message="No such operation", tip="Check the id.")])
    waited = run("wait", "id-1", *here)
    assert waited.problems == [
        "error: AWS does not find this: No such operation.",
        "help: lightsail-ops list -o jsonl shows ids. Check the id.",
    ]
    assert waited.status == 1


def test_waits_out_that_it_asks_too_often(seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
    throttled = [failure("LimitExceededException", message="Slowly")]
    wire.play([*throttled, one(raw_operation())])
    waited = seen("wait", "id-1", *here)
    assert "waiting for id-1" in waited.err
    assert "✓ Succeeded" in waited.out


@pytest.mark.parametrize("region", [(), ("--region", "eu-west-1")])
def test_the_demonstration_has_an_operation_that_ends(run: Run, region: tuple[str, ...]) -> None:
    waited = run("wait", "--demo", *region, "--interval", "0.1")
    assert json.loads(waited.out)["status"] == "Succeeded"
    assert waited.status == 0


def test_in_a_terminal_something_turns(in_terminal: Run) -> None:
    out = in_terminal("wait", "--demo", "--interval", "0.2")
    assert "CreateInstance of web-1 is Started" in out
    assert "✓ Succeeded" in out


def test_says_which_operation_is_missing(run: Run) -> None:
    waited = run("wait")
    assert waited.problems == [
        "error: Invalid value for ID: say which operation, by its id.",
        "help: lightsail-ops wait --help shows what it takes.",
    ]
    assert waited.status == 2
