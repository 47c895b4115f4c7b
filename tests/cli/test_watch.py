"""`lightsail-ops watch`: a line for whatever is new."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fakes import raw_operation
from wire import Answer, Asked, Wire, failure, page

Run = Callable[..., Any]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2", "--since", "2016-01-01"


def test_shows_each_change_once(run: Run, wire: Wire, here: tuple[str, ...]) -> None:
    started = raw_operation(status="Started", isTerminal=False)
    wire.play([page([started]), page([started]), page([raw_operation()])])
    watched = run("watch", *here, "--interval", "0.1", "--limit", "2")
    assert [json.loads(line)["status"] for line in watched.lines] == ["Started", "Succeeded"]
    assert watched.status == 0


def test_shows_what_is_selected(run: Run, wire: Wire, here: tuple[str, ...]) -> None:
    wire.play([page([raw_operation(1), raw_operation(2, status="Failed")])])
    watched = run("watch", *here, "--status", "failed", "--limit", "1")
    assert [json.loads(line)["id"] for line in watched.lines] == ["id-2"]


def test_leaves_out_what_is_older_than_ten_minutes(run: Run, wire: Wire) -> None:
    wire.play([page([raw_operation(1)]), failure("AccessDeniedException", message="Enough")])
    watched = run(
        "watch", "--endpoint-url", wire.endpoint_url, "--region", "us-west-2", "--interval", "0.1"
    )
    assert watched.out == ""


def test_in_a_terminal_it_says_what_it_does(seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
    changed = raw_operation(statusChangedAt=1479817000)
    wire.play([page([changed])])
    watched = seen("watch", *here, "--limit", "1")
    assert "watching us-west-2; Ctrl-C ends" in watched.err
    assert "Changed CET" in watched.out
    assert "11-22 13:16:40" in watched.out


def test_after_an_error_it_says_from_when_to_watch_again(
    run: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play([page([raw_operation()]), failure("AccessDeniedException", message="No")])
    watched = run("watch", *here, "--interval", "0.1")
    what, advice = watched.problems
    assert what == "error: AWS denied GetOperations: No."
    assert advice.startswith(
        "help: Allow the IAM action lightsail:GetOperations. Carry on with --since 20"
    )
    assert watched.status == 1


def test_a_region_that_fails_is_named_and_the_others_go_on(run: Run, wire: Wire) -> None:
    def answer(asked: Asked) -> Answer:
        if "us-east-1" in asked.headers["Authorization"]:
            return failure("AccessDeniedException", message="No")
        return page([raw_operation(len(wire.asked))])

    wire.play(answer)
    options = "--region", "us-east-1", "--region", "us-west-2", "--since", "2016-01-01"
    watched = run(
        *("watch", *options, "--endpoint-url", wire.endpoint_url),
        *("--interval", "0.1", "--limit", "3"),
    )
    assert len(watched.lines) == 3
    assert watched.problems[0] == "error: us-east-1: AWS denied GetOperations: No."


def test_with_no_region_left_it_ends(run: Run, wire: Wire) -> None:
    wire.play(lambda asked: failure("AccessDeniedException", message="No"))
    options = "--region", "us-east-1", "--region", "us-west-2"
    watched = run("watch", *options, "--endpoint-url", wire.endpoint_url)
    assert watched.status == 4
    assert {line.split(":")[1].strip() for line in watched.problems[::2]} == {
        "us-east-1",
        "us-west-2",
    }


def test_something_happens_in_the_demonstration(run: Run) -> None:
    watched = run("watch", "--demo", "--since", "1s", "--limit", "2")
    first, second = map(json.loads, watched.lines)
    assert (first["id"], first["status"]) == (second["id"], "Started")
    assert second["status"] == "Succeeded"


def test_things_fail_in_the_demonstration_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightsail_ops.cli.demo._PACE", 0.05)
    watched = run(
        *("watch", "--demo", "--since", "1s", "--interval", "0.1"),
        *("--status", "failed", "--limit", "1"),
    )
    assert json.loads(watched.out)["errorCode"] == "LimitExceeded"


def test_ctrl_c_ends_it(wire: Wire, here: tuple[str, ...]) -> None:
    wire.play(lambda asked: page([raw_operation()]))
    process = subprocess.Popen(
        [sys.executable, "-m", "lightsail_ops", "watch", *here],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "id-1" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("", "", 130)
