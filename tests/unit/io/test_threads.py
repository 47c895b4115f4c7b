"""Worker threads: a bounded number, fed by one queue, and nothing that hangs or is forgotten."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from support.threads import wait_until, worker_threads

from lightsail_ops._io.threads import Workers


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    wait_until(lambda: worker_threads() == [])


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(3)
    yield workers
    workers.close()


class Jobs:
    """Jobs that hang until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.begun: SimpleQueue[int] = SimpleQueue()
        self.done: SimpleQueue[int] = SimpleQueue()

    def make(self, number: int) -> Any:
        def job() -> None:
            self.begun.put(number)
            assert self.let_go.wait(30)
            self.done.put(number)

        return job


class TestWorkers:
    def test_do_every_job(self, workers: Workers) -> None:
        done: SimpleQueue[int] = SimpleQueue()
        for number in range(50):
            workers.submit(lambda number=number: done.put(number))  # type: ignore[misc]
        assert sorted(done.get(timeout=10) for _ in range(50)) == list(range(50))

    def test_are_at_most_as_many_as_wanted(self, workers: Workers) -> None:
        jobs = Jobs()
        for number in range(9):
            workers.submit(jobs.make(number))
        wait_until(lambda: jobs.begun.qsize() == 3)
        assert len(worker_threads()) == 3
        jobs.let_go.set()
        wait_until(lambda: jobs.done.qsize() == 9)

    def test_are_daemons(self, workers: Workers) -> None:
        workers.submit(lambda: None)
        threads = [each for each in threading.enumerate() if each.name == "lightsail_ops"]
        assert worker_threads()
        assert all(thread.daemon for thread in threads)

    def test_do_a_job_that_comes_after_a_long_time_of_nothing(self, workers: Workers) -> None:
        """Thirty jobs at once, then nothing, then one more: it must not be lost."""
        done: SimpleQueue[int] = SimpleQueue()
        for number in range(30):
            workers.submit(lambda number=number: done.put(number))  # type: ignore[misc]
        for _ in range(30):
            done.get(timeout=10)
        workers.submit(lambda: done.put(99))
        assert done.get(timeout=10) == 99

    def test_end_when_they_are_closed_and_have_done_their_jobs(self) -> None:
        workers, jobs = Workers(2), Jobs()
        workers.submit(jobs.make(1))
        workers.close()
        assert len(worker_threads()) == 1
        jobs.let_go.set()
        assert jobs.done.get(timeout=10) == 1

    def test_do_no_job_whose_thread_could_not_be_started(
        self, workers: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: object) -> None:
            raise RuntimeError("can't start new thread")

        done: SimpleQueue[int] = SimpleQueue()
        with monkeypatch.context() as patch:
            patch.setattr("threading.Thread.start", refuse)
            with pytest.raises(RuntimeError, match="no thread can be started: can't start new"):
                workers.submit(lambda: done.put(1))
        workers.submit(lambda: done.put(2))
        assert done.get(timeout=10) == 2
        assert done.empty()

    def test_are_started_anew_in_a_forked_process(
        self, workers: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: SimpleQueue[int] = SimpleQueue()
        for _ in range(3):
            workers.submit(lambda: done.put(1))
            done.get(timeout=10)
        workers.close()
        wait_until(lambda: worker_threads() == [])
        monkeypatch.setattr(os, "getpid", lambda: -1)
        workers.submit(lambda: done.put(2))
        assert done.get(timeout=10) == 2
        workers.close()


class TestAnAbandonedJob:
    def test_gives_its_place_to_another_thread(self, workers: Workers) -> None:
        jobs = Jobs()
        begun = [workers.submit(jobs.make(number)) for number in range(3)]
        wait_until(lambda: jobs.begun.qsize() == 3)
        done: SimpleQueue[int] = SimpleQueue()
        for job in begun:
            workers.abandon(job)
        workers.submit(lambda: done.put(1))
        assert done.get(timeout=10) == 1
        jobs.let_go.set()
        wait_until(lambda: jobs.done.qsize() == 3)
        wait_until(lambda: len(worker_threads()) == 1)

    def test_that_has_not_begun_is_not_done_and_gives_no_place_away(self, workers: Workers) -> None:
        jobs = Jobs()
        for number in range(3):
            workers.submit(jobs.make(number))
        wait_until(lambda: jobs.begun.qsize() == 3)
        done: SimpleQueue[int] = SimpleQueue()
        for number in range(3, 6):
            workers.submit(jobs.make(number))
        for job in [workers.submit(lambda: done.put(1)) for _ in range(9)]:
            workers.abandon(job)
        time.sleep(0.1)  # in which another thread would begin what else waits
        assert jobs.begun.qsize() == len(worker_threads()) == 3
        jobs.let_go.set()
        wait_until(lambda: jobs.done.qsize() == 6)
        workers.submit(lambda: done.put(2))
        assert done.get(timeout=10) == 2
        assert done.empty()

    def test_that_has_ended_changes_nothing(self) -> None:
        workers = Workers(1)
        done: SimpleQueue[int] = SimpleQueue()
        ended = workers.submit(lambda: done.put(1))
        workers.submit(lambda: done.put(2))
        assert [done.get(timeout=10) for _ in range(2)] == [1, 2]
        for _ in range(3):
            workers.abandon(ended)
        for number in range(9):
            workers.submit(lambda number=number: done.put(number))  # type: ignore[misc]
        assert [done.get(timeout=10) for _ in range(9)] == list(range(9))
        assert len(worker_threads()) == 1
        workers.close()
