"""The made-up account of `--demo`, which needs no AWS and none of this machine's settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING, TypeAlias

from botocore.config import Config

from lightsail_ops.cli.columns import suggest
from lightsail_ops.cli.errors import CommandError
from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType

if TYPE_CHECKING:
    from lightsail_ops.testing import LightsailServer

_HOME_REGION = "us-west-2"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_REGION": _HOME_REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_COUNTS = {
    _HOME_REGION: 450,
    "us-east-1": 320,
    "eu-central-1": 210,
    "ap-northeast-1": 130,
    "sa-east-1": 40,
}
_COUNT_ELSEWHERE = 60
_PACE = 1.0  # seconds between two events while a user watches or waits
_PAUSE = timedelta(minutes=2)  # since the last event of the history

_Event: TypeAlias = tuple[OperationType, ResourceType, str]
# They happen while a user watches, again and again; {} is a number.
_EVENTS = (
    (OperationType.CREATE_INSTANCE, ResourceType.INSTANCE, "web-{}"),
    (OperationType.ATTACH_DISK, ResourceType.DISK, "data-{}"),
    (OperationType.CREATE_INSTANCE_SNAPSHOT, ResourceType.INSTANCE_SNAPSHOT, "web-{}-nightly"),
    (OperationType.CREATE_RELATIONAL_DATABASE, ResourceType.RELATIONAL_DATABASE, "orders-{}"),
    (OperationType.REBOOT_INSTANCE, ResourceType.INSTANCE, "web-{}"),
)
_OUTCOMES = {
    OperationType.CREATE_RELATIONAL_DATABASE: {
        "status": OperationStatus.FAILED,
        "error_code": "LimitExceeded",
        "error_details": "The account has as many databases as it may have.",
    }
}


class Demo:
    """The made-up account, whose operations go on while a user looks on."""

    # Loopback needs no proxies, whatever this machine is set to.
    config: Config = Config(proxies={})

    def __init__(self, server: LightsailServer) -> None:
        self.endpoint_url: str = server.endpoint_url
        self._lightsail = server.lightsail
        self._unfinished: dict[str, OperationType] = {}

    @classmethod
    @contextmanager
    def serve(cls, regions: Sequence[str] | None) -> Generator[Demo]:
        """Serve a plausible history on a free port of this machine, for a `with` block.

        None stands for all regions, some of which have a history, and no region for one of them.
        """
        try:
            from lightsail_ops.testing import LightsailServer  # late: moto is an extra, and large
        except ImportError as error:
            advice = 'pip install "lightsail-ops[testing]"'
            raise CommandError("--demo needs moto.", advice) from error
        with _environment(), LightsailServer() as server:
            demo = cls(server)
            for region in _COUNTS if regions is None else regions or (_HOME_REGION,):
                demo._add_history(region)
            yield demo

    def begin_some(self, region: str) -> list[str]:
        """Begin two operations to wait for, and return their ids."""
        return [self._begin(region, _EVENTS[0], number) for number in (1, 2)]

    @contextmanager
    def play(self, regions: Iterable[str], first: Sequence[str] = ()) -> Generator[None]:
        """Begin an operation each second, and end the newest, in a thread for a `with` block.

        Those of the ids in `first` end before all others.
        """
        is_over = threading.Event()

        def take_turns() -> None:
            turns = zip(count(1), cycle(_EVENTS), cycle(regions), strict=False)
            for number, event, region in turns:  # pragma: no branch
                self._begin(region, event, number)
                if is_over.wait(_PACE):
                    return
                candidates = (*first, *reversed(self._unfinished))
                ending = next(each for each in candidates if each in self._unfinished)
                outcome = _OUTCOMES.get(self._unfinished.pop(ending), {})
                self._lightsail.finish(ending, **outcome)

        thread = threading.Thread(target=take_turns, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _add_history(self, region: str) -> None:
        """Add plausible operations to a region, a few of which have not ended."""
        number = _COUNTS.get(region, _COUNT_ELSEWHERE)
        until = datetime.now(UTC) - _PAUSE
        try:
            history = self._lightsail.add_operations(number, region_name=region, until=until)
        except ValueError as error:
            raise CommandError(f"{error}.", suggest(region, RegionName)) from error
        self._unfinished |= {
            each.id: each.operation_type for each in history if not each.is_terminal
        }

    def _begin(self, region: str, event: _Event, number: int) -> str:
        operation_type, resource_type, name = event
        now = datetime.now(UTC)
        operation = self._lightsail.add_operation(
            operation_type,
            resource_type=resource_type,
            resource_name=name.format(number),
            created_at=now,
            status_changed_at=now,
            status=OperationStatus.STARTED,
            region_name=region,
        )
        self._unfinished[operation.id] = operation_type
        return operation.id


@contextmanager
def _environment() -> Generator[None]:
    """Hide the AWS configuration of this machine, for a `with` block.

    It may name a profile that does not exist, which moto reads too.
    """
    from unittest.mock import patch  # late: it is large, and moto needs it too

    others = {name: each for name, each in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, others | _ENVIRONMENT, clear=True):
        yield
