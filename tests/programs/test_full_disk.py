"""A full disk: the old file stays, and the right one is named."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fakes import raw_operations
from support.program import PROGRAM
from support.wire import Wire, page


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


def make_environment() -> dict[str, str]:
    """Return the environment without what would not fit on the disk, either.

    CPython 3.11 leaves a bytecode file that it could not write whole, and fails to load it later.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def limit_files() -> None:
    """Let no file grow beyond 2,000 bytes, which is as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few kilobytes, which root can mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf", "a.html"])
def test_leaves_the_old_picture(
    wire: Wire,
    here: tuple[str, ...],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
) -> None:
    wire.play([page(raw_operations(1, 50))])
    cache = tmp_path_factory.mktemp("matplotlib")  # its list of fonts does not fit either
    file = tmp_path / name
    file.write_text("old")
    done = subprocess.run(
        [*PROGRAM, "timeline", *here, "--save", str(file)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_files,
        env={**make_environment(), "MPLCONFIGDIR": str(cache)},
    )
    assert done.stderr == f"error: File too large: {file}.\n"
    assert done.returncode == 1
    assert file.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_on_a_real_disk_leaves_the_old_picture(
    wire: Wire, here: tuple[str, ...], small_disk: Path
) -> None:
    wire.play([page(raw_operations(1, 50))])
    (file := small_disk / "a.html").write_text("old")
    done = subprocess.run(
        [*PROGRAM, "timeline", *here, "--save", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == f"error: No space left on device: {file}.\n"
    assert file.read_text() == "old"
    assert [each.name for each in small_disk.iterdir()] == ["a.html"]


def test_leaves_the_old_cursor_file(wire: Wire, here: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "cursors.json"
    options = "--cursor-file", str(file), "--since", "2016-01-01", "--interval", "0.1", "-o", "id"
    command = [*PROGRAM, "watch", *here, *options, "--limit"]
    wire.play(lambda _: page(raw_operations(1, 200)))
    subprocess.run([*command, "1"], capture_output=True, check=True)
    before = file.read_text()
    done = subprocess.run(
        [*command, "199"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_files,
        env=make_environment(),
    )
    assert done.stderr == f"error: File too large: {file}.\n"
    assert done.returncode == 1
    assert file.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["cursors.json"]
