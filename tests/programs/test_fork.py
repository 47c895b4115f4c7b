"""A client that was used before a fork works in the parent and in the child."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from support.fakes import raw_operations
from support.wire import Wire, page

from lightsail_ops import OperationsClient
from lightsail_ops._botocore import connections

PROGRAM = Path(__file__).parents[1] / "proofs" / "fork.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("options", [[], ["--threads", "2"], ["--wrap-in-child"]], ids=repr)
def test_no_process_reads_the_response_of_another(options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--forks", "10", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["wrong"] == 0


class TestTheFirstCallInAnotherProcess:
    """The other process is only pretended, so that this one can look at the client."""

    @pytest.fixture
    def closed(self, boto3_client: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Return a list that gets an item whenever the client's connections are closed."""
        closed: list[int] = []
        close = boto3_client.close

        def count_and_close() -> None:
            closed.append(1)
            close()

        monkeypatch.setattr(boto3_client, "close", count_and_close)
        return closed

    def test_leaves_the_connections_to_a_thread_that_is_closing_them(
        self, closed: list[int], wire: Wire, boto3_client: Any
    ) -> None:
        wire.play(lambda _: page(raw_operations(1, 2)))
        client = OperationsClient(boto3_client)
        connections._process_ids[boto3_client] = -1
        with ThreadPoolExecutor(1) as pool:
            with connections._locks.setdefault(os.getpid(), Lock()):
                fetched = pool.submit(client.get_operations)
                time.sleep(0.1)  # it waits for the lock
                assert not fetched.done()
                connections._process_ids[boto3_client] = os.getpid()
            assert len(fetched.result()) == 2
        assert closed == []

    def test_closes_the_connections_once(
        self, closed: list[int], wire: Wire, boto3_client: Any
    ) -> None:
        wire.play(lambda _: page(raw_operations(1, 2)))
        clients = [OperationsClient(boto3_client) for _ in range(2)]
        assert [len(client.get_operations()) for client in clients] == [2, 2]
        assert closed == []
        connections._process_ids[boto3_client] = -1
        assert [len(client.get_operations()) for client in clients * 2] == [2] * 4
        assert closed == [1]

    def test_closes_the_connections_once_for_many_threads(
        self, closed: list[int], wire: Wire, boto3_client: Any
    ) -> None:
        wire.play(lambda _: page(raw_operations(1, 2)))
        client = OperationsClient(boto3_client)
        connections._process_ids[boto3_client] = -1
        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(client.get_operations) for _ in range(16)]
            assert [len(future.result()) for future in futures] == [2] * 16
        assert closed == [1]
