"""Interrupt a listing at random times, resume it, and count what was lost.

    python tests/proofs/interrupts.py http://127.0.0.1:5005 --interrupts 10000

The server at that address serves ten pages of three operations, whose ids count from id-0.

With and without this library, an interrupt can leave a lock of urllib3's connection pool held, once
in some thousand interrupts. Then the request hangs until a second interrupt, which comes after two
seconds here, and each listing is resumed with a new client. The old ones are kept until the end,
because closing their pools would hang too.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import signal
from collections.abc import Callable

import boto3
from botocore.config import Config

from lightsail_ops import OperationsClient

HANGS_AFTER = 20  # seconds, without a page or an interrupt
IDS = [f"id-{number}" for number in range(30)]

_clients: list[OperationsClient] = []
_armed: list[bool] = []


def interrupt(*_: object) -> None:
    if _armed:  # else it comes late, after the listing
        raise KeyboardInterrupt


def read_all(
    make_client: Callable[[], OperationsClient], dice: random.Random
) -> tuple[list[str], int]:
    """Read all operations under interrupts; return their ids and the number of interrupts."""
    read: list[str] = []
    token: str | None = None
    interrupts = attempts = 0
    while token is not None or not read:  # the last page has no token
        _clients.append(client := make_client())
        try:
            attempts += 1  # since the last page: a slow machine needs longer for one
            faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
            _armed.append(True)
            signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.0001, 0.02 * attempts), 2.0)
            for page in client.operations(page_token=token).pages():
                # One statement, so that no interrupt comes between the ids and their token.
                read, token = read + [each.id for each in page], page.next_page_token
                attempts = 0
                faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
            _armed.clear()
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            _armed.clear()
            signal.setitimer(signal.ITIMER_REAL, 0)
            interrupts += 1
    return read, interrupts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("endpoint_url")
    parser.add_argument("--interrupts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    session = boto3.Session("interrupts", "interrupts", region_name="us-west-2")
    config = Config(retries={"total_max_attempts": 1}, read_timeout=HANGS_AFTER)

    def make_client() -> OperationsClient:
        return OperationsClient.from_session(
            session, endpoint_url=options.endpoint_url, config=config
        )

    make_client().get_operations()  # imports what the first request needs
    signal.signal(signal.SIGALRM, interrupt)
    dice = random.Random(options.seed)
    interrupts = listings = lost = 0
    while interrupts < options.interrupts:
        read, more = read_all(make_client, dice)
        listings += 1
        interrupts += more
        lost += len(set(IDS) - set(read)) + (len(read) != len(IDS))
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"listings": listings, "interrupts": interrupts, "lost": lost}), flush=True)
    os._exit(0)  # without closing the pools


if __name__ == "__main__":
    main()
