"""The things that all kinds of resources share: what they are, and how actions change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypedDict, cast

import attrs
from moto.core import common_models

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import Operation, ResourceLocation
from lightsail_ops.testing._data import JsonObject, load
from lightsail_ops.testing._operations import Change, Operations, Outcome, Record, to_api
from lightsail_ops.testing.exceptions import InvalidInputException

if TYPE_CHECKING:
    BaseModel = object  # moto declares that to construct any model returns a BaseModel
    from lightsail_ops.testing._resources.backend import ResourceBackend
else:
    BaseModel = common_models.BaseModel

_FACTS = load("resources.toml")

States: TypeAlias = tuple[str | None, str | None]
"""The state of a resource while an action lasts, and when it has succeeded; None: as before."""

SAME: States = (None, None)


class Request(JsonObject):
    """The parameters of a request, under the names that the API has for them."""

    def __init__(self, action: str, parameters: JsonObject) -> None:
        super().__init__(parameters)
        self.action: str = action

    def needed(self, name: str) -> str:
        """Return the parameter that names a resource, which the model may call optional."""
        if name not in self:
            raise InvalidInputException(f"{name} must name a resource.")
        return str(self[name])

    def only(self, names: str) -> JsonObject:
        """Return those of these parameters that were sent."""
        return {name: deepcopy(self[name]) for name in names.split() if name in self}


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
        name: its name. Defaults to the one in the request.
        members: its members that are neither in the request nor those of every new one.
    """

    facts: ClassVar[JsonObject] = {}
    kind: ClassVar[str] = ""
    member: ClassVar[str] = "resource"
    named_by: ClassVar[str] = "resourceName"
    states: ClassVar[States] = SAME
    kinds: ClassVar[dict[str, type[Resource]]] = {}
    instances_tracked: ClassVar[list[Resource]]  # which moto's dashboard shows

    def __init_subclass__(cls) -> None:
        if cls.__name__ in _FACTS:
            cls.kind, cls.facts = cls.__name__, _FACTS[cls.__name__]
            cls.member = cls.kind[0].lower() + cls.kind[1:]
            cls.named_by = cls.facts.get("named_by", f"{cls.member}Name")
            cls.states = cls.facts.get("states", SAME)
            cls.kinds[cls.kind] = cls

    def __init__(
        self, backend: ResourceBackend, request: Request, name: str = "", **members: object
    ) -> None:
        self.backend = backend
        self.name: str = backend.check_free(type(self), name or request[self.named_by])
        zone = request.get("availabilityZone") if self.facts.get("zonal") else None
        self.location: ResourceLocation = locate(
            self.kind, backend.region_name, None if zone is None else backend.check_zone(zone)
        )
        number, uuid = backend.new_number()
        self.number: int = number
        self.id: str = uuid.hex
        self.created_at: datetime = backend.operations.now()
        region, account_id = self.location.region_name, backend.account_id
        self.arn: str = (
            f"arn:{backend.partition}:lightsail:{region}:{account_id}:{self.kind}/{uuid}"
        )
        self.new_tags: list[JsonObject] = request.get("tags", [])
        given: JsonObject = {
            "name": self.name,
            "id": self.id,
            "number": number,
            "low": f"{number // 250 % 250}.{number % 250 + 1}",
            "region": backend.region_name,
            "account": account_id,
            "partition": backend.partition,
        }
        self.support_id: str = _complete(self.facts.get("support", "{name}"), given)
        self.members: JsonObject = _complete(self.facts.get("members", {}), given) | members
        self.members |= request.only(self.facts.get("written", ""))
        if self.states[0] is not None:
            self.members["state"] = self.states[0]
        # Changes in progress, and the members during each, the latest last.
        self.pending: dict[ResourceChange, JsonObject] = {}
        self._stated_at = self.created_at

    @property
    def now(self) -> JsonObject:
        """The members as they are now, with what is in progress."""
        members = dict(self.members)
        for during in self.pending.values():
            members |= during
        return members

    def to_dict(self) -> JsonObject:
        """Return the resource as it is read now, under the API's names."""
        common: JsonObject = {
            "name": self.name,
            "arn": self.arn,
            "supportCode": f"{self.backend.account_id}/{self.support_id}",
            "createdAt": self.created_at,
            "location": to_api(self.location),
            "resourceType": self.kind,
            **self.backend.tagger.list_tags_for_resource(self.arn),
        }
        now = self.now
        return common | now | self.derive(now)

    def derive(self, now: JsonObject) -> JsonObject:  # noqa: ARG002 - for the kinds that need it
        """Return what follows from the other members, as they are now."""
        return {}

    def set_state(self, state: str | None, begun_at: datetime) -> None:
        """Change the state, if there is a new one, unless a later action has changed it."""
        if state is not None and begun_at >= self._stated_at:
            self._stated_at = begun_at
            self.members["state"] = state


def _complete(value: object, given: JsonObject) -> Any:
    """Return a copy of a value with what its strings have in braces."""
    if isinstance(value, dict):
        return {name: _complete(each, given) for name, each in cast("JsonObject", value).items()}
    if isinstance(value, list):
        return [_complete(each, given) for each in cast("Iterable[object]", value)]
    return value.format(**given) if isinstance(value, str) else value


class Attachable(Resource):
    """A resource that is attached to an instance at a time."""

    def check_attached(self) -> str:
        """Return the name of its instance, or raise AWS's error if there is none."""
        name: str | None = self.members.get("attachedTo")
        if name is None:
            raise InvalidInputException(f"The {self.kind} {self.name} is not attached.")
        return name

    def derive(self, now: JsonObject) -> JsonObject:
        return {"isAttached": now.get("attachedTo") is not None}


class How(TypedDict, total=False):
    """The effect of an action, besides its operations. Members are those of the first subject."""

    type: str  # of the operations; by default the action
    comes: Resource  # the subject that is created; if the action fails, it goes again
    goes: Resource  # the subject that is deleted when the action has succeeded
    states: States  # of the first subject
    during: JsonObject  # members meanwhile
    after: JsonObject  # members when the action has succeeded
    effect: Callable[[], object]  # what else happens then, before that
    on_failure: Callable[[], object]  # what happens when it has failed
    details: str | None  # of the operations; by default the name of the other one of a pair
    has_zone: bool  # whether the operations name the zone of a subject that has one, as they do


class ResourceChange(Change):
    """An action on one resource, or on a pair: it has its effect when its operations end."""

    def __init__(
        self, operation_type: str, subjects: Sequence[Resource], how: How, outcome: Outcome
    ) -> None:
        super().__init__(outcome=outcome)
        self._type = OperationType(operation_type)
        self._subjects = subjects  # in the order in which their operations are listed
        self._how = how

    def begin(self, operations: Operations) -> list[Record]:
        """Add the operations, and note on the subjects what is in progress."""
        how, self._begun_at = self._how, operations.now()
        self._states = {self._subjects[0]: how.get("states", SAME)}
        if "comes" in how:
            how["comes"].backend.keep(how["comes"])
            self._states[how["comes"]] = how["comes"].states
        for subject in self._subjects:
            state, _ = self._states.get(subject, SAME)
            subject.pending[self] = {} if state is None else {"state": state}
        self._subjects[0].pending[self] |= how.get("during", {})
        return [
            operations.add(self._operation(operations.new_id(), subject), self)
            for subject in self._subjects
        ]

    def end(self, outcome: Outcome) -> None:
        """End the operations, and do what the action does if they succeeded."""
        super().end(outcome)
        how, has_failed = self._how, outcome.status == OperationStatus.FAILED
        for subject in self._subjects:
            del subject.pending[self]
        effect = how.get("on_failure") if has_failed else how.get("effect")
        if effect is not None:
            effect()
        if not has_failed:
            self._subjects[0].members |= how.get("after", {})
            for subject, (_, state) in self._states.items():
                subject.set_state(state, self._begun_at)
        gone = how.get("comes") if has_failed else how.get("goes")
        if gone is not None:
            gone.backend.forget(gone)

    def _operation(self, operation_id: str, subject: Resource) -> Operation:
        location, other = subject.location, [each for each in self._subjects if each is not subject]
        if not self._how.get("has_zone", True):
            location = attrs.evolve(location, availability_zone="all")
        return Operation(
            id=operation_id,
            resource_name=subject.name,
            resource_type=ResourceType(subject.kind),
            created_at=self._begun_at,
            location=location,
            is_terminal=False,
            operation_type=self._type,
            status=OperationStatus.STARTED,
            status_changed_at=self._begun_at,
            operation_details=self._how.get("details", other[0].name if other else None),
        )
