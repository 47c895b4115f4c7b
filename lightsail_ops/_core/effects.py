"""The effects that steps yield.

Steps are generators. They yield an effect when they need something from outside, are sent its
result, and return their own result. A driver performs the effects: it is the only place that
sends a request or lets time pass. A request that fails is thrown into the steps as a
`LightsailError`; nothing else is. Where a client raises an exception of its own, that of an
iterator comes as a `ForeignError`, which the steps emit; in a single call it ends the call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")

NO_HASH = -1
"""The hash of no body: Python's `hash` never returns it. That of an empty body is 0."""

_NO_ARGUMENTS: Mapping[str, str] = MappingProxyType({})

# Named tuples: each attrs class would add a millisecond to the start of a program.


class Request(NamedTuple):
    """Call a method of the client. The result is a `Response`."""

    method: str
    """The name of boto3's method, such as `get_operations`."""

    arguments: Mapping[str, str] = _NO_ARGUMENTS
    """The keyword arguments of the call."""

    known_body: int | None = None
    """The hash of a body that need not be decoded again; None: the body need not be hashed."""

    @property
    def page_token(self) -> str | None:
        """The token of the requested page; None for the first page."""
        return self.arguments.get("pageToken")

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.method}({arguments})"

    def for_page(self, page_token: str) -> Request:
        """Return the same request for another page."""
        return self._replace(arguments={**self.arguments, "pageToken": page_token})


class Response(NamedTuple):
    """A successful response."""

    content: Mapping[str, object]
    """The decoded body; empty if the request names its hash as known."""

    request_id: str | None = None
    body_hash: int | None = None
    """Equal bodies have equal hashes. None: it was not wanted, or a fake has no body."""


class ForeignError(LightsailError):
    """The end of a request by an exception that is no error of AWS's."""

    error: BaseException

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"the request ended with {type(error).__name__}")
        self.error = error

    # A copy may be kept, and the exception's traceback keeps the reader alive.
    def __reduce__(self) -> tuple[object, ...]:
        return LightsailError, self.args


class Sleep(NamedTuple):
    """Let time pass until a time of the monotonic clock, in seconds."""

    until: float


class Emit(NamedTuple, Generic[_T]):
    """Hand over a result. The steps continue when the reader wants the next one.

    The reader raises the error of a `ForeignError`.
    """

    result: _T


class Together(NamedTuple):
    """Run several steps at the same time, until all have ended or a time has come.

    The result is a list with each one's result or `LightsailError`; None where it has not ended.
    Such steps go on, and the next `Together` that has them waits for them further.
    """

    children: Sequence[Steps[Any]]  # Any: a result can have any type
    until: float
    """In seconds of the monotonic clock."""


Effect: TypeAlias = Request | Sleep | Emit[Any] | Together
# Any: what is sent in depends on the effect, which a Generator's type cannot say.
Steps: TypeAlias = Generator[Effect, Any, _T]


class Runtime(NamedTuple):
    """The clocks and the random numbers that a driver lends to its steps."""

    get_time: Callable[[], float]
    """Return the seconds of a monotonic clock."""

    get_utc: Callable[[], datetime]
    """Return the date and time in UTC, by this machine's clock."""

    draw: Callable[[], float]
    """Return a random number from 0 up to, but not including, 1."""


def resume(steps: Steps[_T], outcomes: list[Any]) -> Effect:
    """Send how the last effect has ended into steps, and return the next effect.

    Args:
        steps: the steps.
        outcomes: holds the outcome, and is emptied: it may be a page, and the traceback of what
            the steps raise keeps this frame.

    Raises:
        StopIteration: the steps have ended.
    """
    if isinstance(outcomes[0], LightsailError):
        return steps.throw(outcomes.pop())
    return steps.send(outcomes.pop())
