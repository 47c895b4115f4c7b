"""The made-up account of `--demo`, which needs no AWS and none of this machine's settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

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


# They happen while a user watches, again and again; {} is a number.
_EVENTS = (
    (OperationType.CREATE_INSTANCE, ResourceType.INSTANCE, "web-{}"),
    (OperationType.ATTACH_DISK, ResourceType.DISK, "data-{}"),
    (OperationType.CREATE_INSTANCE_SNAPSHOT, ResourceType.INSTANCE_SNAPSHOT, "web-{}-nightly"),
    (OperationType.CREATE_RELATIONAL_DATABASE, ResourceType.RELATIONAL_DATABASE, "orders-{}"),
    (OperationType.REBOOT_INSTANCE, ResourceType.INSTANCE, "web-{}"),
)
_FAILING = OperationType.CREATE_RELATIONAL_DATABASE


@contextmanager
def connect_demo(
    regions: Sequence[str] | None,
) -> Generator[tuple[Fleet[RegionName], LightsailServer]]:
    """Serve a plausible history on a free port of this machine, and make clients for it.

    None stands for all regions, some of which have a history, and no region for one of them.
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
    return [
        _begin(server.lightsail, region, resource_name=f"web-{number}", finishes_after=2 * number)
        for number in (1, 2)
    ]


@contextmanager
def events_happening(server: LightsailServer, regions: Iterable[str]) -> Generator[None]:
    """While in this block, begin an operation now and then, and end the one before."""
    is_over = threading.Event()
    lightsail = server.lightsail

    def keep_happening() -> None:
        turns = zip(count(1), cycle(_EVENTS), cycle(regions), strict=False)
        while not is_over.is_set():
            number, (operation_type, resource_type, name), region = next(turns)
            operation_id = _begin(
                lightsail,
                region,
                operation_type=operation_type,
                resource_type=resource_type,
                resource_name=name.format(number),
            )
            is_over.wait(_PACE)
            if operation_type is _FAILING:
                lightsail.finish(
                    operation_id,
                    OperationStatus.FAILED,
                    error_code="LimitExceeded",
                    error_details="The account has as many databases as it may have.",
                )
            else:
                lightsail.finish(operation_id)

    thread = threading.Thread(target=keep_happening, daemon=True)
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


def _begin(lightsail: Lightsail, region: str, **details: Any) -> str:
    """Begin an operation now, and return its id."""
    now = datetime.now(UTC)
    return lightsail.add_operation(
        created_at=now,
        status_changed_at=now,
        status=OperationStatus.STARTED,
        region_name=region,
        **details,
    ).id
