"""The synchronous driver for the steps of an iterator: an engine in a thread of its own.

There, no interrupt can hit the steps. The reader requests results by their number, over two queues,
and may be interrupted anywhere: the next time, it requests the same number.
"""

from __future__ import annotations

import _thread
import os
import weakref
from collections.abc import Mapping
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeAlias, TypeVar, cast

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Steps
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import (
    WAKE,
    Workers,
    call_in_thread,
    check_process,
    do_job,
    receive,
    start_thread,
)

_K = TypeVar("_K")

_ToEngine: TypeAlias = SimpleQueue[int | tuple[Sending[_K], Outcome] | object]
_ToReader: TypeAlias = SimpleQueue[Result[_K] | None]


class Reader(Generic[_K]):
    """Reads the results of the steps of many clients, which run in a thread of their own.

    The threads start when the first result is wanted. They end when the reader is closed or
    garbage-collected, or when all steps have ended.
    """

    def __init__(
        self,
        steps: Mapping[_K, Steps[None]],
        senders: Mapping[_K, Sender],
        max_in_flight: int,
        max_workers: int,
    ) -> None:
        """Begin nothing yet.

        Args:
            steps: each client's steps.
            senders: what sends each client's requests.
            max_in_flight: how many requests may be in flight at once.
            max_workers: how many threads may send them.
        """
        self._is_closed = False
        self.users: dict[None, int] = {}
        """The thread that takes an item. To let another one do so, assign an empty dict, since no
        interrupt can come between that and the statement before."""
        self._process_id: int | None = None  # set when the threads are started
        # One for all requests: they are abandoned together, also when this object is collected.
        self._call = Call(owner=self)
        self._to_engine: _ToEngine[_K] = SimpleQueue()
        self._to_reader: _ToReader[_K] = SimpleQueue()
        engine = Engine(steps, max_in_flight, RUNTIME)
        self._server = _Server(
            engine, senders, max_workers, self._call, self._to_engine, self._to_reader
        )
        # The callback is not written in Python: an interrupt would be lost there, and the call too.
        self._server.reader = weakref.ref(self, self._to_engine.put)

    def begin(self) -> bool:
        """Begin to take an item, which ends by assigning to `users`.

        Returns:
            False if the reader has been closed. Then nothing has begun.

        Raises:
            RuntimeError: another thread is taking an item, or the process was forked, and the
                threads are in the parent process.
        """
        check_process(self._process_id)
        if self._is_closed:
            return False
        user = _thread.get_ident()
        if self.users.setdefault(None, user) != user:  # one step, whatever other threads do
            raise RuntimeError("this iterator is already being iterated by another thread")
        return True

    def get_deadline(self, timeout: float | None) -> float | None:
        """Return the time in some seconds, for `get_result`; None: there is no limit."""
        return None if timeout is None else RUNTIME.get_time() + timeout

    def get_result(self, number: int, deadline: float | None = None) -> Result[_K] | None:
        """Return a result; the reader is done with those before it.

        Args:
            number: 1 for the first one. The same number gives the same result again.
            deadline: how long to wait for it.

        Returns:
            The result; None if it has not come in time, or if there are no more.

        Raises:
            RuntimeError: no thread can be started.
        """
        self._start()
        self._to_engine.put(number)
        return self._receive(number, deadline)

    def close(self) -> None:
        """Send nothing more, and have the threads end; does not wait for them."""
        self._is_closed = True
        self._call.abandon()
        self._to_engine.put(None)
        self._to_reader.put(None)  # wakes a thread that waits for a result

    def _receive(self, number: int, deadline: float | None) -> Result[_K] | None:
        while not (self._is_closed or self._server.is_over):
            if self._server.failure is not None:
                raise self._server.failure
            seconds = WAKE if deadline is None else max(0.0, deadline - RUNTIME.get_time())
            try:
                message = receive(self._to_reader, min(seconds, WAKE))
            except Empty:
                if seconds <= WAKE and deadline is not None:
                    return None
                continue
            # An interrupted reader may have wanted a result twice, or lost one.
            if message is not None and message.number == number:
                return message
        return None

    def _start(self) -> None:
        """Start the engine's thread, once.

        In the main thread, an interrupt would break `Thread.start`, so another thread calls it.
        """
        if self._process_id is None or self._server.has_not_started():
            self._server.failure = None
            self._server.context = copy_context()
            call_in_thread(self._server.start)
            self._process_id = os.getpid()


class _Server(Generic[_K]):
    """The engine's thread, which does not know the reader, so that the reader can be collected."""

    def __init__(
        self,
        engine: Engine[_K],
        senders: Mapping[_K, Sender],
        max_workers: int,
        call: Call,
        to_engine: _ToEngine[_K],
        to_reader: _ToReader[_K],
    ) -> None:
        self.context: Context
        self.reader: weakref.ref[Reader[_K]]
        # An interrupted reader may lose what is in its queue. So these say how the thread has
        # ended, and the queue only wakes the reader.
        self.is_over = False
        self.failure: BaseException | None = None
        self._engine = engine
        self._senders = senders
        self._workers = Workers(max_workers)
        self._call = call
        self._to_engine = to_engine
        self._to_reader = to_reader
        self._not_started: SimpleQueue[None] = SimpleQueue()
        self._not_started.put(None)

    def has_not_started(self) -> bool:
        """True if the thread has not been started."""
        return not self._not_started.empty()

    def start(self) -> None:  # pragma: no cover - in a thread that coverage cannot see
        """Start the thread, unless that has been done; an interrupted reader cannot know."""
        try:
            self._not_started.get_nowait()
        except Empty:
            return
        self.failure = None
        try:
            start_thread(self._serve)
        except RuntimeError as error:
            self._end(error)
            self._not_started.put(None)

    def _serve(self) -> None:
        failure: BaseException | None = None
        try:
            self._run()
        except BaseException as error:  # a bug: the reader is to see it, now and every time
            failure = error
        finally:
            self._call.abandon()
            self._workers.close()
            self._end(failure)

    def _end(self, failure: BaseException | None) -> None:
        self.failure = failure
        self.is_over = failure is None
        self._to_reader.put(None)

    def _run(self) -> None:
        """Run the engine, and give the reader the result that it wants as soon as it is there."""
        is_wanted = False
        while not self._call.is_abandoned:
            for sending in self._engine.advance():
                self._submit(sending)
            if is_wanted:
                if self._engine.is_over:
                    return
                is_wanted = not self._hand_over()
            try:
                message = receive(self._to_engine, self._engine.get_pause())
            except Empty:
                continue
            if isinstance(message, int):
                self._engine.want(message)
                is_wanted = True
            elif isinstance(message, tuple):
                self._engine.deliver(*cast("tuple[Sending[_K], Outcome]", message))
            del message  # it may hold a page

    def _hand_over(self) -> bool:
        """Put the result that the reader wants into its queue, if it is there."""
        result = self._engine.get_result()
        if result is not None:
            self._to_reader.put(result)
        return result is not None

    def _submit(self, sending: Sending[_K]) -> None:
        to_engine = self._to_engine

        def deliver(outcome: Outcome) -> None:
            to_engine.put((sending, outcome))

        send = partial(self._senders[sending.key].send, sending.request, self._call)
        job = partial(do_job, send, self._call, deliver)
        try:
            self._workers.submit(partial(self.context.copy().run, job))
        except RuntimeError as error:
            self._engine.deliver(sending, error)
