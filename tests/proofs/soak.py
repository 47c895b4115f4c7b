"""Read a million operations from a faulty server, and check that each is read exactly once.

    python tests/proofs/soak.py --mode sync         (or threads, or asyncio)
    python tests/proofs/soak.py --pages 10000 --faults malformed --every 20

The server runs in a process of its own, and spoils one response in twenty. After each error, the
listing is resumed from the error's page token. In the end each operation must have been read
exactly once, in order.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from resource import getpagesize
from typing import Any
from unittest import mock

import boto3
from botocore.config import Config

from lightsail_ops import LightsailError, OperationsClient
from lightsail_ops.aio import AsyncOperationsClient

PAGE = 200
READ_TIMEOUT = 0.4  # seconds
MALFORMED = ("truncated", "garbage", "null", "empty")
ALL = (*MALFORMED, "throttled", "500", "503", "reset", "slow")


# --- The server.


class Handler(BaseHTTPRequestHandler):
    """Sends pages; the token is the number of the next one."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    pages = 0
    faults: Iterator[str | None]
    lock = threading.Lock()

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = int(request.get("pageToken", "0"))
        with self.lock:
            fault = next(self.faults)
        body = page(number, self.pages)
        match fault:
            case None:
                self._respond(200, body)
            case "truncated":
                self._respond(200, body[: len(body) // 2])
            case "garbage":
                self._respond(200, b"<html>Bad Gateway</html>")
            case "null":
                self._respond(200, b"null")
            case "empty":
                self._respond(200, b"{}")
            case "throttled":
                self._respond(400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}')
            case "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
            case "slow":
                time.sleep(READ_TIMEOUT * 1.5)
                self.close_connection = True
            case status:
                self._respond(int(status), b"")

    def _respond(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client closes the connection after its timeout."""


def page(number: int, pages: int) -> bytes:
    operations = ",".join(
        f'{{"id":"{index}","resourceName":"web-{index % 50}","resourceType":"Instance",'
        '"createdAt":1767225600.125,"location":{"availabilityZone":"us-west-2a",'
        '"regionName":"us-west-2"},"isTerminal":true,"operationType":"CreateInstance",'
        '"status":"Succeeded","statusChangedAt":1767225620.5}'
        for index in range(number * PAGE, number * PAGE + PAGE)
    )
    token = f',"nextPageToken":"{number + 1}"' if number + 1 < pages else ""
    return f'{{"operations":[{operations}]{token}}}'.encode()


def list_faults(faults: tuple[str, ...], every: int) -> Iterator[str | None]:
    kinds = itertools.cycle(faults)
    for number in itertools.count(1):
        yield next(kinds) if number % every == 0 else None


def serve(pages: int, faults: tuple[str, ...], every: int, address: Connection) -> None:
    Handler.pages = pages
    Handler.faults = list_faults(faults, every)
    server = Server(("127.0.0.1", 0), Handler)
    address.send(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


# --- The readers: each must read the numbers from 0 on.


class Account:
    """What one reader has read."""

    def __init__(self) -> None:
        self.expected = 0
        self.errors: Counter[str] = Counter()

    def take(self, operation_id: str) -> None:
        assert operation_id == str(self.expected), f"{operation_id}, not {self.expected}"
        self.expected += 1


def read_all(client: OperationsClient, account: Account) -> None:
    token: str | None = None
    while True:
        try:
            for operation in client.operations(token):
                account.take(operation.id)
        except LightsailError as error:
            account.errors[type(error).__name__] += 1
            token = error.page_token
        else:
            return


async def read_all_async(client: AsyncOperationsClient, account: Account) -> None:
    token: str | None = None
    while True:
        try:
            async for operation in client.operations(token):
                account.take(operation.id)
        except LightsailError as error:
            account.errors[type(error).__name__] += 1
            token = error.page_token
        else:
            return


def sync(raw_client: Any, accounts: list[Account]) -> None:
    for account in accounts:
        read_all(OperationsClient(raw_client), account)


def threads(raw_client: Any, accounts: list[Account]) -> None:
    client = OperationsClient(raw_client)
    workers = [threading.Thread(target=read_all, args=(client, each)) for each in accounts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def in_asyncio(raw_client: Any, accounts: list[Account]) -> None:
    async def main() -> None:
        client = AsyncOperationsClient(raw_client)
        await asyncio.gather(*(read_all_async(client, account) for account in accounts))

    asyncio.run(main())


MODES: dict[str, tuple[Callable[[Any, list[Account]], None], int]] = {
    "sync": (sync, 1),
    "threads": (threads, 4),
    "asyncio": (in_asyncio, 4),
}


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mode", choices=MODES, default="sync")
    parser.add_argument("--pages", type=int, default=5_000, help="of all readers together")
    parser.add_argument("--every", type=int, default=20, help="one response in so many is faulty")
    parser.add_argument("--faults", choices=("all", "malformed"), default="all")
    options = parser.parse_args()

    run, readers = MODES[options.mode]
    pages = options.pages // readers
    faults = ALL if options.faults == "all" else MALFORMED
    here, there = multiprocessing.Pipe()
    arguments = (pages, faults, options.every, there)
    server = multiprocessing.Process(target=serve, args=arguments, daemon=True)
    server.start()
    raw_client = boto3.client(
        "lightsail",
        region_name="us-west-2",
        endpoint_url=here.recv(),
        aws_access_key_id="soak",
        aws_secret_access_key="soak",
        config=Config(
            read_timeout=READ_TIMEOUT, retries={"total_max_attempts": 1, "mode": "standard"}
        ),
    )
    OperationsClient(raw_client).get_operations()
    before, start = resident_mib(), time.monotonic()
    accounts = [Account() for _ in range(readers)]
    with mock.patch("lightsail_ops._core.fetching._BACKOFF", (0.001, 0.001)):
        run(raw_client, accounts)
    taken = time.monotonic() - start
    server.terminate()

    assert all(account.expected == pages * PAGE for account in accounts)
    total = sum(account.expected for account in accounts)
    errors = sum((account.errors for account in accounts), Counter[str]())
    print(
        f"{options.mode}: {total:,} operations in {pages * readers:,} pages by {readers} readers, "
        f"each once and in order, in {taken:.0f} s; resumed after {errors.total()} errors "
        f"{dict(errors)}; memory grew by {resident_mib() - before:.1f} MiB"
    )


if __name__ == "__main__":
    main()
