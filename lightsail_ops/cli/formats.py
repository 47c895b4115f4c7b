"""Operations for programs: jsonl, json, csv and ids."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from io import StringIO
from types import TracebackType
from typing import Self, TextIO

from lightsail_ops._printable import printable
from lightsail_ops.cli.columns import COLUMNS, Column, values_of
from lightsail_ops.cli.encoding import encode, encode_lines
from lightsail_ops.models import Operation


class Format(StrEnum):
    """What `--output` takes."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    ID = "id"


class Writer(ABC):
    """Writes batches of operations as they come, for a `with` block."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO = stream

    @abstractmethod
    def write(self, batch: Sequence[Operation]) -> None:
        """Write operations at once."""

    def close(self) -> None:
        """Complete what was begun, even where an error has ended it."""
        self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class LineWriter(Writer):
    """Writes a line for each operation, after a head if there is one, and flushes each batch."""

    def __init__(
        self, stream: TextIO, format_batch: Callable[[Sequence[Operation]], str], head: str = ""
    ) -> None:
        super().__init__(stream)
        self._format_batch = format_batch
        self._head = head

    def __enter__(self) -> Self:
        self.stream.write(self._head)
        return self

    def write(self, batch: Sequence[Operation]) -> None:
        """Write a line for each operation."""
        self.stream.write(self._format_batch(batch))
        self.stream.flush()


class JsonWriter(Writer):
    """Writes one JSON array, which is complete even where the reading stops half-way."""

    def __init__(
        self, stream: TextIO, choose_values: Callable[[Operation], Mapping[str, object]]
    ) -> None:
        super().__init__(stream)
        self._choose_values = choose_values
        self._separator = "[\n"

    def write(self, batch: Sequence[Operation]) -> None:
        """Write operations as elements of the array."""
        for operation in batch:
            self.stream.write(f"{self._separator}{encode(self._choose_values(operation))}")
            self._separator = ",\n"
        self.stream.flush()

    def close(self) -> None:
        """End the array."""
        self.stream.write("[]\n" if self._separator == "[\n" else "\n]\n")
        super().close()


def writer_for(output: Format, stream: TextIO, columns: Sequence[Column]) -> Writer:
    """Return the writer of a format for programs.

    Args:
        output: a format other than a table.
        stream: what to write to.
        columns: which values to write; all that AWS sends if there are none.
    """
    match output:
        case Format.JSON:
            return JsonWriter(stream, _values_chosen_by(columns))
        case Format.CSV:
            return _csv_writer(stream, [column.key for column in columns or _CSV_COLUMNS])
        case Format.ID:
            return LineWriter(stream, _format_ids)
        case _:
            return LineWriter(stream, _format_jsonl(columns))


_CSV_COLUMNS = [column for column in COLUMNS if column.name not in {"error", "took"}]


def _values_chosen_by(columns: Sequence[Column]) -> Callable[[Operation], Mapping[str, object]]:
    if not columns:
        return Operation.to_dict
    keys = [column.key for column in columns]

    def choose_values(operation: Operation) -> Mapping[str, object]:
        values = values_of(operation)
        return {key: values[key] for key in keys if key in values}

    return choose_values


def _format_jsonl(columns: Sequence[Column]) -> Callable[[Sequence[Operation]], str]:
    if not columns:
        return encode_lines
    choose_values = _values_chosen_by(columns)
    return lambda batch: "".join([f"{encode(choose_values(each))}\n" for each in batch])


def _format_ids(batch: Sequence[Operation]) -> str:
    return "".join(f"{printable(operation.id)}\n" for operation in batch)


def _csv_writer(stream: TextIO, keys: Sequence[str]) -> LineWriter:
    clean = printable if stream.isatty() else str  # a file gets what AWS sent

    def row(operation: Operation) -> list[str]:
        values = values_of(operation)
        return [clean(_csv_value(values.get(key, ""))) for key in keys]

    return LineWriter(stream, lambda batch: _csv_lines(map(row, batch)), head=_csv_lines([keys]))


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    lines = StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def _csv_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
