"""What the clients of many accounts take in memory, and what sharing a model loader saves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from pytest_benchmark.fixture import BenchmarkFixture

ACCOUNTS = 20

# Each variant is a function `session` that makes the session of one more account.
PROGRAM = """
import gc
from pathlib import Path
from resource import getpagesize
import boto3, botocore.session
from lightsail_ops import Fleet

{session}

def resident_bytes():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()

kept = [Fleet.from_session(session())]  # what every program needs once
before = resident_bytes()
kept += [Fleet.from_session(session()) for _ in range({accounts})]
print((resident_bytes() - before) / sum(map(len, kept[1:])), len(kept[0]))
"""
OWN_LOADER = "session = boto3.Session"
SHARED_LOADER = """
home = botocore.session.Session()

def session():
    session = botocore.session.Session()
    session.register_component("data_loader", home.get_component("data_loader"))
    return session
"""
ONE_SESSION = """
home = botocore.session.Session()

def session():
    return home
"""


def bytes_per_client(session: str) -> tuple[float, int]:
    """Return the memory of one client, and the number of an account's regions."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(session=session, accounts=ACCOUNTS)],
        check=True,
        capture_output=True,
        text=True,
    )
    memory, regions = run.stdout.split()
    return float(memory), int(regions)


def test_a_shared_loader_saves_most_of_the_memory_of_an_account(
    benchmark: BenchmarkFixture, report: Callable[[str, str, str], None]
) -> None:
    variants = {
        "a boto3 session for each account": OWN_LOADER,
        "a session for each account, with a shared loader": SHARED_LOADER,
        "one session for all accounts": ONE_SESSION,
    }

    def measure() -> dict[str, tuple[float, int]]:
        return {name: bytes_per_client(session) for name, session in variants.items()}

    measured = benchmark.pedantic(measure, rounds=1)

    for name, (memory, regions) in measured.items():
        account = memory * regions / 2**20
        figure = f"{memory / 1024:.0f} KiB a client, {account:.1f} MiB an account"
        report(f"{regions} regions: {name}", figure, "")
    assert measured["a session for each account, with a shared loader"][0] < (
        measured["a boto3 session for each account"][0] / 2
    )
