"""Worker threads: daemons that never keep a program alive, and that an interrupt cannot harm.

A KeyboardInterrupt can be raised between any two instructions of the main thread. There,
`Thread.start`, `Event` and `Condition` lose it or leave a lock held for ever. The methods of a
`SimpleQueue` are atomic, so they are all that the threads and their user share. The threads of
`concurrent.futures` are joined at the end of the program, however long their requests hang.
"""

from __future__ import annotations

import _thread
import os
import time
import weakref
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Request, Response
from lightsail_ops.errors import LightsailError

Job: TypeAlias = Callable[[], object]
_Jobs: TypeAlias = SimpleQueue[Job | None]
_Tokens: TypeAlias = SimpleQueue[None]

# Seconds after which an idle worker ends, and for which `close` waits for workers at most.
_IDLE = 10.0
_CLOSE = 0.2


class Workers:
    """A bounded number of worker threads, started when they are needed and then reused.

    They end when they have been idle for some seconds, by `close` or `end_when_idle`, or when this
    object is garbage-collected.
    """

    def __init__(self, max_workers: int) -> None:
        """Start nothing yet.

        Args:
            max_workers: how many threads there are at most.
        """
        self._max_workers = max_workers
        self._reset()

    def _reset(self) -> None:
        self._jobs: _Jobs = SimpleQueue()
        self._process_id = os.getpid()
        # One token for each worker that waits for a job, less one for each job on its way to it.
        self._idle: _Tokens = SimpleQueue()
        self._ended: _Tokens = SimpleQueue()  # one token for each worker that has ended
        self._started = 0

    def submit(self, job: Job) -> None:
        """Have a job done by a worker.

        Args:
            job: a function that raises nothing.

        Raises:
            LightsailError: no thread can be started.
        """
        if self._process_id != os.getpid():
            self._reset()  # a forked process does not have its parent's threads
        self._jobs.put(job)
        if _take(self._idle):
            return
        while _take(self._ended):
            self._started -= 1
        if self._started < self._max_workers:
            self._start_worker()

    def end_when_idle(self) -> None:
        """Have each worker end when it has done the jobs that were submitted; does not wait."""
        self._jobs.put(None)

    def close(self) -> None:
        """Do as `end_when_idle`, and wait for it, but for no longer than a fifth of a second."""
        self.end_when_idle()
        if self._process_id != os.getpid():
            return
        deadline = time.monotonic() + _CLOSE
        try:
            for _ in range(self._started):
                self._ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            pass  # a request hangs: its thread ends with it

    def _start_worker(self) -> None:
        self._started += 1
        try:
            # Garbage collection puts the dead reference among the jobs. A `__del__` could put a
            # None there, but an interrupt in it would be lost; the queue's method is atomic.
            owner = weakref.ref(self, self._jobs.put)
            _start_thread(partial(_work, owner, self._jobs, self._idle, self._ended))
        except RuntimeError as error:
            self._started -= 1
            if not self._started:
                raise LightsailError(f"no thread can be started: {error}") from error


def send_and_deliver(
    sender: Sender,
    request: Request,
    call: Call,
    deliver: Callable[[Response | BaseException], None],
) -> None:
    """Do a job: send a request, unless its call is abandoned, and deliver how it ended."""
    if call.is_abandoned:
        return
    outcome: Response | BaseException
    try:
        outcome = sender.send(request, call)
    except BaseException as error:  # raised again where the response is awaited
        outcome = error
    deliver(outcome)


def _take(tokens: _Tokens) -> bool:
    try:
        tokens.get_nowait()
    except Empty:
        return False
    return True


def _work(_owner: object, jobs: _Jobs, idle: _Tokens, ended: _Tokens) -> None:
    """Do jobs until there is a None or a dead reference among them, or none for a while.

    The thread keeps `_owner` alive, a reference that would not come otherwise.
    """
    try:
        while True:
            try:
                job = jobs.get(timeout=_IDLE)
            except Empty:
                if _take(idle):
                    return
                continue  # a job is on its way
            if job is None or isinstance(job, weakref.ref):
                jobs.put(None)  # for the other workers
                return
            job()
            del job  # it may hold a page
            idle.put(None)
    finally:
        ended.put(None)


def _start_thread(target: Callable[[], None]) -> None:
    """Start a daemon thread.

    Raises:
        RuntimeError: the system has no thread left.
    """
    thread = Thread(target=target, name="lightsail_ops-worker", daemon=True)
    outcome: SimpleQueue[RuntimeError | None] = SimpleQueue()
    _thread.start_new_thread(_call_start, (thread, outcome))
    error = outcome.get()
    if error is not None:
        raise error


def _call_start(
    thread: Thread, outcome: SimpleQueue[RuntimeError | None]
) -> None:  # pragma: no cover - in a thread that coverage cannot see
    """Call `Thread.start`, which an interrupt would break, where no interrupt comes."""
    try:
        thread.start()
    except RuntimeError as error:
        outcome.put(error)
    else:
        outcome.put(None)
