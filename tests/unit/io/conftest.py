"""No test of the drivers leaves a thread behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from support.threads import wait_until, worker_threads


def _is_without_threads() -> bool:
    gc.collect()  # the traceback of an error keeps its client, and so the threads
    return worker_threads() == []


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    wait_until(_is_without_threads)
