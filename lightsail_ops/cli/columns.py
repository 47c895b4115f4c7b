"""The columns of an operation: their names for `--columns`, titles, AWS's keys and values."""

from __future__ import annotations

import attrs

from lightsail_ops.cli.names import nearest, plain
from lightsail_ops.models import Operation


@attrs.frozen
class Column:
    """A column that a user can choose."""

    name: str
    """What `--columns` calls it."""

    title: str
    """Its head in a table."""

    key: str
    """Its key in JSON and its head in CSV: AWS's name of the field, if it is one."""

    meaning: str
    """What it says, for the documentation."""


COLUMNS = (
    Column("id", "Id", "id", "the operation's id"),
    Column("resource", "Resource", "resourceName", "the name of the resource"),
    Column("resource-type", "Resource type", "resourceType", "the type of the resource"),
    Column("created", "Created", "createdAt", "when the operation was created"),
    Column("region", "Region", "regionName", "the region of the resource"),
    Column("zone", "Zone", "availabilityZone", "the availability zone of the resource"),
    Column("ended", "Ended", "isTerminal", "whether the operation has ended"),
    Column("type", "Operation", "operationType", "the type of the operation"),
    Column("status", "Status", "status", "the status of the operation"),
    Column("changed", "Changed", "statusChangedAt", "when the status last changed"),
    Column("details", "Details", "operationDetails", "the details of the operation"),
    Column("error-code", "Error code", "errorCode", "the code of the error"),
    Column("error-details", "Error details", "errorDetails", "the message of the error"),
    Column("error", "Error", "error", "the code and the message of the error"),
    Column("took", "Took", "durationSeconds", "from the creation to the end, in seconds"),
)
REASON = Column("reason", "Details", "", "the error of what failed, or else the details")
"""What a wide table shows by default, and nobody can choose."""

_BY_SPELLING = {
    plain(spelling): column
    for column in COLUMNS
    for spelling in (column.title, column.key, column.name)
}


def column_named(name: str) -> Column:
    """Return a column by its name, title or key in any spelling.

    Raises:
        ValueError: there is no such column.
    """
    column = _BY_SPELLING.get(plain(name))
    if column is None:
        names = nearest(name, (each.name for each in COLUMNS))
        advice = f"Did you mean {names[0]}?" if names else f"There are {_all_names()}."
        raise ValueError(f"there is no column {name!r}. {advice}")
    return column


def explain(operation: Operation) -> str:
    """Return the code and the message of an operation's error, or an empty string."""
    return ": ".join(filter(None, (operation.error_code, operation.error_details)))


def values_of(operation: Operation) -> dict[str, object]:
    """Return the JSON-ready values of all columns by their keys, those left out that have none."""
    values = operation.to_dict()
    del values["location"]
    duration = operation.duration
    others = {
        "regionName": operation.location.region_name,
        "availabilityZone": operation.location.availability_zone,
        "error": explain(operation) or None,
        "durationSeconds": None if duration is None else duration.total_seconds(),
    }
    return values | {key: value for key, value in others.items() if value is not None}


def _all_names() -> str:
    *others, last = (column.name for column in COLUMNS)
    return f"{', '.join(others)} and {last}"
