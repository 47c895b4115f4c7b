"""Fork a program that has used a client, use it in all processes, and count the wrong pages.

python tests/proofs/fork.py --forks 1000 --threads 2
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.fakes import raw_operation
from support.wire import CannedResponse, ReceivedRequest, Wire, page

from lightsail_ops import OperationsClient

REQUESTS = 5  # of each thread


def serve(received: ReceivedRequest) -> CannedResponse:
    """Send a page of one operation, which has the name that the request has."""
    name = received.arguments["resourceName"]
    return page([raw_operation(resourceName=name, operationDetails="x" * 20_000)])


def count_wrong(client: OperationsClient, name: str) -> int:
    """Count the responses that belong to another request."""
    wrong = 0
    for number in range(REQUESTS):
        resource = f"{name}-{number}"
        names = [each.resource_name for each in client.operations_for_resource(resource)]
        wrong += names != [resource]
    return wrong


def in_threads(threads: int, work: Callable[[str], int], name: str) -> int:
    """Do the same work in several threads at once, and return the sum of the results."""
    results: list[int] = []

    def do(index: int) -> None:
        try:
            results.append(work(f"{name}-{index}"))
        except Exception:
            traceback.print_exc()
            results.append(1)

    workers = [threading.Thread(target=do, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(results)


def fork_once(raw_client: Any, options: argparse.Namespace, name: str) -> int:
    """Use a client, fork, use it in both processes at the same time; return the wrong pages."""
    client = OperationsClient(raw_client)

    def work(name: str) -> int:
        wrapped = OperationsClient(raw_client) if options.wrap_in_child else client
        return count_wrong(wrapped, name)

    wrong = count_wrong(client, f"before-{name}")
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = min(in_threads(options.threads, work, f"child-{name}"), 90)
        finally:
            os._exit(status)
    wrong += in_threads(options.threads, work, f"parent-{name}")
    _, status = os.waitpid(child, 0)
    return wrong + os.waitstatus_to_exitcode(status)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--forks", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1, help="of each process after the fork")
    parser.add_argument("--wrap-in-child", action="store_true", help="make a new client there")
    options = parser.parse_args()
    # The server's threads do not use the client, so that they cannot hold a lock of its pool.
    warnings.filterwarnings("ignore", message=".*multi-threaded", category=DeprecationWarning)
    with Wire() as wire:
        wire.play(serve)
        raw_client = boto3.client(
            "lightsail",
            region_name="us-west-2",
            endpoint_url=wire.endpoint_url,
            aws_access_key_id="fork",
            aws_secret_access_key="fork",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
        )
        wrong = sum(fork_once(raw_client, options, str(number)) for number in range(options.forks))
    print(json.dumps({"forks": options.forks, "threads": options.threads, "wrong": wrong}))


if __name__ == "__main__":
    main()
