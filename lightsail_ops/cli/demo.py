"""The made-up account of `--demo`, which needs no AWS and none of this machine's settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING

import attrs
from botocore.config import Config

from lightsail_ops._botocore.session import new_session
from lightsail_ops.cli.errors import CommandError
from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.fleet import Fleet

if TYPE_CHECKING:
    from lightsail_ops.testing import Lightsail, LightsailServer

HOME_REGION = "us-west-2"
_COUNTS = {
    HOME_REGION: 450,
    "us-east-1": 320,
    "eu-central-1": 210,
    "ap-northeast-1": 130,
    "sa-east-1": 40,
}
_COUNT_ELSEWHERE = 60
_PACE = 1.0  # seconds between two events while a user watches
_PAUSE = timedelta(minutes=2)  # since the last event of the history

_CONFIGURATION_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


@attrs.frozen
class _Event:
    """An operation that begins while a user watches, and its error if it fails."""

    operation_type: OperationType
    resource_type: ResourceType
    name: str
    error_code: str | None = None
    error_details: str | None = None


# They happen while a user watches, again and again.
_EVENTS = (
    _Event(OperationType.CREATE_INSTANCE, ResourceType.INSTANCE, "web-{}"),
    _Event(OperationType.ATTACH_DISK, ResourceType.DISK, "data-{}"),
    _Event(
        OperationType.CREATE_INSTANCE_SNAPSHOT, ResourceType.INSTANCE_SNAPSHOT, "web-{}-nightly"
    ),
    _Event(
        OperationType.CREATE_RELATIONAL_DATABASE,
        ResourceType.RELATIONAL_DATABASE,
        "orders-{}",
        "LimitExceeded",
        "The account has as many databases as it may have.",
    ),
    _Event(OperationType.REBOOT_INSTANCE, ResourceType.INSTANCE, "web-{}"),
)


@contextmanager
def connect_demo(
    regions: Sequence[str] | None,
) -> Generator[tuple[Fleet[RegionName], LightsailServer]]:
    """Serve a plausible history on a free port of this machine, and make clients for it.

    Args:
        regions: their names. None: all regions, some of which have a history. Empty: one region.

    Raises:
        CommandError: moto is not installed, or there is no such region.
    """
    try:
        from lightsail_ops.testing import LightsailServer  # late: moto is an extra, and large
    except ImportError as error:
        raise CommandError("--demo needs moto.", 'pip install "lightsail-ops[testing]"') from error
    names = regions if regions is None else regions or (HOME_REGION,)
    with _isolated_from_this_machine(), LightsailServer() as server:
        for region in _COUNTS if names is None else names:
            count = _COUNTS.get(region, _COUNT_ELSEWHERE)
            until = datetime.now(UTC) - _PAUSE
            try:
                server.lightsail.add_operations(count, region_name=region, until=until)
            except ValueError as error:
                raise CommandError(f"{error}.") from error
        session = new_session()
        session.set_credentials("demo", "demo")
        fleet = Fleet.from_session(
            session,
            names,
            endpoint_url=server.endpoint_url,
            config=Config(proxies={}),  # loopback needs none, whatever this machine is set to
        )
        yield fleet, server


def start_operations(server: LightsailServer, region: str) -> list[str]:
    """Start some operations that end by themselves after some polls, and return their ids."""
    now = datetime.now(UTC)
    return [
        server.lightsail.add_operation(
            resource_name=f"web-{number}",
            created_at=now,
            status_changed_at=now,
            status=OperationStatus.STARTED,
            region_name=region,
            finishes_after=2 * number,
        ).id
        for number in (1, 2)
    ]


@contextmanager
def events_happening(server: LightsailServer, regions: Iterable[str]) -> Generator[None]:
    """While in this block, begin an operation now and then, and end the one before."""
    is_over = threading.Event()
    arguments = (server.lightsail, tuple(regions), is_over)
    thread = threading.Thread(target=_keep_happening, args=arguments, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _isolated_from_this_machine() -> Generator[None]:
    """Hide the AWS configuration of this machine, for a `with` block.

    It may name a profile that does not exist, which moto reads too.
    """
    hidden = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    files: dict[str, str] = dict.fromkeys(_CONFIGURATION_FILES, os.devnull)
    for name in hidden:
        del os.environ[name]
    os.environ.update(files)
    try:
        yield
    finally:
        for name in files:
            del os.environ[name]
        os.environ.update(hidden)


def _keep_happening(
    lightsail: Lightsail, regions: tuple[str, ...], is_over: threading.Event
) -> None:
    turns = zip(count(1), cycle(_EVENTS), cycle(regions), strict=False)
    while not is_over.is_set():
        number, event, region = next(turns)
        operation_id = _begin(lightsail, event, number, region)
        is_over.wait(_PACE)
        _end(lightsail, event, operation_id)


def _begin(lightsail: Lightsail, event: _Event, number: int, region: str) -> str:
    now = datetime.now(UTC)
    operation = lightsail.add_operation(
        operation_type=event.operation_type,
        resource_type=event.resource_type,
        resource_name=event.name.format(number),
        created_at=now,
        status_changed_at=now,
        status=OperationStatus.STARTED,
        region_name=region,
    )
    return operation.id


def _end(lightsail: Lightsail, event: _Event, operation_id: str) -> None:
    lightsail.finish(
        operation_id,
        OperationStatus.FAILED if event.error_code else OperationStatus.SUCCEEDED,
        error_code=event.error_code,
        error_details=event.error_details,
    )
