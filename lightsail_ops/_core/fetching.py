"""Fetching: one request, its response parsed, and what failed fetched again."""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable
from typing import TypeVar

from lightsail_ops._codec import describe
from lightsail_ops._core.backoff import Backoff
from lightsail_ops._core.effects import Request, Response, Runtime, Sleep, Steps
from lightsail_ops.errors import ApiError, LightsailError, ResponseError, TransportError
from lightsail_ops.models import Operation, OperationsPage, read_operation, read_operations

_logger = logging.getLogger("lightsail_ops")
_T = TypeVar("_T")

# Seconds to wait, at most, before each new request for a page whose body was malformed.
_BACKOFF = (0.1, 0.4)


def parse_page(response: Response) -> OperationsPage:
    """Parse a page of operations.

    Raises:
        ResponseError: a value has the wrong type; the message names the operation's index and
            AWS's key, and `next_page_token` lets a reader skip the page.
    """
    token = response.content.get("nextPageToken")
    if not isinstance(token, str | None):
        raise ResponseError(f"nextPageToken: expected a string, got {describe(token)}")
    next_page_token = token or None  # that of the last page may be empty
    try:
        operations = read_operations(response.content.get("operations"), "operations")
    except ResponseError as error:
        error.next_page_token = next_page_token
        raise
    return OperationsPage(
        operations=operations, next_page_token=next_page_token, request_id=response.request_id
    )


def parse_operation(response: Response) -> Operation:
    """Parse the response of GetOperation; raises as `parse_page` does."""
    return read_operation(response.content["operation"], "operation.")


def fetch(request: Request, parse: Callable[[Response], _T], runtime: Runtime) -> Steps[_T]:
    """Send a request and parse the response; retry up to twice if the body is malformed.

    Raises:
        LightsailError: with the request's page token, to resume with.
    """
    backoffs = iter(_BACKOFF)
    while True:
        try:
            return parse((yield request))
        except LightsailError as error:
            traceback.clear_frames(error.__traceback__)  # they hold the body
            error.page_token = request.page_token
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
        note_error: called with each error, also with one that is raised.
    """
    backoff = Backoff(runtime.draw)
    deadline: float | None = None
    while True:
        try:
            return (yield from fetch(request, parse, runtime))
        except LightsailError as error:
            if note_error is not None:
                note_error(error)
            now = runtime.get_time()
            deadline = now + retry_for if deadline is None else deadline
            if not error.is_transient or now >= deadline:
                raise
            delay = min(backoff.next_delay(), deadline - now)
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
