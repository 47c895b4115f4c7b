"""Waiting for an operation to end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from fakes import Clock, Scripted, client_error, raw_operation
from wire import Answer, Wire, failure, one

from lightsail_ops import (
    AccessDeniedError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationFailedError,
    OperationsClient,
    OperationStatus,
    ResponseError,
    ThrottlingError,
    TransportError,
    WaitTimeoutError,
)

UNDER_WAY = raw_operation(status="Started", isTerminal=False)
SUCCEEDED = raw_operation(status="Succeeded", isTerminal=True)
COMPLETED = raw_operation(status="Completed", isTerminal=True)
FAILED = raw_operation(
    status="Failed", isTerminal=True, errorCode="NoSuchBlueprint", errorDetails="None is called x."
)
THROTTLED = client_error("ThrottlingException")
NO_ANSWER = ConnectTimeoutError(endpoint_url="https://lightsail.example")


def answering(*answers: object) -> Scripted:
    """Return a client whose GetOperation gives these operations and errors."""
    return Scripted(_as_answers(answers))


def forever(*answers: object) -> Scripted:
    """Return a client that gives these, and then the last of them for ever."""
    return Scripted(_as_answers(chain(answers, repeat(answers[-1]))))


def _as_answers(operations: Iterable[object]) -> Iterator[object]:
    return (
        operation if isinstance(operation, Exception) else {"operation": operation}
        for operation in operations
    )


class TestWaiting:
    @pytest.mark.parametrize("end", [SUCCEEDED, COMPLETED])
    def test_returns_the_operation_when_it_has_ended(
        self, end: dict[str, Any], clock: Clock
    ) -> None:
        fake = answering(UNDER_WAY, UNDER_WAY, end)
        assert OperationsClient(fake).wait("id-1") == Operation.from_dict(end)
        assert fake.calls == [("get_operation", {"operationId": "id-1"})] * 3

    def test_asks_in_the_interval_that_is_given(self, clock: Clock) -> None:
        OperationsClient(answering(UNDER_WAY, UNDER_WAY, SUCCEEDED)).wait("id-1", poll_interval=2)
        assert clock.slept == [2, 2]

    def test_asks_every_five_seconds_for_twenty_minutes_unless_told_otherwise(
        self, clock: Clock
    ) -> None:
        fake = forever(UNDER_WAY)
        with pytest.raises(WaitTimeoutError):
            OperationsClient(fake).wait("id-1")
        assert set(clock.slept) == {5}
        assert sum(clock.slept) == 1200
        assert len(fake.calls) == 241

    def test_costs_one_request_where_it_has_ended_already(self, clock: Clock) -> None:
        fake = answering(SUCCEEDED)
        OperationsClient(fake).wait("id-1")
        assert len(fake.calls) == 1
        assert clock.slept == []

    def test_costs_no_request_where_one_knows_that_it_has_ended(self) -> None:
        fake = answering()
        operation = Operation.from_dict(SUCCEEDED)
        assert OperationsClient(fake).wait(operation) is operation
        with pytest.raises(OperationFailedError):
            OperationsClient(fake).wait(Operation.from_dict(FAILED))
        assert fake.calls == []

    def test_takes_an_operation_that_is_under_way(self, clock: Clock) -> None:
        fake = answering(SUCCEEDED)
        assert OperationsClient(fake).wait(Operation.from_dict(UNDER_WAY)).is_terminal
        assert fake.calls == [("get_operation", {"operationId": "id-1"})]

    def test_goes_by_what_aws_calls_terminal(self, clock: Clock) -> None:
        odd = raw_operation(status="BrandNew", isTerminal=True)
        fake = answering({**SUCCEEDED, "isTerminal": False}, odd)
        assert OperationsClient(fake).wait("id-1").status == "BrandNew"

    def test_works_over_the_wire(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([one(UNDER_WAY), Answer(b"garbage"), one(UNDER_WAY), one(SUCCEEDED)])
        assert client.wait("id-1", poll_interval=0.01).status is OperationStatus.SUCCEEDED
        assert [asked.action for asked in wire.asked] == ["GetOperation"] * 4


class TestAnOperationThatFails:
    def test_is_an_error_with_its_reasons(self, clock: Clock) -> None:
        with pytest.raises(OperationFailedError) as caught:
            OperationsClient(answering(UNDER_WAY, FAILED)).wait("id-1")
        assert caught.value.operation == Operation.from_dict(FAILED)
        assert "NoSuchBlueprint: None is called x." in str(caught.value)

    def test_is_an_error_that_has_no_cause(self, clock: Clock) -> None:
        with pytest.raises(OperationFailedError) as caught:
            OperationsClient(answering(THROTTLED, FAILED)).wait("id-1")
        assert caught.value.__cause__ is None


class TestWhenTheTimeIsUp:
    def test_the_operation_as_last_seen_is_in_the_error(self, clock: Clock) -> None:
        client = OperationsClient(forever(UNDER_WAY))
        with pytest.raises(WaitTimeoutError, match="12 seconds; last seen as Started") as caught:
            client.wait("id-1", timeout=12, poll_interval=5)
        assert caught.value.operation == Operation.from_dict(UNDER_WAY)
        assert isinstance(caught.value, TimeoutError)

    def test_it_is_asked_for_a_last_time(self, clock: Clock) -> None:
        fake = answering(UNDER_WAY, UNDER_WAY, UNDER_WAY, SUCCEEDED)
        OperationsClient(fake).wait("id-1", timeout=12, poll_interval=5)
        assert clock.slept == [5, 5, 2]

    def test_nothing_may_ever_have_been_seen(self, clock: Clock) -> None:
        with pytest.raises(WaitTimeoutError, match="no answer came") as caught:
            OperationsClient(forever(NO_ANSWER)).wait("id-1", timeout=12)
        assert caught.value.operation is None
        assert isinstance(caught.value.__cause__, TransportError)

    def test_what_was_known_from_the_start_is_last_seen(self, clock: Clock) -> None:
        operation = Operation.from_dict(UNDER_WAY)
        with pytest.raises(WaitTimeoutError) as caught:
            OperationsClient(forever(THROTTLED)).wait(operation, timeout=12)
        assert caught.value.operation is operation
        assert isinstance(caught.value.__cause__, ThrottlingError)

    def test_trouble_that_has_passed_is_not_blamed(self, clock: Clock) -> None:
        with pytest.raises(WaitTimeoutError) as caught:
            OperationsClient(forever(THROTTLED, UNDER_WAY)).wait("id-1", timeout=12)
        assert caught.value.__cause__ is None

    def test_requests_count_too(self, clock: Clock) -> None:
        def slowly() -> Any:
            clock.now += 30
            return {"operation": UNDER_WAY}

        fake = Scripted([slowly] * 9)
        with pytest.raises(WaitTimeoutError):
            OperationsClient(fake).wait("id-1", timeout=60, poll_interval=1)
        assert len(fake.calls) == 2

    def test_the_clock_on_the_wall_does_not_matter(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.time", lambda: pytest.fail("a clock that can be set"))
        with pytest.raises(WaitTimeoutError):
            OperationsClient(forever(UNDER_WAY)).wait("id-1", timeout=12)


class TestTroubleWhileWaiting:
    @pytest.mark.parametrize("trouble", [THROTTLED, NO_ANSWER, ConnectionResetError()])
    def test_that_passes_is_waited_out(self, trouble: Exception, clock: Clock) -> None:
        fake = answering(trouble, UNDER_WAY, trouble, trouble, SUCCEEDED)
        assert OperationsClient(fake).wait("id-1", poll_interval=2).is_terminal
        assert clock.slept == [2, 2, 2, 2]

    @pytest.mark.parametrize(
        ("code", "cls"),
        [("AccessDeniedException", AccessDeniedError), ("NotFoundException", NotFoundError)],
    )
    def test_of_another_kind_is_raised(
        self, code: str, cls: type[LightsailError], clock: Clock
    ) -> None:
        with pytest.raises(cls):
            OperationsClient(answering(UNDER_WAY, client_error(code))).wait("id-1")

    def test_with_the_answer_itself_is_raised(self, clock: Clock) -> None:
        client = OperationsClient(answering({**UNDER_WAY, "isTerminal": "no"}))
        with pytest.raises(ResponseError, match=r"operation\.isTerminal"):
            client.wait("id-1")

    def test_over_the_wire_is_waited_out(self, wire: Wire, client: OperationsClient) -> None:
        throttled = failure("ThrottlingException")
        wire.play([throttled, Answer(reset=True), one(UNDER_WAY), throttled, one(SUCCEEDED)])
        assert client.wait("id-1", poll_interval=0.01).is_terminal
        assert len(wire.asked) == 5


NO_SECONDS = [0, 0.0, -1, -math.inf, math.inf, math.nan]


@pytest.mark.parametrize("seconds", NO_SECONDS)
@pytest.mark.parametrize("name", ["timeout", "poll_interval"])
def test_seconds_that_cannot_be_waited_are_refused(name: str, seconds: float) -> None:
    fake = answering()
    for waited_for in ("id-1", Operation.from_dict(SUCCEEDED)):
        with pytest.raises(ValueError, match=name):
            OperationsClient(fake).wait(waited_for, **{name: seconds})
    assert fake.calls == []
