"""What the program advises, pasted: together the runs show everything, and nothing twice."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.fakes import raw_operation
from support.history import History
from support.program import PROGRAM, start_process
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, one, page

from lightsail_ops.__main__ import main

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


class Outcome(NamedTuple):
    """What an interrupted program has written, and how it has ended."""

    lines: list[str]
    err: str
    status: int

    @property
    def advised(self) -> list[list[str]]:
        """The commands that are advised, without the name of the program."""
        commands = re.findall(r"^help: Resume with lightsail-ops (.*)$", self.err, re.MULTILINE)
        return [shlex.split(command) for command in commands]


@pytest.fixture
def run_interrupted(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Outcome]]:
    """Return a function that interrupts the program after so many requests.

    By default the program runs in this process, since to start one takes longer than what it does.
    """
    before = [signal.getsignal(number) for number in SIGNALS]

    def run_interrupted(
        arguments: list[str],
        requests: int,
        number: signal.Signals = signal.SIGINT,
        *,
        delay: float = 0.0,
        as_process: bool = False,
    ) -> Outcome:
        until = len(wire.received) + requests
        is_over = threading.Event()

        def interrupt() -> None:
            while len(wire.received) < until:
                if is_over.wait(0.002):
                    return
            if not is_over.wait(delay):
                send(number)

        for each in SIGNALS:
            signal.signal(each, lambda *_: None)  # one may come when the program has just ended
        process = start_process(*arguments) if as_process else None
        send = process.send_signal if process else partial(os.kill, os.getpid())
        sender = threading.Thread(target=interrupt)
        sender.start()
        try:
            if process:
                out, err = process.communicate(timeout=30)
                outcome = Outcome(out.splitlines(), err, process.returncode)
            else:
                outcome = run_here(arguments)
        finally:
            is_over.set()
            sender.join()
        assert "Traceback" not in outcome.err, outcome.err
        return outcome

    def run_here(arguments: list[str]) -> Outcome:
        out, err = tmp_path / "out", tmp_path / "err"
        with out.open("w") as stdout, err.open("w") as stderr, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stderr)
            status = main(arguments)
        return Outcome(out.read_text().splitlines(), err.read_text(), status)

    yield run_interrupted
    gc.collect()  # here, where the warning of a socket that was being opened is ignored
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


Runner = Callable[..., Outcome]


def wait_until_full(process: subprocess.Popen[str]) -> None:
    """Wait until nothing more goes into the pipe that a program writes to, and nobody reads."""
    assert process.stdout is not None
    sizes = [0, 0]
    while not sizes[-1] or sizes[-1] != sizes[-2]:
        time.sleep(0.1)
        size = fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4))
        sizes.append(int.from_bytes(size, sys.byteorder))


class TestList:
    @pytest.mark.parametrize("seed", range(4))
    def test_interrupted_at_any_instant_continues_without_loss_or_repeat(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...], seed: int
    ) -> None:
        dice = random.Random(seed)
        history = History(3_000, delay=0.01)
        wire.play(history)
        limit = dice.choice([None, 1_500])
        options = ["--limit", str(limit)] if limit else []
        command = ["list", *here, "--output", "id", *options]
        shown: list[str] = []
        for _ in range(20):
            number = dice.choice(SIGNALS)
            requests, delay = dice.randrange(2, 7), dice.uniform(0, 0.03)
            outcome = run_interrupted(command, requests, number, delay=delay, as_process=seed == 0)
            shown += outcome.lines
            assert outcome.status in {0, 128 + number}
            if not outcome.advised:  # it has shown all, if only just
                break
            [command] = outcome.advised
        assert shown == history.ids[:limit]

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_interrupted_while_the_reader_pauses_continues_without_loss(
        self,
        run_interrupted: Runner,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        unbuffered: str,
    ) -> None:
        monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)  # as many containers set it
        history = History(1_000)
        wire.play(history)
        process = start_process("list", *here)
        wait_until_full(process)  # in the middle of a page
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        out, err = process.communicate(timeout=30)
        first = Outcome(out.splitlines(), err, process.returncode)
        [command] = first.advised
        second = run_interrupted(command, 100)
        ids = [json.loads(line)["id"] for line in (*first.lines, *second.lines)]
        assert (ids, first.status, second.status) == (history.ids, 143, 0)

    @pytest.mark.parametrize("seed", range(2))
    def test_interrupted_in_several_regions_continues_in_each(
        self, run_interrupted: Runner, wire: Wire, seed: int
    ) -> None:
        dice = random.Random(seed)
        regions = ["us-west-2", "us-east-1", "eu-west-1"]
        histories = {
            name: History(1_000, delay=dice.uniform(0.01, 0.1), location={"regionName": name})
            for name in regions
        }
        wire.play(
            lambda received: histories[received.headers["Authorization"].split("/")[2]](received)
        )
        named = [word for name in regions for word in ("--region", name)]
        commands = [["list", *named, "--endpoint-url", wire.endpoint_url, "--columns", "id,region"]]
        shown: list[str] = []
        for _ in range(20):
            if not commands:
                break
            requests, delay = dice.randrange(4, 9), dice.uniform(0, 0.03)
            command = commands.pop()
            outcome = run_interrupted(command, requests, delay=delay, as_process=seed == 0)
            shown += outcome.lines
            commands += outcome.advised
        assert not commands
        assert len(shown) == 3_000
        assert len(set(shown)) == 3_000

    def test_that_failed_half_way_continues(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...]
    ) -> None:
        history = History(1_000)

        def serve(received: ReceivedRequest) -> CannedResponse:
            if len(wire.received) == 3:
                return error_response("Newest", message="New")
            return history(received)

        wire.play(serve)
        first = run_interrupted(["list", *here, "-o", "id"], 99)
        assert first.status == 1
        [command] = first.advised
        second = run_interrupted(command, 99)
        assert second.status == 0
        assert first.lines + second.lines == history.ids

    def test_keeps_the_meaning_of_its_options(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(History(3_000, delay=0.1))
        chosen = ["--status", "succeeded,failed", "--type", "create-*", "--since", "3600w"]
        arguments = ["list", *here, *chosen, "--columns", "id,took", "--utc", "-o", "csv"]
        outcome = run_interrupted(arguments, 3, signal.SIGTERM)
        assert outcome.status == 143
        [command] = outcome.advised
        since = command.pop(command.index("--since") + 1)
        assert re.fullmatch(r"19\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", since)
        token = command.pop(command.index("--page-token") + 1)
        assert re.fullmatch(r"t\d+", token)
        assert sorted(command) == sorted(
            [
                *("list", *here, "--status", "succeeded,failed", "--type", "create-*", "--since"),
                *("--page-token", "--columns", "id,took", "--utc", "--output", "csv"),
            ]
        )

    @pytest.mark.parametrize(
        "options", [["--sort", "created"], ["--last", "900"], ["--reverse"], ["--sort", "took"]]
    )
    def test_that_is_sorted_says_that_it_cannot_continue(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...], options: list[str]
    ) -> None:
        wire.play(History(3_000, delay=0.1))
        outcome = run_interrupted(["list", *here, *options], 3)
        assert (outcome.lines, outcome.status) == ([], 130)
        assert outcome.err.splitlines()[-1] == (
            "help: There is no way to continue, since operations are sorted: run the command again."
        )


class TestWatch:
    @pytest.mark.parametrize("seed", range(3))
    def test_with_a_cursor_file_continues_without_loss_or_repeat(
        self,
        run_interrupted: Runner,
        wire: Wire,
        here: tuple[str, ...],
        tmp_path: Path,
        seed: int,
    ) -> None:
        dice = random.Random(seed)
        history = History(1_500, delay=0.01)
        wire.play(history)
        file = tmp_path / "cursor file.json"
        options = "--cursor-file", str(file), "--interval", "0.2", "-o", "id"
        command = ["watch", *here, "--since", "2016-01-01", *options]
        shown: list[str] = []
        for _ in range(5):
            number = dice.choice(SIGNALS)
            requests, delay = dice.randrange(6, 12), dice.uniform(0, 0.1)
            outcome = run_interrupted(command, requests, number, delay=delay, as_process=seed == 0)
            assert outcome.status == 128 + number
            shown += outcome.lines
            [command] = outcome.advised
        assert sorted(shown) == sorted(history.ids)

    def test_without_one_says_that_it_cannot_continue(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(History(10))
        outcome = run_interrupted(["watch", *here], 1)
        assert outcome.status == 130
        last = outcome.err.splitlines()[-1]
        assert last.startswith("help: There is no way to continue, since this")

    def test_keeps_two_regions_in_one_file_at_once(
        self, run_interrupted: Runner, wire: Wire, tmp_path: Path
    ) -> None:
        wire.play(History(50))
        file = tmp_path / "cursors.json"
        common = ["--endpoint-url", wire.endpoint_url, "--since", "2016-01-01", "--interval", "0.1"]
        commands = [
            ["watch", "--region", name, *common, "--cursor-file", str(file), "-o", "id"]
            for name in ("us-west-2", "us-east-1", "eu-west-1")
        ]
        watches = [start_process(*command, "--limit", "50") for command in commands]
        for each in watches:
            out, _ = each.communicate(timeout=30)
            assert len(out.splitlines()) == 50
        for command in commands:
            assert run_interrupted(command, 4).lines == []


class TestWait:
    @pytest.mark.parametrize("seed", range(3))
    def test_interrupted_continues_with_what_has_not_ended(
        self, run_interrupted: Runner, wire: Wire, here: tuple[str, ...], seed: int
    ) -> None:
        dice = random.Random(seed)
        ends_at = {f"op {number}": 4 * number for number in range(6)}  # after so many requests

        def look(operation_id: str) -> dict[str, Any]:
            if len(wire.received) < ends_at[operation_id]:
                return raw_operation(id=operation_id, status="Started", isTerminal=False)
            return raw_operation(id=operation_id)

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.action == "GetOperations":
                return page([look(each) for each in ends_at])
            return one(look(received.arguments["operationId"]))

        wire.play(serve)
        command = ["wait", *ends_at, *here, "--interval", "0.1", "-o", "id"]
        shown: list[str] = []
        for _ in range(20):
            number = dice.choice(SIGNALS)
            requests, delay = dice.randrange(2, 8), dice.uniform(0, 0.1)
            outcome = run_interrupted(command, requests, number, delay=delay, as_process=seed == 0)
            shown += outcome.lines
            assert outcome.status in {0, 128 + number}
            if outcome.status == 0:
                break
            [command] = outcome.advised
        assert sorted(shown) == sorted(ends_at)


def handles_signals(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM, as Linux says."""
    status = Path(f"/proc/{pid}/status").read_text()
    [caught] = re.findall(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="how Linux tells of handlers")
class TestInterrupts:
    @pytest.mark.parametrize("seed", range(8))
    def test_at_the_start_leave_no_traceback(
        self, wire: Wire, here: tuple[str, ...], seed: int
    ) -> None:
        wire.play(History(3_000, delay=0.1))
        dice = random.Random(seed)
        number = dice.choice(SIGNALS)
        with subprocess.Popen(
            [*PROGRAM, "list", *here], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while not handles_signals(process.pid):  # Python itself is starting
                time.sleep(0.001)
            time.sleep(dice.uniform(0.0, 0.4))
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
        assert "Traceback" not in err
        assert process.returncode == 128 + number

    @pytest.mark.parametrize("number", SIGNALS)
    def test_complete_a_json_array(
        self,
        run_interrupted: Runner,
        wire: Wire,
        here: tuple[str, ...],
        number: signal.Signals,
    ) -> None:
        wire.play(History(3_000, delay=0.1))
        outcome = run_interrupted(["list", *here, "-o", "json"], 3, number, as_process=True)
        assert outcome.status == 128 + number
        assert (outcome.lines[0], outcome.lines[-1]) == ("[", "]")

    def test_end_a_program_whose_output_nobody_reads(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(History(10_000))
        process = start_process("list", *here, "-o", "json")
        wait_until_full(process)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
        assert time.monotonic() - start < 10
        process.communicate()
