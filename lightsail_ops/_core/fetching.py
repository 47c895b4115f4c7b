"""Fetching: one request, its response parsed, and a malformed body fetched again."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import TypeVar

from lightsail_ops._core.effects import Request, Response, Runtime, Sleep, Steps
from lightsail_ops.errors import ApiError, LightsailError, ResponseError, TransportError
from lightsail_ops.models import Operation, OperationsPage, read_operation, read_page

_logger = logging.getLogger("lightsail_ops")
_T = TypeVar("_T")

# Seconds to wait, at most, before each new request for a page whose body was malformed.
_BACKOFF = (0.1, 0.4)


def fetch_page(request: Request, runtime: Runtime) -> Steps[OperationsPage]:
    """Fetch a page of operations; raises as `fetch` does."""

    def parse(response: Response) -> OperationsPage:
        return read_page(response.content, response.request_id)

    return fetch(request, parse, runtime)


def fetch_operation(operation_id: str, runtime: Runtime) -> Steps[Operation]:
    """Fetch one operation; raises as `fetch` does."""

    def parse(response: Response) -> Operation:
        return read_operation(response.content["operation"], "operation.")

    return fetch(Request("get_operation", {"operationId": operation_id}), parse, runtime)


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
