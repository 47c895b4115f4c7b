"""The things that all kinds of resources share: what they are, and how actions change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypedDict, TypeVar, cast

import attrs
from botocore.model import OperationModel
from moto.core import common_models

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import Operation, ResourceLocation
from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import OPERATIONS, JsonObject, complete, find_offer, load
from lightsail_ops.testing._operations import Change, Outcome
from lightsail_ops.testing.exceptions import check

if TYPE_CHECKING:
    BaseModel = object  # moto declares that to construct any model returns a BaseModel
    from lightsail_ops.testing._resources.backend import ResourceBackend
else:
    BaseModel = common_models.BaseModel

_FACTS = load("resources.toml")

R = TypeVar("R", bound="Resource")
States: TypeAlias = Sequence[str]
"""The state of a resource while an action lasts, and when it has succeeded, if these are others."""


class Request(JsonObject):
    """The parameters of a request, under the names that the API has for them."""

    def __init__(self, model: OperationModel, parameters: JsonObject) -> None:
        super().__init__(parameters)
        self.model: OperationModel = model

    def only(self, names: str) -> JsonObject:
        return {name: deepcopy(self[name]) for name in names.split() if name in self}

    def covers(self, timestamp: datetime) -> bool:
        """Return whether a time is between those that the request has, if it has any."""
        start, end = self.get("startTime", 0), self.get("endTime", float("inf"))
        covers: bool = start <= timestamp.timestamp() <= end
        return covers

    def values_of(self, name: str) -> list[object]:
        """Return the value of a parameter, or its values if it is a list."""
        value: object = self[name]
        return cast("list[object]", value) if isinstance(value, list) else [value]


def locate(kind: str, region_name: str, zone: str | None = None) -> ResourceLocation:
    """Return where a resource of a region is. The zone defaults to the region's first."""
    facts = _FACTS.get(kind, {})
    if facts.get("global"):
        return ResourceLocation(availability_zone="all", region_name=RegionName.GLOBAL)
    zone = zone or f"{region_name}a" if facts.get("zonal") else "all"
    return ResourceLocation(availability_zone=zone, region_name=RegionName(region_name))


class Resource(BaseModel):
    """Anything that has a name in Lightsail. A subclass has the name of its kind, or is abstract.

    Args:
        backend: the account and region that it belongs to, which does not keep it yet.
        request: the request that creates it.
        name: its name. Defaults to the one in the request, or else to one that nobody chose.
        members: its members that are neither in the request nor those of every new one.
    """

    facts: ClassVar[JsonObject] = {}
    kind: ClassVar[str] = ""
    member: ClassVar[str] = "resource"
    named_by: ClassVar[str] = "resourceName"
    kinds: ClassVar[dict[str, type[Resource]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.__name__ in _FACTS:
            cls.kind, cls.facts = cls.__name__, _FACTS[cls.__name__]
            cls.member = cls.kind[0].lower() + cls.kind[1:]
            cls.named_by = cls.facts.get("named_by", f"{cls.member}Name")
            cls.kinds[cls.kind] = cls

    @classmethod
    def key_of(cls, name: str) -> str:
        """Return what is unique in an account and a region, of which most kinds have the name."""
        key: str = cls.facts.get("key", "{}")
        return key.format(name)

    def __init__(
        self, backend: ResourceBackend, request: Request, name: str = "", **members: object
    ) -> None:
        self.backend = backend
        number, uuid = backend.new_number()
        self.number: int = number
        self.id: str = uuid.hex
        name = name or request.get(self.named_by, f"{self.kind}-{uuid}")
        self.name: str = backend.check_free(type(self), name)
        self.key: str = self.key_of(self.name)
        zone = request.get("availabilityZone", backend.zones[0])
        check(zone in backend.zones, f"The region {backend.region_name} has no zone {zone!r}.")
        self.location: ResourceLocation = locate(self.kind, backend.region_name, zone)
        self.created_at: datetime = backend.operations.now()
        place, account = self.location.region_name, backend.account_id
        self.arn: str = f"arn:{backend.partition}:lightsail:{place}:{account}:{self.kind}/{uuid}"
        given: JsonObject = {**control().new_address(), **vars(backend), **vars(self)}
        self.support_id: str = complete(self.facts.get("support", "{name}"), given)
        self.members: JsonObject = complete(self.facts.get("members", {}), given) | members
        self.members = self.change(self.members, self.write(request))
        self.states: States = self.facts.get("states", ())
        if self.states:
            self.members["state"] = self.states[0]
        self.new_tags: list[JsonObject] = request.get("tags", [])
        self.is_kept = False
        # Changes in progress, and the members during each, the latest last.
        self.pending: dict[ResourceChange, JsonObject] = {}
        self._stated_at = self.created_at

    def offer(self, member: str, wanted: str | None = None) -> JsonObject:
        """Return the offer of AWS that a member names, or would name, or raise AWS's error."""
        catalogue, key = self.facts["offers"][member]
        return find_offer(catalogue, key, wanted or self.members[member])

    def write(self, request: Request) -> JsonObject:
        """Return the changes of members by a request, or raise AWS's error."""
        written = request.only(self.facts.get("written", ""))
        for name, member in self.facts.get("renamed", {}).items():
            written |= {member: request[name]} if name in request else {}
        for name, members in self.facts.get("flags", {}).items():
            written |= members if request.get(name) else {}
        for member in self.facts.get("offers", ()):
            self.offer(member, written.get(member))
        return written

    def change(self, members: JsonObject, changes: JsonObject) -> JsonObject:
        """Return members with changes, which leave the rest of some structures as it is."""
        merged = {*self.facts.get("merged", ())} & changes.keys()
        return members | changes | {name: members[name] | changes[name] for name in merged}

    @property
    def now(self) -> JsonObject:
        return reduce(self.change, self.pending.values(), self.members)

    def to_dict(self) -> JsonObject:
        """Return the resource as it is read now, under the API's names."""
        zone, region = self.location.availability_zone, self.location.region_name
        common: JsonObject = {
            "name": self.name,
            "arn": self.arn,
            "supportCode": f"{self.backend.account_id}/{self.support_id}",
            "createdAt": self.created_at,
            "location": {"availabilityZone": zone, "regionName": region},
            "resourceType": self.kind,
            **self.backend.tagger.list_tags_for_resource(self.arn),
        }
        now = self.now
        return common | now | self.derive(now)

    def derive(self, now: JsonObject) -> JsonObject:  # noqa: ARG002 - for the kinds that need it
        """Return what follows from the other members, as they are now."""
        return {}

    def find_referring(self, kind: type[R], member: str) -> list[R]:
        """Return the resources of a kind that name this one in a member, the oldest first."""
        return [each for each in self.backend.all(kind) if each.members.get(member) == self.name]

    def foresee(self, member: str) -> list[Any]:
        """Return what a member is now, and what it will be when changes have ended."""
        ends = (change.after for change in self.pending if change.changed is self)
        states = (self.members, *ends)
        return [state[member] for state in states if state.get(member) is not None]

    def lose(self, other: Resource) -> None:
        """Refer no more to another resource, which has been deleted, or go with it."""
        if self.members.get(self.facts.get("goes_with", "")) == other.key:
            self.backend.forget(self)
        member = self.facts.get("refers", "")
        named: object = self.members.get(member)
        if isinstance(named, list):
            self.hold(member, other.key, is_held=False)
        elif named == other.key:
            self.members[member] = None

    def hold(self, member: str, name: str, *, is_held: bool) -> None:
        """Have a name in a member, a list, or have it no more."""
        others = [each for each in self.members[member] if each != name]
        self.members[member] = [*others, name] if is_held else others

    def check_holds(self, source: JsonObject) -> None:
        """Raise AWS's error if it is smaller than what it is a copy of."""
        least = source["sizeInGb"]
        check(self.to_dict()["sizeInGb"] >= least, f"The copy {self.name} needs {least} GB.")

    def describe_copy(self) -> JsonObject:
        """Return the members of a snapshot of it."""
        shown = self.to_dict()
        return {name: shown[own] for name, own in self.facts["copied"].items()}

    def set_state(self, state: States, begun_at: datetime) -> None:
        """Change the state, if there is a new one, unless a later action has changed it."""
        if state and begun_at >= self._stated_at:
            self._stated_at = begun_at
            self.members["state"] = state[0]


class Attachable(Resource):
    """A resource that is attached to an instance at a time."""

    def derive(self, now: JsonObject) -> JsonObject:
        return {"isAttached": now.get("attachedTo") is not None}


class Snapshot(Resource):
    """A copy of a resource; a copy of a copy has its members."""

    def __init__(
        self, backend: ResourceBackend, request: Request, source: Resource, name: str = ""
    ) -> None:
        super().__init__(backend, request, name, **source.describe_copy())

    def describe_copy(self) -> JsonObject:
        return self.members


class Effect(TypedDict, total=False):
    """The effect of an action, besides its operations. Members are those of the first subject."""

    type: str  # of the operations; by default that of the action
    goes: bool  # whether the first subject is deleted when the action has succeeded
    during: JsonObject  # members meanwhile
    after: JsonObject  # members when the action has succeeded
    on_success: Callable[[], object]  # what else happens then, before that; or an Outcome instead
    on_failure: Callable[[], object]  # what happens when it has failed
    details: str | None  # of the operations; by default the name of the other one of a pair
    response: JsonObject  # members of the response besides


class ResourceChange(Change):
    """An action on one resource, or on a pair: it has its effect when its operations end.

    A subject that is new is kept from now on; if the action fails, it goes again.
    """

    def __init__(self, request: Request, subjects: Sequence[Resource], effect: Effect) -> None:
        first, action = subjects[0], request.model.name
        self._type: str = effect.get("type", OPERATIONS.get(action, {}).get("type", action))
        super().__init__(outcome=control().outcome_of(self._type, [each.name for each in subjects]))
        facts = OPERATIONS.get(self._type, {})
        self.changed: Resource = first
        self._subjects, self._effect, self._facts = subjects, effect, facts
        self._begun_at = first.backend.operations.now()
        self._new = [subject for subject in subjects if not subject.is_kept]
        self.after: JsonObject = first.write(request) if first.is_kept else {}
        self.after |= facts.get("after", {}) | effect.get("after", {})
        self._states: dict[Resource, States] = {first: facts.get("states", ())}
        self._states |= {subject: subject.states for subject in self._new}
        self.lasts: bool = "states" in facts or any(self._states.values())
        for subject in self._new:
            subject.backend.keep(subject)
        for subject in subjects:
            state = self._states.get(subject)
            subject.pending[self] = {"state": state[0]} if state else {}
        first.pending[self] |= effect.get("during", {})

    def end(self, outcome: Outcome) -> Outcome:
        """Do what the action does if it has succeeded, or what its failure does."""
        effect, has_failed = self._effect, outcome.status == OperationStatus.FAILED
        for subject in self._subjects:
            del subject.pending[self]
        follow = effect.get("on_failure") if has_failed else effect.get("on_success")
        instead = follow() if follow else None
        if not has_failed:
            self.changed.members = self.changed.change(self.changed.members, self.after)
            for subject, states in self._states.items():
                subject.set_state(states[1:], self._begun_at)
        for subject in self._new if has_failed else self._subjects[: effect.get("goes", 0)]:
            subject.backend.forget(subject)
        return instead if isinstance(instead, Outcome) else outcome

    def describe(self, operation_id: str, subject: Resource) -> Operation:
        location, other = subject.location, [each for each in self._subjects if each is not subject]
        if not self._facts.get("zone", True):
            location = attrs.evolve(location, availability_zone="all")
        details = self._facts.get("details", other[0].name if other else None)
        return Operation(
            id=operation_id,
            resource_name=subject.name,
            resource_type=ResourceType(subject.kind),
            created_at=self._begun_at,
            location=location,
            is_terminal=False,
            operation_type=OperationType(self._type),
            status=OperationStatus.STARTED,
            status_changed_at=self._begun_at,
            operation_details=self._effect.get("details", details),
        )
