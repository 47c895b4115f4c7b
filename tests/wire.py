"""A Lightsail of ours on a loopback socket: it answers what a test tells it to, byte for byte."""

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
ASK_ONCE = Config(
    retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=10
)


@dataclass(frozen=True)
class Asked:
    """What came over the wire."""

    action: str
    arguments: dict[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What goes back: by default all of it, and at once."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    send: int | None = None  # so many bytes of the body, though its length promises all of them
    says_length: bool = True  # if not, the end of the connection is the end of the body
    reset: bool = False


def page(operations: object = (), token: object = None, **answer: Any) -> Answer:
    """Answer with a page of operations."""
    content = {"operations": operations}
    if token is not None:
        content["nextPageToken"] = token
    return Answer(json.dumps(content).encode(), **answer)


def one(operation: object) -> Answer:
    """Answer as GetOperation does."""
    return Answer(json.dumps({"operation": operation}).encode())


def failure(code: object, status: int = 400, /, **fields: object) -> Answer:
    """Answer with an error of AWS."""
    headers = {"x-amzn-RequestId": "request-of-failure"}
    return Answer(json.dumps({"__type": code, **fields}).encode(), status, headers)


def half(answer: Answer, *, says_length: bool = True) -> Answer:
    """Cut an answer's body in the middle."""
    return Answer(answer.body, send=len(answer.body) // 2, says_length=says_length)


def zipped(answer: Answer) -> Answer:
    """Compress an answer's body, and say so."""
    return Answer(gzip.compress(answer.body), headers={"Content-Encoding": "gzip"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together; else the client's delayed ACK costs 40 ms
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        arguments = json.loads(self.rfile.read(length) or b"{}")
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        with self.server.wire._answer(Asked(action, arguments, dict(self.headers))) as answer:
            time.sleep(answer.delay)
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.reset:
            at_once = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.close_connection = True
            return
        self.send_response(answer.status)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-RequestId": f"request-{len(self.server.wire.asked)}",
            **answer.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.says_length:
            self.send_header("Content-Length", str(len(answer.body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body[: answer.send])
        self.close_connection = answer.send is not None or not answer.says_length

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    wire: Wire

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that goes away is what some tests are about."""


class Wire:
    """The server: `play` what it shall answer, and see in `asked` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.play([])
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.wire = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def endpoint_url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host}:{port}"

    def play(self, script: Iterable[Answer] | Callable[[Asked], Answer]) -> None:
        """Answer from a list, one after the other, or as a function says."""
        self.asked.clear()
        if callable(script):
            self._script = script
        else:
            answers = iter(list(script))
            at_the_end = failure("TheScriptIsOver", 418)
            self._script = lambda _: next(answers, at_the_end)

    @property
    def tokens(self) -> list[str | None]:
        """The page tokens that were asked for."""
        return [asked.arguments.get("pageToken") for asked in self.asked]

    @contextmanager
    def _answer(self, asked: Asked) -> Iterator[Answer]:
        with self._lock:
            self.asked.append(asked)
            answer = self._script(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield answer
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
