"""Waiting for operations: `wait` for one, `wait_all` for what a call began."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, pairwise, repeat
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import ABSENT, Scripted, client_error, raw_operation
from support.virtual import VirtualDriver
from support.wire import CannedResponse, Wire, error_response, one

from lightsail_ops import (
    AccessDeniedError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationStatus,
    ResponseError,
    ThrottlingError,
    TransportError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.waiting import Waiting


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
    """GetOperation under a virtual clock: each id has its responses, the last one repeated."""

    def __init__(
        self, responses: Mapping[str, Sequence[dict[str, Any] | LightsailError]], *, cost: float = 0
    ) -> None:
        self._responses = {each: list(some) for each, some in responses.items()}
        self._cost = cost
        self.times: list[float] = []
        """When each request was sent, in seconds from the start."""
        self.driver = VirtualDriver(self._send, now=0.0)

    @property
    def ids(self) -> list[str]:
        return [request.arguments["operationId"] for request in self.driver.sent]

    def _send(self, request: Request) -> Response:
        self.times.append(self.driver.now)
        self.driver.now += self._cost
        responses = self._responses[request.arguments["operationId"]]
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        if isinstance(response, LightsailError):
            raise response
        return Response({"operation": response})

    def wait(
        self, *started: Operation | str, timeout: float = 1200.0, poll_interval: float = 5.0
    ) -> Waiting:
        """Wait to the end, and return the ended wait."""
        waiting = Waiting(started, timeout=timeout, poll_interval=poll_interval)
        while self.driver.run(waiting.next_change()) is not None:
            pass
        return waiting


class TestWaiting:
    @pytest.mark.parametrize("status", ["Succeeded", "Completed"])
    def test_returns_the_operation_when_it_has_ended(self, status: str) -> None:
        end = raw_operation(status=status)
        fake = scripted(raw_started(), raw_started(), end)
        assert OperationsClient(fake).wait("id-1", **TINY) == Operation.from_dict(end)
        assert fake.calls == [("get_operation", {"operationId": "id-1"})] * 3

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

    def test_takes_a_terminal_operation_with_an_unknown_status_for_ended(self) -> None:
        fake = scripted(raw_started(), raw_operation(status="BrandNew"))
        assert OperationsClient(fake).wait("id-1", **TINY).status == "BrandNew"

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
        assert lightsail.times[0] == 0
        expected = [1, 1.5, 2.25, 3.375, *repeat(5, len(lightsail.driver.slept) - 5)]
        for slept, longest in zip(lightsail.driver.slept[:-1], expected, strict=True):
            assert 0.75 * longest < slept <= longest

    def test_have_jitter(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=600, poll_interval=5)
        usual = lightsail.driver.slept[4:-1]
        assert len(set(usual)) == len(usual) > 100
        assert 4.25 < sum(usual) / len(usual) < 4.5

    def test_are_never_longer_than_the_interval(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=5, poll_interval=0.5)
        assert max(lightsail.driver.slept) <= 0.5

    def test_end_with_a_last_poll_at_the_timeout(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]})
        lightsail.wait("id-1", timeout=12)
        assert lightsail.times[-1] == pytest.approx(12)
        assert sum(lightsail.driver.slept) == pytest.approx(12)

    def test_leave_at_least_one_request_for_the_shortest_timeout(self) -> None:
        lightsail = VirtualLightsail({"id-1": [SUCCEEDED]}, cost=3)
        assert lightsail.wait("id-1", timeout=1e-9).get_one() == Operation.from_dict(SUCCEEDED)

    def test_count_the_time_of_requests(self) -> None:
        lightsail = VirtualLightsail({"id-1": [raw_started()]}, cost=30)
        lightsail.wait("id-1", timeout=60)
        assert len(lightsail.times) == 2

    def test_are_the_same_for_many_operations(self) -> None:
        ids = [f"id-{number}" for number in range(1, 51)]
        lightsail = VirtualLightsail(
            {each: [raw_started(id=each), raw_operation(id=each)] for each in ids}
        )
        lightsail.wait(*ids)
        assert lightsail.ids == ids * 2
        assert len(lightsail.driver.slept) == 1


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
            client.wait("id-1", timeout=0.02, **TINY)
        assert caught.value.operation == Operation.from_dict(raw_started())
        assert isinstance(caught.value, TimeoutError)

    def test_raises_it_without_an_operation_if_there_was_no_response(self) -> None:
        client = OperationsClient(endless(NO_RESPONSE))
        with pytest.raises(WaitTimeoutError, match=r"seconds; there was no response$") as caught:
            client.wait("id-1", timeout=0.02, **TINY)
        assert caught.value.operation is None
        assert isinstance(caught.value.__cause__, TransportError)

    def test_raises_it_with_the_operation_that_was_given(self) -> None:
        operation = Operation.from_dict(raw_started())
        with pytest.raises(WaitTimeoutError) as caught:
            OperationsClient(endless(THROTTLED)).wait(operation, timeout=0.02, **TINY)
        assert caught.value.operation is operation
        assert isinstance(caught.value.__cause__, ThrottlingError)

    def test_raises_it_without_a_cause_if_the_transient_error_has_passed(self) -> None:
        client = OperationsClient(endless(THROTTLED, raw_started()))
        with pytest.raises(WaitTimeoutError) as caught:
            client.wait("id-1", timeout=0.02, **TINY)
        assert caught.value.__cause__ is None

    def test_stops_a_long_poll_after_one_more_interval(self) -> None:
        ids = [f"id-{number}" for number in range(500)]
        lightsail = VirtualLightsail({each: [raw_started(id=each)] for each in ids}, cost=1)
        waiting = lightsail.wait(*ids, timeout=10, poll_interval=5)
        assert lightsail.driver.now == 15
        with pytest.raises(WaitAllError) as caught:
            waiting.get_all()
        assert len(caught.value.exceptions) == 500
        assert len(caught.value.operations) == 15


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
        delay = lightsail.driver.slept[0]
        assert record.getMessage() == (
            f"UnavailableError while waiting: the next poll is in {delay:.1f} seconds"
        )

    def test_ends_the_poll_so_that_an_outage_costs_one_request_each_time(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ids = [f"id-{number}" for number in range(5)]
        lightsail = VirtualLightsail({each: [UnavailableError()] for each in ids})
        lightsail.wait(*ids, timeout=3)
        polls = len(lightsail.driver.slept) + 1
        assert len(lightsail.ids) == polls
        assert len(caplog.records) == polls - 1

    def test_of_one_operation_keeps_no_other_from_its_poll(self) -> None:
        down = [UnavailableError()]
        lightsail = VirtualLightsail({"a": down, "b": [SUCCEEDED | {"id": "b"}], "c": [SUCCEEDED]})
        waiting = lightsail.wait("a", "b", "c", timeout=10)
        assert lightsail.ids[:4] == ["a", "b", "c", "a"]
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
    def test_is_raised_at_once(self, code: str, cls: type[LightsailError]) -> None:
        calls: list[Callable[[OperationsClient], object]] = [
            lambda client: client.wait("id-1", **TINY),
            lambda client: client.wait_all(["id-1", "id-2"], **TINY),
        ]
        for call in calls:
            fake = scripted(raw_started(), client_error(code))
            with pytest.raises(cls):
                call(OperationsClient(fake))
            assert len(fake.calls) == 2

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
        assert lightsail.ids == ["a", "b", "c"] * 2 + ["a", "c", "a"]


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
            OperationsClient(endless(*responses)).wait_all(started, timeout=0.02, **TINY)
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
        assert isinstance(late.__cause__, ThrottlingError)
        assert [operation.id for operation in error.operations] == ["id-1", "id-2", "id-3"]
        assert str(error).startswith(
            "of 3 operations, 1 failed and 1 had not ended after 0.02 seconds"
        )

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
    *((value, TypeError, f"^started must be a response of boto3 .* not {type(value).__name__}$")
      for value in ("id-1", b"id-1", 5, None, Operation.from_dict(raw_started()))),
    ({}, ValueError, "^started has neither the key 'operation' nor 'operations'"),
    (raw_started(), ValueError, "to wait for the dict of one operation, pass it in a list$"),
    ({"operation": None}, TypeError, r"^started\['operation'\] must be an operation or an id"),
    ({"operation": {}}, ValueError, r"^started\['operation'\] has no id$"),
    ({"operations": None}, TypeError, r"^started\['operations'\] must be a list, not NoneType$"),
    ({"operations": {}}, TypeError, r"^started\['operations'\] must be a list, not dict$"),
    (
        {"operations": [raw_started(), 5]},
        TypeError,
        r"^started\['operations'\]\[1\] must be an operation or an id, not int$",
    ),
    (["id-1", None], TypeError, r"^started\[1\] must be an operation or an id, not NoneType$"),
    (["id-1", ""], ValueError, r"^started\[1\] has no id$"),
    (["id-1", raw_started(id=ABSENT)], ValueError, r"^started\[1\] has no id$"),
    ([Operation.from_dict(raw_started(id=""))], ValueError, r"^started\[0\] has no id$"),
    ([raw_started(id=5)], ValueError, r"^started\[0\] is not an operation: id: expected a string"),
    (
        [raw_started(createdAt="noon")],
        ValueError,
        r"^started\[0\] is not an operation: createdAt: expected epoch seconds",
    ),
]  # fmt: skip


class TestAWrongArgument:
    @pytest.mark.parametrize(("started", "error", "message"), REJECTED)
    def test_for_wait_all_is_rejected_before_any_request(
        self,
        started: Any,
        error: type[Exception],
        message: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        fake = scripted()
        with pytest.raises(error, match=message):
            OperationsClient(fake).wait_all(started)
        assert fake.calls == []
        assert not [each for each in caplog.messages if "id," in each]

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
    lightsail = VirtualLightsail(history)
    waiting = Waiting(list(history), timeout=timeout, poll_interval=interval)
    changes: list[Operation] = []
    while (change := lightsail.driver.run(waiting.next_change())) is not None:
        changes.append(change)

    assert lightsail.driver.now <= timeout + 1e-6
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
