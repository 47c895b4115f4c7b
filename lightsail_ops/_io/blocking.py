"""The synchronous drivers for the steps of one call: a request in the calling thread, or a wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Emit, Request, Sleep, Steps, Together, resume
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import WAKE, Inbox, call_in_thread, do_job, start_thread, take
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
    """Runs each of the steps of `Together`s in a thread, as many as the client has connections."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._call = Call(owner=self)
        self._threads = _Threads(sender.max_connections)
        self._running: set[Steps[Any]] = set()
        self._outcomes: dict[Steps[Any], object] = {}  # which no `Together` has had yet

    def run(self, effect: Together) -> list[object]:
        """Run the steps until all have ended, or the time has come."""
        missing = set(effect.children).difference(self._outcomes)
        for steps in effect.children:
            if steps in missing and steps not in self._running:
                self._running.add(steps)
                child = partial(run, steps, self._sender, self._call)
                deliver = self._threads.ended.put
                job = partial(do_job, steps, child, self._call, deliver)
                self._threads.jobs.put(partial(copy_context().run, job))
        while missing:
            self._threads.start()
            seconds = max(0.0, effect.until - RUNTIME.get_time())
            try:
                ended, outcome = self._threads.ended.receive(min(seconds, WAKE))
            except Empty:
                if seconds > 0:
                    continue
                break
            if isinstance(outcome, BaseException) and not isinstance(outcome, LightsailError):
                raise outcome
            self._outcomes[ended] = outcome
            self._running.discard(ended)
            missing.discard(ended)
        return [self._outcomes.pop(each, None) for each in effect.children]

    def close(self) -> None:
        """Send nothing more."""
        self._call.abandon()


class _Threads:
    """The threads of a wait, which end when no job is left.

    This does not know the wait, so that the wait can be garbage-collected.
    """

    def __init__(self, max_threads: int) -> None:
        self.jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.ended: Inbox[tuple[Any, object]] = Inbox()  # Any: steps, or None for no thread
        self._max_threads = max_threads
        self._places: list[None] = [None] * max_threads  # a token for each thread to start

    def start(self) -> None:
        """Start a thread for each job, up to the bound.

        To be called again while jobs are left: a thread that is about to end takes no more of them.
        If the system has no more threads, those that run do all jobs.

        Raises:
            RuntimeError: none runs, and none can be started.
        """
        count = min(self.jobs.qsize(), len(self._places))
        try:
            if count:
                call_in_thread(partial(self._start, count))
        except RuntimeError:
            if len(self._places) == self._max_threads:
                raise

    def _start(self, count: int) -> None:  # pragma: no cover - in a thread that coverage cannot see
        for _ in range(count):
            if not take(self._places):
                return
            try:
                start_thread(self._work)
            except RuntimeError as error:
                self._places.append(None)
                if len(self._places) == self._max_threads:
                    self.ended.put((None, error))
                return

    def _work(self) -> None:
        with suppress(Empty):
            while True:
                self.jobs.get_nowait()()
        self._places.append(None)
