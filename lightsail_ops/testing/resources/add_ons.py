"""The add-ons of instances and disks, and the automatic snapshots that one of them makes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ResourceBackend
from lightsail_ops.testing.resources.base import Request, Resource

_TIME_OF_DAY = "06:00"
_KEPT_DAYS = 7  # from Lightsail's help page on automatic snapshots


def new_add_ons(request: Request) -> JsonObject:
    """Return the member of a new resource that holds the add-ons that a request wants."""
    return {"addOns": [_new_add_on(each, "Enabled") for each in request.get("addOns", [])]}


def _new_add_on(request: JsonObject, status: str) -> JsonObject:
    name = request["addOnType"]
    if name != "AutoSnapshot":
        idle: JsonObject = request.get("stopInstanceOnIdleRequest", {})
        return {"name": name, "status": status, **idle}
    at = request.get("autoSnapshotAddOnRequest", {}).get("snapshotTimeOfDay", _TIME_OF_DAY)
    times = {"snapshotTimeOfDay": at, "nextSnapshotTimeOfDay": at}
    return {"name": name, "status": status, **times}


def check_add_ons(resource: Resource, request: Request) -> None:
    """Raise AWS's error if a resource has add-ons and may not be deleted for that reason."""
    if resource.members["addOns"] and not request.get("forceDeleteAddOns"):
        raise InvalidInputException(
            f"The {resource.kind} {resource.name} has add-ons. Disable them, or delete it with "
            "forceDeleteAddOns."
        )


def list_auto_snapshots(resource: Resource) -> list[JsonObject]:
    """Return the automatic snapshots of a resource, the newest first: one a day, for a week."""
    add_on = _find_add_on(resource, "AutoSnapshot")
    if add_on is None:
        return []
    now = to_milliseconds(datetime.now(UTC))
    at = time.fromisoformat(add_on["snapshotTimeOfDay"]).replace(tzinfo=UTC)
    days = [now.date() - timedelta(days=age) for age in range(_KEPT_DAYS)]
    return [
        {
            "date": day.isoformat(),
            "createdAt": min(now, max(datetime.combine(day, at), resource.created_at)),
            "status": "Success",
            "fromAttachedDisks": [],
        }
        for day in days
        if day >= resource.created_at.date()
        and day.isoformat() not in resource.members.get("deletedAutoSnapshots", [])
    ]


def _find_add_on(resource: Resource, name: str) -> JsonObject | None:
    add_ons: list[JsonObject] = resource.members.get("addOns", [])
    return next((each for each in add_ons if each["name"] == name), None)


class AddOnBackend(ResourceBackend):
    """The actions on add-ons."""

    def enable_add_on(self, request: Request) -> list[JsonObject]:
        resource, wanted = self.named_any(request["resourceName"]), request["addOnRequest"]
        before = resource.members.get("addOns", [])
        _put(resource, _new_add_on(wanted, "Enabling"))
        return self.start(
            "EnableAddOn",
            resource,
            effect=lambda: _put(resource, _new_add_on(wanted, "Enabled")),
            on_failure=lambda: resource.members.update(addOns=before),
        )

    def disable_add_on(self, request: Request) -> list[JsonObject]:
        resource, name = self.named_any(request["resourceName"]), request["addOnType"]
        before = resource.members.get("addOns", [])
        if (add_on := _find_add_on(resource, name)) is not None:
            _put(resource, add_on | {"status": "Disabling"})
        return self.start(
            "DisableAddOn",
            resource,
            effect=lambda: resource.members.update(addOns=_others(resource, name)),
            on_failure=lambda: resource.members.update(addOns=before),
        )

    def get_auto_snapshots(self, request: Request) -> JsonObject:
        resource = self.get_any(request["resourceName"])
        return {
            "resourceName": resource.name,
            "resourceType": resource.kind,
            "autoSnapshots": list_auto_snapshots(resource),
        }

    def delete_auto_snapshot(self, request: Request) -> list[JsonObject]:
        resource, date = self.named_any(request["resourceName"]), request["date"]
        deleted: list[str] = resource.members.setdefault("deletedAutoSnapshots", [])
        return self.complete(
            "DeleteAutoSnapshot",
            resource,
            details=f"DeleteAutoSnapshot-{date}",
            effect=lambda: deleted.append(date),
        )


def _others(resource: Resource, name: str) -> list[JsonObject]:
    add_ons: list[JsonObject] = resource.members.get("addOns", [])
    return [each for each in add_ons if each["name"] != name]


def _put(resource: Resource, add_on: JsonObject) -> None:
    resource.members["addOns"] = [*_others(resource, add_on["name"]), add_on]
