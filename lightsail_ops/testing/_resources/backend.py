"""The resources of one account in one region: how actions find, show and change them."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, TypeAlias, TypeVar, Unpack

from moto.core.base_backend import BaseBackend
from moto.utilities.tagging_service import TaggingService

from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import CATALOGUES, JsonObject
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

UNKNOWN_METRIC = ("Average", "Count", 0, 1)
_SAMPLES = 5  # in a period
_MOST_POINTS = 1440  # that a response has, as with CloudWatch


class ResourceBackend(BaseBackend):
    """Keeps resources and operations; the kinds of resources add their actions to it."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.scope: str = f"{account_id}/{region_name}"
        self.operations: Operations = Operations(self.scope)
        self.tagger: TaggingService = TaggingService("tags", "key", "value")
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
        self.tagger.tag_resource(resource.arn, [each for each in tags if "key" in each])

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        self.tagger.delete_all_tags_for_resource(resource.arn)
        with suppress(ValueError):  # moto has been reset
            resource.instances_tracked.remove(resource)
        if self._resources.get((resource.kind, resource.name)) is resource:
            del self._resources[resource.kind, resource.name]

    # --- Find what there is. Changes end first whose time has come.

    def all(self, kind: type[R], name: str | None = None) -> list[R]:
        """Return the resources of a kind, or those that have a name; the oldest first."""
        self.check_home(kind)
        for resource in self.kept(Resource) if name is None else self.kept(kind, name):
            for change in list(resource.pending):
                change.settle()
        return self.kept(kind, name)

    def kept(self, kind: type[R], name: str | None = None) -> list[R]:
        """Return the same, and end no change: for what a resource shows of others.

        To end them all for each resource of a long list would take too long.
        """
        if kind.kind and name is not None:
            found = self._resources.get((kind.kind, name))
            return [found] if isinstance(found, kind) else []
        every = [each for each in self._resources.values() if isinstance(each, kind)]
        return every if name is None else [each for each in every if each.name == name]

    def find(self, kind: type[R], name: str) -> R | None:
        """Return a resource by its name; None if there is none."""
        return next(iter(self.all(kind, name)), None)

    def get(self, kind: type[R], name: str) -> R:
        """Return the resource that a request reads, or raise AWS's error if there is none."""
        found = self.find(kind, name)
        if found is None:
            raise NotFoundException(f"The {kind.kind or 'resource'} does not exist: {name}")
        return found

    def read(self, kind: type[R], request: Request) -> R:
        """Return the resource that a request names to read it, or raise AWS's error."""
        return self.get(kind, request[kind.named_by])

    def wanted(self, kind: type[R], request: Request) -> list[R]:
        """Return the resource that a request reads, or all of a kind if it names none."""
        return [self.read(kind, request)] if kind.named_by in request else self.all(kind)

    def named(self, kind: type[R], name: str) -> R:
        """Return the resource that a request is going to change, or raise AWS's error.

        What is in progress on it progresses, as if it had been read.
        """
        self._progress(kind, name)
        return self.get(kind, name)

    def subject(self, kind: type[R], request: Request, parameter: str = "") -> R:
        """Return the resource that a parameter names, by default the usual one of the kind."""
        return self.named(kind, request.needed(parameter or kind.named_by))

    def check_free(self, kind: type[Resource], name: str) -> str:
        """Return a name, or raise AWS's error if it is empty, or one of the kind has it already."""
        if not name.strip():
            raise InvalidInputException(f"The name of a {kind.kind} must not be empty.")
        self._progress(kind, name)
        if self.find(kind, name) is not None:
            raise InvalidInputException(f"Some names are already in use: {name}")
        return name

    def check_home(self, kind: type[Resource]) -> None:
        """Raise AWS's error if another region serves a kind of resources."""
        home = kind.facts.get("home", self.region_name)
        if home != self.region_name:
            raise InvalidInputException(f"Only {home} serves this, not {self.region_name}.")

    def check_zone(self, zone: str) -> str:
        """Return an availability zone, or raise AWS's error if this region does not have it."""
        zones = {each["name"]: each["zones"] for each in CATALOGUES["regions"]}
        if zone not in [f"{self.region_name}{letter}" for letter in zones[self.region_name]]:
            raise InvalidInputException(f"The region {self.region_name} has no zone {zone!r}.")
        return zone

    def _progress(self, kind: type[Resource], name: str) -> None:
        pending = {change for each in self.kept(kind, name) for change in each.pending}
        for change in pending - self._progressed:
            self._progressed.add(change)
            change.advance()

    def begin_request(self) -> None:
        """Let each change in progress progress once more, with the request that comes now."""
        self._progressed.clear()

    # --- Show it, as a response does. What is shown progresses for the next time.

    def show(self, *resources: Resource) -> list[JsonObject]:
        """Return resources as they are read."""
        sent = [resource.to_dict() for resource in resources]
        for change in {change for resource in resources for change in resource.pending}:
            change.advance()
        return sent

    def page(self, member: str, items: Sequence[object], request: Request) -> JsonObject:
        """Return a page of resources, or of other items, and the token of the next one."""
        numbers = [getattr(each, "number", index) for index, each in enumerate(items)]
        entries = [((0.0, number), each) for number, each in zip(numbers, items, strict=True)]
        scope, token = f"{self.scope}/{request.action}", request.get("pageToken")
        page, next_token = take_page(entries, scope, token, control().page_size)
        resources = [each for each in page if isinstance(each, Resource)]
        return {member: self.show(*resources) or page, "nextPageToken": next_token}

    # --- Change it.

    def start(self, request: Request, *subjects: Resource, **how: Unpack[How]) -> JsonObject:
        """Begin an action on a resource or a pair, and return the response.

        It has the operations, which are Started, and shows the first subject.
        """
        return self._begin(request, subjects, how, ends_at_once=False)

    def complete(self, request: Request, *subjects: Resource, **how: Unpack[How]) -> JsonObject:
        """Begin an action that has ended when its response is sent, and return the response."""
        return self._begin(request, subjects, how, ends_at_once=True)

    def create(
        self, request: Request, resource: Resource, *partners: Resource, **how: Unpack[How]
    ) -> JsonObject:
        """Create a resource, at once if it has no state while it is created."""
        how["comes"] = resource
        begin = self.complete if resource.states == SAME else self.start
        return begin(request, resource, *partners, **how)

    def _begin(
        self, request: Request, subjects: Sequence[Resource], how: How, *, ends_at_once: bool
    ) -> JsonObject:
        operation_type = how.get("type", request.action)
        outcome = control().outcome_of(operation_type, [each.name for each in subjects])
        change = ResourceChange(operation_type, subjects, how, outcome)
        records = change.begin(self.operations)
        if ends_at_once:
            change.end(outcome)
        return merge({"operations": show(records), subjects[0].member: subjects[0].to_dict()})


def merge(*responses: JsonObject) -> JsonObject:
    """Return a response with all operations of others; its shape may have but the first."""
    every = [operation for response in responses for operation in response["operations"]]
    return {**responses[0], "operation": every[0], "operations": every}


def check_names(names: Sequence[str]) -> Sequence[str]:
    """Return names, or raise AWS's error if there are none, if one is empty or there twice."""
    if not names or "" in names or len(set(names)) < len(names):
        raise InvalidInputException(f"Names must be given, and each of them once: {names}")
    return names


# --- Actions that many kinds of resources have alike.


def all_offers(catalogue: str, member: str) -> Action:
    """Return the action that reads everything that is on offer."""
    return lambda _, __: {member: CATALOGUES[catalogue]}


def offers(catalogue: str, member: str) -> Action:
    """Return the action that reads a page of what is on offer in a region."""

    def offer(backend: ResourceBackend, request: Request) -> JsonObject:
        region, with_inactive = backend.region_name, request.get("includeInactive")
        wanted = [
            each
            for each in CATALOGUES[catalogue]
            if region in each.get("regions", (region,))
            and (with_inactive or each.get("isActive", True))
            and "appCategory" not in request  # nothing of it is for Lightsail for Research
        ]
        return backend.page(member, wanted, request)

    return offer


def shows(kind: type[Resource]) -> Action:
    """Return the action that reads the resource which a request names."""
    return lambda backend, request: {kind.member: backend.show(backend.read(kind, request))[0]}


def lists(kind: type[Resource]) -> Action:
    """Return the action that reads a page of a kind, or the one which a request names."""
    member = f"{kind.member}s"
    return lambda backend, request: backend.page(member, backend.wanted(kind, request), request)


def creates(kind: Callable[..., Resource], source: type[Resource] | None = None) -> Action:
    """Return the action that creates a resource, of another one if its kind needs a source."""

    def create(backend: ResourceBackend, request: Request) -> JsonObject:
        sources = [backend.subject(source, request)] if source else []
        return backend.create(request, kind(backend, request, *sources), *sources)

    return create


def starts(
    kind: type[R],
    rule: Callable[[R, Request], How] = lambda _, __: How(),
    states: States = SAME,
    named_by: str = "",
    *,
    ends_at_once: bool = False,
) -> Action:
    """Return the action that changes the resource which a request names.

    Args:
        kind: the kind of resource.
        rule: returns the effect, or raises AWS's error if the request is wrong.
        states: the resource's state meanwhile, and when the action has succeeded.
        named_by: the parameter that names it, where it is not the usual one of the kind.
        ends_at_once: whether it has ended when its response is sent.
    """

    def start(backend: ResourceBackend, request: Request) -> JsonObject:
        resource = backend.subject(kind, request, named_by)
        how = rule(resource, request)
        how["states"] = states
        begin = backend.complete if ends_at_once else backend.start
        return begin(request, resource, **how)

    return start


completes = partial(starts, ends_at_once=True)


def deletes(kind: type[Resource]) -> Action:
    """Return the action that deletes the resource which a request names, at once."""
    return completes(kind, lambda resource, _: How(goes=resource))


def measures(kind: type[Resource]) -> Action:
    """Return the action that reads a metric: plausible values for whatever time is wanted."""

    def measure(backend: ResourceBackend, request: Request) -> JsonObject:
        resource, name = backend.read(kind, request), request["metricName"]
        _, unit, low, high = CATALOGUES["metrics"].get(name, UNKNOWN_METRIC)
        period: int = request["period"]
        first = int(request["startTime"]) // period * period
        random = Random(f"{resource.arn}/{name}/{first}")  # noqa: S311 - the same each time
        members = [each[0].lower() + each[1:] for each in request["statistics"]]
        count = int(request["endTime"] - request["startTime"]) // period
        points = [
            _make_statistics(random, low, high, members)
            | {"timestamp": float(first + number * period), "unit": request.get("unit", unit)}
            for number in range(min(count, _MOST_POINTS))
        ]
        return {"metricName": name, "metricData": points}

    return measure


def _make_statistics(random: Random, low: float, high: float, members: Iterable[str]) -> JsonObject:
    """Return statistics of the samples of a period, which agree with each other."""
    least, middle, most = sorted(random.uniform(low, high) for _ in range(3))
    values = {"minimum": least, "average": middle, "maximum": most, "sampleCount": float(_SAMPLES)}
    values["sum"] = middle * _SAMPLES
    return {member: values[member] for member in members}
