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

import os
import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from botocore.model import StructureShape
from moto.core.models import DEFAULT_ACCOUNT_ID

from lightsail_ops._botocore.data import describe_unknown_region, is_known_region
from lightsail_ops.enums import OperationStatus
from lightsail_ops.testing._data import JsonObject, action_model, load
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources.base import Resource
from lightsail_ops.testing.exceptions import AwsError
from lightsail_ops.testing.models import LOCK, LightsailBackend, find_backend

KINDS = load("state.toml")
_PATHS = [f"/dev/xvd{letter}" for letter in "fghijklmnop"]
_REFERENCES = (
    "sshKeyName",
    "keyPairName",
    "attachedTo",
    "fromInstanceName",
    "fromDiskName",
    "fromRelationalDatabaseName",
    "loadBalancerName",
    "monitoredResourceName",
    "sourceSnapshotName",
)
_STRINGS = frozenset({"name", "region", "availabilityZone", *_REFERENCES})


class StateError(ValueError):
    """The file cannot be used; the message names its table and its key."""


def fill(file: Path, region: str) -> None:
    """Create the resources of a file.

    Args:
        file: a TOML file.
        region: where resources are that neither name a region nor refer to another resource.

    Raises:
        OSError: the file cannot be read.
        StateError: a table or a key of it is wrong, or Lightsail refuses it.
    """
    account_id = os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)
    for kind, home, table in _list_resources(file, region):
        try:
            with LOCK:
                _create(KINDS[kind], table, find_backend(account_id, home))
        except (AwsError, StateError) as error:
            reason = error.message if isinstance(error, AwsError) else error
            raise StateError(f"{file}: [[{kind}]] {table.get('name')}: {reason}") from error


def _list_resources(file: Path, region: str) -> Iterator[tuple[str, str, JsonObject]]:
    """Yield the kind, the region and the table of each resource, what is referred to first."""
    regions: dict[str, str] = {}
    zones: dict[tuple[str, str], str] = {}
    disks: dict[tuple[str, str], int] = {}
    tables = _read(file)
    for kind, spec in KINDS.items():
        for table in tables.get(kind, ()):
            known = [regions[table[key]] for key in _REFERENCES if table.get(key) in regions]
            named = str(table.get("availabilityZone", ""))[:-1]
            home = spec.get("region") or table.get("region") or named or (*known, region)[0]
            host = home, table.get("attachedTo", "")
            path = _PATHS[disks.get(host, 0) % len(_PATHS)]
            made = {"availabilityZone": zones.get(host, f"{home}a"), "path": path} | table
            yield kind, home, made
            disks[host] = disks.get(host, 0) + 1
            zones[home, table.get("name", "")] = made["availabilityZone"]
            regions.setdefault(table.get("name", ""), home)


def _read(file: Path) -> dict[str, list[JsonObject]]:
    """Return the tables of a file, each with keys that its kind has."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StateError(f"{file}: {error}") from error
    for kind, tables in content.items():
        if kind not in KINDS:
            raise StateError(f"{file}: unknown table {kind!r}{_suggest(kind, KINDS)}")
        if not isinstance(tables, list):
            raise StateError(f"{file}: {kind} must be an array of tables: [[{kind}]]")
        for index, table in enumerate(cast("Iterable[Any]", tables)):
            name: Any = index
            if isinstance(table, dict):
                name = cast("JsonObject", table).get("name", index)
            try:
                _check(KINDS[kind], table)
            except StateError as error:
                raise StateError(f"{file}: [[{kind}]] {name}: {error}") from error
    return content


def _check(spec: JsonObject, table: Any) -> None:
    if not isinstance(table, dict):
        raise StateError(f"must be a table, not {table!r}")
    entries, then = cast("JsonObject", table), spec.get("then", {})
    keys = {*_list_members(spec), *spec.get("aliases", ()), *then, "region", "name", "createdAt"}
    keys.update(source for each in then.values() for source in each["request"].values())
    keys.discard(spec.get("name", "name"))
    for key, value in entries.items():
        if key not in keys:
            raise StateError(f"unknown key {key!r}{_suggest(key, keys)}")
        if key in _STRINGS and not isinstance(value, str):
            raise StateError(f"{key}: must be a string, not {value!r}")
        if key == "region" and not is_known_region(value):
            raise StateError(f"{key}: {describe_unknown_region(value)}")
        if key == "region" and value != spec.get("region", value):
            raise StateError(f"{key}: must be {spec['region']}, not {value!r}")
        if key == "createdAt" and not isinstance(value, datetime):
            raise StateError(f"{key}: must be a date and time, not {value!r}")
    if "name" in spec and not entries.get("name"):
        raise StateError("name: is missing")


def _list_members(spec: JsonObject) -> JsonObject:
    """Return the members of the request that creates a resource."""
    return dict(cast("StructureShape", action_model(spec["action"]).input_shape).members)


def _create(spec: JsonObject, table: JsonObject, backend: LightsailBackend) -> None:
    members, aliases, before = _list_members(spec), spec.get("aliases", {}), backend.kept(Resource)
    renamed = {aliases.get(key, key): value for key, value in table.items()}
    request = spec.get("defaults", {}) | {key: renamed[key] for key in members if key in renamed}
    if "name" in spec:
        is_list = members[spec["name"]].type_name == "list"
        request[spec["name"]] = [table["name"]] if is_list else table["name"]
    try:
        _call(backend, spec["action"], request)
    except StateError as error:
        message, values = str(error), {key: str(table[key]) for key in table if key != "name"}
        named = [key for key, value in values.items() if value in message]
        is_clear = not named or "parameter" in message  # which names it
        raise StateError(message if is_clear else f"{named[0]}: {message}") from error
    for key in [key for key in spec.get("then", {}) if key in table]:
        try:
            for action, value in _list_actions(spec["then"][key], table[key]):
                values = table | {key: value}
                members = {
                    name: values[each] for name, each in spec["then"][key]["request"].items()
                }
                _call(backend, action, members)
        except StateError as error:
            raise StateError(f"{key}: {error}") from error
    if "createdAt" in table:
        for resource in [each for each in backend.kept(Resource) if each not in before]:
            resource.created_at = to_milliseconds(table["createdAt"])


def _list_actions(then: JsonObject, value: Any) -> list[tuple[str, Any]]:
    """Return what is called for the value of a key, after the resource has been created."""
    if "by_value" in then:
        actions: dict[str, str] = then["by_value"]
        if value not in list(actions):
            raise StateError(f"must be {' or '.join(actions)}, not {value!r}")
        return [(actions[value], value)] if actions[value] else []
    if "is_for_each" not in then:
        return [(then["action"], value)]
    if not isinstance(value, list):
        raise StateError(f"must be an array, not {value!r}")
    return [(then["action"], each) for each in cast("Iterable[Any]", value)]


def _call(backend: LightsailBackend, action: str, request: JsonObject) -> None:
    """Call an action, and end its operations."""
    try:
        backend.respond(action, request)
    except AwsError as error:
        raise StateError("; ".join(error.message.splitlines())) from error
    for operation in backend.operations.end_all():
        if operation.status is OperationStatus.FAILED:
            raise StateError(f"{operation.error_code}: {operation.error_details}")


def _suggest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
