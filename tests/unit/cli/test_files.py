"""Files that are replaced whole or not at all, and cursor files."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lightsail_ops.cli.errors import CommandError
from lightsail_ops.cli.files import CursorFile, replace_file

pytestmark = pytest.mark.usefixtures("coverage_of_processes")

LINUX = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")


class TestReplacing:
    def test_writes_a_new_file_with_the_usual_permissions(self, tmp_path: Path) -> None:
        file = tmp_path / "a.json"
        replace_file(file, b"new")
        other = tmp_path / "other"
        other.touch()
        assert file.read_bytes() == b"new"
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)

    def test_keeps_the_permissions_of_the_old_file(self, tmp_path: Path) -> None:
        file = tmp_path / "a.json"
        file.touch(0o640)
        replace_file(file, b"new")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert [each.name for each in tmp_path.iterdir()] == ["a.json"]

    def test_follows_a_link(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (link := tmp_path / "link").symlink_to("folder/a.json")
        for content in (b"first", b"second"):
            replace_file(link, content)
            assert link.is_symlink()
            assert (folder / "a.json").read_bytes() == content

    def test_works_for_the_longest_name(self, tmp_path: Path) -> None:
        file = tmp_path / ("n" * 255)
        replace_file(file, b"new")
        assert file.read_bytes() == b"new"

    @pytest.mark.parametrize("step", ["write", "fsync", "replace"])
    def test_that_fails_leaves_the_old_file_and_names_it(
        self, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        file = tmp_path / "a.json"
        file.write_text("old")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        if step == "write":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
        elif step == "fsync":
            monkeypatch.setattr(os, "fsync", fail)
        else:
            monkeypatch.setattr(Path, "replace", fail)
        try:
            with pytest.raises(OSError, match=r"a\.json") as failed:
                replace_file(file, b"n" * 100_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert failed.value.filename == str(file)
        assert file.read_text() == "old"
        assert [each.name for each in tmp_path.iterdir()] == ["a.json"]

    def test_interrupted_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        file = tmp_path / "a.json"
        file.write_text("old")
        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            replace_file(file, b"new")
        assert file.read_text() == "old"
        assert [each.name for each in tmp_path.iterdir()] == ["a.json"]

    @LINUX
    def test_writes_to_what_is_not_a_regular_file(self, tmp_path: Path) -> None:
        (link := tmp_path / "a.png").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left") as failed:
            replace_file(link, b"content")
        assert failed.value.filename == str(link)
        assert Path("/dev/full").is_char_device()
        code = (
            "from pathlib import Path; from lightsail_ops.cli.files import replace_file; "
            "replace_file(Path('/dev/stdout'), b'content')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout == b"content"

    def test_to_a_folder_that_is_missing_names_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "nowhere" / "a.png"
        with pytest.raises(FileNotFoundError) as failed:
            replace_file(file, b"")
        assert failed.value.filename == str(file)

    def test_to_a_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError):
            replace_file(tmp_path, b"")


class TestCursorFile:
    def test_holds_profiles_and_regions(self, tmp_path: Path) -> None:
        name = str(tmp_path / "cursors.json")
        CursorFile(name, "default").save({"us-west-2": "a"})
        CursorFile(name, "prod").save({"us-west-2": "b"})
        CursorFile(name, "default").save({"us-east-1": "c"})
        CursorFile(name, "default").save({"us-west-2": "d"})
        assert CursorFile(name, "default").load() == {"us-west-2": "d", "us-east-1": "c"}
        assert CursorFile(name, "prod").load() == {"us-west-2": "b"}
        assert CursorFile(name, "other").load() == {}
        assert json.loads((tmp_path / "cursors.json").read_text())["version"] == 1

    def test_that_is_written_by_many_at_once_loses_nothing(self, tmp_path: Path) -> None:
        name = str(tmp_path / "cursors.json")

        def save(profile: str) -> None:
            for number in range(20):
                CursorFile(name, profile).save({f"region-{number % 4}": f"cursor {number}"})

        threads = [threading.Thread(target=save, args=(f"profile-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number in range(4):
            assert CursorFile(name, f"profile-{number}").load() == {
                f"region-{each}": f"cursor {16 + each}" for each in range(4)
            }
        assert [each.name for each in tmp_path.iterdir()] == ["cursors.json"]

    @LINUX
    @pytest.mark.parametrize("name", ["/dev/full", "/dev/null", "/dev"])
    def test_is_a_regular_file(self, name: str) -> None:
        with pytest.raises(CommandError, match="is not a cursor file") as refused:
            CursorFile(name, "default").load()
        assert refused.value.advice == ("Name another file.",)

    @pytest.mark.parametrize(
        "content",
        [
            {"version": 2, "profiles": {}},
            {"version": 1},
            {"version": 1, "profiles": []},
            {"version": 1, "profiles": {"default": "cursor"}},
            {"version": 1, "profiles": {"default": {"us-west-2": 1}}},
            [],
        ],
    )
    def test_of_another_shape_is_no_cursor_file(self, tmp_path: Path, content: object) -> None:
        (path := tmp_path / "cursors.json").write_text(json.dumps(content))
        with pytest.raises(CommandError, match="is not a cursor file"):
            CursorFile(str(path), "default").load()

    def test_that_somebody_has_overwritten_is_not_replaced(self, tmp_path: Path) -> None:
        (path := tmp_path / "cursors.json").write_text("notes")
        with pytest.raises(CommandError, match="is not a cursor file"):
            CursorFile(str(path), "default").save({"us-west-2": "a"})
        assert path.read_text() == "notes"

    def test_in_a_folder_that_is_missing_names_the_file(self, tmp_path: Path) -> None:
        name = str(tmp_path / "nowhere" / "cursors.json")
        with pytest.raises(FileNotFoundError) as failed:
            CursorFile(name, "default").save({})
        assert failed.value.filename == name

    def test_in_a_folder_that_is_gone_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder := tmp_path / "gone").mkdir()
        monkeypatch.chdir(folder)
        folder.rmdir()
        with pytest.raises(FileNotFoundError) as raised, CursorFile("a.json", "p").hold(["r"]):
            pass  # pragma: no cover - it does not come so far
        assert raised.value.filename == "a.json"
