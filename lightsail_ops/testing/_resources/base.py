"""The things that all kinds of resources share: what they are, and how actions change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypedDict
from uuid import UUID

import attrs
from moto.core import common_models

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import Operation, ResourceLocation
from lightsail_ops.testing._data import JsonObject, load
from lightsail_ops.testing._operations import Change, Operations, Outcome, Record
from lightsail_ops.testing.exceptions import InvalidInputException

if TYPE_CHECKING:
    BaseModel = object  # moto declares that to construct any model returns a BaseModel
    from lightsail_ops.testing._resources.backend import ResourceBackend
else:
    BaseModel = common_models.BaseModel

_NEW = load("resources.toml")
_GLOBAL_KINDS = {"Distribution", "Domain"}  # distributions: guess
_ZONAL_KINDS = {"Disk", "Instance", "RelationalDatabase"}

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
    if kind in _GLOBAL_KINDS:
        return ResourceLocation(availability_zone="all", region_name=RegionName.GLOBAL)
    zone = zone or f"{region_name}a" if kind in _ZONAL_KINDS else "all"
    return ResourceLocation(availability_zone=zone, region_name=RegionName(region_name))


class Resource(BaseModel):
    """Anything that has a name in Lightsail."""

    kind: ClassVar[str] = ""
    """The API's resource type. An empty one stands for any."""

    family: ClassVar[str] = ""
    """A name for several kinds, under which some actions look for them."""

    named_by: ClassVar[str] = "resourceName"
    """The request parameter that names a resource of this kind."""

    written: ClassVar[str] = ""
    """The parameters that become members of a new one."""

    new_states: ClassVar[States] = SAME
    """Its state while it is created, and afterwards."""

    support: ClassVar[str] = "{name}"
    """The second part of its support code."""

    instances_tracked: ClassVar[list[Resource]]
    """The instances that moto's dashboard shows."""

    home: ClassVar[str | None] = None
    """The one region that serves this kind, if it is one."""

    def __init__(
        self, backend: ResourceBackend, request: Request, name: str = "", **members: object
    ) -> None:
        """Make a resource that its backend does not keep yet, or raise AWS's error.

        Args:
            backend: the account and region that it belongs to.
            request: the request that creates it.
            name: its name. Defaults to the one in the request.
            members: its members that are neither in the request nor those of every new one.
        """
        self.backend = backend
        self.name: str = backend.check_free(type(self), name or request[self.named_by])
        zone = request.get("availabilityZone") if self.kind in _ZONAL_KINDS else None
        self.location: ResourceLocation = locate(
            self.kind, backend.region_name, zone and backend.check_zone(zone)
        )
        self.number: int
        self.uuid: UUID
        self.number, self.uuid = backend.new_number()
        self.created_at: datetime = backend.operations.now()
        region, account_id = self.location.region_name, backend.account_id
        self.arn: str = (
            f"arn:{backend.partition}:lightsail:{region}:{account_id}:{self.kind}/{self.uuid}"
        )
        self.made_by: str = request.action
        self.new_tags: list[JsonObject] = request.get("tags", [])
        self.members: JsonObject = deepcopy(_NEW.get(self.kind, {})) | members
        self.members |= request.only(self.written)
        self.state: str | None = None  # when nothing is in progress
        # Changes in progress, and the state during and after each, the latest last.
        self.pending: dict[ResourceChange, States] = {}

    @property
    def current_state(self) -> str | None:
        """The state as it is now, with what is in progress."""
        states = [during for during, _ in self.pending.values() if during is not None]
        return states[-1] if states else self.state

    @property
    def low_bytes(self) -> str:
        """The end of an IPv4 address that no other resource of its kind has."""
        return f"{self.number // 250 % 250}.{self.number % 250 + 1}"

    @property
    def support_id(self) -> str:
        """The second part of its support code, such as the id that EC2 has for it."""
        return self.support.format(name=self.name, id=self.uuid.hex[:17])

    def to_dict(self) -> JsonObject:
        """Return the resource as it is read now, under the API's names."""
        sent: JsonObject = {
            "name": self.name,
            "arn": self.arn,
            "supportCode": f"{self.backend.account_id}/{self.support_id}",
            "createdAt": self.created_at,
            "location": {
                "availabilityZone": self.location.availability_zone,
                "regionName": self.location.region_name,
            },
            "resourceType": self.kind,
            **self.backend.tagger.list_tags_for_resource(self.arn),
        }
        return sent | {"state": self.current_state} | self.members

    def settle(self) -> None:
        """End the changes whose time has come."""
        for change in list(self.pending):
            change.settle()

    def end(self, change: ResourceChange, *, has_succeeded: bool) -> None:
        """Note the end of a change. Earlier ones may not set the state any more."""
        _, after = self.pending[change]
        if has_succeeded and after is not None:
            self.state = after
            for earlier in takewhile(lambda each: each is not change, list(self.pending)):
                self.pending[earlier] = (self.pending[earlier][0], None)
        del self.pending[change]


class Attachable(Resource):
    """A resource that is attached to an instance at a time."""

    attached_to: str | None = None
    """The instance's name."""

    def attach(self, instance_name: str) -> None:
        self.attached_to = instance_name

    def detach(self) -> None:
        self.attached_to = None

    def check_attached(self) -> str:
        """Return the name of its instance, or raise AWS's error if there is none."""
        if self.attached_to is None:
            raise InvalidInputException(f"The {self.kind} {self.name} is not attached.")
        return self.attached_to

    def to_dict(self) -> JsonObject:
        is_attached = self.attached_to is not None
        return super().to_dict() | {"attachedTo": self.attached_to, "isAttached": is_attached}


class How(TypedDict, total=False):
    """The effect of an action, besides its operations."""

    comes: Resource
    """The subject that is created. If the action fails, it goes again."""

    goes: Resource
    """The subject that is deleted, when the action has succeeded."""

    states: States
    """The state of the first subject meanwhile, and when the action has succeeded."""

    effect: Callable[[], object]
    """What else happens when the action has succeeded."""

    on_failure: Callable[[], object]
    """What happens when it has failed."""

    details: str | None
    """The details of the operations. Defaults to the other name of a pair."""

    is_paired: bool
    """Whether the details name the other one of a pair. Defaults to True."""

    has_zone: bool
    """Whether the operations name the zone of a subject that has one. Defaults to True."""


class ResourceChange(Change):
    """An action on one resource, or on a pair: it has its effect when its operations end."""

    def __init__(self, operation_type: str, subjects: Sequence[Resource], how: How) -> None:
        super().__init__()
        self.operation_type = operation_type
        self.subjects = subjects  # in the order in which their operations are listed
        self._how = how

    def begin(self, operations: Operations, outcome: Outcome) -> list[Record]:
        """Add the operations, and note on the subjects what is in progress."""
        self.outcome: Outcome = outcome
        comes = self._how.get("comes")
        if comes is not None:
            comes.backend.keep(comes)
        for number, subject in enumerate(self.subjects):
            states = self._how.get("states", SAME) if number == 0 else SAME
            subject.pending[self] = subject.new_states if subject is comes else states
        now = operations.now()
        return [
            operations.add(self._operation(operations.new_id(), subject, now), self)
            for subject in self.subjects
        ]

    def end(self, outcome: Outcome) -> None:
        """End the operations, and do what the action does if they succeeded."""
        super().end(outcome)
        has_succeeded = outcome.status != OperationStatus.FAILED
        for subject in self.subjects:
            subject.end(self, has_succeeded=has_succeeded)
        how = self._how
        effect = how.get("effect") if has_succeeded else how.get("on_failure")
        if effect is not None:
            effect()
        gone = how.get("goes") if has_succeeded else how.get("comes")
        if gone is not None:
            gone.backend.forget(gone)

    def _operation(self, operation_id: str, subject: Resource, now: datetime) -> Operation:
        location, details = subject.location, self._how.get("details")
        if not self._how.get("has_zone", True):
            location = attrs.evolve(location, availability_zone="all")
        if details is None and self._how.get("is_paired", True):
            details = next((each.name for each in self.subjects if each is not subject), None)
        return Operation(
            id=operation_id,
            resource_name=subject.name,
            resource_type=ResourceType(subject.kind),
            created_at=now,
            location=location,
            is_terminal=False,
            operation_type=OperationType(self.operation_type),
            status=OperationStatus.STARTED,
            status_changed_at=now,
            operation_details=details,
        )
