"""An exception at any point of a run: it leaves as itself or as the library's, and nothing is lost.

The runs are scripted. Each is repeated with an exception at its first call of the client, at its
second, and so on to the last.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as botocore_exceptions
from support.fakes import client_error, raw_operation, raw_pages
from support.wire import ReceivedRequest, Wire, page

from lightsail_ops import OperationsClient
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

PROGRAM = Path(__file__).parents[1] / "proofs" / "interrupts.py"


class OwnError(Exception):
    """An exception of a hand-written client."""


EXCEPTIONS: list[Callable[[], BaseException]] = [
    lambda: client_error("AccessDeniedException"),
    lambda: client_error("NotFoundException"),
    lambda: client_error("ThrottlingException"),
    lambda: botocore_exceptions.EndpointConnectionError(endpoint_url="https://h", error="x"),
    botocore_exceptions.NoCredentialsError,
    lambda: ConnectionResetError(104, "reset"),
    lambda: OwnError("odd"),
    lambda: TypeError("odd"),
    MemoryError,
    RecursionError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
]
each_exception = pytest.mark.parametrize(
    "make", EXCEPTIONS, ids=lambda make: type(make()).__name__ + str(make())[:30]
)
PAGES = raw_pages(2, 0, 3, 1)  # one of them is empty
IDS = [f"id-{number}" for number in range(1, 7)]


class Faulty:
    """A client that serves pages and operations, and raises an exception at one of its calls."""

    def __init__(self, exception: BaseException | None = None, at: int = -1) -> None:
        self.calls = 0
        self._exception = exception
        self._at = at
        self._polls: dict[str, int] = {}

    def _count(self) -> None:
        self.calls += 1
        if self.calls - 1 == self._at and self._exception is not None:
            raise self._exception

    def get_operations(self, *, pageToken: str | None = None) -> Mapping[str, Any]:  # noqa: N803
        self._count()
        return PAGES[pageToken]

    def get_operation(self, *, operationId: str) -> Mapping[str, Any]:  # noqa: N803
        """Return an operation that ends when it is polled for the second time."""
        self._count()
        self._polls[operationId] = polls = self._polls.get(operationId, 0) + 1
        status = "Succeeded" if polls > 1 else "Started"
        return {"operation": raw_operation(id=operationId, status=status, isTerminal=polls > 1)}


def check(raised: BaseException, original: BaseException, *, page_token: str | None = None) -> None:
    """Check that an exception is the original, or is the library's and has the page token."""
    if isinstance(raised, LightsailError):
        assert raised.__cause__ is original
        assert raised.page_token == page_token
    else:
        assert raised is original
        assert raised.__cause__ is None
        assert not isinstance(raised, botocore_exceptions.BotoCoreError)


def check_not_polled_again(raised: BaseException, fake: Faulty, at: int) -> None:
    """Check that a wait ended at once, over something that waiting cannot cure."""
    assert not getattr(raised, "is_transient", False)
    assert fake.calls == at + 1


@each_exception
@pytest.mark.parametrize("at", range(4))
class TestAListing:
    def test_is_resumed_without_loss(self, make: Callable[[], BaseException], at: int) -> None:
        original = make()
        client = OperationsClient(Faulty(original, at))
        read: list[str] = []
        token: str | None = None
        try:
            for each in client.operations().pages():
                read.extend(operation.id for operation in each)
                token = each.next_page_token
        except BaseException as error:
            check(error, original, page_token=token)
        read.extend(each.id for each in client.operations(page_token=token))
        assert read == IDS


@each_exception
class TestAWait:
    @pytest.mark.parametrize("at", range(2))
    def test_ends_or_goes_on(self, make: Callable[[], BaseException], at: int) -> None:
        original = make()
        fake = Faulty(original, at)
        client = OperationsClient(fake)
        try:
            operation = client.wait("id-1", timeout=30, poll_interval=0.01)
        except BaseException as error:
            check(error, original)
            check_not_polled_again(error, fake, at)
            operation = client.wait("id-1", timeout=30, poll_interval=0.01)
        assert operation.is_terminal

    @pytest.mark.parametrize("at", range(6))
    def test_for_many_ends_or_goes_on(self, make: Callable[[], BaseException], at: int) -> None:
        original = make()
        fake = Faulty(original, at)
        client = OperationsClient(fake)
        ids = ["id-1", "id-2", "id-3"]
        try:
            operations = client.wait_all(ids, timeout=30, poll_interval=0.01)
        except BaseException as error:
            check(error, original)
            check_not_polled_again(error, fake, at)
            operations = client.wait_all(ids, timeout=30, poll_interval=0.01)
        assert [operation.id for operation in operations] == ids
        assert all(operation.is_terminal for operation in operations)

    @pytest.mark.parametrize("at", range(6))
    def test_lets_an_exception_of_its_callback_pass(
        self, make: Callable[[], BaseException], at: int
    ) -> None:
        original = make()
        seen: list[Operation] = []

        def raise_at(operation: Operation) -> None:
            seen.append(operation)
            if len(seen) == at + 1:
                raise original

        client = OperationsClient(Faulty())
        with pytest.raises(type(original)) as caught:
            client.wait_all(["a", "b", "c"], timeout=30, poll_interval=0.01, on_change=raise_at)
        assert caught.value is original
        assert len(seen) == at + 1


def test_an_interrupt_at_any_time_leaves_a_client_that_works(wire: Wire) -> None:
    """SIGALRM raises KeyboardInterrupt at random times while a program lists operations."""

    def serve(received: ReceivedRequest) -> Any:
        number = int(received.arguments.get("pageToken", "0"))
        operations = [raw_operation(number * 3 + index) for index in range(3)]
        return page(operations, str(number + 1) if number < 9 else None)

    wire.play(serve)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), wire.endpoint_url, "--interrupts", "50"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,  # the program's own watchdog is faster, and prints where it hangs
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["interrupts"] >= 50
    assert result["lost"] == 0
