"""Operations as text: a table for people, and jsonl, json and csv for programs.

Every writer takes batches of operations as they come, and hands each on at once.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TextIO

from lightsail_ops import Operation
from lightsail_ops.cli.screen import is_terminal, local_zone, standard_output
from lightsail_ops.cli.table import Table


class Format(StrEnum):
    """What `--output` takes."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def write(
    batches: Iterable[Sequence[Operation]],
    output: Format | None,
    *,
    several_regions: bool,
    utc: bool,
    is_watch: bool = False,
) -> None:
    """Write operations to standard output.

    Args:
        batches: the operations, each batch of which is written when it comes.
        output: how; None: a table on a terminal, jsonl elsewhere.
        several_regions: whether a table says where an operation was.
        utc: whether a table's times are in UTC.
        is_watch: whether a table shows changes, which come one at a time.
    """
    console = standard_output()
    match output or (Format.TABLE if is_terminal(console) else Format.JSONL):
        case Format.TABLE:
            zone = local_zone(utc=utc)
            Table(console, zone, several_regions, shows_changes=is_watch).write(batches)
        case Format.JSON:
            write_json(batches, sys.stdout)
        case Format.JSONL:
            write_jsonl(batches, sys.stdout)
        case _:
            write_csv(batches, sys.stdout)


def write_jsonl(batches: Iterable[Sequence[Operation]], stream: TextIO) -> None:
    """Write one JSON object a line, in ASCII, which every program and terminal can read."""
    for batch in batches:
        stream.write("".join(f"{json.dumps(operation.to_dict())}\n" for operation in batch))
        stream.flush()


def write_json(batches: Iterable[Sequence[Operation]], stream: TextIO) -> None:
    """Write one JSON array, which is complete even where the reading stops half-way."""
    separator = "[\n"
    try:
        for batch in batches:
            for operation in batch:
                stream.write(f"{separator}{json.dumps(operation.to_dict())}")
                separator = ",\n"
            stream.flush()
    finally:
        stream.write("[]\n" if separator == "[\n" else "\n]\n")
        stream.flush()


CSV_COLUMNS = (
    "id",
    "resourceName",
    "resourceType",
    "createdAt",
    "regionName",
    "availabilityZone",
    "isTerminal",
    "operationType",
    "status",
    "statusChangedAt",
    "operationDetails",
    "errorCode",
    "errorDetails",
)


def write_csv(batches: Iterable[Sequence[Operation]], stream: TextIO) -> None:
    """Write a line of AWS's keys, then a line for each operation; what AWS left out is empty."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for batch in batches:
        writer.writerows(map(_values, batch))
        stream.flush()


def _values(operation: Operation) -> list[str]:
    raw = operation.to_dict()
    raw |= raw.pop("location")
    raw["isTerminal"] = json.dumps(operation.is_terminal)
    return [raw.get(column, "") for column in CSV_COLUMNS]
