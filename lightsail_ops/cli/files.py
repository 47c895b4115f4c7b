"""Files that are replaced whole or not at all, and the file that holds cursors of watches.

The locks are POSIX's (`fcntl`). On Windows, which is untested, nothing is locked.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeGuard
from zlib import crc32

from lightsail_ops._codec import is_mapping
from lightsail_ops.cli.errors import CommandError, ExitStatus

if sys.platform != "win32":  # pragma: no branch
    import fcntl


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it holds the old content or the new one, whatever happens.

    A link is followed. What is not a regular file, such as `/dev/stdout`, is written as it is. An
    OSError names the path.
    """
    with _naming(path):
        mode = _mode_of(path)
        if mode is not None and not stat.S_ISREG(mode):
            path.write_bytes(content)
            return
        target = Path(os.path.realpath(path))
        # The name is short, since that of the file may have all the characters that it can have.
        draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with draft.open("xb") as file:
                if mode is not None:
                    draft.chmod(stat.S_IMODE(mode))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


class CursorFile:
    """A JSON file with the cursors of watches, by profile and region.

    Any number of watches can keep their cursors in one file at the same time, one watch for each
    profile and region.
    """

    def __init__(self, name: str, profile: str) -> None:
        """Choose the file, and the profile whose cursors it reads and writes, or another name."""
        self._path = Path(name)
        self._profile = profile

    @contextmanager
    def hold(self, regions: Iterable[str]) -> Generator[None]:
        """Keep other watches from the cursors of some regions, for a `with` block.

        A byte is locked for each, which the system unlocks however the process ends. The bytes are
        those of a hidden file beside this one, since this one is replaced whenever it is written.
        """
        self._read()  # nothing is made beside what is no cursor file
        with _locked(self._path), _naming(self._path):
            target = Path(os.path.realpath(self._path))
            lock = target.with_name(f".{crc32(target.name.encode()):x}.lock")
            file = lock.open("wb")
            keys = {region: f"{self._profile} {region}".encode() for region in regions}
            taken = [region for region, key in keys.items() if not _try_lock(file, 1, crc32(key))]
        with file:
            try:
                if taken:
                    raise CommandError(
                        f"another watch keeps its position of {taken[0]} in {self._path}.",
                        "End that watch, or name another file.",
                        status=ExitStatus.USAGE,
                    )
                yield
            finally:
                with suppress(OSError), _locked(self._path):
                    if _try_lock(file):  # no other watch has it
                        lock.unlink()

    def load(self) -> Mapping[str, str]:
        """Return the profile's cursors by region; none if there is no such file yet."""
        return self._read().get(self._profile, {})

    def save(self, cursors: Mapping[str, str]) -> None:
        """Write the cursors of some regions, and keep all others that are in the file."""
        with _locked(self._path):
            profiles = dict(self._read())
            profiles[self._profile] = {**profiles.get(self._profile, {}), **cursors}
            content = {"version": 1, "profiles": profiles}
            replace_file(self._path, f"{json.dumps(content, indent=2)}\n".encode())

    def _read(self) -> Mapping[str, Mapping[str, str]]:
        mode = _mode_of(self._path)
        if mode is None:
            return {}
        if stat.S_ISREG(mode):  # others may have no end
            with _naming(self._path), suppress(ValueError, RecursionError):
                string = self._path.read_text(encoding="utf-8")
                if not string:
                    return {}  # `mktemp` has made it
                match json.loads(string):
                    case {"version": 1, "profiles": profiles} if _is_profiles(profiles):
                        return profiles
                    case _:
                        pass
        start_over = ", or delete this one to start over" if stat.S_ISREG(mode) else ""
        raise CommandError(
            f"{self._path} is not a cursor file.",
            f"Name another file{start_over}.",
            status=ExitStatus.USAGE,
        )


def _is_profiles(value: object) -> TypeGuard[Mapping[str, Mapping[str, str]]]:
    """Whether a value holds cursors by profile and region."""
    return is_mapping(value) and all(
        is_mapping(cursors) and all(isinstance(each, str) for each in cursors.values())
        for cursors in value.values()
    )


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Hold a lock in a `with` block: on the folder, since the file itself is replaced."""
    with _naming(path):
        folder = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
    try:
        if sys.platform != "win32":  # pragma: no branch
            with suppress(OSError):  # some network file systems lock no folders
                fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _try_lock(file: IO[bytes], length: int = 0, start: int = 0) -> bool:
    """Lock bytes of a file, by default all, unless another process has locked some of them."""
    if sys.platform != "win32":  # pragma: no branch
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except OSError as error:  # some network file systems lock nothing
            return error.errno not in {errno.EACCES, errno.EAGAIN}
    return True


def _mode_of(path: Path) -> int | None:
    """Return the mode of a file, or None if there is no such file yet."""
    with _naming(path):
        try:
            return path.stat().st_mode
        except FileNotFoundError:
            return None


@contextmanager
def _naming(path: Path) -> Generator[None]:
    """Let an error name the file that the user has named, and not a draft or none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
