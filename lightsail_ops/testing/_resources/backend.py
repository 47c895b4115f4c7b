"""The resources of one account in one region: how actions find, show and change them."""

from __future__ import annotations

import re
import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
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
from lightsail_ops.testing._resources.base import Effect, R, Request, Resource, ResourceChange
from lightsail_ops.testing.exceptions import NotFoundException, check

Begun: TypeAlias = Iterator[JsonObject]
Action: TypeAlias = Callable[[Any, Request], JsonObject | Resource | Sequence[Any] | Begun]
"""Returns the members of the response, the resource that it shows, or the list of its pages.

An action that begins several changes yields the response of each; together they are one.
"""

Rule: TypeAlias = Callable[..., Effect | None]
"""Returns the effect that a request has on resources, or raises AWS's error if it is wrong."""

HOME = "us-east-1"  # which serves what is in no region
_NAMES = r"[\w.-]+"  # the pattern, where a kind of resource has none of its own
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
        self.resources: dict[str, Resource] = {}  # by key
        self.history: History = History(region_name)
        self._number = 0

    @property
    def zones(self) -> list[str]:
        """The availability zones of the region."""
        return list(find_offer("regions", "name", self.region_name)["zones"])

    @abstractmethod
    def in_region(self, region_name: str) -> ResourceBackend:
        """Return the same account's backend of another region, or raise AWS's error."""

    def new_number(self) -> tuple[int, uuid.UUID]:
        """Return a number and an id, the same in each run."""
        self._number += 1
        return self._number, uuid.uuid5(uuid.NAMESPACE_URL, f"{self.scope}/{self._number}")

    def keep(self, resource: Resource) -> None:
        """Keep a new resource, and tag it as the request said that creates it."""
        resource.is_kept = True
        self.tag(resource, resource.new_tags)
        self.resources[resource.key] = resource

    def tag(self, resource: Resource, tags: list[JsonObject]) -> None:
        self.tagger.tag_resource(resource.arn, [each for each in tags if "key" in each])

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        for name in ("instances_tracked", "instances"):  # as moto 5.1.0 has it
            with suppress(AttributeError, ValueError):  # ValueError: moto has been reset
                getattr(resource, name).remove(resource)
        if self.has(resource):
            del self.resources[resource.key]
            for other in self.all(Resource):
                other.lose(resource)

    # --- Find what there is.

    def has(self, resource: Resource) -> bool:
        return self.resources.get(resource.key) is resource

    def all(self, kind: type[R]) -> list[R]:
        """Return the resources of a kind, the oldest first."""
        return [each for each in self.resources.values() if isinstance(each, kind)]

    def get(self, kind: type[R], name: str) -> R:
        """Return the resource of a kind that has a name, or raise AWS's error."""
        self.check_home(kind)
        found = self.resources.get(kind.key_of(name))
        if isinstance(found, kind):
            return found
        raise NotFoundException(f"The {kind.kind or 'resource'} does not exist: {name}")

    def find(self, kind: type[R], request: Request, parameter: str = "") -> R:
        """Return the resource that a parameter names, by default the usual one of its kind."""
        usual = (parameter or kind.named_by, "resourceName")
        names = [request[each] for each in usual if each in request]
        check(names, f"{usual[0]} must name a resource.")
        return self.get(kind, names[0])

    def find_any(self, request: Request, **kinds: type[Resource]) -> Resource:
        """Return the resource that one of these parameters names, or raise AWS's error."""
        found = [self.find(kind, request, each) for each, kind in kinds.items() if each in request]
        check(len(found) == 1, f"Either {' or '.join(kinds)} must name a resource.")
        return found[0]

    def find_all(self, kind: type[R], request: Request) -> list[R]:
        """Return the resource that a request names, or all of a kind if it names none."""
        self.check_home(kind)
        found = [self.find(kind, request)] if kind.named_by in request else self.all(kind)
        for parameter, member in kind.facts.get("filters", {}).items():
            if parameter in request:
                wanted = request.values_of(parameter)
                found = [each for each in found if each.members[member] in wanted]
        return found

    def check_free(self, kind: type[Resource], name: str) -> str:
        """Return a name, or raise AWS's error if it is malformed, or taken."""
        pattern = kind.facts.get("names", _NAMES)
        check(re.fullmatch(pattern, name), f"A {kind.kind} cannot be named {name!r}: {pattern}")
        self.check_home(kind)
        check(kind.key_of(name) not in self.resources, f"Some names are already in use: {name}")
        return name

    def check_home(self, kind: type[Resource]) -> None:
        is_home = not kind.facts.get("global") or self.region_name == HOME
        check(is_home, f"Only {HOME} serves this, not {self.region_name}.")

    # --- Show it. What is shown progresses for the next time.

    def respond(self, name: str, parameters: JsonObject) -> object:
        """Return the response to a request, in AWS JSON, or raise AWS's error."""
        model = action_model(name)
        request = Request(model, validate(model, parameters))
        self.begin_request(request)
        action: Action = getattr(type(self), xform_name(name))
        found = action(self, request)
        if isinstance(found, Resource):
            found = {found.member: self.show(found, request)}
        elif isinstance(found, Iterator):
            begun = list(found)
            operations = [each for response in begun for each in response["operations"]]
            found = begun[0] | {"operations": operations}
        response = found if isinstance(found, dict) else self.page(found, request)
        return serialize(response, model.output_shape)

    def begin_request(self, request: Request) -> None:
        """End what is due; what is in progress on resources that will change progresses first."""
        self.operations.settle()
        if not request.model.name.startswith("Get"):
            names = [value for name in request for value in request.values_of(name)]
            named = [each for each in self.all(Resource) if each.name in names]
            for change in dict.fromkeys(change for each in named for change in each.pending):
                change.advance()
            self.operations.settle()

    def end_changes(self, resource: Resource) -> None:
        """End what is in progress on a resource, because what comes now does not wait for it."""
        for change in list(resource.pending):
            self.operations.end(change.ids[0])

    def show(self, resource: Resource, request: Request) -> JsonObject:
        shown = self.describe(resource, request)
        for change in resource.pending:
            change.advance()
        return shown

    def describe(self, resource: Resource, request: Request) -> JsonObject:
        """Return a resource as it is now, without what only a parameter of the request brings."""
        optional = resource.facts.get("optional", {})
        return {
            name: value
            for name, value in resource.to_dict().items()
            if name not in optional or name in request or request.get(optional[name])
        }

    def page(self, items: Sequence[Any], request: Request) -> JsonObject:
        """Return a page of resources, the newest first, or of other items, and the next token."""
        members = cast("StructureShape", request.model.output_shape).members
        member = next(name for name in members if members[name].type_name == "list")
        size = control().page_size if "nextPageToken" in members else len(items)
        ages = [
            (each.created_at.timestamp(), each.number)
            if isinstance(each, Resource)
            else (0.0, -index)
            for index, each in enumerate(items)
        ]
        entries = sorted(zip(ages, items, strict=True), key=itemgetter(0))
        scope, token = f"{self.scope}/{request.model.name}", request.get("pageToken")
        page, next_token = take_page(entries, scope, token, size, "newest_first")
        shown = [self.show(each, request) if isinstance(each, Resource) else each for each in page]
        return {member: shown, "nextPageToken": next_token}

    # --- Change it.

    def begin(self, request: Request, *subjects: Resource, **effect: Unpack[Effect]) -> JsonObject:
        """Begin an action on a resource or a pair, and return the response.

        It has the operations, which end at once or are Started, and shows the first subject. One
        that is new is kept from now on.
        """
        change, every = ResourceChange(request, subjects, effect), self.operations
        begun = [every.add(change.describe(every.new_id(), each), change) for each in subjects]
        if change.lasts:
            every.settle()
        else:
            every.end(begun[0].id)
        sent = [to_api(every.by_id[each.id]) for each in begun]
        response: JsonObject = {"operation": sent[0], "operations": sent}
        response[subjects[0].member] = self.describe(subjects[0], request)
        return response | effect.get("response", {})


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
    return lambda backend, request: backend.find(kind, request)


def lists(kind: type[Resource]) -> Action:
    """Return the action that reads all of a kind, or the one which a request names."""
    return lambda backend, request: backend.find_all(kind, request)


def reads(kind: type[Resource], member: str) -> Action:
    """Return the action that reads a list which is a member of a resource."""
    return lambda backend, request: backend.show(backend.find(kind, request), request)[member]


def creates(kind: Callable[..., Resource], *sources: type[Resource]) -> Action:
    """Return the action that creates a resource, from one of these kinds if it needs a source."""

    def create(backend: ResourceBackend, request: Request) -> JsonObject:
        named = {each.named_by: each for each in sources}
        source = [backend.find_any(request, **named)] if sources else []
        return backend.begin(request, kind(backend, request, *source), *source)

    return create


def changing(*kinds: type[Resource], goes: bool = False) -> Callable[[Rule], Action]:
    """Make the action that changes the resource, or the pair, which a request names.

    What is decorated gets the request and the resources, and has a say in the effect.

    Args:
        kinds: the kind of resource, and the kind of the other one of a pair.
        goes: whether the first resource is deleted.
    """

    def decorate(rule: Rule) -> Action:
        def change(backend: ResourceBackend, request: Request) -> JsonObject:
            subjects = [backend.find(kind, request) for kind in kinds]
            effect = Effect(goes=goes)
            effect |= rule(backend, request, *subjects) or Effect()
            return backend.begin(request, *subjects, **effect)

        return change

    return decorate


def changes(*kinds: type[Resource], goes: bool = False) -> Action:
    """Return the action of which the data files say the whole effect."""
    return changing(*kinds, goes=goes)(lambda *_: None)


def deletes(kind: type[Resource]) -> Action:
    return changes(kind, goes=True)


def measures(kind: type[Resource]) -> Action:
    """Return the action that reads a metric: plausible values for whatever time is wanted."""

    def measure(backend: ResourceBackend, request: Request) -> JsonObject:
        resource, name = backend.find(kind, request), request["metricName"]
        _, unit, low, high = CATALOGUES["metrics"].get(name, UNKNOWN_METRIC)
        period: int = request["period"]
        first = int(request["startTime"]) // period * period
        random = Random(f"{resource.arn}/{name}/{first}")  # noqa: S311 - the same each time
        count = min(int(request["endTime"] - request["startTime"]) // period, _MOST_POINTS)
        points: list[JsonObject] = []
        for timestamp in range(first, first + count * period, period):
            least, middle, most = sorted(random.uniform(low, high) for _ in range(3))
            values = {"Minimum": least, "Average": middle, "Maximum": most}
            values |= {"Sum": middle * _SAMPLES, "SampleCount": float(_SAMPLES)}
            point = {each[0].lower() + each[1:]: values[each] for each in request["statistics"]}
            point |= {"timestamp": float(timestamp), "unit": request.get("unit", unit)}
            points.append(point)
        random.shuffle(points)  # as CloudWatch, which promises no order
        return {"metricName": name, "metricData": points}

    return measure
