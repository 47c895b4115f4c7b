"""The effects that steps yield, and the helpers that yield them with a type.

Steps are generators. They yield an effect when they need something from outside, are sent its
result, and return their own result. A driver performs the effects: it is the only place that
sends a request or lets time pass. A request that fails is thrown into the steps as a
`LightsailError`; nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


@attrs.frozen
class Request:
    """Call a method of the client. The result is a `Response`."""

    method: str
    """The name of boto3's method, such as `get_operations`."""

    arguments: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """The keyword arguments of the call."""

    @property
    def page_token(self) -> str | None:
        """The token of the requested page; None for the first page."""
        return self.arguments.get("pageToken")

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.method}({arguments})"

    def for_page(self, page_token: str) -> Request:
        """Return the same request for another page."""
        return attrs.evolve(self, arguments={**self.arguments, "pageToken": page_token})


@attrs.frozen
class Response:
    """The decoded body of a successful response."""

    content: Mapping[str, object]
    request_id: str | None = None
    body_hash: int | None = None
    """Equal bodies have equal hashes. None: the client is a fake, which has no body."""


@attrs.frozen
class Sleep:
    """Let time pass until a time of the monotonic clock, in seconds."""

    until: float


@attrs.frozen
class Emit(Generic[_T]):
    """Hand over a result. The steps continue when the reader wants the next one."""

    result: _T


@attrs.frozen
class Together:
    """Run several steps at the same time.

    The result is a list with each one's result or `LightsailError`; None where it came too late.
    """

    children: Sequence[Steps[Any]]  # Any: a result can have any type
    until: float
    """When to give up the steps that have not ended, in seconds of the monotonic clock."""


Effect: TypeAlias = Request | Sleep | Emit[Any] | Together
# Any: what is sent in depends on the effect, which a Generator's type cannot say.
Steps: TypeAlias = Generator[Effect, Any, _T]


@attrs.frozen
class Runtime:
    """The clocks and the random numbers that a driver lends to its steps."""

    get_time: Callable[[], float]
    """Return the seconds of a monotonic clock."""

    get_utc: Callable[[], datetime]
    """Return the date and time in UTC, by this machine's clock."""

    draw: Callable[[], float]
    """Return a random number from 0 up to, but not including, 1."""


def send(request: Request) -> Steps[Response]:
    """Send a request and return its response.

    Raises:
        LightsailError: the request failed.
    """
    response: Response = yield request
    return response


def run_together(
    children: Sequence[Steps[_T]], until: float
) -> Steps[list[_T | LightsailError | None]]:
    """Run several steps at the same time, and return how each ended; see `Together`."""
    outcomes: list[_T | LightsailError | None] = yield Together(children, until)
    return outcomes
