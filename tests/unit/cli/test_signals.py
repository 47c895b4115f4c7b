"""Ctrl-C and SIGTERM: raised at once, or when what is being written is complete."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from lightsail_ops.cli.signals import Interrupted, Signals, to_interrupted


@pytest.fixture
def signals() -> Iterator[Signals]:
    with Signals() as signals:
        yield signals


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.01)  # Python calls handlers between two instructions


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("number", "status", "text"),
    [(signal.SIGINT, 130, "interrupted."), (signal.SIGTERM, 143, "terminated.")],
)
def test_are_raised_at_once(number: signal.Signals, status: int, text: str) -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        send(number)
    interrupted = to_interrupted(raised.value)
    assert (interrupted.status, str(interrupted)) == (status, text)


def end_slowly(seconds: float, done: list[str]) -> None:
    """End by one signal, while another comes."""
    try:
        send(signal.SIGTERM)
    finally:
        send(signal.SIGINT)
        time.sleep(seconds)
        done.append("advice")


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(("seconds", "done", "status"), [(0.0, ["advice"], 143), (10.0, [], 130)])
def test_let_the_program_end_for_a_second_when_another_comes(
    seconds: float, done: list[str], status: int
) -> None:
    said: list[str] = []
    with pytest.raises(Interrupted) as raised:
        end_slowly(seconds, said)
    assert said == done
    assert raised.value.status == status


def test_an_interrupt_of_pythons_own_is_ctrl_c() -> None:
    assert to_interrupted(KeyboardInterrupt()).status == 130


def hold_and_receive(signals: Signals, done: list[str], *numbers: signal.Signals) -> None:
    """Receive signals in a block that holds them, and say how far it came."""
    with signals.hold():
        for number in numbers:
            with signals.hold():
                send(number)
                done.append(number.name)
        assert signals.pending
        done.append("end")


class TestHold:
    def test_raises_at_its_end(self, signals: Signals) -> None:
        done: list[str] = []
        with pytest.raises(Interrupted) as raised:
            hold_and_receive(signals, done, signal.SIGTERM)
        assert done == ["SIGTERM", "end"]
        assert raised.value.status == 143
        assert not signals.was_forced
        assert signals.pending is None

    def test_is_broken_off_by_a_second_signal(self, signals: Signals) -> None:
        done: list[str] = []
        with pytest.raises(Interrupted) as raised:
            hold_and_receive(signals, done, signal.SIGINT, signal.SIGTERM)
        assert done == ["SIGINT"]
        assert raised.value.status == 143
        assert signals.was_forced

    def test_is_broken_off_after_a_second(self, signals: Signals) -> None:
        start = time.monotonic()
        with pytest.raises(Interrupted) as raised:
            hold_too_long(signals)
        assert 0.9 < time.monotonic() - start < 5
        assert raised.value.status == 143
        assert signals.was_forced

    def test_that_ends_in_time_leaves_nothing_behind(self, signals: Signals) -> None:
        with pytest.raises(Interrupted):
            hold_and_receive(signals, [], signal.SIGINT)
        time.sleep(1.2)
        with signals.hold():
            pass


def hold_too_long(signals: Signals) -> None:
    with signals.hold():
        send(signal.SIGTERM)
        time.sleep(10)


class TestUnraisable:
    @pytest.mark.usefixtures("signals")
    def test_interrupts_are_raised_again(self) -> None:
        class Deleted:
            def __del__(self) -> None:
                send(signal.SIGINT)

        Deleted()
        with pytest.raises(Interrupted):
            time.sleep(10)

    def test_errors_are_left_to_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Deleted:
            def __del__(self) -> None:
                raise RuntimeError("a bug")

        seen: list[object] = []
        monkeypatch.setattr(
            sys, "unraisablehook", lambda unraisable: seen.append(unraisable.exc_value)
        )
        with Signals():
            Deleted()
        assert [str(error) for error in seen] == ["a bug"]


class TestHandlers:
    def test_are_restored(self) -> None:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
        before = [signal.getsignal(number) for number in numbers]
        with Signals():
            assert [signal.getsignal(number) for number in numbers] != before
        assert [signal.getsignal(number) for number in numbers] == before

    def test_of_ignored_signals_are_not_set(self) -> None:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with Signals():
                send(signal.SIGINT)
        finally:
            signal.signal(signal.SIGINT, before)

    def test_are_left_alone_in_other_threads(self) -> None:
        failures: list[BaseException] = []

        def hold() -> None:
            try:
                with Signals() as signals, signals.hold():
                    pass
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=hold)
        thread.start()
        thread.join()
        assert failures == []
