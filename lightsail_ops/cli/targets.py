"""The operations that `lightsail-ops wait` waits for: ids, or the JSON in which AWS names them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from lightsail_ops._codec import is_mapping
from lightsail_ops.cli.errors import CommandError, ExitStatus
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation

Target: TypeAlias = Operation | str
_HOME_OF_GLOBAL = RegionName.US_EAST_1  # where Lightsail keeps domains and distributions


def read_standard_input() -> list[Target]:
    """Return the operations, or their ids, that standard input names; see `read_targets`.

    Raises:
        CommandError: it is something else, empty, closed, or cannot be read.
    """
    if sys.stdin is None:  # a shell has closed it
        raise _unusable("standard input is closed.")
    try:
        return read_targets(sys.stdin.read())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _unusable(f"standard input cannot be read: {reason}.") from error


def read_targets(string: str) -> list[Target]:
    """Return the operations, or their ids, that a string names.

    Args:
        string: ids between white space, or one or several JSON documents: an operation, an id, a
            list of these, or an object with the key `operation` or `operations`, as the AWS CLI
            and `lightsail-ops list` print it.

    Raises:
        CommandError: it is something else, or empty.
    """
    string = string.strip()
    if not string:
        raise _unusable("standard input is empty.")
    if string[0] in '{["':
        return [each for document in _documents(string) for each in _targets_in(document)]
    return list(string.split())


def id_of(target: Target) -> str:
    """Return the id of an operation."""
    return target.id if isinstance(target, Operation) else target


def by_region(targets: Iterable[Target], regions: Sequence[str]) -> dict[str, list[Target]]:
    """Sort operations by their regions.

    Args:
        targets: operations, which may name their regions, or ids.
        regions: the region of all of them, if a user has named it.

    Returns:
        The operations by region. Those that name none are with the first region, or alone under
        an empty string, which stands for the default region of the account.
    """
    sorted_targets: dict[str, list[Target]] = {}
    for target in targets:
        region = regions[0] if regions else _region_of(target)
        sorted_targets.setdefault(region, []).append(target)
    strays = sorted_targets.pop("", [])
    if strays:
        sorted_targets.setdefault(next(iter(sorted_targets), ""), []).extend(strays)
    return sorted_targets


def _region_of(target: Target) -> str:
    region = target.location.region_name if isinstance(target, Operation) else None
    return str(_HOME_OF_GLOBAL if region is RegionName.GLOBAL else region or "")


def _documents(string: str) -> Iterator[object]:
    decoder = json.JSONDecoder()
    end = 0
    while end < len(string):
        try:
            document, end = decoder.raw_decode(string, end)
        except ValueError as error:
            raise _unusable(f"standard input is not valid JSON: {error}.") from None
        except RecursionError:
            raise _unusable("standard input is not valid JSON: it is nested too deeply.") from None
        yield document
        while end < len(string) and string[end].isspace():
            end += 1


def _targets_in(document: object) -> Iterator[Target]:
    if isinstance(document, str):
        yield _check_id(document)
    elif is_mapping(document):
        yield from _targets_in_object(document)
    elif isinstance(document, list):
        for each in cast("list[object]", document):
            yield from _targets_in(each)
    else:
        raise _unusable(f"standard input has {document!r} where an operation is expected.")


def _targets_in_object(document: Mapping[str, object]) -> Iterator[Target]:
    for key in ("operations", "operation"):
        if key in document:
            yield from _targets_in(document[key])
            return
    if "operationType" not in document:
        raise _unusable("standard input has a JSON object that names no operation.")
    yield _operation_in(document)


def _operation_in(document: Mapping[str, object]) -> Operation:
    _check_id(document.get("id"))  # before the conversion, which warns of each missing field
    try:
        return Operation.from_dict(document)
    except ResponseError as error:
        raise _unusable(f"standard input has a malformed operation: {error}.") from None


def _check_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _unusable("standard input has an operation without an id.")
    return value


def _unusable(message: str) -> CommandError:
    return CommandError(
        message,
        "Pipe ids, or the JSON of an AWS command that begins operations, into wait -",
        status=ExitStatus.USAGE,
    )
