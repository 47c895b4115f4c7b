"""The embedded Lightsail of `--demo`, which needs no AWS and none of this machine's settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING

import attrs

from lightsail_ops import OperationStatus, OperationType, ResourceType
from lightsail_ops.cli.problems import ProblemError

if TYPE_CHECKING:
    from boto3.session import Session

    from lightsail_ops.testing import Lightsail, LightsailServer

HOME_REGION = "us-west-2"
_COUNTS = {
    HOME_REGION: 450,
    "us-east-1": 320,
    "eu-central-1": 210,
    "ap-northeast-1": 130,
    "sa-east-1": 40,
}
_PACE = 1.0  # seconds between two things that happen while one watches
_REST = timedelta(minutes=2)  # since the last thing that happened before

_SKETCH_ACCOUNT = "000000000000"  # where a history is put together; nobody reads it there
_SPEED = 8  # how many times as fast as in the sketch things follow each other


@attrs.frozen
class _Happening:
    """What happens, and why it fails, if it does."""

    operation_type: OperationType
    resource_type: ResourceType
    name: str
    error_code: str | None = None
    error_details: str | None = None


# What happens while one watches, again and again.
_HAPPENINGS = (
    _Happening(OperationType.CREATE_INSTANCE, ResourceType.INSTANCE, "web-{}"),
    _Happening(OperationType.ATTACH_DISK, ResourceType.DISK, "data-{}"),
    _Happening(
        OperationType.CREATE_INSTANCE_SNAPSHOT, ResourceType.INSTANCE_SNAPSHOT, "web-{}-nightly"
    ),
    _Happening(
        OperationType.CREATE_RELATIONAL_DATABASE,
        ResourceType.RELATIONAL_DATABASE,
        "orders-{}",
        "LimitExceeded",
        "The account has as many databases as it may have.",
    ),
    _Happening(OperationType.REBOOT_INSTANCE, ResourceType.INSTANCE, "web-{}"),
)


@contextmanager
def demonstration(regions: Iterable[str] | None) -> Generator[LightsailServer]:
    """Serve a plausible history on a free port of this machine's loopback.

    Args:
        regions: where something has happened; a few unless given.

    Raises:
        ProblemError: moto is not installed.
    """
    try:
        from lightsail_ops.testing import LightsailServer  # late: moto is an extra, and large
    except ImportError as error:
        raise ProblemError("--demo needs moto.", 'pip install "lightsail-ops[testing]"') from error
    with LightsailServer() as server:
        for region in _COUNTS if regions is None else regions:
            try:
                _fill(server.lightsail, region)
            except ValueError as error:
                raise ProblemError(f"{error}.") from error
        yield server


def _fill(lightsail: Lightsail, region: str) -> None:
    """Add the history that is the same each time, moved so that it reaches up to now."""
    sketch = lightsail.add_operations(
        _COUNTS.get(region, 60), region_name=region, account_id=_SKETCH_ACCOUNT
    )
    last, now = sketch[-1].created_at, datetime.now(UTC)
    for operation in sketch:
        created_at = now - (last - operation.created_at) / _SPEED - _REST
        took = (operation.status_changed_at or operation.created_at) - operation.created_at
        fields = attrs.asdict(operation, recurse=False)
        fields |= {"created_at": created_at, "status_changed_at": min(created_at + took, now)}
        lightsail.add_operation(**fields, region_name=region)


def isolated_session() -> Session:
    """Return a boto3 session that knows nothing of this machine's AWS configuration."""
    import boto3.session  # late: it takes longer than all the rest
    import botocore.session

    # A logical variable is (key in the config file, environment variable, default, conversion).
    own = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.session.Session("demo", "demo", region_name=HOME_REGION, botocore_session=own)


def unfinished_operation(server: LightsailServer, region: str) -> str:
    """Add an operation that ends by itself after some readings, and return its id."""
    now = datetime.now(UTC)
    operation = server.lightsail.add_operation(
        resource_name="web-1",
        created_at=now,
        status_changed_at=now,
        status=OperationStatus.STARTED,
        region_name=region,
        finishes_after=5,
    )
    return operation.id


@contextmanager
def things_happening(server: LightsailServer, regions: Iterable[str]) -> Generator[None]:
    """While in this block, begin an operation now and then, and end the one before."""
    over = threading.Event()
    arguments = (server, tuple(regions), over)
    thread = threading.Thread(target=_keep_happening, args=arguments, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep_happening(
    server: LightsailServer, regions: tuple[str, ...], over: threading.Event
) -> None:
    turns = zip(count(1), cycle(_HAPPENINGS), cycle(regions), strict=False)
    while not over.is_set():
        number, happening, region = next(turns)
        operation_id = _begin(server.lightsail, happening, number, region)
        over.wait(_PACE)
        _end(server.lightsail, happening, operation_id)


def _begin(lightsail: Lightsail, happening: _Happening, number: int, region: str) -> str:
    now = datetime.now(UTC)
    operation = lightsail.add_operation(
        operation_type=happening.operation_type,
        resource_type=happening.resource_type,
        resource_name=happening.name.format(number),
        created_at=now,
        status_changed_at=now,
        status=OperationStatus.STARTED,
        region_name=region,
    )
    return operation.id


def _end(lightsail: Lightsail, happening: _Happening, operation_id: str) -> None:
    lightsail.finish(
        operation_id,
        OperationStatus.FAILED if happening.error_code else OperationStatus.SUCCEEDED,
        error_code=happening.error_code,
        error_details=happening.error_details,
    )
