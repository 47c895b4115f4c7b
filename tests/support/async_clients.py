"""Clients for asyncio that tests share, and a way to run a coroutine as a program would."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from lightsail_ops import Operation

T = TypeVar("T")


class Awaited:
    """A client like aiobotocore's, around a hand-written one."""

    def __init__(self, client: Any, seconds: float = 0.0) -> None:
        self._client = client
        self._seconds = seconds
        self.in_flight = self.most_in_flight = self.cancelled = 0

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, name)

        async def call(**arguments: Any) -> Any:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                await asyncio.sleep(self._seconds)
                return method(**arguments)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            finally:
                self.in_flight -= 1

        return call

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Hanging:
    """A client that is awaited and never responds."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.cancelled = 0

    async def get_operations(self, **_: Any) -> Any:
        self.has_begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    get_operation = get_operations


def in_threads(client: Any) -> Any:
    return client


Kind = Callable[[Any], Any]
kinds = pytest.mark.parametrize("kind", [in_threads, Awaited], ids=["threads", "awaited"])


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it as a program would, and check that it leaves no task behind."""

    async def main() -> T:
        result = await asyncio.wait_for(coroutine, 20)
        gc.collect()
        for _ in range(5):  # asyncio closes generators that were dropped
            await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, others
        return result

    return asyncio.run(main(), debug=True)


async def ids_of(operations: AsyncIterator[Operation]) -> list[str]:
    return [operation.id async for operation in operations]


def make_ids(first: int, last: int) -> list[str]:
    return [f"id-{number}" for number in range(first, last + 1)]
