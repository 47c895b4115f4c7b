"""Fills a server with the resources of a TOML file, by the actions that a program would call.

The file has a table array for each kind of resource. A table's keys are members of the action that
creates such a resource, under AWS's names, or members of the resource as it is read:

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
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from lightsail_ops._botocore.regions import describe_unknown_region, is_known_region
from lightsail_ops._botocore.session import new_session
from lightsail_ops.client import OperationsClient
from lightsail_ops.errors import WaitAllError
from lightsail_ops.testing._state_kinds import KINDS, Resource, StateError, Table

_SECONDS = 30.0  # for the operations of one action to end
_PATHS = [f"/dev/xvd{letter}" for letter in "fghijklmnop"]
_REFERENCES = (
    "attachedTo",
    "fromInstanceName",
    "fromDiskName",
    "fromRelationalDatabaseName",
    "loadBalancerName",
    "monitoredResourceName",
    "sourceSnapshotName",
)
_STRINGS = frozenset({"name", "region", "availabilityZone", *_REFERENCES})


def fill(endpoint_url: str, file: Path, region: str) -> None:
    """Create the resources of a file.

    Args:
        endpoint_url: of a running server.
        file: a TOML file.
        region: where resources are that neither name a region nor refer to another resource.

    Raises:
        OSError: the file cannot be read.
        StateError: a table or a key of it is wrong, or Lightsail refuses it.
    """
    session: Any = new_session()
    session.set_credentials("testing", "testing")
    config = Config(proxies={})  # this machine needs none to reach itself
    clients: dict[str, Any] = {}
    for resource in _list_resources(file, region):
        if resource.region not in clients:
            clients[resource.region] = session.create_client(
                "lightsail", resource.region, endpoint_url=endpoint_url, config=config
            )
        try:
            _create(resource, clients[resource.region])
        except StateError as error:
            raise StateError(f"{file}: [[{resource.kind}]] {resource.name}: {error}") from error


def _list_resources(file: Path, region: str) -> Iterator[Resource]:
    """Yield the resources of a file, what is referred to first."""
    regions: dict[str, str] = {}
    zones: dict[tuple[str, str], str] = {}
    disks: dict[tuple[str, str], int] = {}
    tables = _read(file)
    for kind, spec in KINDS.items():
        for table in tables.get(kind, ()):
            known = [regions[table[key]] for key in _REFERENCES if table.get(key) in regions]
            named = str(table.get("availabilityZone", ""))[:-1]
            where = spec.region or table.get("region") or named or (*known, region)[0]
            host = where, table.get("attachedTo", "")
            zone = table.get("availabilityZone") or zones.get(host, f"{where}a")
            yield Resource(kind, table, where, zone, _PATHS[disks.get(host, 0) % len(_PATHS)])
            disks[host] = disks.get(host, 0) + 1
            zones[where, table.get("name", "")] = zone
            regions.setdefault(table.get("name", ""), where)


def _read(file: Path) -> Mapping[str, list[Table]]:
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
                name = cast("Table", table).get("name", index)
            try:
                _check(kind, table)
            except StateError as error:
                raise StateError(f"{file}: [[{kind}]] {name}: {error}") from error
    return content


def _check(kind: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise StateError(f"must be a table, not {table!r}")
    spec, entries = KINDS[kind], cast("dict[str, Any]", table)
    keys = {*_list_members(spec.action), *spec.aliases, *spec.then, "region", "name"}
    keys.discard("name" if spec.name is None else spec.name)
    for key, value in entries.items():
        if key not in keys:
            raise StateError(f"unknown key {key!r}{_suggest(key, keys)}")
        if key in _STRINGS and not isinstance(value, str):
            raise StateError(f"{key}: must be a string, not {value!r}")
        if key == "region" and not is_known_region(value):
            raise StateError(f"{key}: {describe_unknown_region(value)}")
    if spec.name is not None and not entries.get("name"):
        raise StateError("name: is missing")


def _list_members(action: str) -> Mapping[str, Any]:
    session: Any = new_session()
    model = session.get_service_model("lightsail")
    members: Mapping[str, Any] = model.operation_model(action).input_shape.members
    return members


def _create(resource: Resource, client: Any) -> None:
    spec = KINDS[resource.kind]
    members = _list_members(spec.action)
    request: dict[str, Any] = dict(spec.defaults)
    if spec.name is not None:
        is_list = members[spec.name].type_name == "list"
        request[spec.name] = [resource.name] if is_list else resource.name
    if "availabilityZone" in members:
        request["availabilityZone"] = resource.zone
    for key, value in resource.table.items():
        if (member := spec.aliases.get(key, key)) in members:
            request[member] = value
    _call(client, resource, spec.action, request)
    for key in spec.then.keys() & resource.table.keys():
        try:
            for action, arguments in spec.then[key](resource):
                _call(client, resource, action, arguments)
        except StateError as error:
            raise StateError(f"{key}: {error}") from error


def _call(client: Any, resource: Resource, action: str, request: Table) -> None:
    """Call an action, and wait for its operations."""
    try:
        response = getattr(client, xform_name(action))(**request)
        if response.keys() & {"operation", "operations"}:
            OperationsClient(client).wait_all(response, timeout=_SECONDS, poll_interval=0.01)
    except ParamValidationError as error:
        raise StateError("; ".join(str(error).splitlines()[1:])) from error
    except ClientError as error:
        message = str(error.response.get("Error", {}).get("Message"))
        table = resource.table.items()
        keys = [key for key, value in table if key != "name" and str(value) in message]
        raise StateError(f"{keys[0]}: {message}" if keys else message) from error
    except WaitAllError as error:
        raise StateError("; ".join(map(str, error.exceptions))) from error


def _suggest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
