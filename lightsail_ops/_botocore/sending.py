"""Sends requests by a wrapped client: boto3's, aiobotocore's or a hand-written one."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from lightsail_ops._botocore.calls import Call, attach_handlers, mark_call
from lightsail_ops._botocore.connections import close_inherited, note_process
from lightsail_ops._botocore.redaction import mask_url
from lightsail_ops._botocore.response import read_response
from lightsail_ops._botocore.translation import typed_errors
from lightsail_ops._core.effects import Request, Response


class Sender:
    """Sends requests by one client, from many threads.

    Errors of AWS and of the network leave as `LightsailError`s. All other exceptions pass.
    """

    def __init__(self, client: object) -> None:
        """Take the client.

        Raises:
            TypeError: it has no method `get_operations`.
        """
        method = getattr(client, "get_operations", None)
        if not callable(method):
            raise TypeError(
                f"{type(client).__name__} has no method get_operations: "
                'pass a Lightsail client, such as boto3.client("lightsail")'
            )
        self._client = client
        self._emitter = attach_handlers(client)
        # An aiobotocore client is an async context manager; its methods are plain functions that
        # return awaitables.
        self.is_async = hasattr(client, "__aenter__") or inspect.iscoroutinefunction(method)
        note_process(client)

    def send(self, request: Request, call: Call | None = None) -> Response:
        """Send a request and return its response.

        Args:
            request: the request.
            call: lets another thread abandon the call.

        Raises:
            LightsailError: the request failed.
            TypeError: the client lacks the method, or returns no mapping.
        """
        method = self._find_method(request.method)
        close_inherited(self._client)
        try:
            with typed_errors(), mark_call(self._emitter, call or Call()):
                raw = method(**request.arguments)
        except StopIteration as error:  # of an exhausted mock; it would end the caller's loop
            raise RuntimeError("the client raised StopIteration") from error
        return read_response(request.method, raw)

    async def send_async(self, request: Request) -> Response:
        """Send a request by a client whose methods are awaited; raises as `send` does."""
        method = self._find_method(request.method)
        with typed_errors(), mark_call(self._emitter, Call()):
            raw = method(**request.arguments)
            if inspect.isawaitable(raw):
                raw = await raw
        return read_response(request.method, raw)

    @property
    def max_connections(self) -> int:
        """How many connections the client keeps, which is how many threads can use it at once."""
        config = getattr(getattr(self._client, "meta", None), "config", None)
        connections = getattr(config, "max_pool_connections", None)
        return connections if isinstance(connections, int) else 10  # botocore's default

    def __str__(self) -> str:
        """Describe the client for a repr, without a credential."""
        meta = getattr(self._client, "meta", None)
        url = getattr(meta, "endpoint_url", None)
        if not isinstance(url, str):
            return f"client={type(self._client).__name__}"
        return f"region={getattr(meta, 'region_name', None)!r} endpoint={mask_url(url)!r}"

    def _find_method(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] | None = getattr(self._client, name, None)
        if not callable(method):
            raise TypeError(f"{type(self._client).__name__} has no method {name}")
        return method
