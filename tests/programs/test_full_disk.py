"""A full disk: the old file stays, and the right one is named."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from support.fakes import raw_operations
from support.program import PROGRAM
from support.wire import Wire, page

from lightsail_ops.__main__ import main


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no file of this process grow beyond 2,000 bytes, which is as if the disk were full."""
    import_module("matplotlib.font_manager")  # its list of fonts would not fit either
    # CPython 3.11 leaves a bytecode file that it could not write whole, and fails to load it later.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf", "a.html"])
def test_leaves_the_old_picture(
    wire: Wire,
    here: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    wire.play([page(raw_operations(1, 50))])
    file = tmp_path / name
    file.write_text("old")
    assert main(["timeline", *here, "--save", str(file)]) == 1
    assert capsys.readouterr().err == f"error: File too large: {file}.\n"
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


def test_leaves_the_old_cursor_file(
    wire: Wire,
    here: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    file = tmp_path / "cursors.json"
    options = "--cursor-file", str(file), "--since", "2016-01-01", "--interval", "0.1", "-o", "id"
    command = ["watch", *here, *options, "--limit"]
    wire.play(lambda _: page(raw_operations(1, 200)))
    assert main([*command, "1"]) == 0
    before = file.read_text()
    request.getfixturevalue("small_files")
    assert main([*command, "199"]) == 1
    assert capsys.readouterr().err == f"error: File too large: {file}.\n"
    assert file.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["cursors.json"]
