"""Fills a server with the resources of a TOML file, by the actions that a program would call.

The file has a table array for each kind of resource. A table's keys are members of the action that
creates such a resource, under AWS's names, or members of the resource as it is read, such as
`createdAt`:

    [[instance]]
    name = "web"
    blueprintId = "debian_12"
    region = "us-west-2"

    [[disk]]
    name = "data"
    sizeInGb = 32
    attachedTo = "web"
"""

from __future__ import annotations

import tomllib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from botocore.model import StructureShape

from lightsail_ops._botocore.data import describe_unknown_region, is_known_region
from lightsail_ops.testing._control import LOCK
from lightsail_ops.testing._data import JsonObject, action_model, load
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.load_balancers import AnyCertificate
from lightsail_ops.testing.exceptions import AwsError
from lightsail_ops.testing.models import (
    LightsailBackend,
    find_backend,
    get_account_id,
    lightsail_backends,
)

KINDS = load("state.toml")
_PATHS = [f"/dev/xvd{letter}" for letter in "fghijklmnop"]
_REFERENCES: list[str] = KINDS.pop("references")
_STRINGS = frozenset({"name", "region", "availabilityZone", *_REFERENCES})


class StateError(ValueError):
    """The file cannot be used; the message names its table and its key."""


@contextmanager
def _locate(where: str) -> Generator[None]:
    """Say of what is wrong where it is."""
    try:
        yield
    except (AwsError, StateError) as error:
        reason = error.message if isinstance(error, AwsError) else str(error)
        raise StateError(f"{where}: {'; '.join(reason.splitlines())}") from error


def fill(file: Path, region: str) -> None:
    """Create the resources of a file.

    Args:
        file: a TOML file.
        region: where resources are that neither name a region nor refer to another resource.

    Raises:
        OSError: the file cannot be read.
        StateError: a table or a key of it is wrong, or Lightsail refuses it.
    """
    with _locate(str(file)), LOCK:
        tables = _read(file)
        created: list[tuple[str, Iterator[None]]] = []
        for kind, spec in KINDS.items():  # what is referred to comes first
            for index, table in enumerate(tables.get(kind, ())):
                where = f"[[{kind}]] {table.get('name', index)}"
                with _locate(where):
                    _check(spec, table)
                    created.append((where, _create(spec, table, region)))
                    next(created[-1][1])
        for where, creation in created:
            with _locate(where):
                next(creation, None)


def _read(file: Path) -> dict[str, list[JsonObject]]:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StateError(str(error)) from error
    for kind, tables in content.items():
        if kind not in KINDS:
            raise StateError(f"unknown table {kind!r}{_suggest(kind, KINDS)}")
        if not isinstance(tables, list):
            raise StateError(f"{kind} must be an array of tables: [[{kind}]]")
        for index, table in enumerate(cast("Iterable[object]", tables)):
            if not isinstance(table, dict):
                raise StateError(f"[[{kind}]] {index}: must be a table, not {table!r}")
    return content


def _check(spec: JsonObject, table: JsonObject) -> None:
    aliases: dict[str, list[str]] = spec.get("aliases", {})
    hidden = {member for members in aliases.values() for member in members}
    keys = (_list_members(spec["action"]) - hidden) | aliases.keys()
    keys |= spec.get("then", {}).keys() | spec.get("at_last", {}).keys()
    for key, value in table.items():
        if key not in keys | {"region", "createdAt"}:
            raise StateError(f"unknown key {key!r}{_suggest(key, keys)}")
        with _locate(key):
            if key in _STRINGS and not isinstance(value, str):
                raise StateError(f"must be a string, not {value!r}")
            if key == "region" and not is_known_region(value):
                raise StateError(describe_unknown_region(value))
            if key == "region" and value != spec.get("region", value):
                raise StateError(f"must be {spec['region']}, not {value!r}")
            if key == "createdAt" and not isinstance(value, datetime):
                raise StateError(f"must be a date and time, not {value!r}")
    if "name" in keys and not table.get("name"):
        raise StateError("name: is missing")


def _list_members(action: str) -> set[str]:
    return set(cast("StructureShape", action_model(action).input_shape).members)


def _create(spec: JsonObject, table: JsonObject, region: str) -> Iterator[None]:
    """Create a resource, and change it: at once and, when all others are there, at last."""
    account_id = get_account_id()
    backends = lightsail_backends[account_id].values()
    names = [table[key] for key in _REFERENCES if key in table]
    known = [each.region_name for name in names for each in backends if name in each.resources]
    named = table.get("availabilityZone", "")[:-1]
    home = spec.get("region") or table.get("region") or named or (*known, region)[0]
    backend = find_backend(account_id, home)
    before, zone, path = set(backend.resources), f"{home}a", _PATHS[0]
    host = backend.resources.get(table.get("attachedTo", ""))
    if isinstance(host, Instance):
        number, zone = len(host.list_attached("Disk")), str(host.location.availability_zone)
        path = _PATHS[number % len(_PATHS)]
    values = {"availabilityZone": zone, "path": path} | spec.get("defaults", {}) | table
    with _locate_value(table):
        _respond(backend, spec, spec["action"], values)
    if "createdAt" in table:
        for name in backend.resources.keys() - before:
            backend.resources[name].created_at = to_milliseconds(table["createdAt"])
    _change(backend, spec, values, spec.get("then", {}))
    yield
    _change(backend, spec, values, spec.get("at_last", {}))


def _change(
    backend: LightsailBackend, spec: JsonObject, values: JsonObject, then: JsonObject
) -> None:
    for key in [key for key in then if key in values]:
        with _locate(key):
            for action, value in _list_actions(then[key], values[key]):
                if action == "issue":
                    backend.get(AnyCertificate, values["name"]).issue()
                else:
                    _respond(backend, spec, action, values | {key: value})


@contextmanager
def _locate_value(table: JsonObject) -> Generator[None]:
    """Say of an error that has the value of a key which key that is."""
    try:
        yield
    except AwsError as error:
        named = [key for key in table if key != "name" and str(table[key]) in error.message]
        if not named or "parameter" in error.message:  # which names it
            raise
        raise StateError(f"{named[0]}: {error.message}") from error


def _respond(backend: LightsailBackend, spec: JsonObject, action: str, values: JsonObject) -> None:
    aliases, members = spec.get("aliases", {}), _list_members(action)
    request = {
        member: [value] if member == "instanceNames" and key == "name" else value
        for key, value in values.items()
        for member in aliases.get(key, [key])
        if member in members
    }
    backend.respond(action, request)
    backend.operations.end_all()


def _list_actions(then: str | list[str] | dict[str, str], value: Any) -> list[tuple[str, Any]]:
    """Return what is called for the value of a key, after the resource has been created."""
    if isinstance(then, str):
        return [(then, value)]
    if isinstance(then, dict):
        if value not in list(then):
            raise StateError(f"must be {' or '.join(then)}, not {value!r}")
        return [(then[value], value)] if then[value] else []
    if not isinstance(value, list):
        raise StateError(f"must be an array, not {value!r}")
    return [(then[0], each) for each in cast("Iterable[Any]", value)]


def _suggest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
