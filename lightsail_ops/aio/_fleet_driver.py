"""The driver for many sources, for asyncio: it sends in tasks, the rest is done by its caller."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError
from lightsail_ops._core.effects import Request, Response, Sleep
from lightsail_ops._core.scheduling import FleetEffect, FleetSteps, Outcome, Receive, Submit
from lightsail_ops._workers import Workers
from lightsail_ops.aio._sending import AsyncSender
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")
_T = TypeVar("_T")
_Task: TypeAlias = asyncio.Task[Response | Exception]
_Ended: TypeAlias = asyncio.Queue[tuple[_K, _Task] | None]


class AsyncFleetDriver(Generic[_K]):
    """Runs the steps of many sources: sends their requests in tasks, and waits for them."""

    def __init__(self, senders: Mapping[_K, AsyncSender], max_workers: int) -> None:
        """Take what sends the requests of each source, and the number of threads."""
        self._is_closed = False
        self._senders = senders
        self._max_workers = min(max_workers, len(senders))
        self._draw = random.SystemRandom().random
        self._begin()

    def _begin(self) -> None:
        self._tasks: set[_Task] = set()
        self._ended: _Ended[_K] = asyncio.Queue()
        self._workers = Workers(self._max_workers)

    async def run(self, steps: FleetSteps[_K, _T]) -> _T:
        """Run steps to their end and return their result.

        Raises:
            AbandonedCallError: this driver has been closed, perhaps by another task.
            Exception: what the steps raise, or a client that is not botocore's.
        """
        if self._is_closed:
            raise AbandonedCallError
        result: object = None
        while True:
            try:
                effect = steps.send(result)
            except StopIteration as stop:
                value: _T = stop.value
                return value
            result = await self._perform(effect)

    async def restart(self) -> None:
        """Cancel the requests in flight, and make ready for new steps."""
        tasks = self._abandon()
        self._begin()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """Send nothing more, and cancel the requests in flight."""
        self._is_closed = True
        await asyncio.gather(*self._abandon(), return_exceptions=True)

    def _abandon(self) -> set[_Task]:
        self._ended.put_nowait(None)  # wakes a task that waits for a request
        self._workers.end_when_idle()
        for task in self._tasks:
            task.cancel()
        return self._tasks

    async def _perform(self, effect: FleetEffect[_K]) -> object:
        match effect:
            case Submit(key, request):
                self._submit(key, request)
                return None
            case Receive(seconds):
                return await self._receive(seconds)
            case Sleep():
                return asyncio.get_running_loop().time()
            case _:
                return self._draw()

    def _submit(self, key: _K, request: Request) -> None:
        task = asyncio.create_task(_send(self._senders[key], request, self._workers))
        self._tasks.add(task)
        task.add_done_callback(partial(_put, self._ended, key))

    async def _receive(self, seconds: float | None) -> tuple[_K, Outcome] | None:
        try:
            async with asyncio.timeout(seconds):
                ended = await self._ended.get()
        except TimeoutError:
            return None
        if self._is_closed or ended is None:
            raise AbandonedCallError
        key, task = ended
        self._tasks.remove(task)
        outcome = task.result()
        if isinstance(outcome, Response | LightsailError):
            return key, outcome
        raise outcome


async def _send(sender: AsyncSender, request: Request, workers: Workers) -> Response | Exception:
    try:
        return await sender.send(request, workers)
    except Exception as error:  # a client can raise anything; it is raised where the reader is
        return error


def _put(ended: _Ended[_K], key: _K, task: _Task) -> None:
    ended.put_nowait((key, task))
