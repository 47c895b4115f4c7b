"""Fetching: one request, its response parsed, and what failed fetched again."""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable
from typing import TypeVar

from lightsail_ops._core.backoff import make_delays
from lightsail_ops._core.effects import Request, Response, Runtime, Sleep, Steps
from lightsail_ops.errors import ApiError, LightsailError, ResponseError, TransportError

_logger = logging.getLogger("lightsail_ops")
_T = TypeVar("_T")

# Seconds to wait, at most, before each new request for a page whose body was malformed.
_BACKOFF = (0.1, 0.4)


def fetch(
    request: Request,
    parse: Callable[[Response], _T],
    runtime: Runtime,
    note_error: Callable[[LightsailError], object] | None = None,
) -> Steps[_T]:
    """Send a request and parse the response; retry up to twice if the body is malformed.

    Args:
        request: the request.
        parse: parses the response.
        runtime: the driver's.
        note_error: called with each error, also with one that is raised.

    Raises:
        LightsailError: with the request's page token, to resume with, or AWS's with the id of the
            requested operation.
    """
    backoffs = iter(_BACKOFF)
    while True:
        try:
            return parse((yield request))
        except LightsailError as error:
            traceback.clear_frames(error.__traceback__)  # they hold the body
            error.page_token = request.page_token
            if isinstance(error, ApiError):
                error.operation_id = request.arguments.get("operationId")
            if note_error is not None:
                note_error(error)
            is_malformed = isinstance(error, ResponseError) and error.is_transient
            backoff = next(backoffs, None) if is_malformed else None
            if backoff is None:
                raise
        _logger.info("Malformed response to %s: the request is sent again", request.method)
        yield Sleep(runtime.get_time() + backoff * (0.5 + runtime.draw() / 2))


def fetch_patiently(
    request: Request,
    parse: Callable[[Response], _T],
    runtime: Runtime,
    activity: str,
    name: str,
    *,
    retry_for: float = math.inf,
    note_error: Callable[[LightsailError], object] | None = None,
) -> Steps[_T]:
    """Fetch as `fetch` does, and retry transient errors, with backoff.

    Args:
        request: the request.
        parse: parses the response.
        runtime: the driver's.
        activity: what is being done, such as `watching`, for the log.
        name: the client's region, or its key in a fleet, for the log.
        retry_for: for how many seconds errors are retried.
        note_error: called with each error.
    """
    delays = make_delays(runtime.draw)
    deadline: float | None = None
    while True:
        try:
            return (yield from fetch(request, parse, runtime, note_error))
        except LightsailError as error:
            now = runtime.get_time()
            deadline = now + retry_for if deadline is None else deadline
            if not error.is_transient or now >= deadline:
                raise
            delay = min(next(delays), deadline - now)
            log_retry(activity, name, error, delay)
        yield Sleep(now + delay)


def log_retry(activity: str, name: str, error: LightsailError, delay: float) -> None:
    """Log that a request of the client of that name is sent again, without data of the account."""
    _logger.warning(
        "%s while %s %s: the request is sent again in %.1f seconds",
        describe_error(error),
        activity,
        name,
        delay,
    )


def describe_error(error: LightsailError) -> str:
    """Return the class of an error with AWS's code, or with the host that did not respond."""
    name = type(error).__name__
    if isinstance(error, ApiError):
        return f"{name} ({error.code})"
    return f"{name} ({error})" if isinstance(error, TransportError) else name
