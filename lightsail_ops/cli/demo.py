"""The made-up account of `--demo`, which needs no AWS and none of this machine's settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from lightsail_ops._botocore.session import new_session
from lightsail_ops.cli.errors import CommandError
from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.fleet import Fleet

if TYPE_CHECKING:
    from lightsail_ops.testing import Lightsail

HOME_REGION = "us-west-2"
_COUNTS = {
    HOME_REGION: 450,
    "us-east-1": 320,
    "eu-central-1": 210,
    "ap-northeast-1": 130,
    "sa-east-1": 40,
}
_COUNT_ELSEWHERE = 60
_PACE = 1.0  # seconds between two events while a user watches or waits
_PAUSE = timedelta(minutes=2)  # since the last event of the history

# They happen while a user watches, again and again; {} is a number.
_EVENTS = (
    (OperationType.CREATE_INSTANCE, ResourceType.INSTANCE, "web-{}"),
    (OperationType.ATTACH_DISK, ResourceType.DISK, "data-{}"),
    (OperationType.CREATE_INSTANCE_SNAPSHOT, ResourceType.INSTANCE_SNAPSHOT, "web-{}-nightly"),
    (OperationType.CREATE_RELATIONAL_DATABASE, ResourceType.RELATIONAL_DATABASE, "orders-{}"),
    (OperationType.REBOOT_INSTANCE, ResourceType.INSTANCE, "web-{}"),
)
_FAILING = OperationType.CREATE_RELATIONAL_DATABASE
_FAILURE = {
    "status": OperationStatus.FAILED,
    "error_code": "LimitExceeded",
    "error_details": "The account has as many databases as it may have.",
}


class Demo:
    """The operations of the made-up account, which go on while a user looks on."""

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail
        self._unfinished: set[str] = set()

    def add_history(self, region: str) -> None:
        """Add plausible operations to a region, a few of which have not ended."""
        number = _COUNTS.get(region, _COUNT_ELSEWHERE)
        until = datetime.now(UTC) - _PAUSE
        try:
            history = self._lightsail.add_operations(number, region_name=region, until=until)
        except ValueError as error:
            raise CommandError(f"{error}.") from error
        self._unfinished.update(each.id for each in history if not each.is_terminal)

    def begin_some(self, region: str) -> list[str]:
        """Begin two operations to wait for, and return their ids."""
        return [self._begin(region, resource_name=f"web-{number}") for number in (1, 2)]

    def happening(self, regions: Iterable[str]) -> AbstractContextManager[None]:
        """Begin an operation now and then, and end the one before, for a `with` block."""
        return _play(self._happen(regions))

    def ending(self, ids: Iterable[str]) -> AbstractContextManager[None]:
        """End those of some operations that have not ended, one by one, for a `with` block."""
        return _play(self._end(ids))

    def _begin(self, region: str, **details: Any) -> str:
        now = datetime.now(UTC)
        operation = self._lightsail.add_operation(
            created_at=now,
            status_changed_at=now,
            status=OperationStatus.STARTED,
            region_name=region,
            **details,
        )
        self._unfinished.add(operation.id)
        return operation.id

    def _happen(self, regions: Iterable[str]) -> Iterator[None]:
        turns = zip(count(1), cycle(_EVENTS), cycle(regions), strict=False)
        for number, (operation_type, resource_type, name), region in turns:  # pragma: no branch
            operation_id = self._begin(
                region,
                operation_type=operation_type,
                resource_type=resource_type,
                resource_name=name.format(number),
            )
            yield
            outcome = _FAILURE if operation_type is _FAILING else {}
            self._lightsail.finish(operation_id, **outcome)

    def _end(self, ids: Iterable[str]) -> Iterator[None]:
        for each in ids:
            if each in self._unfinished:
                yield
                self._lightsail.finish(each)


@contextmanager
def _play(script: Iterator[None]) -> Generator[None]:
    """Go through a script in a thread for a `with` block, with a pause at each `yield`."""
    is_over = threading.Event()

    def play() -> None:
        for _ in script:
            if is_over.wait(_PACE):
                return

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def connect_demo(regions: Sequence[str] | None) -> Generator[tuple[Fleet[RegionName], Demo]]:
    """Serve a plausible history on a free port of this machine, and make clients for it.

    None stands for all regions, some of which have a history, and no region for one of them.
    """
    try:
        from lightsail_ops.testing import LightsailServer  # late: moto is an extra, and large
    except ImportError as error:
        raise CommandError("--demo needs moto.", 'pip install "lightsail-ops[testing]"') from error
    names = regions if regions is None else regions or (HOME_REGION,)
    with _isolated_from_this_machine(), LightsailServer() as server:
        demo = Demo(server.lightsail)
        for region in _COUNTS if names is None else names:
            demo.add_history(region)
        session = new_session()
        session.set_credentials("demo", "demo")
        fleet = Fleet.from_session(
            session,
            names,
            endpoint_url=server.endpoint_url,
            config=Config(proxies={}),  # loopback needs none, whatever this machine is set to
        )
        yield fleet, demo


@contextmanager
def _isolated_from_this_machine() -> Generator[None]:
    """Hide the AWS configuration of this machine, for a `with` block.

    It may name a profile that does not exist, which moto reads too.
    """
    environment = dict(os.environ)
    for name in environment:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
