"""The threads and the routes of the server."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from moto.moto_server import werkzeug_app
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from lightsail_ops.testing.responses import is_lightsail

# moto before 5.2 has no handler of its own.
if TYPE_CHECKING:
    Handler = WSGIRequestHandler
else:
    Handler = getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach who listens on all


class Listener(ThreadedWSGIServer):
    """A server on a socket that listens already, with a thread for each connection."""

    def __init__(self, listening: socket.socket) -> None:
        host, port = cast("tuple[str, int]", listening.getsockname()[:2])
        app: Any = _Application(werkzeug_app.create_backend_app)
        super().__init__(host, port, app, _QuietHandler, fd=listening.fileno())
        self._connections: set[Any] = set()

    @property
    def url(self) -> str:
        """The address at which a client of this machine reaches the server."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def stop(self) -> None:
        """Let `serve_forever` return, and close all connections."""
        self.shutdown()
        for connection in list(self._connections):
            with suppress(OSError):  # it has just ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)


class _QuietHandler(Handler):
    """A handler that prints no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class _Application(werkzeug_app.DomainDispatcherApplication):
    """moto's choice of a service, which for Lightsail does not depend on the signature."""

    def infer_service_region_host(self, environ: dict[str, Any], path: str) -> str | None:
        if is_lightsail(environ.get("HTTP_X_AMZ_TARGET", ""), path):
            # `curl -d` calls what it sends a form, and as a form it would be lost.
            environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
            return "lightsail.us-east-1.amazonaws.com"  # the request itself says which region
        return super().infer_service_region_host(environ, path)
