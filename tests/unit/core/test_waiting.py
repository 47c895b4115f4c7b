"""Waiting for operations: `wait` for one, `wait_all` for what a call began."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, pairwise, repeat
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import ABSENT, Scripted, client_error, raw_operation
from support.virtual import INFINITY, Clock, VirtualDriver
from support.wire import CannedResponse, Wire, error_response, one

from lightsail_ops import (
    AccessDeniedError,
    ApiError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationStatus,
    PaginationError,
    ResponseError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.waiting import Waiting

NOT_FOUND = NotFoundError({"Error": {"Code": "NotFoundException"}}, "GetOperation")


def raw_not_started(number: int = 1, **changes: object) -> dict[str, Any]:
    return raw_operation(number, status="NotStarted", isTerminal=False, **changes)


def raw_started(number: int = 1, **changes: object) -> dict[str, Any]:
    return raw_operation(number, **{"status": "Started", "isTerminal": False, **changes})


def raw_failed(number: int = 1) -> dict[str, Any]:
    return raw_operation(
        number, status="Failed", errorCode="NoSuchBlueprint", errorDetails="None is called x."
    )


SUCCEEDED = raw_operation()
THROTTLED = client_error("ThrottlingException")
NO_RESPONSE = ConnectTimeoutError(endpoint_url="https://lightsail.example")
TINY: Any = {"poll_interval": 0.001}


def scripted(*responses: object) -> Scripted:
    """Return a client whose GetOperation returns these operations and raises these errors."""
    return Scripted(map(as_response, responses))


def endless(*responses: object) -> Scripted:
    """Return a client with these responses, the last of which is repeated for ever."""
    return Scripted(map(as_response, chain(responses, repeat(responses[-1]))))


def as_response(operation: object) -> object:
    return operation if isinstance(operation, Exception) else {"operation": operation}


class VirtualLightsail:
    """GetOperation under a virtual clock: each id has its responses, the last one repeated.

    GetOperations lists what each id would show, unless that is an error.
    """

    def __init__(
        self,
        responses: Mapping[str, Sequence[dict[str, Any] | LightsailError]],
        *,
        cost: float = 0.0,
        listed: Sequence[str] = (),
        list_error: LightsailError | None = None,
    ) -> None:
        self._responses = {each: list(some) for each, some in responses.items()}
        self._listed = listed
        self._list_error = list_error
        self.cost: Callable[[Request], float] = lambda _: cost
        self.changes: list[Operation] = []

    @property
    def ids(self) -> list[str]:
        requests = [each.request for each in self.driver.sent]
        return [each.arguments.get("operationId", "list") for each in requests]

    @property
    def pauses(self) -> list[float]:
        times = sorted(set(self.driver.times))
        return [later - earlier for earlier, later in pairwise(times)]

    def _send(self, request: Request) -> Response:
        if request.method == "get_operations":
            if self._list_error is not None:
                raise self._list_error
            return Response({"operations": [self._next(each) for each in self._listed]})
        response = self._next(request.arguments["operationId"])
        if isinstance(response, LightsailError):
            raise response
        return Response({"operation": response})

    def _next(self, operation_id: str) -> dict[str, Any] | LightsailError:
        responses = self._responses[operation_id]
        return responses.pop(0) if len(responses) > 1 else responses[0]

    def wait(
        self, *operations: Operation | str, timeout: float = 1200.0, poll_interval: float = 5.0
    ) -> Waiting:
        """Wait to the end, and return the ended wait."""
        waiting = Waiting(
            operations, timeout=timeout, poll_interval=poll_interval, name="us-west-2"
        )
        self.clock = Clock()
        self.driver: VirtualDriver[None] = VirtualDriver(
            {},
            lambda _, request: self._send(request),
            self.clock,
            max_in_flight=10,
            latency=lambda _, request: self.cost(request),
        )
        self.changes.extend(self.driver.run_call(waiting.wait(self.clock.runtime)))
        return waiting


def test_a_list_is_no_name_of_a_resource() -> None:
    name: Any = ["web"]
    with pytest.raises(TypeError, match="resource_name must be a str, not list"):
        OperationsClient(scripted()).wait_for_resource(name)


class TestWaiting:
    @pytest.mark.parametrize("status", ["Succeeded", "Completed"])
    def test_returns_the_operation_when_it_has_ended(self, status: str) -> None:
        end = raw_operation(status=status)
        fake = scripted(raw_started(), raw_started(), end)
        assert OperationsClient(fake).wait("id-1", **TINY) == Operation.from_dict(end)
        assert fake.calls == [("get_operation", {"operationId": "id-1"})] * 3

    def test_takes_an_operation_whose_id_was_left_out_for_the_one_in_its_request(self) -> None:
        fake = scripted(raw_started(id=ABSENT), raw_operation(id=ABSENT))
        assert OperationsClient(fake).wait("id-1", **TINY).is_terminal

    def test_takes_an_operation_that_has_not_ended(self) -> None:
        fake = scripted(SUCCEEDED)
        assert OperationsClient(fake).wait(Operation.from_dict(raw_started())).is_terminal
        assert fake.calls == [("get_operation", {"operationId": "id-1"})]

    @pytest.mark.parametrize("end", [SUCCEEDED, raw_operation(isTerminal=ABSENT)])
    def test_sends_no_request_for_an_operation_that_has_ended(self, end: dict[str, Any]) -> None:
        fake = scripted()
        operation = Operation.from_dict(end)
        assert OperationsClient(fake).wait(operation) is operation
        assert fake.calls == []

    @pytest.mark.parametrize("is_terminal", [False, ABSENT, None])
    @pytest.mark.parametrize("status", ["Succeeded", "Completed", "Failed"])
    def test_takes_a_final_status_for_the_end(self, status: str, is_terminal: object) -> None:
        fake = scripted(raw_operation(status=status, isTerminal=is_terminal))
        client = OperationsClient(fake)
        if status == "Failed":
            with pytest.raises(WaitFailedError):
                client.wait("id-1")
        else:
            assert client.wait("id-1").status == status
        assert len(fake.calls) == 1

    @pytest.mark.parametrize("status", ["Cancelled", "BrandNew", "NotStarted"])
    def test_takes_any_other_end_for_a_failure(self, status: str) -> None:
        fake = scripted(raw_started(), raw_operation(status=status, errorCode="Stopped"))
        with pytest.raises(WaitFailedError, match="Stopped") as caught:
            OperationsClient(fake).wait("id-1", **TINY)
        assert caught.value.operation_id == "id-1"
        assert caught.value.operation.status == status

    def test_works_over_the_wire(self, wire: Wire, client: OperationsClient) -> None:
        wire.play(
            [one(raw_started()), CannedResponse(b"garbage"), one(raw_started()), one(SUCCEEDED)]
        )
        assert client.wait("id-1", **TINY).status is OperationStatus.SUCCEEDED
        assert [request.action for request in wire.received] == ["GetOperation"] * 4


class TestThePauses:
    def test_begin_at_one_second_and_grow_by_half_up_to_the_interval(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=60, poll_interval=5)
        pauses = lightsail.pauses[:-1]  # the last one ends half a second before the timeout
        expected = [1, 1.5, 2.25, 3.375, *repeat(5, len(pauses) - 4)]
        for pause, longest in zip(pauses, expected, strict=True):
            assert 0.75 * longest < pause <= longest

    def test_have_jitter(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=600, poll_interval=5)
        usual = lightsail.pauses[4:]
        assert len(set(usual)) == len(usual) > 100
        assert 4.25 < sum(usual) / len(usual) < 4.5

    def test_are_never_longer_than_the_interval(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=5, poll_interval=0.5)
        assert max(lightsail.pauses) <= 0.5

    @pytest.mark.parametrize("timeout", [1e-9, 0.5, 12.0])
    def test_end_at_the_timeout(self, timeout: float) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=timeout)
        assert lightsail.clock.now - 1000 == pytest.approx(timeout, abs=1e-6)
        assert lightsail.driver.times[-1] <= timeout

    def test_leave_at_least_one_request_for_the_shortest_timeout(self) -> None:
        lightsail = VirtualLightsail({"id-1": [SUCCEEDED]})
        assert lightsail.wait("id-1", timeout=1e-9).get_one() == Operation.from_dict(SUCCEEDED)

    def test_leave_time_for_a_last_look_before_the_timeout(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=12, poll_interval=60)
        assert lightsail.driver.times[-1] == pytest.approx(11.5)

    def test_are_counted_from_the_response(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]}, cost=25)
        lightsail.wait("id-1", timeout=60)
        assert len(lightsail.ids) == 3

    def test_are_the_same_for_many_operations(self) -> None:
        ids = [f"id-{number}" for number in range(1, 51)]
        lightsail = VirtualLightsail(
            {each: [raw_started(id=each), raw_operation(id=each)] for each in ids}
        )
        lightsail.wait(*ids)
        assert sorted(lightsail.ids) == sorted(ids * 2 + ["list"] * 2)
        assert len(lightsail.pauses) == 1


class TestARequestThatHangs:
    @pytest.mark.parametrize("count", [1, 2, 3, 50])
    def test_does_not_keep_the_wait_from_its_timeout(self, count: int) -> None:
        ids = [f"id-{number}" for number in range(count)]
        lightsail = VirtualLightsail({each: [raw_started(id=each)] for each in ids}, cost=INFINITY)
        waiting = lightsail.wait(*ids, timeout=10.0)
        assert lightsail.clock.now == 1010.0
        with pytest.raises(WaitAllError) as caught:
            waiting.get_all()
        assert caught.value.unfinished == ids

    def test_does_not_keep_the_other_operations_from_ending(self) -> None:
        lightsail = VirtualLightsail({"a": [raw_operation(id="a")], "b": [raw_started(id="b")]})
        lightsail.cost = lambda each: INFINITY if each.arguments["operationId"] == "b" else 0.1
        with pytest.raises(WaitAllError) as caught:
            lightsail.wait("a", "b", timeout=10.0).get_all()
        assert caught.value.unfinished == ["b"]
        assert [operation.id for operation in caught.value.operations] == ["a"]

    def test_does_not_keep_the_other_operations_from_their_polls(self) -> None:
        states = [raw_started(id="a"), raw_started(id="a"), raw_operation(id="a")]
        lightsail = VirtualLightsail({"a": states, "b": [raw_started(id="b")]})
        lightsail.cost = lambda each: INFINITY if each.arguments["operationId"] == "b" else 0.1
        lightsail.wait("a", "b", timeout=60.0)
        assert [operation.status for operation in lightsail.changes] == ["Started", "Succeeded"]
        assert lightsail.ids == ["a", "b", "a", "a"]
        assert lightsail.driver.times[-1] <= 2.5

    def test_for_the_list_does_not_keep_the_operations_from_their_polls(self) -> None:
        lightsail = VirtualLightsail({each: [raw_operation(id=each)] for each in "abc"})
        lightsail.cost = lambda each: INFINITY if each.method == "get_operations" else 0.1
        assert [each.id for each in lightsail.wait("a", "b", "c").get_all()] == ["a", "b", "c"]
        assert lightsail.ids == ["list", "a", "b", "c"]
        assert lightsail.clock.now <= 1002.0

    def test_for_the_list_is_not_sent_again_and_counts_when_it_ends(self) -> None:
        states = [raw_started(), raw_started(), raw_operation()]
        lightsail = VirtualLightsail(
            {each: [state | {"id": each} for state in states] for each in "abc"}, listed="abc"
        )
        lightsail.cost = lambda each: 3.5 if each.method == "get_operations" else 0.1
        lightsail.wait("a", "b", "c").get_all()
        assert lightsail.ids[:4] == ["list", "a", "b", "c"]
        assert lightsail.ids.count("list") == 1
        assert lightsail.clock.now <= 1010.0

    def test_for_the_list_and_fails_for_good_ends_the_wait(self) -> None:
        lightsail = VirtualLightsail(
            {each: [raw_started(id=each)] for each in "abc"},
            list_error=UnauthenticatedError({}, "GetOperations"),
        )
        lightsail.cost = lambda each: 1.3 if each.method == "get_operations" else 0.05
        with pytest.raises(UnauthenticatedError):
            lightsail.wait("a", "b", "c")
        assert lightsail.ids.count("list") == 1

    def test_for_the_list_once_leaves_the_last_poll_its_list(self) -> None:
        class Ending(VirtualLightsail):
            def _next(self, operation_id: str) -> dict[str, Any]:
                has_ended = self.clock.now >= 1011.3
                return (raw_operation if has_ended else raw_started)(id=operation_id)

        ids = [f"id-{number}" for number in range(200)]
        seconds = chain([1.5], repeat(0.05))
        lightsail = Ending({}, listed=ids)
        lightsail.cost = lambda each: next(seconds) if each.method == "get_operations" else 0.1
        assert len(lightsail.wait(*ids, timeout=12.0).get_all()) == 200

    def test_for_the_list_and_fails_at_last_is_sent_again_at_once(self) -> None:
        lightsail = VirtualLightsail(
            {each: [raw_started(id=each)] for each in "abc"}, list_error=UnavailableError()
        )
        lightsail.cost = lambda each: 2.0 if each.method == "get_operations" else 0.05
        with pytest.raises(WaitAllError):
            lightsail.wait("a", "b", "c", timeout=6.0).get_all()
        assert lightsail.ids[:5] == ["list", "a", "b", "c", "list"]

    @pytest.mark.parametrize(
        ("seconds", "end", "timeout"), [(1.2, 5.0, 8.0), (1.2, 6.5, 8.0), (1.5, 11.0, 12.0)]
    )
    def test_for_the_list_hides_no_end_that_came_after_it_was_sent(
        self, seconds: float, end: float, timeout: float
    ) -> None:
        class Ending(VirtualLightsail):
            def _next(self, operation_id: str) -> dict[str, Any]:
                has_ended = self.clock.now >= 1000.0 + end
                return (raw_operation if has_ended else raw_started)(id=operation_id)

        lightsail = Ending({}, listed="abc")
        lightsail.cost = lambda each: seconds if each.method == "get_operations" else 0.05
        assert len(lightsail.wait("a", "b", "c", timeout=timeout).get_all()) == 3

    def test_that_ends_late_counts(self) -> None:
        lightsail = VirtualLightsail({"a": [raw_operation(id="a")]}, cost=100.0)
        assert lightsail.wait("a").get_one().id == "a"
        assert lightsail.clock.now == 1100.0
        assert lightsail.ids == ["a"]


class TestAnOperationThatFails:
    def test_raises_wait_failed_error_with_its_reasons(self) -> None:
        with pytest.raises(WaitFailedError, match="NoSuchBlueprint: None is called x") as caught:
            OperationsClient(scripted(raw_started(), raw_failed())).wait("id-1", **TINY)
        assert caught.value.operation == Operation.from_dict(raw_failed())

    def test_raises_it_without_a_request_if_that_is_known(self) -> None:
        with pytest.raises(WaitFailedError):
            OperationsClient(scripted()).wait(Operation.from_dict(raw_failed()))

    def test_raises_it_without_a_cause_after_a_transient_error(self) -> None:
        with pytest.raises(WaitFailedError) as caught:
            OperationsClient(scripted(THROTTLED, raw_failed())).wait("id-1", **TINY)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


class TestTheTimeout:
    def test_raises_wait_timeout_error_with_the_operation_as_last_seen(self) -> None:
        client = OperationsClient(endless(raw_started()))
        with pytest.raises(WaitTimeoutError, match="seconds; last seen as Started") as caught:
            client.wait("id-1", timeout=0.5, **TINY)
        assert caught.value.operation_id == "id-1"
        assert caught.value.operation == Operation.from_dict(raw_started())
        assert isinstance(caught.value, TimeoutError)

    def test_raises_it_without_an_operation_if_every_request_failed(self) -> None:
        client = OperationsClient(endless(NO_RESPONSE))
        message = r"seconds; the last error was TransportError \(Timed out"
        with pytest.raises(WaitTimeoutError, match=message) as caught:
            client.wait("id-1", timeout=0.5, **TINY)
        assert caught.value.operation_id == "id-1"
        assert caught.value.operation is None
        assert isinstance(caught.value.__cause__, TransportError)

    def test_raises_it_with_the_operation_that_was_given(self) -> None:
        operation = Operation.from_dict(raw_started())
        with pytest.raises(WaitTimeoutError) as caught:
            OperationsClient(endless(THROTTLED)).wait(operation, timeout=0.5, **TINY)
        assert caught.value.operation is operation
        assert isinstance(caught.value.__cause__, ThrottlingError)

    def test_raises_it_without_a_cause_if_the_transient_error_has_passed(self) -> None:
        client = OperationsClient(endless(THROTTLED, raw_started()))
        with pytest.raises(WaitTimeoutError) as caught:
            client.wait("id-1", timeout=0.5, **TINY)
        assert caught.value.__cause__ is None

    def test_stops_the_retries_of_botocore(self, session: Any, wire: Wire) -> None:
        wire.play(lambda _: error_response("ThrottlingException"))
        config = Config(retries={"total_max_attempts": 9, "mode": "standard"})
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        with pytest.raises(WaitTimeoutError):
            client.wait("id-1", timeout=0.1)
        time.sleep(0.05)  # for a request that was on its way to the server
        requests = len(wire.received)
        time.sleep(1.5)
        assert len(wire.received) == requests


class TestATransientError:
    @pytest.mark.parametrize("raised", [THROTTLED, NO_RESPONSE, ConnectionResetError()])
    def test_is_retried(self, raised: Exception) -> None:
        fake = scripted(raised, raw_started(), raised, raised, SUCCEEDED)
        assert OperationsClient(fake).wait("id-1", **TINY).is_terminal
        assert len(fake.calls) == 5

    def test_is_retried_if_it_is_a_malformed_response(self, no_backoff: None) -> None:
        fake = Scripted([{}] * 7 + [{"operation": SUCCEEDED}])
        assert OperationsClient(fake).wait("id-1", **TINY).is_terminal
        assert len(fake.calls) == 8

    def test_is_logged_with_the_next_delay(self, caplog: pytest.LogCaptureFixture) -> None:
        lightsail = VirtualLightsail({"id-1": [UnavailableError(), raw_started(), SUCCEEDED]})
        lightsail.wait("id-1")
        [record] = caplog.records
        assert (record.name, record.levelno) == ("lightsail_ops", logging.WARNING)
        assert record.getMessage() == (
            "UnavailableError while waiting for operations in us-west-2: "
            f"the request is sent again in {lightsail.pauses[0]:.1f} seconds"
        )

    def test_of_the_list_ends_the_poll_so_that_an_outage_costs_one_request_each_time(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ids = [f"id-{number}" for number in range(5)]
        down = UnavailableError()
        lightsail = VirtualLightsail({each: [down] for each in ids}, list_error=down)
        waiting = lightsail.wait(*ids, timeout=3)
        polls = len(lightsail.pauses) + 1
        assert lightsail.ids == ["list"] * polls
        assert len(caplog.records) == polls - 1  # the last error is not followed by a request
        with pytest.raises(WaitAllError) as caught:
            waiting.get_all()
        assert [error.__cause__ for error in caught.value.exceptions] == [down] * 5

    def test_of_one_operation_keeps_no_other_from_its_poll(self) -> None:
        down = [UnavailableError()]
        lightsail = VirtualLightsail({"a": down, "b": [SUCCEEDED | {"id": "b"}]})
        waiting = lightsail.wait("a", "b", timeout=10)
        assert lightsail.ids[:3] == ["a", "b", "a"]
        with pytest.raises(WaitAllError) as caught:
            waiting.get_all()
        [error] = caught.value.exceptions
        assert error.__cause__ is down[0]

    def test_is_retried_over_the_wire(self, wire: Wire, client: OperationsClient) -> None:
        throttled = error_response("ThrottlingException")
        wire.play(
            [throttled, CannedResponse(reset=True), one(raw_started()), throttled, one(SUCCEEDED)]
        )
        assert client.wait("id-1", **TINY).is_terminal
        assert len(wire.received) == 5


class UnavailableError(LightsailError):
    """A transient error."""

    is_transient = True

    def __init__(self) -> None:
        super().__init__("unavailable")


class TestAnotherError:
    @pytest.mark.parametrize(
        ("code", "cls"),
        [("AccessDeniedException", AccessDeniedError), ("NotFoundException", NotFoundError)],
    )
    def test_is_raised_at_once(self, code: str, cls: type[ApiError]) -> None:
        calls: list[Callable[[OperationsClient], object]] = [
            lambda client: client.wait("id-1", **TINY),
            lambda client: client.wait_all(["id-1", "id-2"], **TINY),
        ]
        for call in calls:
            fake = scripted(raw_started(), client_error(code))
            with pytest.raises(cls):
                call(OperationsClient(fake))
            assert len(fake.calls) == 2

    @pytest.mark.parametrize("unknown", ["id-1", "id-2"])
    def test_names_the_operation_of_the_request(self, unknown: str) -> None:
        states: dict[str, list[dict[str, Any] | LightsailError]]
        states = {each: [raw_started(id=each)] for each in ("id-1", "id-2")}
        lightsail = VirtualLightsail({**states, unknown: [NOT_FOUND]})
        with pytest.raises(NotFoundError) as caught:
            lightsail.wait("id-1", "id-2")
        assert caught.value.operation_id == unknown

    def test_is_raised_for_a_value_of_the_wrong_type(self) -> None:
        client = OperationsClient(scripted(raw_operation(isTerminal="no")))
        with pytest.raises(ResponseError, match=r"operation\.isTerminal"):
            client.wait("id-1")


# --- wait_all

STARTED: dict[str, object] = {
    "a response with operations": {"operations": [raw_started(1), raw_started(2)]},
    "a response with a tuple": {"operations": (raw_started(1), raw_started(2))},
    "a page": OperationsPage(
        operations=(Operation.from_dict(raw_started(1)), Operation.from_dict(raw_started(2)))
    ),
    "a list of operations": [Operation.from_dict(raw_started(number)) for number in (1, 2)],
    "a list of dicts": [raw_started(1), raw_started(2)],
    "a list of ids": ["id-1", "id-2"],
    "a mixed tuple": ("id-1", raw_started(2)),
    "a view": {"x": "id-1", "y": "id-2"}.values(),
}


class TestWaitingForAll:
    @pytest.mark.parametrize("started", STARTED.values(), ids=STARTED)
    def test_takes(self, started: Any) -> None:
        fake = scripted(raw_operation(1), raw_operation(2))
        operations = OperationsClient(fake).wait_all(started)
        assert [operation.id for operation in operations] == ["id-1", "id-2"]
        assert all(operation.is_terminal for operation in operations)

    def test_takes_a_response_with_one_operation(self) -> None:
        response = {"operation": raw_started(1), "ResponseMetadata": {"HTTPStatusCode": 200}}
        [operation] = OperationsClient(scripted(raw_operation(1))).wait_all(response)
        assert operation == Operation.from_dict(raw_operation(1))

    def test_takes_an_iterator(self) -> None:
        ids = (f"id-{number}" for number in (1, 2))
        fake = scripted(raw_operation(1), raw_operation(2))
        assert len(OperationsClient(fake).wait_all(ids)) == 2

    @pytest.mark.parametrize("started", [[], {"operations": []}, OperationsPage(operations=())])
    def test_for_none_returns_none_without_a_request(self, started: Any) -> None:
        fake = scripted()
        assert OperationsClient(fake).wait_all(started) == []
        assert fake.calls == []

    def test_sends_no_request_for_those_that_have_ended(self) -> None:
        fake = scripted(raw_operation(2))
        client = OperationsClient(fake)
        client.wait_all([raw_operation(1), raw_started(2), raw_operation(3, isTerminal=ABSENT)])
        assert [arguments["operationId"] for _, arguments in fake.calls] == ["id-2"]

    def test_polls_an_operation_that_is_given_twice_once(self) -> None:
        fake = scripted(raw_operation(1))
        operations = OperationsClient(fake).wait_all(["id-1", "id-1", raw_started(1)])
        assert operations == [Operation.from_dict(raw_operation(1))] * 3
        assert len(fake.calls) == 1

    @pytest.mark.parametrize(
        "started", [[raw_operation(), raw_started()], [raw_started(), SUCCEEDED]]
    )
    def test_polls_no_operation_that_is_given_as_ended_and_as_unfinished(
        self, started: list[dict[str, Any]]
    ) -> None:
        fake = scripted()
        operations = OperationsClient(fake).wait_all(started)
        assert operations == [Operation.from_dict(raw_operation())] * 2
        assert fake.calls == []

    def test_returns_them_in_the_given_order_however_they_end(self) -> None:
        ids = ["a", "b", "c"]
        lightsail = VirtualLightsail(
            {
                each: [*repeat(raw_started(id=each), count), raw_operation(id=each)]
                for each, count in zip(ids, (3, 1, 2), strict=True)
            }
        )
        operations = lightsail.wait(*ids).get_all()
        assert [operation.id for operation in operations] == ids
        polled = [each for each in lightsail.ids if each != "list"]
        assert polled == [*"abc", *"abc", *"ac", "a"]


class TestWaitingForMany:
    """From three unfinished operations on, a poll reads the first page of GetOperations."""

    IDS = tuple(f"id-{number}" for number in range(1, 101))

    def responses(self, polls: int = 5) -> dict[str, list[dict[str, Any] | LightsailError]]:
        return {
            each: [*repeat(raw_started(id=each), polls), raw_operation(id=each)]
            for each in self.IDS
        }

    def test_costs_one_request_a_poll_where_all_are_listed(self) -> None:
        lightsail = VirtualLightsail(self.responses(), listed=self.IDS)
        assert len(lightsail.wait(*self.IDS).get_all()) == 100
        assert lightsail.ids == ["list"] * 6

    def test_sends_one_for_each_that_the_page_lacks(self) -> None:
        lightsail = VirtualLightsail(self.responses(polls=1), listed=self.IDS[:98])
        lightsail.wait(*self.IDS)
        # The last two of them are too few for the page.
        assert lightsail.ids == ["list", "id-99", "id-100"] * 2

    def test_of_two_sends_no_request_for_a_page(self) -> None:
        lightsail = VirtualLightsail(self.responses(polls=2), listed=self.IDS)
        lightsail.wait("id-1", "id-2")
        assert lightsail.ids == ["id-1", "id-2"] * 3

    def test_sends_no_request_for_a_page_once_two_are_left(self) -> None:
        responses = self.responses(polls=1)
        for each in ("id-1", "id-2"):
            responses[each] = [*repeat(raw_started(id=each), 3), raw_operation(id=each)]
        lightsail = VirtualLightsail(responses, listed=self.IDS)
        lightsail.wait(*self.IDS)
        assert lightsail.ids == ["list", "list", "id-1", "id-2", "id-1", "id-2"]

    def test_sends_as_many_requests_at_once_as_there_are_connections(self) -> None:
        lightsail = VirtualLightsail(self.responses(polls=0), cost=0.1)
        lightsail.wait(*self.IDS[:40])
        assert lightsail.driver.most_in_flight == 10
        assert lightsail.clock.now - 1000 == pytest.approx(0.5)  # the page, then four by ten

    def test_polls_all_in_turn_where_a_poll_ends_before_it_has_come_to_all(self) -> None:
        polls = Counter[str]()

        class Slow:
            meta = Mock(config=Config(max_pool_connections=2))

            def get_operations(self) -> None:
                raise client_error("AccessDeniedException")

            def get_operation(self, *, operationId: str) -> dict[str, Any]:  # noqa: N803 - boto3's
                polls[operationId] += 1
                time.sleep(0.03)
                return {"operation": raw_started(id=operationId)}

        slow: Any = Slow()
        with pytest.raises(WaitAllError):
            OperationsClient(slow).wait_all(map(str, range(100)), timeout=2.5, **TINY)
        assert max(polls.values()) - min(polls[str(each)] for each in range(100)) <= 2

    @pytest.mark.parametrize(
        "error",
        [
            AccessDeniedError({"Error": {"Code": "AccessDeniedException"}}, "GetOperations"),
            ResponseError("operations[3].createdAt: expected epoch seconds"),
        ],
        ids=repr,
    )
    def test_goes_on_without_a_page_that_is_denied_or_cannot_be_read(
        self, error: LightsailError
    ) -> None:
        lightsail = VirtualLightsail(self.responses(polls=1), list_error=error)
        assert len(lightsail.wait(*self.IDS).get_all()) == 100
        assert lightsail.ids == ["list", *self.IDS, *self.IDS]

    def test_raises_another_error_of_the_page(self) -> None:
        error = UnauthenticatedError({"Error": {"Code": "ExpiredToken"}}, "GetOperations")
        lightsail = VirtualLightsail(self.responses(), list_error=error)
        with pytest.raises(UnauthenticatedError):
            lightsail.wait(*self.IDS)

    def test_reports_each_change_once(self) -> None:
        lightsail = VirtualLightsail(self.responses(polls=2), listed=self.IDS[::2])
        lightsail.wait(*self.IDS)
        seen = [(each.id, each.status.value) for each in lightsail.changes]
        assert len(seen) == len(set(seen)) == 200

    def test_ignores_what_else_is_listed(self) -> None:
        lightsail = VirtualLightsail(self.responses(polls=1), listed=self.IDS)
        operations = lightsail.wait("id-3", "id-4", "id-5").get_all()
        assert [each.id for each in operations] == ["id-3", "id-4", "id-5"]
        assert {each.id for each in lightsail.changes} == {"id-3", "id-4", "id-5"}


class TestAnOperationThatIsNotKnownYet:
    """GetOperation may lag behind the call that returned the operation."""

    def wait(self, *given: Operation | str, polls: int) -> VirtualLightsail:
        unknown: list[dict[str, Any] | LightsailError] = [NOT_FOUND] * polls
        known = [raw_operation(2)]
        lightsail = VirtualLightsail({"id-1": [*unknown, raw_operation(1)], "id-2": known})
        lightsail.wait(*given, poll_interval=5.0)
        return lightsail

    def test_is_retried_for_30_seconds_if_a_response_named_it(self) -> None:
        begun = Operation.from_dict(raw_started(1))
        for operations in ([begun], [begun, "id-2"]):
            lightsail = self.wait(*operations, polls=4)
            assert [each.status.value for each in lightsail.changes if each.id == "id-1"] == [
                "Started",
                "Succeeded",
            ]

    def test_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        self.wait(Operation.from_dict(raw_started(1)), polls=2)
        assert len(caplog.messages) == 2
        assert all("NotFoundError (NotFoundException)" in each for each in caplog.messages)

    def test_is_an_error_after_30_seconds(self) -> None:
        with pytest.raises(NotFoundError):
            self.wait(Operation.from_dict(raw_started(1)), polls=30)

    def test_is_an_error_at_once_if_it_is_an_id(self) -> None:
        with pytest.raises(NotFoundError):
            self.wait("id-1", polls=1)

    def test_is_the_cause_of_a_timeout_meanwhile(self) -> None:
        lightsail = VirtualLightsail({"id-1": [NOT_FOUND]})
        waiting = lightsail.wait(Operation.from_dict(raw_started(1)), timeout=20.0)
        with pytest.raises(WaitTimeoutError, match="last seen as Started") as caught:
            waiting.get_one()
        assert caught.value.__cause__ is NOT_FOUND


class TestWaitingForAResource:
    """A fake whose lists come one after the other, the last one for ever."""

    def client(self, *lists: object) -> Scripted:
        responses = [
            each if isinstance(each, Exception) else {"operations": each} for each in lists
        ]
        return Scripted(chain(responses, repeat(responses[-1])))

    def test_ends_when_no_operation_is_unfinished(self) -> None:
        ended = raw_operation(2)
        fake = self.client([raw_started(1), ended], [raw_started(1), ended], [SUCCEEDED, ended])
        operations = OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert [operation.id for operation in operations] == ["id-1", "id-2"]
        assert all(operation.is_terminal for operation in operations)
        assert fake.calls == [("get_operations_for_resource", {"resourceName": "web-1"})] * 3

    def test_ends_at_once_if_there_is_none(self) -> None:
        for operations in ([], [SUCCEEDED]):
            fake = self.client(operations)
            assert len(OperationsClient(fake).wait_for_resource("web-1")) == len(operations)
            assert len(fake.calls) == 1

    def test_waits_for_operations_that_begin_meanwhile(self) -> None:
        fake = self.client([raw_started(1)], [raw_started(2), SUCCEEDED], [raw_operation(2)])
        operations = OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert [operation.id for operation in operations] == ["id-1", "id-2"]

    def test_returns_an_awaited_operation_that_the_last_list_lacks(self) -> None:
        class Lagging(Scripted):
            def get_operation(self, **_: object) -> dict[str, Any]:
                return {"operation": SUCCEEDED}

        fake = Lagging({"operations": each} for each in ([raw_started(1)], []))
        [operation] = OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert operation == Operation.from_dict(SUCCEEDED)

    def test_goes_on_while_get_operation_does_not_know_what_was_listed(self) -> None:
        class Lagging(Scripted):
            def get_operation(self, **_: object) -> dict[str, Any]:
                if errors:
                    raise errors.pop()
                return {"operation": SUCCEEDED}

        errors = [client_error("NotFoundException")]

        fake = Lagging({"operations": each} for each in ([raw_started(1)], [], []))
        assert len(OperationsClient(fake).wait_for_resource("web-1", **TINY)) == 1
        assert not errors

    def test_waits_for_operations_that_are_listed_without_an_id(self) -> None:
        one, other = (raw_started(number, id=ABSENT) for number in (1, 2))
        ended = [raw_operation(id=ABSENT, resourceName=f"web-{number}") for number in (1, 2)]
        fake = self.client([one, other], [ended[0], other], ended)
        operations = OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert [each.resource_name for each in operations] == ["web-1", "web-2"]
        assert all(each.is_terminal for each in operations)
        endless = self.client([one, other])
        with pytest.raises(WaitTimeoutError, match="some were listed without an id"):
            OperationsClient(endless).wait_for_resource("web-1", timeout=0.1, **TINY)

    def test_reads_all_pages(self) -> None:
        pages = [
            {"operations": [SUCCEEDED], "nextPageToken": "t1"},
            {"operations": [raw_operation(2)]},
        ]
        operations = OperationsClient(Scripted(pages)).wait_for_resource("web-1")
        assert [operation.id for operation in operations] == ["id-1", "id-2"]

    def test_raises_wait_all_error_for_one_that_fails_meanwhile(self) -> None:
        old = raw_operation(9, status="Failed")
        fake = self.client([raw_started(1), old], [raw_failed(1), old])
        with pytest.raises(WaitAllError, match="1 of 1 operation failed") as caught:
            OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert [type(error) for error in caught.value.exceptions] == [WaitFailedError]

    def test_raises_wait_all_error_for_one_that_has_not_ended_in_time(self) -> None:
        fake = self.client([raw_started(1), SUCCEEDED | {"id": "id-2"}])
        with pytest.raises(WaitAllError) as caught:
            OperationsClient(fake).wait_for_resource("web-1", timeout=0.5, **TINY)
        assert caught.value.unfinished == ["id-1"]

    @pytest.mark.parametrize(
        ("error", "name"), [(THROTTLED, "ThrottlingError"), (NO_RESPONSE, "TransportError")]
    )
    def test_raises_wait_timeout_error_if_every_request_failed(
        self, error: Exception, name: str
    ) -> None:
        fake = self.client(error)
        message = rf"of web-1 had not ended after 0.5 seconds; the last error was {name}"
        with pytest.raises(WaitTimeoutError, match=message) as caught:
            OperationsClient(fake).wait_for_resource("web-1", timeout=0.5, **TINY)
        assert len(fake.calls) > 1
        assert isinstance(caught.value.__cause__, ThrottlingError | TransportError)
        assert (caught.value.operation_id, caught.value.operation) == ("", None)

    def test_retries_transient_errors(self) -> None:
        fake = self.client(THROTTLED, [raw_started(1)], NO_RESPONSE, [SUCCEEDED])
        assert len(OperationsClient(fake).wait_for_resource("web-1", **TINY)) == 1

    def test_raises_not_found_error_for_an_unknown_resource(self) -> None:
        with pytest.raises(NotFoundError):
            OperationsClient(self.client(client_error("NotFoundException"))).wait_for_resource("x")

    def test_follows_an_operation_that_deletes_the_resource(self) -> None:
        fake = Scripted(
            [
                {"operations": [raw_started(1)]},
                client_error("NotFoundException"),
                {"operation": SUCCEEDED},
            ]
        )
        operations = OperationsClient(fake).wait_for_resource("web-1", **TINY)
        assert operations == [Operation.from_dict(SUCCEEDED)]
        assert [method for method, _ in fake.calls][-1] == "get_operation"

    def test_calls_on_change_for_what_had_not_ended(self) -> None:
        seen: list[tuple[str, str]] = []
        fake = self.client([raw_started(1), raw_operation(2)], [SUCCEEDED, raw_operation(2)])
        OperationsClient(fake).wait_for_resource(
            "web-1", on_change=lambda each: seen.append((each.id, each.status.value)), **TINY
        )
        assert seen == [("id-1", "Started"), ("id-1", "Succeeded")]

    def test_notices_a_repeated_page_token(self) -> None:
        fake = Scripted(repeat({"operations": [], "nextPageToken": "t1"}))
        with pytest.raises(PaginationError):
            OperationsClient(fake).wait_for_resource("web-1")

    @pytest.mark.parametrize("name", ["", None, 5])
    def test_needs_a_name(self, name: Any) -> None:
        with pytest.raises((TypeError, ValueError), match=r"^resource_name must"):
            OperationsClient(Scripted([])).wait_for_resource(name)


class TestOnChange:
    def changes(self, started: Any, *responses: object) -> list[tuple[str, str]]:
        seen: list[tuple[str, str]] = []
        OperationsClient(scripted(*responses)).wait_all(
            started,
            on_change=lambda operation: seen.append((operation.id, str(operation.status))),
            **TINY,
        )
        return seen

    def test_is_called_when_an_operation_is_first_seen_and_at_each_new_status(self) -> None:
        assert self.changes(
            ["id-1"], raw_not_started(), raw_started(), raw_started(), SUCCEEDED
        ) == [("id-1", "NotStarted"), ("id-1", "Started"), ("id-1", "Succeeded")]

    def test_is_called_by_wait_too(self) -> None:
        seen: list[str] = []
        OperationsClient(scripted(raw_started(), SUCCEEDED)).wait(
            "id-1", on_change=lambda operation: seen.append(operation.status), **TINY
        )
        assert seen == ["Started", "Succeeded"]

    def test_is_called_in_the_callers_thread(self) -> None:
        threads: list[object] = []
        OperationsClient(scripted(SUCCEEDED)).wait(
            "id-1", on_change=lambda _: threads.append(threading.current_thread())
        )
        assert threads == [threading.current_thread()]

    @pytest.mark.parametrize("changed_at", [ABSENT, 200])
    def test_is_called_at_each_unknown_status_though_no_time_tells_their_order(
        self, changed_at: object
    ) -> None:
        states = [
            raw_started(status=status, statusChangedAt=changed_at)
            for status in ("Started", "Pausing", "Resuming", "Pausing")
        ]
        assert [status for _, status in self.changes(["id-1"], *states, SUCCEEDED)] == [
            "Started",
            "Pausing",
            "Resuming",
            "Succeeded",
        ]

    def test_is_called_first_for_the_operations_that_were_given(self) -> None:
        started = [raw_started(1), "id-2", raw_operation(3)]
        assert self.changes(started, raw_operation(1), raw_operation(2)) == [
            ("id-1", "Started"),
            ("id-3", "Succeeded"),
            ("id-1", "Succeeded"),
            ("id-2", "Succeeded"),
        ]

    def test_is_called_once_for_an_operation_that_had_ended(self) -> None:
        assert self.changes([SUCCEEDED, SUCCEEDED]) == [("id-1", "Succeeded")]

    def test_is_not_called_for_a_status_of_before(self) -> None:
        """A response can come from a replica that lags behind."""
        assert self.changes([raw_started(statusChangedAt=200)], raw_not_started(), SUCCEEDED) == [
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
        ]

    def test_is_called_for_a_change_of_status_that_is_unknown(self) -> None:
        odd = raw_started(status="BrandNew", statusChangedAt=2_000_000_000)
        assert self.changes([raw_started()], odd, SUCCEEDED) == [
            ("id-1", "Started"),
            ("id-1", "BrandNew"),
            ("id-1", "Succeeded"),
        ]

    def test_ends_the_wait_with_its_exception(self) -> None:
        fake = endless(raw_started())

        def fail(_: Operation) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            OperationsClient(fake).wait_all(["id-1"], on_change=fail)
        assert len(fake.calls) == 1

    def test_must_be_callable(self) -> None:
        fake = scripted()
        on_change: Any = "print"
        with pytest.raises(TypeError, match="on_change must be callable or None, not str"):
            OperationsClient(fake).wait_all(["id-1"], on_change=on_change)
        assert fake.calls == []


class TestWaitAllError:
    def raised_by(self, started: Any, *responses: object) -> WaitAllError:
        with pytest.raises(WaitAllError) as caught:
            OperationsClient(endless(*responses)).wait_all(started, timeout=0.5, **TINY)
        return caught.value

    def test_comes_when_all_have_ended(self) -> None:
        error = self.raised_by(["id-1", "id-2"], raw_failed(1), raw_started(2), raw_operation(2))
        [failed] = error.exceptions
        assert isinstance(failed, WaitFailedError)
        assert failed.operation == Operation.from_dict(raw_failed(1))
        assert error.operations == list(map(Operation.from_dict, [raw_failed(1), raw_operation(2)]))

    def test_holds_an_error_for_each_operation(self) -> None:
        error = self.raised_by([raw_failed(1), raw_started(2), raw_operation(3)], THROTTLED)
        failed, late = error.exceptions
        assert isinstance(failed, WaitFailedError)
        assert isinstance(late, WaitTimeoutError)
        assert (failed.operation_id, late.operation_id) == ("id-1", "id-2")
        assert isinstance(late.__cause__, ThrottlingError)
        assert [operation.id for operation in error.operations] == ["id-1", "id-2", "id-3"]
        assert str(error).startswith(
            "1 of 3 operations failed, and 1 had not ended after 0.5 seconds"
        )
        assert error.unfinished == ["id-2"]

    def test_holds_one_error_for_an_operation_that_is_given_twice(self) -> None:
        error = self.raised_by([raw_failed(1), raw_failed(1)], SUCCEEDED)
        assert len(error.exceptions) == 1

    def test_leaves_out_operations_of_which_there_was_no_response(self) -> None:
        error = self.raised_by(["id-1", raw_operation(2)], NO_RESPONSE)
        assert [operation.id for operation in error.operations] == ["id-2"]
        [late] = error.exceptions
        assert isinstance(late, WaitTimeoutError)
        assert late.operation is None

    def test_has_the_operations_in_the_given_order(self) -> None:
        error = self.raised_by(["id-1", raw_failed(2), "id-3"], raw_operation(1), raw_operation(3))
        assert [operation.id for operation in error.operations] == ["id-1", "id-2", "id-3"]

    def test_can_be_selected_by_class(self) -> None:
        error = self.raised_by([raw_failed(1), "id-2"], NO_RESPONSE)
        failed, others = error.split(WaitFailedError)
        assert isinstance(failed, WaitAllError)
        assert isinstance(others, WaitAllError)
        assert failed.operations == others.operations == error.operations


REJECTED: list[tuple[object, type[Exception], str]] = [
    *((value, TypeError, rf"^operations must be a response .* not {type(value).__name__}$")
      for value in (5, None)),
    *((value, TypeError, "^operations must be an iterable of ids, .* for one id, use wait$")
      for value in ("id-1", b"id-1")),
    (Operation.from_dict(raw_started()), TypeError, "for one operation, use wait$"),
    ({}, TypeError, "neither the key 'operation' nor 'operations'.* use wait_for_resource$"),
    ({"containerService": {"state": "PENDING"}}, TypeError, "use wait_for_resource$"),
    (raw_started(), TypeError, "for the dict of one operation, use wait with its id$"),
    ({"operation": None}, TypeError, r"^operations\['operation'\] must be an operation or an id"),
    ({"operation": {}}, ValueError, r"^operations\['operation'\] has no id$"),
    ({"operations": None}, TypeError, r"^operations\['operations'\] must be a list, not NoneType$"),
    ({"operations": {}}, TypeError, r"^operations\['operations'\] must be a list, not dict$"),
    (
        {"operations": [raw_started(), 5]},
        TypeError,
        r"^operations\['operations'\]\[1\] must be an operation or an id, not int$",
    ),
    (["id-1", None], TypeError, r"^operations\[1\] must be an operation or an id, not NoneType$"),
    (["id-1", ""], ValueError, r"^operations\[1\] has no id$"),
    (["id-1", raw_started(id=ABSENT)], ValueError, r"^operations\[1\] has no id$"),
    ([Operation.from_dict(raw_started(id=""))], ValueError, r"^operations\[0\] has no id$"),
    (
        [raw_started(id=5)],
        ValueError,
        r"^operations\[0\] is not an operation: id: expected a string",
    ),
    (
        [raw_started(createdAt="noon")],
        ValueError,
        r"^operations\[0\] is not an operation: createdAt: expected epoch seconds",
    ),
]  # fmt: skip


class TestAWrongArgument:
    @pytest.mark.parametrize(("operations", "error", "message"), REJECTED)
    def test_for_wait_all_is_rejected_before_any_request(
        self,
        operations: Any,
        error: type[Exception],
        message: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        fake = scripted()
        with pytest.raises(error, match=message):
            OperationsClient(fake).wait_all(operations)
        assert fake.calls == []
        assert not [each for each in caplog.messages if "id," in each]

    @pytest.mark.parametrize(
        "response", [{"operations": [raw_started()]}, [raw_started()], raw_started(), ("id-1",)]
    )
    def test_for_wait_is_a_response(self, response: Any) -> None:
        fake = scripted()
        with pytest.raises(TypeError, match=r"use wait_all$"):
            OperationsClient(fake).wait(response)
        assert fake.calls == []

    def test_for_wait_is_an_operation_without_an_id(self) -> None:
        fake = scripted()
        for raw in (raw_started(id=""), raw_operation(id="")):
            with pytest.raises(ValueError, match=r"operation_or_id\.id must not be empty"):
                OperationsClient(fake).wait(Operation.from_dict(raw))
        assert fake.calls == []

    @pytest.mark.parametrize("seconds", [0, 0.0, -1, -math.inf, math.inf, math.nan, 1e10])
    @pytest.mark.parametrize("name", ["timeout", "poll_interval"])
    def test_is_a_number_of_seconds_that_cannot_be_waited(self, name: str, seconds: float) -> None:
        client = OperationsClient(scripted())
        options: Any = {name: seconds}
        for operation in (Operation.from_dict(SUCCEEDED), Operation.from_dict(raw_started())):
            with pytest.raises(ValueError, match=f"^{name} must be a number of seconds above 0"):
                client.wait(operation, **options)
            with pytest.raises(ValueError, match=f"^{name} must be a number of seconds above 0"):
                client.wait_all([operation], **options)

    @pytest.mark.parametrize("seconds", [None, "5", True, [5]])
    @pytest.mark.parametrize("name", ["timeout", "poll_interval"])
    def test_is_something_else_than_seconds(self, name: str, seconds: Any) -> None:
        options = {name: seconds}
        with pytest.raises(TypeError, match=f"^{name} must be a number of seconds, not "):
            OperationsClient(scripted()).wait("id-1", **options)


# --- A property that holds for any responses.

statuses = st.sampled_from(["NotStarted", "Started", "Succeeded", "Completed", "Failed", "New"])


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[dict[str, Any] | LightsailError]]:
    """Draw a few operations, each with what its polls see; an operation may never end."""
    ids = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True))
    return {
        each: [
            UnavailableError()
            if status is None
            else raw_operation(
                id=each, status=status, isTerminal=status in ("Succeeded", "Completed", "Failed")
            )
            for status in draw(st.lists(st.none() | statuses, min_size=1, max_size=6))
        ]
        for each in ids
    }


@pytest.mark.heavy
@given(histories(), st.floats(1, 100), st.floats(0.5, 10))
def test_each_operation_is_waited_for_until_its_first_end(
    history: dict[str, list[dict[str, Any] | LightsailError]], timeout: float, interval: float
) -> None:
    ends: dict[str, dict[str, Any]] = {}
    for each, responses in history.items():
        found = [
            raw for raw in responses if not isinstance(raw, LightsailError) and raw["isTerminal"]
        ]
        if found:
            ends[each] = found[0]
    # Some are on the first page of GetOperations, where no error can stand.
    listed = [
        each for each in history if not any(isinstance(r, LightsailError) for r in history[each])
    ]
    lightsail = VirtualLightsail(history, listed=listed[::2])
    waiting = lightsail.wait(*history, timeout=timeout, poll_interval=interval)
    changes = lightsail.changes
    assert lightsail.clock.now <= 1000 + timeout + 1e-6
    try:
        last = waiting.get_all()
    except WaitAllError as error:
        last = list(error.operations)
    for operation in last:
        assert changes.count(operation) == 1
        if operation.is_terminal:
            assert operation == Operation.from_dict(ends[operation.id])
            assert changes[-1:] or operation.id in lightsail.ids
    for each in history:
        statuses_seen = [change.status for change in changes if change.id == each]
        assert all(before != after for before, after in pairwise(statuses_seen))
    ended = [change.id for change in changes if change.is_terminal]
    assert len(ended) == len(set(ended))
