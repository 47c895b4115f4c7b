"""What is to be asked of Lightsail, and when, free of I/O.

A stream is a generator that yields what it needs: a `Request`, and it is sent the client's
answer or thrown the client's exception; a `Pause`, and time passes. Whatever else it yields is
a result. So paging, waiting and watching are written once. Two drivers carry streams out:
`drive` below, and `drive` in `lightsail_ops.aio`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, TypeAlias, TypeVar

import attrs

from lightsail_ops.errors import LightsailError, ResponseError, translated

_T = TypeVar("_T")

# How long to wait, in seconds, before a page is fetched again whose body was damaged.
_BACKOFF = (0.1, 0.4)


@attrs.frozen
class Request:
    """One call of a client's method."""

    method: str
    arguments: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def page_token(self) -> str | None:
        """The token of the page that is asked for."""
        return self.arguments.get("pageToken")

    def for_page(self, page_token: object) -> Request:
        """Return the same request for a page further on; None: for the first, as it is.

        Raises:
            TypeError: the page token is no text.
        """
        if not isinstance(page_token, str | None):
            raise TypeError(f"a page token is a str or None, not {type(page_token).__name__}")
        if page_token is None:
            return self
        return attrs.evolve(self, arguments={**self.arguments, "pageToken": page_token})


@attrs.frozen
class Pause:
    """Let some seconds pass."""

    seconds: float


Stream: TypeAlias = Generator[Request | Pause | _T, Any, None]
Steps: TypeAlias = Generator[Request | Pause, Any, _T]


def answered(request: Request, read: Callable[[object], _T]) -> Steps[_T]:
    """Ask, and read the answer; ask again, up to twice, where it was damaged.

    Raises:
        LightsailError: with the request's page token, to carry on from.
    """
    backoffs = iter(_BACKOFF)
    while True:
        try:
            return read((yield request))
        except LightsailError as error:  # a value of a wrong type: the same answer would come
            error.page_token = request.page_token
            raise
        except Exception as error:
            failure = translated(error, page_token=request.page_token)
            backoff = next(backoffs, None)
            if backoff is None or not isinstance(failure, ResponseError):
                raise failure from error
        yield Pause(backoff * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def drive(stream: Stream[_T], call: Callable[[Request], object]) -> Generator[_T, None, None]:
    """Carry a stream out in this thread, and yield its results."""
    resume = partial(next, stream)
    with closing(stream):
        while True:
            try:
                step = resume()
            except StopIteration:
                return
            resume = partial(next, stream)
            if isinstance(step, Request):
                try:
                    resume = partial(stream.send, call(step))
                except Exception as error:
                    resume = partial(stream.throw, error)
            elif isinstance(step, Pause):
                time.sleep(step.seconds)
            else:
                yield step
