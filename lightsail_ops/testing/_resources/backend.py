"""The resources of one account in one region: how actions find, show and change them."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, TypeAlias, Unpack, cast

from botocore import xform_name
from botocore.model import StructureShape
from moto.core.base_backend import BaseBackend
from moto.utilities.tagging_service import TaggingService

from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import (
    CATALOGUES,
    JsonObject,
    action_model,
    find_offer,
    serialize,
    validate,
)
from lightsail_ops.testing._history import History
from lightsail_ops.testing._operations import Operations, take_page, to_api
from lightsail_ops.testing._resources.base import How, R, Request, Resource, ResourceChange
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException, check

Action: TypeAlias = Callable[[Any, Request], JsonObject | Resource | Sequence[Any]]
"""Returns the members of the response, the resource that it shows, or the list of its pages."""

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
        resource.is_kept = True
        self.tag(resource, resource.new_tags)
        self._resources[resource.kind, resource.name] = resource

    def tag(self, resource: Resource, tags: list[JsonObject]) -> None:
        """Add tags to a resource, or change their values."""
        self.tagger.tag_resource(resource.arn, [each for each in tags if "key" in each])

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        self.tagger.delete_all_tags_for_resource(resource.arn)
        for name in ("instances_tracked", "instances"):  # as moto 5.1.0 has it
            with suppress(AttributeError, ValueError):  # ValueError: moto has been reset
                getattr(resource, name).remove(resource)
        if self._resources.get((resource.kind, resource.name)) is resource:
            del self._resources[resource.kind, resource.name]

    # --- Find what there is.

    def all(self, kind: type[R], name: str | None = None) -> list[R]:
        """Return the resources of a kind, or those that have a name; the oldest first."""
        if kind.kind and name is not None:
            found = self._resources.get((kind.kind, name))
            return [found] if isinstance(found, kind) else []
        every = [each for each in self._resources.values() if isinstance(each, kind)]
        return every if name is None else [each for each in every if each.name == name]

    def get(self, kind: type[R], name: str) -> R:
        """Return the resource that has a name, or raise AWS's error if there is none."""
        self.check_home(kind)
        for found in self.all(kind, name):
            return found
        raise NotFoundException(f"The {kind.kind or 'resource'} does not exist: {name}")

    def read(self, kind: type[R], request: Request, parameter: str = "") -> R:
        """Return the resource that a request names to read it, or raise AWS's error."""
        return self.get(kind, request[parameter or kind.named_by])

    def wanted(self, kind: type[R], request: Request) -> list[R]:
        """Return the resource that a request reads, or all of a kind if it names none."""
        self.check_home(kind)
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

    def source(self, request: Request, **kinds: type[Resource]) -> Resource:
        """Return the resource that one of these parameters names, or raise AWS's error."""
        for name, kind in kinds.items():
            if name in request:
                return self.subject(kind, request, name)
        raise InvalidInputException(f"{' or '.join(kinds)} must name a resource.")

    def check_free(self, kind: type[Resource], name: str) -> str:
        """Return a name, or raise AWS's error if it is empty, or one of the kind has it already."""
        check(name.strip(), f"The name of a {kind.kind} must not be empty.")
        self.check_home(kind)
        self._progress(kind, name)
        check(not self.all(kind, name), f"Some names are already in use: {name}")
        return name

    def check_home(self, kind: type[Resource]) -> None:
        """Raise AWS's error if another region serves a kind of resources."""
        home = kind.facts.get("home", self.region_name)
        check(home == self.region_name, f"Only {home} serves this, not {self.region_name}.")

    def check_zone(self, zone: str) -> str:
        """Return an availability zone, or raise AWS's error if this region does not have it."""
        letters = find_offer("regions", "name", self.region_name)["zones"]
        is_right = zone in [f"{self.region_name}{letter}" for letter in letters]
        check(is_right, f"The region {self.region_name} has no zone {zone!r}.")
        return zone

    def _progress(self, kind: type[Resource], name: str) -> None:
        pending = {change for each in self.all(kind, name) for change in each.pending}
        for change in pending - self._progressed:
            change.advance()
        self._progressed |= pending
        self.operations.settle()

    def begin_request(self) -> None:
        """End what is due, and let what is in progress progress once more."""
        self._progressed.clear()
        self.operations.settle()

    # --- Show it. What is shown progresses for the next time.

    def respond(self, name: str, parameters: JsonObject) -> object:
        """Return the response to a request, in AWS JSON, or raise AWS's error."""
        model = action_model(name)
        request = Request(model, validate(model, parameters))
        self.begin_request()
        action: Action = getattr(type(self), xform_name(name))
        found = action(self, request)
        if isinstance(found, Resource):
            found = {found.member: self.show(found, request)}
        response = found if isinstance(found, dict) else self.page(found, request)
        return serialize(response, model.output_shape)

    def show(self, resource: Resource, request: Request) -> JsonObject:
        """Return a resource as it is read, without what only a flag of the request brings."""
        optional = resource.facts.get("optional", {})
        sent = resource.to_dict()
        for change in resource.pending:
            change.advance()
        is_wanted = {name: name not in optional or request.get(optional[name]) for name in sent}
        return {name: sent[name] for name in sent if is_wanted[name]}

    def page(self, items: Sequence[Any], request: Request) -> JsonObject:
        """Return a page of resources, or of other items, and the token of the next one."""
        members = cast("StructureShape", request.model.output_shape).members
        member = next(name for name in members if members[name].type_name == "list")
        size = control().page_size if "nextPageToken" in members else len(items)
        numbers = [getattr(each, "number", index) for index, each in enumerate(items)]
        entries = [((0.0, number), each) for number, each in zip(numbers, items, strict=True)]
        scope = f"{self.scope}/{request.model.name}"
        page, next_token = take_page(entries, scope, request.get("pageToken"), size)
        shown = [self.show(each, request) if isinstance(each, Resource) else each for each in page]
        return {member: shown, "nextPageToken": next_token}

    # --- Change it.

    def begin(self, request: Request, *subjects: Resource, **how: Unpack[How]) -> JsonObject:
        """Begin an action on a resource or a pair, and return the response.

        It has the operations, which end at once or are Started, and shows the first subject. One
        that is new is kept from now on.
        """
        change, every = ResourceChange(request, subjects, how), self.operations
        begun = [every.add(change.describe(every.new_id(), each), change) for each in subjects]
        if change.lasts:
            every.settle()
        else:
            every.end(begun[0].id)
        sent = [to_api(every.by_id[each.id]) for each in begun]
        return merge({"operations": sent, subjects[0].member: subjects[0].to_dict()})


def merge(*responses: JsonObject) -> JsonObject:
    """Return a response with all operations of others; its shape may have but the first."""
    every = [operation for response in responses for operation in response["operations"]]
    return {**responses[0], "operation": every[0], "operations": every}


def check_names(names: Sequence[str]) -> Sequence[str]:
    """Return names, or raise AWS's error if there are none, if one is empty or there twice."""
    is_right = 0 < len(names) == len(set(names)) and "" not in names
    check(is_right, f"Names must be given, each of them once: {names}")
    return names


# --- Actions that many kinds of resources have alike.


def offers(catalogue: str) -> Action:
    """Return the action that reads what is on offer in a region."""

    def offer(backend: ResourceBackend, request: Request) -> list[JsonObject]:
        region, with_inactive = backend.region_name, request.get("includeInactive")
        return [
            each
            for each in CATALOGUES[catalogue]
            if region in each.get("regions", (region,))
            and (with_inactive or each.get("isActive", True))
            and "appCategory" not in request  # nothing of it is for Lightsail for Research
        ]

    return offer


def shows(kind: type[Resource]) -> Action:
    """Return the action that reads the resource which a request names."""
    return lambda backend, request: backend.read(kind, request)


def lists(kind: type[Resource]) -> Action:
    """Return the action that reads all of a kind, or the one which a request names."""
    return lambda backend, request: backend.wanted(kind, request)


def creates(kind: Callable[..., Resource], source: type[Resource] | None = None) -> Action:
    """Return the action that creates a resource, of another one if its kind needs a source."""

    def create(backend: ResourceBackend, request: Request) -> JsonObject:
        sources = [backend.subject(source, request)] if source else []
        return backend.begin(request, kind(backend, request, *sources), *sources)

    return create


def changes(
    kind: type[R], rule: Callable[[R, Request], How] | None = None, named_by: str = ""
) -> Action:
    """Return the action that changes the resource which a request names.

    Args:
        kind: the kind of resource.
        rule: returns the effect, or raises AWS's error if the request is wrong.
        named_by: the parameter that names it, where it is not the usual one of the kind.
    """

    def change(backend: ResourceBackend, request: Request) -> JsonObject:
        resource = backend.subject(kind, request, named_by)
        return backend.begin(request, resource, **(rule(resource, request) if rule else How()))

    return change


def deletes(kind: type[Resource]) -> Action:
    """Return the action that deletes the resource which a request names."""
    return changes(kind, lambda resource, _: How(goes=[resource]))


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
