"""The file in which `watch --cursor-file` keeps how far it has come."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeGuard

import attrs

from lightsail_ops._codec import is_mapping
from lightsail_ops.cli.changes import AllRegionsFailError
from lightsail_ops.cli.errors import CommandError, ExitStatus, describe
from lightsail_ops.cli.ordering import changed
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

_OVERLAP = timedelta(minutes=5)  # AWS may list an operation later than one that is newer


@attrs.frozen
class CursorFile:
    """A JSON object with the cursor of each region."""

    path: Path

    def load(self) -> dict[str, str]:
        """Return the cursors by region; none if there is no such file yet.

        Raises:
            CommandError: the file holds something else.
            OSError: the file cannot be read.
        """
        try:
            cursors: object = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:  # malformed JSON or UTF-8
            cursors = None
        if is_mapping(cursors):
            table = {region: cursor for region, cursor in cursors.items() if _is_string(cursor)}
            if len(table) == len(cursors):
                return table
        raise CommandError(
            f"{self.path} is not a cursor file.",
            "Name another file, or delete this one to start over.",
            status=ExitStatus.USAGE,
        )

    def save(self, cursors: Mapping[str, str]) -> None:
        """Replace the file at once, so that a crash leaves either the old or the new one."""
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        try:
            draft.write_text(f"{json.dumps(cursors, indent=2)}\n", encoding="utf-8")
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)


class Position:
    """How far a watch has come, and how to resume it."""

    def __init__(self, since: datetime, file: CursorFile | None) -> None:
        """Load the cursors.

        Args:
            since: where the watch begins.
            file: where the cursors are kept, if they are.

        Raises:
            CommandError: the file is not a cursor file.
            OSError: the file cannot be read.
        """
        self._file = file
        self._newest: datetime | None = None
        self._since = since
        self.cursors: dict[str, str] = file.load() if file else {}

    def note(self, operation: Operation) -> None:
        """Take note of an operation that has come."""
        newest = changed(operation)
        self._newest = newest if self._newest is None else max(newest, self._newest)

    def save(self, cursors: Mapping[str, str]) -> None:
        """Save the cursors; those of regions that are not watched now are kept."""
        if self._file:
            self.cursors |= cursors
            self._file.save(self.cursors)

    @contextmanager
    def explain_errors(self) -> Generator[None]:
        """Add to an error that ends the watch, or to Ctrl-C, how to resume."""
        try:
            yield
        except (LightsailError, AllRegionsFailError) as error:
            description = describe(error)
            raise CommandError(
                description.message, description.advice, self._resume_advice
            ) from error
        except KeyboardInterrupt:
            raise CommandError(
                "interrupted.", self._resume_advice, status=ExitStatus.INTERRUPTED
            ) from None

    @property
    def _resume_advice(self) -> str:
        if self._file:
            return f"Resume with --cursor-file {shlex.quote(str(self._file.path))}"
        since = self._since if self._newest is None else self._newest - _OVERLAP
        return f"Resume with --since {since:%Y-%m-%dT%H:%M:%SZ}"


def _is_string(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
