"""What `lightsail-ops wait -` reads: ids, or the JSON in which AWS names operations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from lightsail_ops._codec import is_mapping
from lightsail_ops.cli.errors import CommandError, ExitStatus
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation

Started: TypeAlias = Operation | str
_HOME_OF_GLOBAL = RegionName.US_EAST_1  # where Lightsail keeps domains and distributions


def read_started(text: str) -> list[Started]:
    """Return the operations, or their ids, that a text names.

    Args:
        text: ids between white space, or one or several JSON documents: an operation, an id, a
            list of these, or an object with the key `operation` or `operations`, as the AWS CLI
            and `lightsail-ops list` print it.

    Raises:
        CommandError: it is something else, or empty.
    """
    text = text.strip()
    if not text:
        raise _unusable("standard input is empty.")
    if text[0] in '{["':
        return [each for document in _documents(text) for each in _started_in(document)]
    return list(text.split())


def by_region(started: Iterable[Started], regions: Sequence[str]) -> dict[str, list[Started]]:
    """Sort operations by their regions.

    Args:
        started: operations, which may name their regions, or ids.
        regions: the region of all of them, if a user has named it.

    Returns:
        The operations by region. Those that name none are with the first region, or alone under
        an empty string, which stands for the default region of the account.
    """
    by_region: dict[str, list[Started]] = {}
    for each in started:
        by_region.setdefault(regions[0] if regions else _region_of(each), []).append(each)
    strays = by_region.pop("", [])
    if strays:
        by_region.setdefault(next(iter(by_region), ""), []).extend(strays)
    return by_region


def _region_of(started: Started) -> str:
    region = started.location.region_name if isinstance(started, Operation) else None
    return str(_HOME_OF_GLOBAL if region is RegionName.GLOBAL else region or "")


def _documents(text: str) -> Iterator[object]:
    decoder = json.JSONDecoder()
    while text:
        try:
            document, end = decoder.raw_decode(text)
        except ValueError as error:
            raise _unusable(f"standard input is not valid JSON: {error}.") from None
        yield document
        text = text[end:].lstrip()


def _started_in(document: object) -> Iterator[Started]:
    if isinstance(document, str):
        yield document
    elif is_mapping(document):
        yield from _started_in_object(document)
    elif isinstance(document, list):
        for each in cast("list[object]", document):
            yield from _started_in(each)
    else:
        raise _unusable(f"standard input has {document!r} where an operation is expected.")


def _started_in_object(document: Mapping[str, object]) -> Iterator[Started]:
    if "operations" in document:
        yield from _started_in(document["operations"])
    elif "operation" in document:
        yield from _started_in(document["operation"])
    elif "operationType" in document:
        try:
            yield Operation.from_dict(document)
        except ResponseError as error:
            raise _unusable(f"standard input has a malformed operation: {error}") from None
    else:
        raise _unusable("standard input has a JSON object that names no operation.")


def _unusable(message: str) -> CommandError:
    return CommandError(
        message,
        "Pipe ids, or the JSON of an AWS command that begins operations, into wait -",
        status=ExitStatus.USAGE,
    )
