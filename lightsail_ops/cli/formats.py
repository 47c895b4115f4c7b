"""Operations for programs: jsonl, json, csv and ids; and the choice among these and a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO, TypeAlias

from lightsail_ops._printable import printable
from lightsail_ops.cli.columns import COLUMNS, Column
from lightsail_ops.cli.options import Options
from lightsail_ops.cli.terminal import Terminal, display_zone
from lightsail_ops.models import Operation

try:
    import orjson
except ImportError:  # the extra `fast` is not installed
    orjson = None  # type: ignore[assignment]  # optional - json does, too

Write: TypeAlias = Callable[[Sequence[Operation]], object]
_encode = json.JSONEncoder(separators=(",", ":")).encode
_CSV_COLUMNS = [column for column in COLUMNS if column.name not in {"error", "took"}]


def format_of(terminal: Terminal, options: Options) -> str:
    """Return a value of `--output`. Defaults to a table on a terminal, and to jsonl elsewhere."""
    return options.output or ("table" if terminal.out.is_terminal else "jsonl")


@contextmanager
def open_writer(
    terminal: Terminal,
    options: Options,
    *,
    several_regions: bool = False,
    shows_changes: bool = False,
    makes_paragraphs: bool = False,
) -> Generator[Write]:
    """Return a function that writes operations in the format of the options, for a `with` block.

    By default a table names the region of each if there are several, and the time of the last
    change, rather than that of the creation, if it shows changes. Paragraphs, instead of a table,
    hold everything about each operation.
    """
    stream, columns = terminal.out.stream, options.columns
    match format_of(terminal, options):
        case "table":
            from lightsail_ops.cli import table  # late: a pipe needs none

            zone = display_zone(utc=options.utc)
            if makes_paragraphs:
                yield table.Paragraphs(terminal.out, zone, columns).write
                return
            yield table.Table(
                terminal.out,
                zone,
                columns,
                several_regions=several_regions,
                shows_changes=shows_changes,
                has_head=not options.no_headers,
            ).write
        case "json":
            separator = "[\n"

            def write(batch: Sequence[Operation]) -> None:
                nonlocal separator
                if batch:
                    lines = encode_lines(batch, columns).replace("\n", ",\n")
                    stream.write(f"{separator}{lines}")
                    separator = ",\n"

            try:
                yield write
            finally:  # the array is complete even where the reading stops half-way
                if not terminal.signals.was_forced:  # nobody takes it
                    stream.write("[]\n" if separator == "[\n" else "\n]\n")
        case "csv":
            clean = printable if terminal.out.is_terminal else str  # a file gets what AWS sent
            # What continues from a page is put behind what has a header.
            has_header = options.page_token is None and not options.no_headers
            yield _make_csv_writer(stream, columns or _CSV_COLUMNS, clean, has_header=has_header)
        case "id":
            yield lambda batch: stream.writelines(f"{printable(each.id)}\n" for each in batch)
        case _:
            yield lambda batch: stream.write(f"{encode_lines(batch, columns)}\n" if batch else "")


def encode_lines(operations: Sequence[Operation], columns: Sequence[Column] = ()) -> str:
    """Return a line of JSON in ASCII for each operation: of some columns, or of `to_dict`.

    orjson (extra `fast`) formats times and enums itself. So it needs no `to_dict`, which takes
    more than half of the time (`tests/benchmarks/bench_cli.py`).
    """
    if not columns and orjson is not None:
        with suppress(TypeError):  # a lone surrogate
            lines = b"\n".join(map(orjson.dumps, map(_values_of, operations)))
            if lines.isascii() and b"\x7f" not in lines:  # json escapes these
                return lines.decode()
    return "\n".join([_encode(_to_dict(operation, columns)) for operation in operations])


def _values_of(operation: Operation) -> dict[str, object]:
    zone, region = operation.location.availability_zone, operation.location.region_name
    values: dict[str, object] = {
        "id": operation.id,
        "resourceName": operation.resource_name,
        "resourceType": operation.resource_type,
        "createdAt": operation.created_at,
        "location": {"availabilityZone": zone, "regionName": region},
        "isTerminal": operation.is_terminal,
        "operationType": operation.operation_type,
        "status": operation.status,
    }
    if zone is None or region is None:
        values["location"] = operation.to_dict()["location"]
    if operation.status_changed_at is not None:
        values["statusChangedAt"] = operation.status_changed_at
    if operation.operation_details is not None:
        values["operationDetails"] = operation.operation_details
    if operation.error_code is not None:
        values["errorCode"] = operation.error_code
    if operation.error_details is not None:
        values["errorDetails"] = operation.error_details
    return values


def _to_dict(operation: Operation, columns: Sequence[Column]) -> Mapping[str, object]:
    if not columns:
        return operation.to_dict()
    values = {column.key: column.value(operation) for column in columns}
    return {key: value for key, value in values.items() if value is not None}


def _make_csv_writer(
    stream: TextIO, columns: Sequence[Column], clean: Callable[[str], str], *, has_header: bool
) -> Write:
    import csv  # late: only one format needs it

    rows = csv.writer(stream, lineterminator="\n")
    if has_header:
        rows.writerow([column.key for column in columns])

    def to_string(value: object) -> str:
        if value is None:
            return ""
        return clean(str(value) if isinstance(value, str) else json.dumps(value))

    return lambda batch: rows.writerows(
        [to_string(column.value(operation)) for column in columns] for operation in batch
    )
