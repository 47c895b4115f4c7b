"""The synchronous driver for the steps of an iterator: an engine in a thread of its own.

There, no interrupt can hit the steps. The reader requests results by their number, over two queues,
and may be interrupted anywhere: the next time, it requests the same number.
"""

from __future__ import annotations

import _thread
import math
import os
import weakref
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Steps
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending
from lightsail_ops._io.handover import Handover
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import (
    WAKE,
    Inbox,
    Workers,
    call_in_thread,
    do_job,
    receive,
    start_thread,
)

_K = TypeVar("_K")

_REST = object()
"""Has the engine send nothing more until the reader wants a result."""


class Reader(Handover[_K]):
    """Reads the results of the steps of many clients, which run in a thread of their own.

    The threads start when the first result is wanted. They end when the reader is closed or
    garbage-collected, or when all steps have ended.
    """

    def __init__(
        self,
        steps: Mapping[_K, Steps[None]],
        senders: Mapping[_K, Sender],
        max_in_flight: int,
    ) -> None:
        """Begin nothing yet; `max_in_flight` is the bound of the threads, too."""
        super().__init__(len(steps))
        # One call for all requests: they are abandoned together, also when this is collected.
        self._server = server = _Server(steps, senders, max_in_flight, Call(owner=self))
        # The callback is not written in Python: an interrupt would be lost there, and the call too.
        server.reader = weakref.ref(self, server.to_engine.put)

    def find(self, has_more: Callable[[], bool], timeout: float | None = None) -> bool:
        """Find something to take, which ends by assigning to `users`.

        Args:
            has_more: tells whether something is left of `result`.
            timeout: for how many seconds to wait. Defaults to no limit.

        Returns:
            False if nothing came in time, or if there is no more; then there is no user any more.

        Raises:
            RuntimeError: another thread iterates, no thread can be started, or the process was
                forked.
        """
        if not self._begin(_thread.get_ident(), "thread"):
            return False
        is_found = False
        try:
            deadline = math.inf if timeout is None else RUNTIME.get_time() + timeout
            is_late = False
            while not has_more():
                if is_late:  # handling errors has taken the time
                    return False
                result = self._get_result(self._drop(), deadline)
                if result is None:
                    return False
                self._keep(result)
                is_late = RUNTIME.get_time() > deadline
            is_found = True
        except Exception:
            raise
        except BaseException:  # an interrupt: a prompt keeps its traceback, and so this reader
            self._server.to_engine.put(_REST)
            raise
        finally:
            if not is_found:
                self.users.clear()
        return True

    def close(self) -> None:
        """Send nothing more, and have the threads end; does not wait for them."""
        self._is_closed = True
        self._server.call.abandon()
        self._server.to_engine.put(None)
        self._server.to_reader.put(None)  # wakes a thread that waits for a result

    def _get_result(self, number: int, deadline: float) -> Result[_K] | None:
        """Return a result, the same one for the same number; None if there is none in time."""
        server = self._server
        self._start()
        server.to_engine.put(number)
        has_reply = False  # wait for one even without time: the result may be there
        # The watch of a fleet without clients is over, but a timeout is a pause for its caller.
        while not (self._is_closed or (server.is_over and deadline == math.inf)):
            if server.failure is not None:
                raise server.failure
            if self.result.number >= number:  # a signal's handler has read on
                return self.result
            seconds = max(0.0, deadline - RUNTIME.get_time())
            try:
                is_ready = has_reply or server.is_over
                message = server.to_reader.receive(min(seconds, WAKE) if is_ready else WAKE)
            except Empty:
                if seconds <= WAKE:
                    return None
                continue
            # An interrupted reader may have wanted a result twice, or lost one.
            if isinstance(message, Result) and message.number == number:
                return message
            has_reply |= message == number
        return None

    def _start(self) -> None:
        """Start the engine's thread, unless that has been done. It sends in this context."""
        self._server.context = copy_context()
        if self._process_id is None or not self._server.not_started.empty():
            self._server.failure = None
            call_in_thread(self._server.start)
            self._process_id = os.getpid()


class _Server(Generic[_K]):
    """The engine's thread, which does not know the reader, so that the reader can be collected."""

    context: Context
    reader: weakref.ref[Reader[_K]]

    def __init__(
        self,
        steps: Mapping[_K, Steps[None]],
        senders: Mapping[_K, Sender],
        max_in_flight: int,
        call: Call,
    ) -> None:
        self.call = call
        self._attempts = Call(whole=call)  # those until the reader is interrupted
        self.to_engine: SimpleQueue[int | tuple[Sending[_K], Outcome] | object] = SimpleQueue()
        # A result, or its number if it is not there yet.
        self.to_reader: Inbox[Result[_K] | int | None] = Inbox()
        self.not_started: SimpleQueue[None] = SimpleQueue()
        """Holds one token, for an interrupted reader cannot know whether it has started this."""
        self.not_started.put(None)
        # An interrupted reader may lose what is in its queue. So these say how the thread has
        # ended, and the queue only wakes the reader.
        self.is_over = False
        self.failure: BaseException | None = None
        self._engine = Engine(steps, max_in_flight, RUNTIME)
        self._senders = senders
        self._workers = Workers(min(max_in_flight, len(steps)))

    def start(self) -> None:  # pragma: no cover - in a thread that coverage cannot see
        """Start the thread, unless that has been done."""
        try:
            self.not_started.get_nowait()
        except Empty:
            return
        self.failure = None
        try:
            start_thread(self._serve)
        except RuntimeError as error:
            self._end(error)
            self.not_started.put(None)

    def _serve(self) -> None:
        failure: BaseException | None = None
        try:
            self._run()
        except BaseException as error:  # a bug: the reader is to see it, now and every time
            failure = error
        finally:
            self.call.abandon()
            self._workers.close()
            self._end(failure)

    def _end(self, failure: BaseException | None) -> None:
        self.failure = failure
        self.is_over = failure is None
        self.to_reader.put(None)

    def _run(self) -> None:
        """Run the engine, and give the reader the result that it wants as soon as it is there."""
        engine = self._engine
        is_wanted = False
        new_number: int | None = None
        while not self.call.is_abandoned:
            for sending in engine.advance():
                self._submit(sending)
            if is_wanted:
                if engine.is_over:
                    return
                if (result := engine.get_result()) is not None:
                    self.to_reader.put(result)
                    is_wanted = False
                elif new_number is not None:
                    self.to_reader.put(new_number)
                del result  # it may hold a page
                new_number = None
            try:
                message = self._receive()
            except Empty:
                continue
            if isinstance(message, int):
                engine.want(message)
                is_wanted = True
                new_number = message
            elif isinstance(message, tuple):
                self._engine.deliver(*cast("tuple[Sending[_K], Outcome]", message))
            del message

    def _receive(self) -> object:
        """Return the next message; raises Empty if steps can go on by themselves before.

        After an interrupt, it waits until the reader wants a result, or is gone.
        """
        message = receive(self.to_engine, self._engine.get_pause())
        if message is _REST:
            self._attempts.abandon()
            self._attempts = Call(whole=self.call)
            while message is _REST or isinstance(message, tuple):
                if isinstance(message, tuple):
                    self._engine.deliver(*cast("tuple[Sending[_K], Outcome]", message))
                message = self.to_engine.get()
        return message

    def _submit(self, sending: Sending[_K]) -> None:
        send = partial(self._senders[sending.key].send, sending.request, self._attempts)
        job = partial(do_job, sending, send, self._attempts, self.to_engine.put)
        try:
            self._workers.submit(partial(self.context.copy().run, job))
        except RuntimeError as error:
            self._engine.deliver(sending, error)
