"""The add-ons of instances and disks, and the automatic snapshots that one of them makes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources.backend import ResourceBackend, all_of
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing.exceptions import InvalidInputException

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


def _list_auto_snapshots(resource: Resource) -> list[JsonObject]:
    """Return the automatic snapshots of a resource, the newest first: one a day, for a week."""
    add_ons = [each for each in resource.members.get("addOns", []) if "snapshotTimeOfDay" in each]
    if not add_ons:
        return []
    now = to_milliseconds(datetime.now(UTC))
    at = time.fromisoformat(add_ons[0]["snapshotTimeOfDay"]).replace(tzinfo=UTC)
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


class AddOnBackend(ResourceBackend):
    """The actions on add-ons."""

    def enable_add_on(self, request: Request) -> JsonObject:
        resource, wanted = self.named(Resource, request["resourceName"]), request["addOnRequest"]
        before = _put(resource, _new_add_on(wanted, "Enabling"))
        operations = self.start(
            "EnableAddOn",
            resource,
            effect=partial(_put, resource, _new_add_on(wanted, "Enabled")),
            on_failure=partial(resource.members.update, addOns=before),
        )
        return all_of(operations)

    def disable_add_on(self, request: Request) -> JsonObject:
        resource, name = self.named(Resource, request["resourceName"]), request["addOnType"]
        before = resource.members.get("addOns", [])
        others = [each for each in before if each["name"] != name]
        for add_on in (each for each in before if each["name"] == name):
            _put(resource, add_on | {"status": "Disabling"})
        operations = self.start(
            "DisableAddOn",
            resource,
            effect=partial(resource.members.update, addOns=others),
            on_failure=partial(resource.members.update, addOns=before),
        )
        return all_of(operations)

    def get_auto_snapshots(self, request: Request) -> JsonObject:
        resource = self.get(Resource, request["resourceName"])
        names = {"resourceName": resource.name, "resourceType": resource.kind}
        return names | {"autoSnapshots": _list_auto_snapshots(resource)}

    def delete_auto_snapshot(self, request: Request) -> JsonObject:
        resource, date = self.named(Resource, request["resourceName"]), request["date"]
        deleted: list[str] = resource.members.setdefault("deletedAutoSnapshots", [])
        details, effect = f"DeleteAutoSnapshot-{date}", partial(deleted.append, date)
        return all_of(self.complete(request.action, resource, details=details, effect=effect))


def _put(resource: Resource, add_on: JsonObject) -> list[JsonObject]:
    """Add an add-on, or change the one of its name, and return those that were there before."""
    before: list[JsonObject] = resource.members.get("addOns", [])
    others = [each for each in before if each["name"] != add_on["name"]]
    resource.members["addOns"] = [*others, add_on]
    return before
