"""Operations for programs: jsonl, json, csv and ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from io import StringIO
from operator import attrgetter
from typing import TextIO

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.cli.columns import COLUMNS, Column
from lightsail_ops.cli.options import Options
from lightsail_ops.cli.terminal import Terminal, Writer
from lightsail_ops.cli.times import display_zone
from lightsail_ops.models import Operation, ResourceLocation

try:
    import orjson
except ImportError:  # the extra `fast` is not installed
    orjson = None  # type: ignore[assignment]  # optional - json does, too


class Format(StrEnum):
    """The values of `--output`."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    ID = "id"


class LineWriter:
    """Writes a line for each operation, after a head if there is one."""

    def __init__(
        self, stream: TextIO, format_batch: Callable[[Sequence[Operation]], str], head: str = ""
    ) -> None:
        self._stream = stream
        self._format_batch = format_batch
        stream.write(head)

    def write(self, batch: Sequence[Operation]) -> None:
        """Write a line for each operation."""
        self._stream.write(self._format_batch(batch))

    def close(self) -> None:
        """Do nothing: lines have no end."""


class JsonWriter:
    """Writes one JSON array, which is complete even where the reading stops half-way."""

    def __init__(
        self, stream: TextIO, to_dict: Callable[[Operation], Mapping[str, object]]
    ) -> None:
        self._stream = stream
        self._to_dict = to_dict
        self._separator = "[\n"

    def write(self, batch: Sequence[Operation]) -> None:
        """Write operations as elements of the array."""
        for operation in batch:
            self._stream.write(f"{self._separator}{encode(self._to_dict(operation))}")
            self._separator = ",\n"

    def close(self) -> None:
        """End the array."""
        self._stream.write("[]\n" if self._separator == "[\n" else "\n]\n")


def format_of(terminal: Terminal, options: Options) -> Format:
    """Return the format: a table on a terminal and jsonl elsewhere, if none is named."""
    if options.output:
        return Format(options.output)
    return Format.TABLE if terminal.out.is_terminal else Format.JSONL


def make_writer(
    terminal: Terminal,
    options: Options,
    *,
    several_regions: bool = False,
    shows_changes: bool = False,
) -> Writer:
    """Return the writer of the format that the options name.

    Args:
        terminal: where operations are written.
        options: the format, the columns and the time zone.
        several_regions: whether a table names the region by default.
        shows_changes: whether a table's time is that of the last change by default.
    """
    stream, columns = terminal.out.stream, options.columns
    match format_of(terminal, options):
        case Format.TABLE:
            from lightsail_ops.cli.table import TableWriter  # late: a pipe needs no table

            return TableWriter(
                terminal.out,
                display_zone(utc=options.utc),
                columns,
                several_regions=several_regions,
                shows_changes=shows_changes,
            )
        case Format.JSON:
            return JsonWriter(stream, _to_dict_of(columns))
        case Format.CSV:
            return _csv_writer(stream, columns or _CSV_COLUMNS)
        case Format.ID:
            return LineWriter(stream, _format_ids)
        case _:
            to_dict = _to_dict_of(columns)
            return LineWriter(
                stream,
                (lambda batch: "".join([f"{encode(to_dict(each))}\n" for each in batch]))
                if columns
                else encode_lines,
            )


def encode(value: Mapping[str, object]) -> str:
    """Return JSON in ASCII without spaces, by orjson if it is installed (extra `fast`)."""
    if orjson is not None:
        with suppress(TypeError):  # a lone surrogate, which only an escape can stand for
            return _as_json_writes_it(orjson.dumps(value))
    return json.dumps(value, separators=(",", ":"))


def encode_lines(operations: Sequence[Operation]) -> str:
    """Return the JSON of what `Operation.to_dict` returns, a line for each operation.

    orjson formats times and enums itself. So it needs no `to_dict`, which takes more than half of
    the time (`tests/benchmarks/bench_cli.py`).
    """
    if orjson is not None:
        with suppress(TypeError):
            lines = [orjson.dumps(_read_values(operation)) for operation in operations]
            return _as_json_writes_it(b"\n".join([*lines, b""]))
    return "".join([f"{encode(operation.to_dict())}\n" for operation in operations])


def _as_json_writes_it(encoded: bytes) -> str:
    """Return orjson's UTF-8 as a string if it is printable ASCII; raises a TypeError otherwise."""
    if not encoded.isascii() or b"\x7f" in encoded:
        raise TypeError("json escapes some characters")
    return encoded.decode()


def _make_reader(kind: type[Operation | ResourceLocation]) -> Callable[[object], dict[str, object]]:
    """Return a function that returns the values of a model by AWS's keys, None left out."""
    names = [field.name for field in attrs.fields(kind)]
    keys = [re.sub("_(.)", lambda match: match[1].upper(), name) for name in names]
    get_values = attrgetter(*names)
    return lambda model: {
        key: value for key, value in zip(keys, get_values(model), strict=True) if value is not None
    }


_read_operation = _make_reader(Operation)
_read_location = _make_reader(ResourceLocation)


def _read_values(operation: Operation) -> dict[str, object]:
    values = _read_operation(operation)
    values["location"] = _read_location(operation.location)
    return values


_CSV_COLUMNS = [column for column in COLUMNS if column.name not in {"error", "took"}]


def _to_dict_of(columns: Sequence[Column]) -> Callable[[Operation], Mapping[str, object]]:
    if not columns:
        return Operation.to_dict
    return lambda operation: {
        column.key: value for column in columns if (value := column.value(operation)) is not None
    }


def _format_ids(batch: Sequence[Operation]) -> str:
    return "".join(f"{printable(operation.id)}\n" for operation in batch)


def _csv_writer(stream: TextIO, columns: Sequence[Column]) -> LineWriter:
    clean = printable if stream.isatty() else str  # a file gets what AWS sent

    def row(operation: Operation) -> list[str]:
        return [clean(_csv_value(column.value(operation))) for column in columns]

    head = _csv_lines([[column.key for column in columns]])
    return LineWriter(stream, lambda batch: _csv_lines(map(row, batch)), head)


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    import csv  # late: only one format needs it

    lines = StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def _csv_value(value: object) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else json.dumps(value)
