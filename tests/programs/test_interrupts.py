"""Programs that end while requests hang, and interrupts at random instants."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

HANGING = """
import asyncio, os, random, signal, sys, threading, time
from support.fakes import raw_pages
from lightsail_ops import Fleet, OperationsClient
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient

pages = raw_pages(*[2] * 50)

class Client:
    def __init__(self, seconds=0.0):
        self.seconds = seconds
    def get_operations(self, *, pageToken=None):
        time.sleep(self.seconds)
        return pages[pageToken]

def make_clients(kind=OperationsClient):
    clients = {number: kind(Client()) for number in range(3)}
    clients["hangs"] = kind(Client(60))
    return clients
"""
READERS = {
    "operations": "Fleet(make_clients()).operations()",
    "watch": "Fleet(make_clients()).watch()",
}
readers = pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))


def begin(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HANGING + textwrap.dedent(program), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )


def end(process: subprocess.Popen[str], seconds: float = 10.0) -> tuple[int, str, str]:
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, output, errors


def run(program: str) -> tuple[int, str, str]:
    return end(begin(program))


@readers
class TestAProgramEndsWhileARequestHangs:
    def test_when_its_last_line_is_reached(self, reader: str) -> None:
        assert run(f"found = {reader}; print(len(next(found)))") == (0, "2\n", "")

    def test_when_its_loop_is_left(self, reader: str) -> None:
        program = f"""
            for _ in {reader}:
                break
            print("left")
        """
        assert run(program) == (0, "left\n", "")

    def test_by_sys_exit(self, reader: str) -> None:
        program = f"""
            for _ in {reader}:
                sys.exit(3)
        """
        assert run(program) == (3, "", "")

    def test_by_an_exception(self, reader: str) -> None:
        program = f"""
            for _ in {reader}:
                raise ZeroDivisionError
        """
        code, _, errors = run(program)
        assert code == 1
        assert errors.endswith("\nZeroDivisionError\n")
        assert errors.count("Traceback") == 1

    def test_by_a_closed_pipe(self, reader: str) -> None:
        program = f"""
            for pair in {reader}:
                while True:
                    print(pair, flush=True)
        """
        process = begin(program)
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        code, _, errors = end(process)
        assert code == 1
        assert "BrokenPipeError" in errors

    def test_by_an_interrupt(self, reader: str) -> None:
        program = f"""
            count = 0
            for _ in {reader}:
                count += 1
                if count == 300:
                    print("now", flush=True)  # only the hanging source is left
        """
        process = begin(program)
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        code, _, errors = end(process)
        assert code == -signal.SIGINT
        assert errors.endswith("\nKeyboardInterrupt\n")
        assert errors.count("Traceback") == 1


class TestAnAsyncioProgramEndsWhileARequestHangs:
    @pytest.mark.parametrize("reader", ["operations", "watch"])
    def test_when_its_main_function_returns(self, reader: str) -> None:
        program = f"""
            async def main():
                async for key, _ in AsyncFleet(make_clients(AsyncOperationsClient)).{reader}():
                    return key in (0, 1, 2)
            print(asyncio.run(main()))
        """
        assert run(program) == (0, "True\n", "")

    def test_when_a_call_is_cancelled(self) -> None:
        program = """
            async def main():
                try:
                    async with asyncio.timeout(0.05):
                        await AsyncOperationsClient(Client(60)).get_operations()
                except TimeoutError:
                    return "cancelled"
            print(asyncio.run(main()))
        """
        assert run(program) == (0, "cancelled\n", "")

    def test_when_its_loop_is_closed_during_a_call(self) -> None:
        program = """
            async def call():
                await AsyncOperationsClient(Client(0.2)).get_operations()
            loop = asyncio.new_event_loop()
            task = loop.create_task(call())
            loop.call_later(0.05, loop.stop)
            loop.run_forever()
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            loop.close()
            time.sleep(0.3)  # the response comes now
            print("closed")
        """
        assert run(program) == (0, "closed\n", "")

    def test_by_an_interrupt(self) -> None:
        program = """
            async def main():
                print("now", flush=True)
                await AsyncOperationsClient(Client(60)).get_operations()
            asyncio.run(main())
        """
        process = begin(program)
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        code, _, errors = end(process)
        assert code == -signal.SIGINT
        assert errors.endswith("\nKeyboardInterrupt\n")


INTERRUPTED = """
import faulthandler

choose = random.Random(int(sys.argv[1]))
rounds = int(sys.argv[2])
interrupts = others = 0
clients = {number: OperationsClient(Client(0.0003)) for number in range(6)}

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
for _ in range(rounds):
    faulthandler.dump_traceback_later(10, exit=True)  # the watchdog
    try:
        signal.setitimer(signal.ITIMER_REAL, choose.uniform(0.00002, 0.01))
        READ
        while True:
            pass
    except KeyboardInterrupt:
        interrupts += 1
found = None
faulthandler.cancel_dump_traceback_later()
until = time.monotonic() + 0.5
while threading.active_count() > 1 and time.monotonic() < until:
    time.sleep(0.001)
print(interrupts, threading.active_count())
"""


@pytest.mark.parametrize(
    "read",
    [
        "for _ in Fleet(clients, max_concurrency=4).operations(): pass",
        "found = Fleet(clients, max_concurrency=4).operations(); list(found)",
        "with Fleet(clients).watch(poll_interval=0.001) as found: list(found)",
    ],
)
def test_an_interrupt_at_any_instant_ends_the_reading(read: str) -> None:
    rounds = int(os.environ.get("INTERRUPTS", "300"))
    seed = rounds
    program = INTERRUPTED.replace("READ", read)
    code, output, errors = end(begin(program, str(seed), str(rounds)), 60 + rounds / 10)
    assert (code, output) == (0, f"{rounds} 1\n"), errors


def test_a_watch_continues_after_interrupts() -> None:
    """It reports nothing twice. An interrupt may hit the very return of an operation, though."""
    program = """
        clients = {number: OperationsClient(Client(0.0003)) for number in range(6)}
        seen = []

        def interrupt(*_):
            raise KeyboardInterrupt

        choose = random.Random(1)
        signal.signal(signal.SIGALRM, interrupt)
        watch = Fleet(clients, max_concurrency=3).watch(poll_interval=0.01)
        while len(seen) < 590:
            try:
                signal.setitimer(signal.ITIMER_REAL, choose.uniform(0.001, 0.05))
                key, operation = next(watch)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                pass
            else:
                seen.append((key, operation.id))
        watch.close()
        print(len(set(seen)) == len(seen))
    """
    code, output, errors = run(program)
    assert (code, output) == (0, "True\n"), errors
