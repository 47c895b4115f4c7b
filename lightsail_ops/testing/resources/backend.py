"""The resources of one account in one region: how actions find, show and change them."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar, Unpack

from moto.core.base_backend import BaseBackend
from moto.utilities.tagging_service import TaggingService

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._history import History
from lightsail_ops.testing._operations import Operations, show, take_page
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException
from lightsail_ops.testing.resources.base import How, Request, Resource, ResourceChange

R = TypeVar("R", bound=Resource)
Action: TypeAlias = Callable[["ResourceBackend", Request], JsonObject | list[JsonObject]]
"""Returns a response, or the operations that are one."""

ANY_KIND, SNAPSHOT = "", "Snapshot"
"""Instead of a kind: how the kind's name ends."""


class ResourceBackend(BaseBackend):
    """Keeps resources and operations; the kinds of resources add their actions to it."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.scope: str = f"{account_id}/{region_name}"
        self.operations: Operations = Operations(self.scope)
        self.tagger = TaggingService(tag_name="tags", key_name="key", value_name="value")
        self._resources: dict[tuple[str, str], Resource] = {}
        self.history = History(region_name)
        self._number = 0
        self._progressed = set[ResourceChange]()  # with the request that is being served

    @abstractmethod
    def in_region(self, region_name: str) -> ResourceBackend:
        """Return the same account's backend of another region, or raise AWS's error."""

    def new_number(self) -> tuple[int, uuid.UUID]:
        """Return a number and an id for a new resource, the same in each run."""
        self._number += 1
        return self._number, uuid.uuid5(uuid.NAMESPACE_URL, f"{self.scope}/{self._number}")

    def keep(self, resource: Resource) -> None:
        """Keep a new resource, and tag it as the request said that creates it."""
        self.tag(resource, resource.members.pop("tags", []))
        self._resources[resource.kind, resource.name] = resource

    def tag(self, resource: Resource, tags: list[JsonObject]) -> None:
        """Add tags to a resource, or change their values."""
        named = [each for each in tags if "key" in each]
        self.tagger.tag_resource(resource.arn, named)

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        self.tagger.delete_all_tags_for_resource(resource.arn)
        if self._resources.get((resource.kind, resource.name)) is resource:
            del self._resources[resource.kind, resource.name]

    # --- Find what there is. Changes end first whose time has come.

    def all(self) -> list[Resource]:
        """Return all resources, the oldest first."""
        for resource in list(self._resources.values()):
            resource.settle()
        return list(self._resources.values())

    def all_of(self, kind: type[R]) -> list[R]:
        """Return the resources of a kind, the oldest first."""
        return [each for each in self.all() if isinstance(each, kind)]

    def find(self, kind: str, name: str) -> Resource | None:
        """Return a resource by its name, and its kind or how the kind's name ends."""
        for resource in self._named(kind, name):
            resource.settle()
        return next(iter(self._named(kind, name)), None)

    def _named(self, kind: str, name: str) -> list[Resource]:
        if kind not in (ANY_KIND, SNAPSHOT):
            return [self._resources[kind, name]] if (kind, name) in self._resources else []
        every = self._resources.values()
        return [each for each in every if each.name == name and each.kind.endswith(kind)]

    def get(self, kind: type[R], name: str) -> R:
        """Return the resource that a request reads, or raise AWS's error if there is none."""
        return _check_found(self.find(kind.kind, name), kind, name)

    def get_any(self, name: str, kind: str = ANY_KIND) -> Resource:
        """Return a resource as `get` does, by its name, whatever its kind is."""
        return _check_found(self.find(kind, name), Resource, name)

    def named(self, kind: type[R], name: str) -> R:
        """Return the resource that a request is going to change, or raise AWS's error.

        What is in progress on it progresses, as if it had been read.
        """
        self._progress(kind.kind, name)
        return self.get(kind, name)

    def named_any(self, name: str, kind: str = ANY_KIND) -> Resource:
        """Return a resource as `named` does, by its name, whatever its kind is."""
        self._progress(kind, name)
        return self.get_any(name, kind)

    def all_named(self, kind: type[R], names: Sequence[str]) -> list[R]:
        """Return resources as `named` does, by a list of names."""
        check_names(names)
        return [self.named(kind, name) for name in names]

    def check_free(self, kind: type[Resource], name: str) -> str:
        """Return a name, or raise AWS's error if a resource of this kind has it already."""
        self._progress(kind.kind, name)
        if self.find(kind.kind, name) is not None:
            raise InvalidInputException(f"Some names are already in use: {name}")
        return name

    def check_zone(self, zone: str) -> str:
        """Return an availability zone, or raise AWS's error if this region does not have it."""
        zones = {each["name"]: each["zones"] for each in CATALOGUES["regions"]}
        if zone not in [f"{self.region_name}{letter}" for letter in zones[self.region_name]]:
            raise InvalidInputException(f"The region {self.region_name} has no zone {zone!r}.")
        return zone

    def _progress(self, kind: str, name: str) -> None:
        pending = {change for each in self._named(kind, name) for change in each.pending}
        for change in pending - self._progressed:
            self._progressed.add(change)
            change.advance()

    def begin_request(self) -> None:
        """Let each change in progress progress once more, with the request that comes now."""
        self._progressed.clear()

    # --- Show it, as a response does. What is shown progresses for the next time.

    def show(self, resource: Resource) -> JsonObject:
        """Return one resource as it is read."""
        return self.show_all([resource])[0]

    def show_all(self, resources: Iterable[Resource]) -> list[JsonObject]:
        """Return resources as they are read."""
        shown = list(resources)
        sent = [resource.to_dict() for resource in shown]
        for change in {change for resource in shown for change in resource.pending}:
            change.advance()
        return sent

    def page_of(self, member: str, resources: Sequence[Resource], request: Request) -> JsonObject:
        """Return a page of resources, and the token of the next one."""
        entries = [((0.0, each.number), each) for each in resources]
        scope, token = f"{self.scope}/{request.action}", request.get("pageToken")
        page, next_token = take_page(entries, scope, token, control().page_size)
        return {member: self.show_all(page), "nextPageToken": next_token}

    def page(self, member: str, items: Sequence[object], request: Request) -> JsonObject:
        """Return a page of other items, and the token of the next one."""
        entries = [((0.0, number), each) for number, each in enumerate(items)]
        scope, token = f"{self.scope}/{request.action}", request.get("pageToken")
        page, next_token = take_page(entries, scope, token, control().page_size)
        return {member: page, "nextPageToken": next_token}

    # --- Change it.

    def start(
        self, operation_type: str, *subjects: Resource, **how: Unpack[How]
    ) -> list[JsonObject]:
        """Begin an action on a resource or a pair, and return its operations, which are Started."""
        return self._begin(ResourceChange(operation_type, subjects, how), ends_at_once=False)

    def complete(
        self, operation_type: str, *subjects: Resource, **how: Unpack[How]
    ) -> list[JsonObject]:
        """Begin an action that has ended when its response is sent."""
        return self._begin(ResourceChange(operation_type, subjects, how), ends_at_once=True)

    def _begin(self, change: ResourceChange, *, ends_at_once: bool) -> list[JsonObject]:
        names = [each.name for each in change.subjects]
        outcome = control().outcome_of(change.operation_type, names)
        records = change.begin(self.operations, outcome)
        if ends_at_once:
            change.end(outcome)
        return show(records)


# --- Actions that many kinds of resources have alike.


def show_one(kind: type[Resource], member: str, named_by: str) -> Action:
    """Return the action that reads the resource which a parameter names."""
    return lambda backend, request: {member: backend.show(backend.get(kind, request[named_by]))}


def show_page(kind: type[Resource], member: str) -> Action:
    """Return the action that reads a page of the resources of a kind."""
    return lambda backend, request: backend.page_of(member, backend.all_of(kind), request)


def delete_one(kind: type[Resource], named_by: str) -> Action:
    """Return the action that deletes the resource which a parameter names, at once."""

    def delete(backend: ResourceBackend, request: Request) -> list[JsonObject]:
        resource = backend.named(kind, request[named_by])
        return backend.complete(request.action, resource, goes=resource)

    return delete


def check_names(names: Sequence[str]) -> Sequence[str]:
    """Return names, or raise AWS's error if there are none, or if one is there twice."""
    if not names or len(set(names)) < len(names):
        raise InvalidInputException(f"Names must be given, and each of them once: {names}")
    return names


def _check_found(found: Resource | None, kind: type[R], name: str) -> R:
    if isinstance(found, kind):
        return found
    noun = "resource" if kind is Resource else kind.kind
    raise NotFoundException(f"The {noun} does not exist: {name}")
