"""The worker threads: started when needed, reused, and gone when they are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from queue import SimpleQueue

import pytest
from lightsail_ops._workers import Workers
from support.threads import wait_until, worker_threads

from lightsail_ops import LightsailError, _workers


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    wait_until(lambda: worker_threads() == [])


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(3)
    yield workers
    workers.end_when_idle()


def hang(workers: Workers, count: int) -> threading.Event:
    """Occupy some workers until the event is set."""
    event, begun = threading.Event(), threading.Semaphore(0)

    def job() -> None:
        begun.release()
        event.wait(10)

    for _ in range(count):
        workers.submit(job)
    for _ in range(min(count, 3)):
        assert begun.acquire(timeout=10)
    return event


class TestWorkers:
    def test_do_jobs_in_order(self) -> None:
        workers, done = Workers(1), SimpleQueue[int]()
        for number in range(100):
            workers.submit(partial(done.put, number))
        assert [done.get(timeout=10) for _ in range(100)] == list(range(100))
        workers.end_when_idle()

    def test_are_started_when_they_are_needed(self, workers: Workers) -> None:
        assert worker_threads() == []
        event = hang(workers, 2)
        assert len(worker_threads()) == 2
        event.set()

    def test_are_reused(self, workers: Workers) -> None:
        done = SimpleQueue[int]()
        for _ in range(20):
            workers.submit(lambda: done.put(threading.get_ident()))
            done.get(timeout=10)
            wait_until(lambda: not workers._idle.empty())
        assert len(worker_threads()) == 1

    def test_are_bounded(self, workers: Workers) -> None:
        event = hang(workers, 20)
        assert len(worker_threads()) == 3
        event.set()

    def test_are_daemons(self, workers: Workers) -> None:
        event = hang(workers, 1)
        assert all(
            thread.daemon for thread in threading.enumerate() if "lightsail_ops" in thread.name
        )
        event.set()

    def test_are_busy_with_as_many_jobs_as_there_are_workers(self, workers: Workers) -> None:
        """Again and again: no job waits for a worker that is not there."""
        for _ in range(200):
            barrier, done = threading.Barrier(3), SimpleQueue[int]()

            def meet(barrier: threading.Barrier = barrier, done: SimpleQueue[int] = done) -> None:
                done.put(barrier.wait(10))

            for _ in range(3):
                workers.submit(meet)
            assert {done.get(timeout=10) for _ in range(3)} == {0, 1, 2}


class TestIdleWorkers:
    @pytest.fixture(autouse=True)
    def _end_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_workers, "_IDLE", 0.01)

    def test_end_after_a_while(self, workers: Workers) -> None:
        hang(workers, 3).set()
        wait_until(lambda: worker_threads() == [], 2)

    def test_are_replaced(self, workers: Workers) -> None:
        for _ in range(5):
            hang(workers, 3).set()
            wait_until(lambda: worker_threads() == [])

    def test_do_the_jobs_that_come_as_they_end(self, workers: Workers) -> None:
        done = SimpleQueue[int]()
        for number in range(60):
            workers.submit(partial(done.put, number))
            time.sleep(0.0095)
        assert {done.get(timeout=10) for _ in range(60)} == set(range(60))

    def test_wait_on_where_a_job_is_on_its_way(
        self, workers: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_workers, "_IDLE", 0.5)
        hang(workers, 1).set()
        wait_until(lambda: not workers._idle.empty())
        workers._idle.get_nowait()  # as `submit` does, just before it is interrupted
        time.sleep(1.1)
        assert len(worker_threads()) == 1


class TestClosing:
    def test_ends_the_idle_workers(self, workers: Workers) -> None:
        hang(workers, 3).set()
        workers.close()
        wait_until(lambda: worker_threads() == [], 0.1)

    def test_does_not_wait_for_a_job_that_hangs(self, workers: Workers) -> None:
        event = hang(workers, 3)
        began = time.monotonic()
        workers.close()
        assert 0.15 < time.monotonic() - began < 0.4
        event.set()

    def test_needs_no_worker(self, workers: Workers) -> None:
        began = time.monotonic()
        workers.close()
        assert time.monotonic() - began < 0.1


def test_no_thread_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("_thread.start_new_thread", refuse)
    with pytest.raises(LightsailError, match="can't start new thread"):
        workers.submit(lambda: None)
