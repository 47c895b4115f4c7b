"""The synchronous driver for many sources: it sends in worker threads, the rest is done here."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Response, Sleep
from lightsail_ops._core.scheduling import FleetEffect, FleetSteps, Outcome, Receive, Submit
from lightsail_ops._workers import Workers, send_and_deliver
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")
_T = TypeVar("_T")
_Outcomes: TypeAlias = SimpleQueue[tuple[_K, Response | BaseException] | None]


class FleetDriver(Generic[_K]):
    """Runs the steps of many sources: sends their requests in worker threads, and waits for them.

    All else happens in the thread of the caller. The threads start with the first request. They end
    when the driver is closed or garbage-collected.
    """

    def __init__(self, senders: Mapping[_K, Sender], max_workers: int) -> None:
        """Take what sends the requests of each source, and the number of threads."""
        self._is_closed = False
        self._process_id: int | None = None  # set when the first steps are run
        self._senders = senders
        self._max_workers = min(max_workers, len(senders))
        self._draw = random.SystemRandom().random
        self._begin()

    def _begin(self) -> None:
        self._call = Call(self)  # one for all requests: they are abandoned together
        self._outcomes: _Outcomes[_K] = SimpleQueue()
        self._workers = Workers(self._max_workers)

    def run(self, steps: FleetSteps[_K, _T]) -> _T:
        """Run steps to their end and return their result.

        Raises:
            AbandonedCallError: this driver has been closed, perhaps by another thread.
            LightsailError: no thread can be started, or this is a forked process.
            Exception: what the steps raise, or a client that is not botocore's.
        """
        if self._is_closed:
            raise AbandonedCallError
        if self._process_id is None:
            self._process_id = os.getpid()
        elif self._process_id != os.getpid():
            raise LightsailError(
                "this iterator was begun before the process was forked, and its threads are in "
                "the parent process: begin another one here"
            )
        result: object = None
        while True:
            try:
                effect = steps.send(result)
            except StopIteration as stop:
                value: _T = stop.value
                return value
            result = self._perform(effect)

    def restart(self) -> None:
        """Abandon the requests in flight, and make ready for new steps."""
        self.abandon()
        self._begin()

    def close(self) -> None:
        """Send nothing more, and end the threads; returns soon, even if a request hangs."""
        self._is_closed = True
        self.abandon()
        self._workers.close()

    def abandon(self) -> None:
        """Abandon the requests in flight, and have the threads end."""
        self._call.abandon()
        self._workers.end_when_idle()
        self._outcomes.put(None)  # wakes a thread that waits for a request

    def _perform(self, effect: FleetEffect[_K]) -> object:
        match effect:
            case Submit(key, request):
                deliver = partial(_deliver, self._outcomes, key)
                sender = self._senders[key]
                job = partial(send_and_deliver, sender, request, self._call, deliver)
                self._workers.submit(job)
                return None
            case Receive(seconds):
                return self._receive(seconds)
            case Sleep():
                return time.monotonic()
            case _:
                return self._draw()

    def _receive(self, seconds: float | None) -> tuple[_K, Outcome] | None:
        try:
            received = self._outcomes.get(timeout=seconds)
        except Empty:
            return None
        if received is None:
            raise AbandonedCallError
        key, outcome = received
        if isinstance(outcome, Response | LightsailError):
            return key, outcome
        raise outcome


def _deliver(outcomes: _Outcomes[_K], key: _K, outcome: Response | BaseException) -> None:
    outcomes.put((key, outcome))
