"""The effects that steps yield, and the helpers that yield them with a type.

Steps are generators. They yield an effect when they need something from outside, are sent its
result, and return their own result. A driver performs the effects: it is the only place that
sends a request, sleeps, looks at a clock or draws a random number. A request that fails is thrown
into the steps as a `LightsailError`; nothing else is.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeAlias, TypeVar

import attrs

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


@attrs.frozen
class Sleep:
    """Let time pass. The result is the time afterwards, in seconds of a monotonic clock."""

    seconds: float


@attrs.frozen
class Draw:
    """Draw a random number. The result is a float from 0 up to, but not including, 1."""


Effect: TypeAlias = Request | Sleep | Draw
# What is sent in depends on the effect, which a Generator's type cannot say; the helpers below can.
Steps: TypeAlias = Generator[Effect, Any, _T]


def send(request: Request) -> Steps[Response]:
    """Send a request and return its response.

    Raises:
        LightsailError: the request failed.
    """
    response: Response = yield request
    return response


def sleep(seconds: float) -> Steps[float]:
    """Let some seconds pass, and return the time afterwards."""
    now: float = yield Sleep(seconds)
    return now


def read_clock() -> Steps[float]:
    """Return the time, in seconds of a monotonic clock."""
    return sleep(0.0)


def draw() -> Steps[float]:
    """Return a random number from 0 up to, but not including, 1."""
    number: float = yield Draw()
    return number
