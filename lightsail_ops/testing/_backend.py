"""What Lightsail knows: the operations of one account in one region, and how to page them."""

from __future__ import annotations

import base64
import hashlib
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import attrs
from moto.core.base_backend import BackendDict, BaseBackend

from lightsail_ops.enums import RegionName
from lightsail_ops.models import Operation
from lightsail_ops.testing._failures import LightsailFailureError


@attrs.define
class Record:
    """An operation, and what becomes of it when it is read."""

    operation: Operation
    """As it is now."""

    next_operation: Operation | None = None
    """As it will be, once it has been read often enough."""

    reads_left: int = 0
    """How often it can be read until then."""

    def read(self) -> dict[str, Any]:
        """Return the operation as it is sent, and let it move on."""
        sent = on_the_wire(self.operation)
        if self.next_operation is not None:
            self.reads_left -= 1
            if self.reads_left <= 0:
                self.operation, self.next_operation = self.next_operation, None
        return sent


def on_the_wire(operation: Operation) -> dict[str, Any]:
    """Return an operation in AWS JSON 1.1: a timestamp is a number of seconds."""
    sent = operation.to_dict()
    sent["createdAt"] = operation.created_at.timestamp()
    if operation.status_changed_at is not None:
        sent["statusChangedAt"] = operation.status_changed_at.timestamp()
    return sent


class LightsailBackend(BaseBackend):
    """The operations of one account in one region, in the order in which they were added."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.records: dict[str, Record] = {}
        self.stories_told = 0
        self._all: list[Record] = []
        self._by_resource: dict[str, list[Record]] = {}

    # moto would derive the module with the addresses from the name of this one.
    @property
    def _url_module(self) -> Any:
        from lightsail_ops.testing._responses import LightsailResponse

        return SimpleNamespace(
            url_bases=[r"https?://lightsail\.(.+)\.amazonaws\.com"],
            url_paths={"{0}/$": LightsailResponse.dispatch},
        )

    def add(self, record: Record) -> None:
        """Add an operation at the end."""
        with self.lock:
            operation = record.operation
            if operation.id in self.records:
                raise ValueError(f"there is an operation {operation.id!r} already")
            self.records[operation.id] = record
            self._all.append(record)
            self._by_resource.setdefault(operation.resource_name, []).append(record)

    def latest(self) -> datetime | None:
        """Return when the operation that was added last was begun."""
        return self._all[-1].operation.created_at if self._all else None

    def get_operation(self, operation_id: str) -> dict[str, Any]:
        """Answer GetOperation."""
        with self.lock:
            record = self.records.get(operation_id)
            if record is None:
                raise LightsailFailureError.of(
                    "NotFoundException", f"There is no operation {operation_id}."
                )
            return {"operation": record.read()}

    def get_operations(self, page_token: str | None, page_size: int) -> dict[str, Any]:
        """Answer GetOperations."""
        with self.lock:
            return self._page(self._all, "", page_token, page_size)

    def get_operations_for_resource(
        self, resource_name: str, page_token: str | None, page_size: int
    ) -> dict[str, Any]:
        """Answer GetOperationsForResource."""
        with self.lock:
            records = self._by_resource.get(resource_name)
            if records is None:
                raise LightsailFailureError.of(
                    "NotFoundException", f"There is no resource {resource_name}."
                )
            return self._page(records, resource_name, page_token, page_size)

    def _page(
        self, records: list[Record], listing: str, page_token: str | None, page_size: int
    ) -> dict[str, Any]:
        scope = f"{self.account_id}/{self.region_name}/{listing}/"
        start = 0 if page_token is None else _position(page_token, scope)
        end = start + page_size
        page: dict[str, Any] = {"operations": [record.read() for record in records[start:end]]}
        if end < len(records):
            page["nextPageToken"] = _token(end, scope)
        return page


# A token is a position with a seal: opaque, valid however many operations are added, and only in
# the listing that gave it.


def _token(position: int, scope: str) -> str:
    payload = str(position).encode()
    return base64.urlsafe_b64encode(_seal(payload, scope) + payload).decode()


def _position(page_token: str, scope: str) -> int:
    try:
        token = base64.b64decode(page_token, altchars=b"-_", validate=True)
    except ValueError:
        token = b""
    seal, payload = token[:_SEAL_LENGTH], token[_SEAL_LENGTH:]
    if not payload or seal != _seal(payload, scope):
        raise LightsailFailureError.of("InvalidInputException", "The page token is not valid.")
    return int(payload)


_SEAL_LENGTH = 24


def _seal(payload: bytes, scope: str) -> bytes:
    return hashlib.blake2b(scope.encode() + payload, digest_size=_SEAL_LENGTH).digest()


def milliseconds(moment: datetime) -> datetime:
    """Return a moment as the wire can tell it: in UTC, to the millisecond."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


lightsail_backends = BackendDict(
    LightsailBackend,
    "lightsail",
    additional_regions=[region.value for region in RegionName if region is not RegionName.GLOBAL],
)
