"""What a request does to which resources: planned first, then begun, and its effect at the end."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import cast

import attrs

from lightsail_ops.enums import OperationStatus, OperationType, ResourceType
from lightsail_ops.models import Operation
from lightsail_ops.testing._actions import ANY_KIND, FACTS, SNAPSHOT, Action, JsonObject, get_action
from lightsail_ops.testing._operations import Change, Operations, Outcome, Record
from lightsail_ops.testing._resources import (
    Resource,
    Resources,
    certificates,
    fill,
    inherit,
    rename,
)
from lightsail_ops.testing.exceptions import invalid_input, not_found


@attrs.define(eq=False, slots=False)
class Call(Change):
    """What an action does to one resource, or to a pair."""

    action: Action
    request: JsonObject
    resources: Resources
    subjects: tuple[Resource, ...]  # in the order in which their operations are listed
    new: Resource | None = None  # the subject that comes into being, if one does

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    @property
    def subject(self) -> Resource:
        return self.subjects[0]

    def begin(self, operations: Operations, outcome: Outcome, now: datetime) -> list[Record]:
        """Begin the operations; those that do not come back Started end at once."""
        self.outcome = outcome
        if self.new is not None:
            self.resources.keep(self.new)
        for subject in self.subjects:
            subject.pending[self] = self._states(subject)
        records = [
            operations.add(self._operation(operations.new_id(), subject, now), self)
            for subject in self.subjects
        ]
        if not self.action.is_started:
            self.end(outcome)
        return records

    def end(self, outcome: Outcome) -> None:
        """End the operations, and do what the action does if they succeeded."""
        super().end(outcome)
        has_succeeded = outcome.status != OperationStatus.FAILED
        for subject in self.subjects:
            subject.end(self, has_succeeded=has_succeeded)
        if has_succeeded:
            _apply_effect(self)
        gone = self.subject if self.subject.kind == self.action.deletes else None
        if gone := gone if has_succeeded else self.new:
            self.resources.forget(gone)

    def _operation(self, operation_id: str, subject: Resource, now: datetime) -> Operation:
        partners = [each.name for each in self.subjects if each is not subject]
        location = subject.location
        if not self.action.has_zone:
            location = attrs.evolve(location, availability_zone="all")
        return Operation(
            id=operation_id,
            resource_name=subject.name,
            resource_type=ResourceType(subject.kind),
            created_at=now,
            location=location,
            is_terminal=False,
            operation_type=OperationType(self.action.operation_type),
            status=OperationStatus.STARTED,
            status_changed_at=now,
            operation_details=self.action.details(self.request, partners),
        )

    def _states(self, subject: Resource) -> tuple[str | None, str | None]:
        """Return the state of a subject while the call lasts, and when it has succeeded."""
        if subject is self.new:
            kind, states = subject.kind, FACTS["new_states"].get(subject.kind, (None, None))
        else:
            kind, *states = FACTS["actions"]["states"].get(self.action.name, (None, None, None))
        during, after = states if kind == subject.kind else (None, None)
        return during, after


def _apply_effect(call: Call) -> None:
    """Do what an action does, apart from creating and deleting."""
    name = call.action.name
    if name in FACTS["lists"]:
        _change_list(call)
    elif name in _EFFECTS:
        _EFFECTS[name](call)
    elif name.startswith(("AttachCertificate", "Put", "Set", "Test", "Update")):
        _update(call)


def _update(call: Call) -> None:
    call.subject.members |= rename(call.request)


def _change_list(call: Call) -> None:
    verb, member, source, keys = FACTS["lists"][call.action.name]
    given: object = call.request[source]
    change = call.subject.put if verb == "put" else call.subject.remove
    items = cast("list[object]", given) if isinstance(given, list) else [given]
    for each in items:
        item = cast("JsonObject", each) if isinstance(each, dict) else {keys[0]: each}
        if call.action.name == "CreateDomainEntry":
            ids = {entry["id"] for entry in call.subject.members[member]}
            item = item | {"id": next(f"{number}" for number in count(1) if f"{number}" not in ids)}
        change(member, ["id"] if "id" in item else keys, item)


def _attach(call: Call) -> None:
    attached = {"isAttached": True, "attachedTo": call.subjects[1].name}
    if call.subject.kind == "Disk":
        attached |= {"attachmentState": "attached", "path": call.request["diskPath"]}
    call.subject.members |= attached


def _detach(resource: Resource) -> None:
    gone = ("attachedTo", "attachmentState", "path")
    resource.members |= {"isAttached": False} | dict.fromkeys(gone)


def _delete_instance(call: Call) -> None:
    for static_ip in call.resources.of_kind("StaticIp", attachedTo=call.subject.name):
        _detach(static_ip)
    for balancer in call.resources.of_kind("LoadBalancer"):
        _leave_balancer(balancer, call.subject)


def _join_balancer(call: Call) -> None:
    health = {"instanceName": call.subjects[1].name, "instanceHealth": "healthy"}
    call.subject.put("instanceHealthSummary", ["instanceName"], health)


def _leave_balancer(balancer: Resource, instance: Resource) -> None:
    gone = {"instanceName": instance.name}
    balancer.remove("instanceHealthSummary", ["instanceName"], gone)


def _use_certificate(call: Call) -> None:
    for certificate in certificates(call.subject, call.resources):
        certificate.members["isAttached"] = certificate is call.subjects[1]


_EFFECTS: dict[str, Callable[[Call], object]] = {
    "AttachDisk": _attach,
    "AttachInstancesToLoadBalancer": _join_balancer,
    "AttachLoadBalancerTlsCertificate": _use_certificate,
    "AttachStaticIp": _attach,
    "DeleteInstance": _delete_instance,
    "DetachCertificateFromDistribution": lambda call: call.subject.members.pop(
        "certificateName", None
    ),
    "DetachDisk": lambda call: _detach(call.subject),
    "DetachInstancesFromLoadBalancer": lambda call: _leave_balancer(*call.subjects),
    "DetachStaticIp": lambda call: _detach(call.subject),
}


def plan(action: Action, request: JsonObject, resources: Resources, now: datetime) -> list[Call]:
    """Return what a request is going to do, in the order in which the operations are listed.

    Nothing has happened yet. AWS's error is raised if a name is taken, a resource does not exist,
    or the request is not possible.
    """
    planner = _Planner(action, request, resources, now)
    calls = planner.with_extra_calls(planner.calls())
    for call in calls:
        _check_possible(call)
    return calls


def _check_possible(call: Call) -> None:
    """Raise AWS's error if an action would attach what is attached, or detach what is not."""
    subject, action = call.subject, call.action.name
    attached_to = subject.members.get("attachedTo")
    if action in {"DetachDisk", "DetachStaticIp"} and not attached_to:
        raise invalid_input(f"The {subject.kind} {subject.name} is not attached.")
    if action in {"AttachDisk", "AttachStaticIp", "DeleteDisk"}:
        instance = attached_to or _attaching_to(subject)
        if instance:
            raise invalid_input(f"The {subject.kind} {subject.name} is attached to {instance}.")


def _attaching_to(resource: Resource) -> str | None:
    operations = [record.operation for change in resource.pending for record in change.records]
    names = (each.operation_details for each in operations if each.operation_type == "AttachDisk")
    return next(names, None)


@attrs.frozen
class _Planner:
    action: Action
    request: JsonObject
    resources: Resources
    now: datetime

    def calls(self) -> list[Call]:
        """Return a call for each resource, or for each pair."""
        action, is_new = self.action, self._is_new()
        old = [each for each in action.subjects if not (is_new and each[1] == action.creates)]
        columns = [
            self._find(kind, self.request[name]) for name, kind in old if name in self.request
        ]
        if old and not columns:
            raise invalid_input(f"{' or '.join(name for name, _ in old)} must name a resource.")
        if action.name in {"DetachDisk", "DetachStaticIp"}:
            instance = self.resources.find("Instance", str(columns[0][0].members.get("attachedTo")))
            columns += [[instance]] if instance else []
        if is_new:
            columns = [self._create_all([column[0] for column in columns]), *columns[:1]]
        if not columns:  # UnpeerVpc, which has no parameters
            columns = [self.resources.of_kind(str(action.deletes))[:1]]
        if not all(columns):
            raise not_found("There is no such resource.")
        length = max(map(len, columns))
        rows = zip(*(column * (length // len(column)) for column in columns), strict=True)
        return [
            Call(action, self.request, self.resources, row, row[0] if is_new else None)
            for row in rows
        ]

    def _is_new(self) -> bool:
        if self.action.name == "PutAlarm":
            return self.resources.find("Alarm", self.request["alarmName"]) is None
        return self.action.creates is not None

    def _find(self, kind: str, names: str | list[str]) -> list[Resource]:
        if kind == ANY_KIND:
            kind = self.request.get("resourceType", kind)
        return [self.resources.get(kind, name) for name in _as_list(names)]

    def _sources(self) -> list[Resource]:
        """Return what a new resource is made from, besides what the action acts on."""
        request, resources = self.request, self.resources
        if self.action.name == "CopySnapshot":
            resources = resources.in_region(request["sourceRegion"])
            if "sourceSnapshotName" not in request:
                return [resources.get(ANY_KIND, request.get("sourceResourceName", ""))]
        is_made_from = "From" in self.action.name or self.action.name == "CopySnapshot"
        sources = FACTS["sources"].items() if is_made_from else ()
        return [resources.get(kind, request[name]) for name, kind in sources if name in request]

    def _create_all(self, subjects: list[Resource]) -> list[Resource]:
        sources = subjects + self._sources()
        kind = str(self.action.creates)
        members = [member for member, each in self.action.subjects if each == kind]
        if kind == SNAPSHOT:
            kind = f"{sources[0].kind.removesuffix(SNAPSHOT)}{SNAPSHOT}"
        names = self.request[members[0]] if members else self.resources.new_name(kind)
        return [self._create(kind, name, self.request, sources) for name in _as_list(names)]

    def _create(
        self, kind: str, name: str, request: JsonObject, sources: list[Resource]
    ) -> Resource:
        if self.resources.find(kind, name) is not None:
            raise invalid_input(f"Some names are already in use: {name}")
        zone = request.get("availabilityZone")
        resource = self.resources.new(kind, name, self.now.timestamp(), zone)
        known = {"tags": []} | FACTS["defaults"].get(kind, {})
        for source in sources:
            known |= inherit(kind, source)
        resource.members = deepcopy(known | rename(request) | resource.members)
        fill(resource, self.resources.region_name)
        return resource

    def with_extra_calls(self, calls: list[Call]) -> list[Call]:
        """Add what an action brings with it."""
        request, subject = self.request, calls[0].subject
        match self.action.name:
            case "DeleteInstance":
                disks = self.resources.of_kind("Disk", attachedTo=subject.name)
                return [self._extra_call("DetachDisk", disk, subject) for disk in disks] + calls
            case "DeleteLoadBalancer":
                delete = "DeleteLoadBalancerTlsCertificate"
                gone = certificates(subject, self.resources)
                return calls + [self._extra_call(delete, each, subject) for each in gone]
            case "CreateLoadBalancer" if "certificateName" in request:
                kind = "LoadBalancerTlsCertificate"
                new = self._create(kind, request["certificateName"], request, [])
                return [*calls, self._extra_call(f"Create{kind}", new, subject, new=new)]
            case "DeleteRelationalDatabase" if not request.get("skipFinalSnapshot"):
                default = f"{subject.name}-FinalSnapshot-{self.now.timestamp() * 1000:.0f}"
                name = request.get("finalRelationalDatabaseSnapshotName", default)
            case "StopRelationalDatabase" if "relationalDatabaseSnapshotName" in request:
                name = request["relationalDatabaseSnapshotName"]
            case _:
                return calls
        kind = "RelationalDatabaseSnapshot"
        new = self._create(kind, name, {}, [subject])
        return [*calls, self._extra_call(f"Create{kind}", subject, new, new=new)]

    def _extra_call(self, name: str, *subjects: Resource, new: Resource | None = None) -> Call:
        return Call(get_action(name), {}, self.resources, subjects, new)


def _as_list(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names
