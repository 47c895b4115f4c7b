"""The synchronous driver for the steps of one call, which it runs in the calling thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty
from typing import Any, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Emit, Request, Sleep, Steps, Together, resume
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import WAKE, Inbox, Workers, call_in_thread, do_job
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


def run(
    steps: Steps[_T],
    sender: Sender,
    on_emit: Callable[[Any], object] | None = None,  # Any: what the steps emit
    call: Call | None = None,  # lets another thread abandon the requests
) -> _T:
    """Run the steps of one call, call a function with what they emit, and return their result."""
    outcomes: list[object] = [None]
    while True:
        if call is not None and call.is_abandoned:
            raise AbandonedCallError
        try:
            effect = resume(steps, outcomes)
        except StopIteration as stop:
            result: _T = stop.value
            return result
        outcome: object = None
        match effect:
            case Request():
                try:
                    outcome = sender.send(effect, call)
                except LightsailError as error:
                    outcome = error
            case Sleep(until):
                _sleep(until, call)
            case Emit(value):
                if on_emit is not None:
                    on_emit(value)
            case _:
                outcome = _run_together(effect, sender, Call(owner=steps))
        outcomes.append(outcome)
        del outcome  # it may hold a response, and an error's traceback holds this frame


def _sleep(until: float, call: Call | None) -> None:
    """Let time pass until a time, or until the call is abandoned."""
    while (seconds := until - RUNTIME.get_time()) > 0:
        if call is not None and call.is_abandoned:
            return
        time.sleep(min(seconds, WAKE))


def _run_together(effect: Together, sender: Sender, call: Call) -> list[object]:
    """Run each of some steps in a thread; see `Together`."""
    ended: Inbox[tuple[int, object]] = Inbox()
    context = copy_context()

    def start() -> None:  # pragma: no cover - in a thread that coverage cannot see
        workers = Workers(sender.max_connections)
        for index, steps in enumerate(effect.children):
            child = partial(run, steps, sender, call=call)
            job = partial(do_job, index, child, call, ended.put)
            try:
                workers.submit(partial(context.copy().run, job))
            except RuntimeError as error:
                ended.put((index, error))
        workers.close()

    call_in_thread(start)
    outcomes: list[object] = [None] * len(effect.children)
    missing = len(effect.children)
    try:
        while missing and (seconds := effect.until - RUNTIME.get_time()) > 0:
            with suppress(Empty):
                index, outcome = ended.receive(min(seconds, WAKE))
                if isinstance(outcome, BaseException) and not isinstance(outcome, LightsailError):
                    raise outcome
                outcomes[index] = outcome
                missing -= 1
    finally:
        call.abandon()
    return outcomes
