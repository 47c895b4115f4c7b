"""Sends requests by a wrapped client: boto3's, aiobotocore's or a hand-written one.

A fork copies the sockets of a client's connections. Where parent and child both use one, either may
read the response that the other waits for. So a process closes those that it has inherited.
"""

from __future__ import annotations

import inspect
import os
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from lightsail_ops._botocore.calls import METHODS, Call, attach_handlers, current_call
from lightsail_ops._botocore.redaction import BotocoreClient, mask_url
from lightsail_ops._botocore.response import read_response
from lightsail_ops._botocore.translation import is_botocore, translate_own_error
from lightsail_ops._core.effects import Request, Response

_T = TypeVar("_T")

_MOST_CONNECTIONS = 1000  # botocore takes any number, and each may have a thread

# The process that used each botocore client last. Several senders may share a client, and closing
# connections a second time would break those of another thread.
_process_ids: WeakKeyDictionary[BotocoreClient, int] = WeakKeyDictionary()
# One for each process: a fork copies a lock that another thread holds, and nobody releases it.
_locks: dict[int, Lock] = {}


def _close_inherited(client: object) -> int:
    """Close the connections that another process made for a client; return this process's id."""
    process_id = os.getpid()
    if is_botocore(client):
        with _locks.setdefault(process_id, Lock()):
            if _process_ids.setdefault(client, process_id) != process_id:
                client.close()
                _process_ids[client] = process_id
    return process_id


class Sender:
    """Sends requests by one client, from many threads.

    Errors of AWS and of the network leave as `LightsailError`s. All other exceptions pass.

    Raises:
        TypeError: the client has no method `get_operations`.
    """

    def __init__(self, client: object) -> None:
        method = getattr(client, "get_operations", None)
        if not callable(method):
            raise TypeError(
                f"{type(client).__name__} has no method get_operations: "
                'pass a Lightsail client, such as boto3.client("lightsail")'
            )
        self._client: Any = client
        self._emitter = attach_handlers(client)
        # An aiobotocore client is an async context manager; its methods are plain functions that
        # return awaitables.
        self.is_async: bool = hasattr(client, "__aenter__") or any(
            _is_coroutine_function(getattr(client, name, None)) for name in METHODS
        )
        self._process_id = None if self.is_async else _close_inherited(client)
        self._meta = getattr(client, "meta", None)
        region = _read(self._meta, "region_name", str)
        self._region = None if region is None else str(region)  # it may be a member of RegionName
        self.name: str = self._region or type(client).__name__
        """The client's region or, for a fake without one, its class."""
        config = getattr(self._meta, "config", None)
        connections = _read(config, "max_pool_connections", int) or 10  # botocore's default
        self.max_connections: int = min(max(connections, 1), _MOST_CONNECTIONS)
        """The number of connections that the client keeps, and so of threads that can use it."""

    def send(self, request: Request, call: Call | None = None) -> Response:
        """Send a request and return its response. Another thread may abandon the call.

        Raises:
            LightsailError: the request failed.
            TypeError: the client lacks the method, or returns no mapping.
        """
        if self._process_id != os.getpid():
            self._process_id = _close_inherited(self._client)
        token = current_call.set((self._emitter, call))
        try:
            raw = getattr(self._client, request.method)(**request.arguments)
        except Exception as error:
            failure = self._translate(error, request.method)
            if failure is None:
                raise
        else:
            return read_response(request, raw)
        finally:
            current_call.reset(token)
        raise failure  # out here, so that the original is not its context

    async def send_async(self, request: Request) -> Response:
        """Send a request by a client whose methods are awaited; raises as `send` does."""
        token = current_call.set((self._emitter, None))
        try:
            raw = getattr(self._client, request.method)(**request.arguments)
            if inspect.isawaitable(raw):
                raw = await raw
        except Exception as error:
            failure = self._translate(error, request.method)
            if failure is None:
                raise
        else:
            return read_response(request, raw)
        finally:
            with suppress(ValueError):  # closed by the garbage collector, in another context
                current_call.reset(token)
        raise failure

    def _translate(self, error: Exception, method: str) -> Exception | None:
        """Return the exception to raise for one of a call; None lets it pass."""
        if not callable(getattr(self._client, method, None)):
            return TypeError(f"{type(self._client).__name__} has no method {method}")
        return translate_own_error(error)

    def close(self) -> None:
        """Close the connections of a botocore client."""
        self._client.close()

    def __str__(self) -> str:
        """Describe the client for a repr, without a credential."""
        url = _read(self._meta, "endpoint_url", str)
        if url is None:
            return f"client={type(self._client).__name__}"
        return f"region={self._region!r} endpoint={mask_url(url)!r}"


def _is_coroutine_function(method: Any) -> bool:
    """Return whether calling a method gives a coroutine; it may be decorated, or an object."""
    function = inspect.unwrap(method)
    return any(map(inspect.iscoroutinefunction, (function, type(function).__call__)))


def _read(owner: object, name: str, cls: type[_T]) -> _T | None:
    """Return an attribute of that class; None if there is none."""
    value: Any = getattr(owner, name, None)
    # Not isinstance: a mock with a spec pretends to be what it stands for.
    return value if issubclass(type(value), cls) else None
