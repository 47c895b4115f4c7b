"""Marks this library's own calls on a client, and handles botocore's events during them.

botocore turns a body that is truncated or not JSON into an empty dict, which looks like the last
page. It emits `before-parse` with the body (botocore.endpoint, since 1.35), and merges the
`customized_response_dict` of a handler into the parsed response. The handler here takes the body
away, so that the generic parser has next to nothing to do.

Known limitation: the event names the client, not the request. A third-party handler that calls the
same client during one of our calls has its response intercepted too.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any

BODY = "lightsail_ops.body"
"""The response key that holds the raw body."""

SUCCESS = range(200, 300)
"""The HTTP statuses of a success."""

# For each method of a client: the API's operation, and the key that every response has.
METHODS = {
    "get_operation": ("GetOperation", "operation"),
    "get_operations": ("GetOperations", "operations"),
    "get_operations_for_resource": ("GetOperationsForResource", "operations"),
}
_EVENT_ENDS = tuple(f".{action}" for action, _ in METHODS.values())


class AbandonedCallError(BaseException):
    """Stops a call that nobody waits for any more; botocore does not catch a BaseException."""


class Call:
    """One or several calls of a client's methods, which another thread can abandon.

    They are also abandoned with the call that they are a part of, and when their owner, which waits
    for the response, has been garbage-collected. A `__del__` of the owner could do that too, but an
    interrupt in it would be lost.
    """

    def __init__(self, owner: object = None, whole: Call | None = None) -> None:
        self._owner = None if owner is None else weakref.ref(owner)
        self._whole = whole
        self._is_abandoned = False

    @property
    def is_abandoned(self) -> bool:
        """True if botocore is to stop before its next attempt to send the request."""
        return (
            self._is_abandoned
            or (self._owner is not None and self._owner() is None)
            or (self._whole is not None and self._whole.is_abandoned)
        )

    def abandon(self) -> None:
        """Have botocore stop before its next attempt to send the request."""
        self._is_abandoned = True


# The event emitter of the client that this library is calling in this thread or task, and the call
# if another thread can abandon it. Other callers of that client get its untouched responses.
current_call: ContextVar[tuple[object, Call | None]] = ContextVar(
    "lightsail_ops_call", default=(None, None)
)


def attach_handlers(client: object) -> object:
    """Register the event handlers of a botocore client, and return its event emitter.

    A client without events, such as a hand-written fake, is left as it is.
    """
    meta = getattr(client, "meta", None)
    emitter = getattr(meta, "events", None)
    register = getattr(emitter, "register", None)
    if register is not None:
        handlers: dict[str, Callable[..., None]] = {"request-created.lightsail": _stop}
        model = getattr(meta, "service_model", None)
        protocol = getattr(model, "resolved_protocol", None)  # not in botocore 1.36.0
        # A later botocore may prefer CBOR, and check it itself.
        if (protocol or getattr(model, "protocol", "json")) == "json":
            handlers["before-parse.lightsail"] = _keep_body
        for event, handler in handlers.items():
            name = f"lightsail_ops.{event}"
            registered = register(event, partial(handler, emitter), unique_id=name)
            if isinstance(registered, Coroutine):
                registered.close()  # an AsyncMock's: Python warns if nobody awaits it
    return emitter


def _stop(emitter: object, **_: object) -> None:
    current, call = current_call.get()
    if current is emitter and call is not None and call.is_abandoned:
        raise AbandonedCallError


def _keep_body(
    emitter: object,
    event_name: str,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, object],
    **_: object,
) -> None:
    # Not of another action, which somebody's handler calls; and two threads may have registered.
    if (
        current_call.get()[0] is emitter
        and response_dict["status_code"] in SUCCESS
        and event_name.endswith(_EVENT_ENDS)
        and BODY not in customized_response_dict
    ):
        customized_response_dict[BODY] = response_dict["body"]
        response_dict["body"] = b"{}"
