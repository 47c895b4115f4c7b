"""The resources of one account in one region: how actions find, show and change them."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, TypeAlias, TypeVar, Unpack

from moto.core.base_backend import BaseBackend
from moto.utilities.tagging_service import TaggingService

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._history import History
from lightsail_ops.testing._operations import Operations, show, take_page
from lightsail_ops.testing._resources.base import (
    SAME,
    How,
    Request,
    Resource,
    ResourceChange,
    States,
)
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException

R = TypeVar("R", bound=Resource)
Action: TypeAlias = Callable[[Any, Request], JsonObject]
"""Returns the response of a backend to a request; its shape says what of it is sent."""


class ResourceBackend(BaseBackend):
    """Keeps resources and operations; the kinds of resources add their actions to it."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.scope: str = f"{account_id}/{region_name}"
        self.operations: Operations = Operations(self.scope)
        self.tagger: TaggingService = TaggingService(
            tag_name="tags", key_name="key", value_name="value"
        )
        self._resources: dict[tuple[str, str], Resource] = {}
        self.history: History = History(region_name)
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
        self.tag(resource, resource.new_tags)
        self._resources[resource.kind, resource.name] = resource

    def tag(self, resource: Resource, tags: list[JsonObject]) -> None:
        """Add tags to a resource, or change their values."""
        named = [each for each in tags if "key" in each]
        self.tagger.tag_resource(resource.arn, named)

    def untag(self, resource: Resource, keys: list[str]) -> None:
        """Remove the tags that have these keys."""
        self.tagger.untag_resource_using_names(resource.arn, keys)

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        self.tagger.delete_all_tags_for_resource(resource.arn)
        with suppress(ValueError):  # moto has been reset
            resource.instances_tracked.remove(resource)
        if self._resources.get((resource.kind, resource.name)) is resource:
            del self._resources[resource.kind, resource.name]

    # --- Find what there is. Changes end first whose time has come.

    def all(self, kind: type[R]) -> list[R]:
        """Return the resources of a kind, the oldest first."""
        self.check_home(kind)
        for resource in [each for each in self._resources.values() if each.pending]:
            resource.settle()
        return self.kept(kind)

    def kept(self, kind: type[R]) -> list[R]:
        """Return the resources of a kind, and end no change: for what one of them shows of others.

        To end them all for each resource of a long list would take too long.
        """
        return [each for each in self._resources.values() if isinstance(each, kind)]

    def find(self, kind: type[R], name: str, resource_type: str = "") -> R | None:
        """Return a resource by its name; None if there is none."""
        self.check_home(kind)
        for resource in self._named(resource_type or kind.kind, name):
            resource.settle()
        found = self._named(resource_type or kind.kind, name)
        return next((each for each in found if isinstance(each, kind)), None)

    def _named(self, kind: str, name: str) -> list[Resource]:
        if (kind, name) in self._resources:
            return [self._resources[kind, name]]
        every = self._resources.values()  # `Snapshot` is for several kinds, an empty one for any
        return [each for each in every if each.name == name and kind in ("", each.family)]

    def get(self, kind: type[R], name: str, resource_type: str = "") -> R:
        """Return the resource that a request reads, or raise AWS's error if there is none."""
        found = self.find(kind, name, resource_type)
        if found is None:
            raise NotFoundException(f"The {kind.kind or 'resource'} does not exist: {name}")
        return found

    def wanted(self, kind: type[R], request: Request) -> list[R]:
        """Return the resource that a request reads, or all of a kind if it names none."""
        is_named = kind.named_by in request
        return [self.get(kind, request[kind.named_by])] if is_named else self.all(kind)

    def named(self, kind: type[R], name: str, resource_type: str = "") -> R:
        """Return the resource that a request is going to change, or raise AWS's error.

        What is in progress on it progresses, as if it had been read.
        """
        self._progress(resource_type or kind.kind, name)
        return self.get(kind, name, resource_type)

    def check_free(self, kind: type[Resource], name: str) -> str:
        """Return a name, or raise AWS's error if a resource of this kind has it already."""
        self._progress(kind.kind, name)
        if self.find(kind, name) is not None:
            raise InvalidInputException(f"Some names are already in use: {name}")
        return name

    def check_home(self, kind: type[Resource]) -> None:
        """Raise AWS's error if another region serves a kind of resources."""
        if kind.home not in (None, self.region_name):
            raise InvalidInputException(f"Only {kind.home} serves this, not {self.region_name}.")

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
        """Return a resource as it is read."""
        return self.show_all([resource])[0]

    def show_all(self, resources: Iterable[Resource]) -> list[JsonObject]:
        """Return resources as they are read."""
        shown = list(resources)
        sent = [resource.to_dict() for resource in shown]
        for change in {change for resource in shown for change in resource.pending}:
            change.advance()
        return sent

    def page(self, member: str, items: Sequence[object], request: Request) -> JsonObject:
        """Return a page of resources, or of other items, and the token of the next one."""
        numbers = [getattr(each, "number", index) for index, each in enumerate(items)]
        entries = [((0.0, number), each) for number, each in zip(numbers, items, strict=True)]
        scope, token = f"{self.scope}/{request.action}", request.get("pageToken")
        page, next_token = take_page(entries, scope, token, control().page_size)
        resources = [each for each in page if isinstance(each, Resource)]
        return {member: self.show_all(resources) or page, "nextPageToken": next_token}

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

    def create(self, resource: Resource, *partners: Resource, **how: Unpack[How]) -> JsonObject:
        """Create a resource, at once if it has no state while it is created."""
        how["comes"] = resource
        begin = self.complete if resource.new_states == SAME else self.start
        return all_of(begin(resource.made_by, resource, *partners, **how))

    def _begin(self, change: ResourceChange, *, ends_at_once: bool) -> list[JsonObject]:
        names = [each.name for each in change.subjects]
        outcome = control().outcome_of(change.operation_type, names)
        records = change.begin(self.operations, outcome)
        if ends_at_once:
            change.end(outcome)
        return show(records)


def _do_nothing(*_: object) -> None:
    pass


# --- Actions that many kinds of resources have alike.


def shows(kind: type[Resource], member: str) -> Action:
    """Return the action that reads the resource which a request names."""
    return lambda backend, request: {
        member: backend.show(backend.get(kind, request[kind.named_by]))
    }


def lists(kind: type[Resource], member: str) -> Action:
    """Return the action that reads a page of a kind, or the one which a request names."""
    return lambda backend, request: backend.page(member, backend.wanted(kind, request), request)


def creates(
    kind: Callable[..., Resource], source: type[Resource] | None = None, shown_as: str = ""
) -> Action:
    """Return the action that creates a resource, of another one if its kind needs a source."""

    def create(backend: ResourceBackend, request: Request) -> JsonObject:
        sources = [backend.named(source, request[source.named_by])] if source else []
        resource = kind(backend, request, *sources)
        response = backend.create(resource, *sources)
        return response | ({shown_as: resource.to_dict()} if shown_as else {})

    return create


def deletes(kind: type[Resource]) -> Action:
    """Return the action that deletes the resource which a request names, at once."""

    def delete(backend: ResourceBackend, request: Request) -> JsonObject:
        resource = backend.named(kind, request[kind.named_by])
        return all_of(backend.complete(request.action, resource, goes=resource))

    return delete


def starts(
    kind: type[R],
    effect: Callable[[R, Request], object] = _do_nothing,
    *,
    named_by: str = "",
    check: Callable[[R, Request], object] = _do_nothing,
    states: States = SAME,
    details: Callable[[Request], str | None] = _do_nothing,
    shown_as: str = "",
    ends_at_once: bool = False,
) -> Action:
    """Return the action that changes the resource which a request names.

    Args:
        kind: the kind of resource.
        effect: what it does when it succeeds.
        named_by: the parameter that names it, where it is not the usual one of the kind.
        check: what raises AWS's error if the request is wrong.
        states: the resource's state meanwhile, and when the action has succeeded.
        details: the details of the operation.
        shown_as: the member of the response that shows the resource, if there is one.
        ends_at_once: whether it has ended when its response is sent.
    """

    def change(backend: ResourceBackend, request: Request) -> JsonObject:
        resource = backend.named(kind, request.needed(named_by or kind.named_by))
        check(resource, request)
        how = How(states=states, details=details(request))
        how["effect"] = partial(effect, resource, request)
        begin = backend.complete if ends_at_once else backend.start
        operations = begin(request.action, resource, **how)
        return all_of(operations) | ({shown_as: resource.to_dict()} if shown_as else {})

    return change


completes = partial(starts, ends_at_once=True)
"""Return the action that changes a resource as with `starts`, before its response is sent."""


def all_of(*operations: list[JsonObject]) -> JsonObject:
    """Return a response with operations: with the first or with all, as its shape says."""
    every = list(chain.from_iterable(operations))
    return {"operation": every[0], "operations": every}


def check_names(names: Sequence[str]) -> Sequence[str]:
    """Return names, or raise AWS's error if there are none, or if one is there twice."""
    if not names or len(set(names)) < len(names):
        raise InvalidInputException(f"Names must be given, and each of them once: {names}")
    return names
