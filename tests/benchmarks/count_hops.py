"""Count the functions of the package that a call passes through, in all its threads.

`python tests/benchmarks/count_hops.py [--list]`: each is counted once, after a call of the same
kind, so that imports and what is set up once are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

import lightsail_ops
from lightsail_ops import OperationsClient

PACKAGE = Path(lightsail_ops.__file__).parent
OPERATION = {
    "id": "1",
    "resourceName": "web-1",
    "resourceType": "Instance",
    "createdAt": 1.7e9,
    "isTerminal": True,
    "operationType": "RebootInstance",
    "status": "Succeeded",
    "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
}

seen: set[str] = set()


class Body(BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


def respond(request: AWSRequest, **_: object) -> AWSResponse:
    is_list = str(request.headers["X-Amz-Target"]).endswith(("Operations", "Operations'"))
    content = {"operations": [OPERATION]} if is_list else {"operation": OPERATION}
    body = Body(json.dumps(content).encode())
    return AWSResponse(str(request.url), 200, HTTPHeaders(), body)


def make_client() -> OperationsClient:
    """Make a client whose responses come without a network."""
    client: Any = boto3.client(
        "lightsail",
        region_name="us-west-2",
        aws_access_key_id="AKID",
        aws_secret_access_key="SECRET",
        endpoint_url="http://127.0.0.1:1",
    )
    client.meta.events.register("before-send.lightsail", respond)
    return OperationsClient(client)


@contextmanager
def profile() -> Iterator[None]:
    """Add each function that is called, in this thread and in those that begin, to `seen`."""

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        name = frame.f_code.co_qualname
        if event == "call" and PACKAGE in path.parents and "<" not in name.rsplit(".", 1)[-1]:
            seen.add(f"{path.relative_to(PACKAGE)}: {name}")

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def count(name: str, call: Callable[[], object], *, is_listed: bool) -> None:
    """Print how many functions a call passes through."""
    seen.clear()
    call()
    modules = {each.split(":")[0] for each in seen}
    print(f"{name}: {len(seen)} functions in {len(modules)} modules")
    if is_listed:
        print(*sorted(f"  {each}" for each in tuple(seen)), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the functions' names")
    is_listed = parser.parse_args().list
    client = make_client()
    calls: dict[str, Callable[[], object]] = {
        "client.get_operations()": client.get_operations,
        "client.wait(id)": lambda: client.wait("1"),
    }
    with profile():
        for name, call in calls.items():
            call()
            count(name, call, is_listed=is_listed)
        with client.watch(poll_interval=0.1) as watch:
            while watch.next_change(timeout=0.5) is not None:
                pass
            count("an idle poll", lambda: watch.next_change(timeout=0.3), is_listed=is_listed)


if __name__ == "__main__":
    main()
