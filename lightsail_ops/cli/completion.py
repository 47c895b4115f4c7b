"""Completion of words in a shell: `eval "$(lightsail-ops --completion bash)"`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import click

from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.enums import OperationStatus, OperationType

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def complete_regions(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the regions in which botocore says that Lightsail is."""
    import botocore.session  # late: only the shell needs it here

    names = botocore.session.Session().get_available_regions("lightsail")
    return _completions(incomplete, names)


def complete_profiles(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the profiles of this machine's AWS configuration."""
    import botocore.session  # late, as above

    return _completions(incomplete, botocore.session.Session().available_profiles)


def complete_statuses(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some statuses that are separated by commas."""
    return _completions_in_list(incomplete, OperationStatus)


def complete_types(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some operation types that are separated by commas."""
    return _completions_in_list(incomplete, OperationType)


def complete_columns(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some columns that are separated by commas."""
    return _completions_in_list(incomplete, (column.name for column in COLUMNS))


def _completions_in_list(incomplete: str, names: Iterable[str]) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{completion}" for completion in _completions(last, names)]


def _completions(incomplete: str, names: Iterable[str]) -> list[str]:
    """Return what begins exactly as the word does, or the shell takes it for no completion."""
    length = len(incomplete)
    return [
        incomplete + name[length:]
        for name in sorted(map(str, names))
        if name[:length].lower() == incomplete.lower()
    ]
