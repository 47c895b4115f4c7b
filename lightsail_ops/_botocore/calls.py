"""Marks the calls that this library makes on a client, and handles botocore's events during them.

botocore turns a body that is truncated or not JSON into an empty dict, which looks like the last
page. It emits `before-parse` with the body (botocore.endpoint, since 1.35), and merges what a
handler puts into `customized_response_dict` into the parsed response. The handler here takes the
body away, so that the generic parser has next to nothing to do.

Known limitation: the event names the client, not the request. A third-party handler that calls the
same client during one of our calls has its response intercepted too.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

BODY = "lightsail_ops.body"
"""The key of what a client returned under which the unparsed body stands."""

SUCCESS = range(200, 300)
"""The HTTP statuses of a success."""

_ACTIONS = ("GetOperation", "GetOperations", "GetOperationsForResource")


class AbandonedCallError(BaseException):
    """Stops a call that nobody waits for any more; botocore does not catch a BaseException."""


class Call:
    """A call of a client's method, or several, which can be abandoned from another thread.

    They are also abandoned when their owner has been garbage-collected. A `__del__` of the owner
    could do that too, but an interrupt in it would be lost.
    """

    def __init__(self, owner: object = None) -> None:
        """Take the object that waits for the response; None: there is none."""
        self._owner = None if owner is None else weakref.ref(owner)
        self._is_abandoned = False

    @property
    def is_abandoned(self) -> bool:
        """Whether botocore is to stop before its next attempt to send the request."""
        return self._is_abandoned or (self._owner is not None and self._owner() is None)

    def abandon(self) -> None:
        """Have botocore stop before its next attempt to send the request."""
        self._is_abandoned = True


# The call that this library is making in this thread or task, and the event emitter of the client
# that it calls. Other callers of that client get its untouched responses.
_current: ContextVar[tuple[object, Call] | None] = ContextVar("lightsail_ops_call", default=None)


def attach_handlers(client: object) -> object:
    """Register the event handlers of a botocore client, and return its event emitter.

    A client without events, such as a hand-written fake, is left as it is.
    """
    emitter = getattr(getattr(client, "meta", None), "events", None)
    register = getattr(emitter, "register", None)
    if register is not None:
        for action in _ACTIONS:
            for event, handler in (("before-parse", _keep_body), ("request-created", _stop)):
                name = f"{event}.lightsail.{action}"
                register(name, partial(handler, emitter), unique_id=f"lightsail_ops.{name}")
    return emitter


@contextmanager
def mark_call(emitter: object, call: Call) -> Generator[None, None, None]:
    """Mark the calls in this block as this library's own, for the client with that emitter."""
    token = _current.set((emitter, call))
    try:
        yield
    finally:
        _current.reset(token)


def _find_call(emitter: object) -> Call | None:
    current = _current.get()
    return current[1] if current is not None and current[0] is emitter else None


def _stop(emitter: object, **_: object) -> None:
    call = _find_call(emitter)
    if call is not None and call.is_abandoned:
        raise AbandonedCallError


def _keep_body(
    emitter: object,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, object],
    **_: object,
) -> None:
    if _find_call(emitter) is None or response_dict["status_code"] not in SUCCESS:
        return
    if BODY not in customized_response_dict:  # two threads may have registered at once
        customized_response_dict[BODY] = response_dict["body"]
        response_dict["body"] = b"{}"
