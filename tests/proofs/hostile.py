"""Send the library wrong HTTP responses: `python tests/proofs/hostile.py --responses 5000`.

A server on loopback writes bytes to the socket and closes it. The result of each must be a page
with all its operations, or a LightsailError, within the read timeout: never another exception, a
hang or a shorter list.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.fakes import raw_operations

from lightsail_ops import LightsailError, OperationsClient

READ_TIMEOUT = 0.5  # seconds
LONGEST = 3 * READ_TIMEOUT + 20.0  # a malformed body is fetched three times, and machines are busy
COUNT = 3
BODY = json.dumps({"operations": raw_operations(1, COUNT)}).encode()


def _respond(body: bytes, *headers: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    lines = [f"HTTP/{version} {status}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _chunk(body: bytes, size: int, end: bytes = b"0\r\n\r\n") -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + end


def list_crafted() -> list[bytes]:
    """Return responses that are wrong in one way each, and some that are odd but right."""
    length, chunked = f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"
    lengths = ["0", "-1", "x", "", "1e3", "0x10", str(len(BODY) - 1), str(len(BODY) + 1), "9" * 40]
    statuses = [
        "200", "200 ", "201 Created", "204 No Content", "206 Partial Content", "301 Moved",
        "302 Found", "304 Not Modified", "400 Bad Request", "401 No", "403 No", "404 No", "407 No",
        "408 Late", "413 Large", "429 Many", "500 No", "502 No", "503 No", "504 No", "599 No",
        "600 No", "099 No", "999 No", "20 OK", "2000 OK", "abc OK", "",
    ]  # fmt: skip
    bodies = [
        b"", b"{}", b"null", b"[]", b"1", b'"a"', b"{", b'{"operations":', b'{"operations":null}',
        b'{"operations":{}}', b'{"operations":[]', b"<html></html>", b"\xff\xfe", b"\x1f\x8b\x08",
        b"\xef\xbb\xbf" + BODY, BODY + b"x", BODY + BODY, BODY.replace(b"id-1", b"id-\x00"),
        b"[" * 5000, b'{"a":' * 5000, b'{"operations":[' + b"9" * 5000 + b"]}",
    ]  # fmt: skip
    errors = [
        b'{"__type":"ThrottlingException"}', b'{"__type":5}', b'{"code":null}', b"{", b"null", b"[]"
    ]  # fmt: skip
    ways = [
        b"", b"\r\n", b"HTTP", b"HTTP/1.1 200 OK", b"\x16\x03\x01", b"SSH-2.0-x\r\n", b"\x00" * 100,
        _respond(BODY), _respond(BODY, length), _respond(BODY, length, length),
        _respond(BODY, length, "Content-Length: 1"), _respond(BODY, chunked),
        _respond(_chunk(BODY, 7), chunked), _respond(_chunk(BODY, 7, b""), chunked),
        _respond(_chunk(BODY, 7, b"0\r\n"), chunked), _respond(_chunk(BODY, 7, b"z\r\n"), chunked),
        _respond(_chunk(BODY, 10**6), chunked, length), _respond(b"-1\r\n", chunked),
        _respond(b"f" * 30 + b"\r\n", chunked), _respond(_chunk(b"", 1), chunked),
        _respond(BODY, length, version="1.0"), _respond(BODY, length, version="0.9"),
        _respond(BODY, length, version="2.0"), _respond(BODY, length, version="9" * 50),
        _respond(BODY, length, "Content-Encoding: gzip"),
        _respond(BODY, length, "Content-Encoding: br"),
        _respond(BODY, length, "Content-Encoding: x, gzip"),
        _respond(BODY, length, "X: " + "y" * 70_000), _respond(BODY, length, *["X: y"] * 200),
        _respond(BODY, length, "no colon"), _respond(BODY, length, ": empty"),
        _respond(BODY, length, " folded"), _respond(BODY, length, "X: \xe9\x00"),
        _respond(BODY, length, "x-amzn-requestid: " + "z" * 9000),
        _respond(BODY, length, "x-amz-crc32: 1"), _respond(BODY, length, "Connection: upgrade"),
        _respond(BODY, length, "Location: http://127.0.0.1:1/", status="307 Go"),
        _respond(BODY, length, "Retry-After: x", status="503 No"),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _respond(BODY, length),
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + _respond(BODY, length),
        b"\n" + _respond(BODY, length), _respond(BODY, length).replace(b"\r\n", b"\n"),
    ]  # fmt: skip
    return [
        *ways,
        *(_respond(BODY, f"Content-Length: {each}") for each in lengths),
        *(_respond(BODY, length, status=each) for each in statuses),
        *(_respond(each, f"Content-Length: {len(each)}") for each in bodies),
        *(_respond(each, f"Content-Length: {len(each)}", status="400 No") for each in errors),
    ]


def mutate(dice: random.Random) -> bytes:
    """Return a crafted response with some bytes changed, left out or doubled."""
    raw = bytearray(dice.choice(list_crafted()))
    for _ in range(dice.randrange(1, 4)):
        if raw:
            at = dice.randrange(min(len(raw), dice.choice([80, len(raw)])))
            edit: Callable[[], object] = dice.choice(
                [
                    lambda at=at: raw.__setitem__(at, dice.randrange(256)),
                    lambda at=at: raw.__delitem__(slice(at, at + dice.randrange(1, 9))),
                    lambda at=at: raw.__setitem__(slice(at, at), raw[at : at + 9]),
                ]
            )
            edit()
    return bytes(raw)


class Server:
    """Writes the same bytes to every connection, and closes it; or leaves it open."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.raw, self.stays_open = b"", False

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        kept: list[socket.socket] = []
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            try:
                connection.recv(65536)
                connection.sendall(self.raw)
            except OSError:
                pass
            kept = [*kept[-9:], connection] if self.stays_open else []
            if not self.stays_open:
                connection.close()


def make_client(url: str) -> Any:
    return boto3.client(
        "lightsail", "us-west-2", endpoint_url=url, aws_access_key_id="hostile",
        aws_secret_access_key="hostile",
        config=Config(read_timeout=READ_TIMEOUT, retries={"total_max_attempts": 1}),
    )  # fmt: skip


def read(server: Server, client: OperationsClient, raw: bytes, *, stays_open: bool) -> str:
    """Read a response, and return what came of it; raise if that breaks a promise."""
    server.raw, server.stays_open = raw, stays_open
    started = time.monotonic()
    try:
        count = len(client.get_operations())
    except LightsailError as error:
        outcome = type(error).__name__
    else:
        assert count == COUNT or b"operations" not in raw or raw.count(b'"id"') != COUNT, raw
        outcome = "a page"
    assert time.monotonic() - started < LONGEST, raw
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("lightsail_ops").setLevel(logging.ERROR)
    dice, outcomes = random.Random(options.seed), Counter[str]()
    crafted = list_crafted()
    with Server() as server:
        client = OperationsClient(make_client(server.url))
        for number in range(options.responses):
            raw = crafted[number] if number < len(crafted) else mutate(dice)
            outcomes[read(server, client, raw, stays_open=dice.random() < 0.02)] += 1
    print(f"{outcomes.total():,} responses, {len(crafted)} of them crafted: {dict(outcomes)}")


if __name__ == "__main__":
    main()
