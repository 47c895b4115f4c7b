"""The synchronous drivers for the steps of one call: a request in the calling thread, or a wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from queue import Empty
from typing import Any, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Emit, Request, Sleep, Steps, Together, resume
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import WAKE, Inbox, call_in_thread, do_job, start_thread
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


def run(steps: Steps[_T], sender: Sender, call: Call | None = None) -> _T:
    """Run steps that send requests, and return their result; another thread may abandon them."""
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
        if isinstance(effect, Request):
            try:
                outcome = sender.send(effect, call)
            except LightsailError as error:
                outcome = error
        elif isinstance(effect, Sleep):
            _sleep(effect.until, call)
        outcomes.append(outcome)
        del outcome  # it may hold a response, and an error's traceback holds this frame


def run_wait(
    steps: Steps[None],
    sender: Sender,
    on_emit: Callable[[Any], object] | None,  # Any: what the steps emit
) -> None:
    """Run the steps of a wait, and call a function with what they emit."""
    children = _Children(sender)
    outcomes: list[object] = [None]
    try:
        while True:
            try:
                effect = resume(steps, outcomes)
            except StopIteration:
                return
            outcome: object = None
            if isinstance(effect, Sleep):
                _sleep(effect.until)
            elif isinstance(effect, Emit) and on_emit is not None:
                on_emit(effect.result)
            elif isinstance(effect, Together):
                outcome = children.run(effect)
            outcomes.append(outcome)
            del outcome  # as in `run`
    finally:
        children.close()


def _sleep(until: float, call: Call | None = None) -> None:
    """Let time pass until a time, or until the call is abandoned."""
    while (seconds := until - RUNTIME.get_time()) > 0:
        if call is not None and call.is_abandoned:
            return
        time.sleep(min(seconds, WAKE))


class _Children:
    """Runs each of the steps of `Together`s in a thread."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._call = Call(owner=self)
        self._ended: Inbox[tuple[Steps[Any], object]] = Inbox()
        self._running: set[Steps[Any]] = set()
        self._outcomes: dict[Steps[Any], object] = {}  # which no `Together` has had yet

    def run(self, effect: Together) -> list[object]:
        """Run the steps until all have ended, or the time has come."""
        missing = set(effect.children).difference(self._outcomes)
        waiting = [each for each in effect.children if each in missing - self._running]
        while missing:
            free = max(0, self._sender.max_connections - len(self._running))
            new, waiting = waiting[:free], waiting[free:]
            if new:
                start = partial(self._start, new, len(self._running), copy_context())
                self._running.update(new)
                call_in_thread(start)
            seconds = effect.until - RUNTIME.get_time()
            if seconds <= 0:
                break
            with suppress(Empty):
                steps, outcome = self._ended.receive(min(seconds, WAKE))
                if isinstance(outcome, BaseException) and not isinstance(outcome, LightsailError):
                    raise outcome
                self._outcomes[steps] = outcome
                self._running.discard(steps)
                missing.discard(steps)
        return [self._outcomes.pop(each, None) for each in effect.children]

    def close(self) -> None:
        """Send nothing more."""
        self._call.abandon()

    def _start(  # pragma: no cover - in a thread that coverage cannot see
        self, children: Sequence[Steps[Any]], others: int, context: Context
    ) -> None:
        """Start a thread for each, beside so many others. If there are any, fewer will do."""
        for index, steps in enumerate(children):
            child = partial(run, steps, self._sender, self._call)
            job = partial(do_job, steps, child, self._call, self._ended.put)
            try:
                start_thread(partial(context.copy().run, job))
            except RuntimeError as error:
                outcome = None if others + index else error
                for each in children[index:]:
                    self._ended.put((each, outcome))
                return
