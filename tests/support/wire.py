"""A server on a loopback socket that responds as a test tells it to, byte for byte."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from botocore.config import Config

# A configuration of boto3 with which a test sees every request that this library makes.
SEND_ONCE = Config(
    retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=10
)


@dataclass(frozen=True)
class ReceivedRequest:
    """What came over the wire."""

    action: str
    arguments: dict[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class CannedResponse:
    """What goes back. Defaults to all of it, at once."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    send: int | None = None  # so many bytes of the body, though its length promises all of them
    has_length: bool = True  # if not, the end of the connection is the end of the body
    reset: bool = False


def page(operations: object = (), token: object = None, **response: Any) -> CannedResponse:
    """Make a page of operations."""
    content = {"operations": operations}
    if token is not None:
        content["nextPageToken"] = token
    return CannedResponse(json.dumps(content).encode(), **response)


def one(operation: object) -> CannedResponse:
    """Make a response of GetOperation."""
    return CannedResponse(json.dumps({"operation": operation}).encode())


def error_response(code: object, status: int = 400, /, **fields: object) -> CannedResponse:
    """Make an error response of AWS."""
    headers = {"x-amzn-RequestId": "request-of-failure"}
    return CannedResponse(json.dumps({"__type": code, **fields}).encode(), status, headers)


def truncate(response: CannedResponse, *, has_length: bool = True) -> CannedResponse:
    """Truncate a response's body in the middle."""
    return CannedResponse(response.body, send=len(response.body) // 2, has_length=has_length)


def compress(response: CannedResponse) -> CannedResponse:
    """Compress a response's body, with the header that says so."""
    return CannedResponse(gzip.compress(response.body), headers={"Content-Encoding": "gzip"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together; else the client's delayed ACK costs 40 ms
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        arguments = json.loads(self.rfile.read(length) or b"{}")
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        with self.server.wire._respond(
            ReceivedRequest(action, arguments, dict(self.headers))
        ) as response:
            time.sleep(response.delay)
            self._send(response)

    def _send(self, response: CannedResponse) -> None:
        if response.reset:
            at_once = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.close_connection = True
            return
        self.send_response(response.status)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-RequestId": f"request-{len(self.server.wire.received)}",
            **response.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        if response.has_length:
            self.send_header("Content-Length", str(len(response.body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body[: response.send])
        self.close_connection = response.send is not None or not response.has_length

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    wire: Wire

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that goes away is what some tests are about."""


class Wire:
    """The server. `play` sets its responses, and `received` holds the requests."""

    def __init__(self) -> None:
        self.received: list[ReceivedRequest] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.play([])
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.wire = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def play(
        self, script: Iterable[CannedResponse] | Callable[[ReceivedRequest], CannedResponse]
    ) -> None:
        """Send the responses of a list, one after the other, or those that a function returns."""
        self.received.clear()
        if callable(script):
            self._script = script
        else:
            responses = iter(list(script))
            at_the_end = error_response("TheScriptIsOver", 418)
            self._script = lambda _: next(responses, at_the_end)

    @property
    def tokens(self) -> list[str | None]:
        """The page tokens of the requests."""
        return [received.arguments.get("pageToken") for received in self.received]

    @contextmanager
    def _respond(self, received: ReceivedRequest) -> Iterator[CannedResponse]:
        with self._lock:
            self.received.append(received)
            response = self._script(received)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield response
        finally:
            with self._lock:
                self._at_once -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
