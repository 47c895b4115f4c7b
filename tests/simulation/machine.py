"""A seeded model of the machine and of its network: what becomes of a request, and of time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
from simulation.lightsail import EPOCH, Account

from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.engine import Outcome
from lightsail_ops.errors import (
    AccessDeniedError,
    ApiError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
)

if TYPE_CHECKING:
    from simulation.world import World

HOUR = 3600.0


class Interruption(BaseException):
    """The reader is interrupted: Ctrl-C, a task that is cancelled, a process that is killed."""


class Over(BaseException):
    """The end of the simulated time."""


@attrs.frozen
class Period:
    """A time in which all requests meet the same fault."""

    fault: str
    start: float
    end: float


@attrs.frozen
class Weather:
    """The faults to come."""

    periods: tuple[Period, ...]
    fault_rate: float
    """How many of the other requests fail with a transient error."""
    slowest: float
    """Seconds that a request takes at most."""
    interruption_rate: float
    """How often the reader is interrupted, where it waits."""
    suspension_rate: float
    """During how many of the sleeps the machine is suspended."""
    clock_counts_suspension: bool


def draw_weather(random: Random, length: float) -> Weather:
    """Draw the faults of some seconds after EPOCH; the last fifth of them is calm."""
    periods = []
    for fault in ("outage", "outage", "denied", "refusing", "looping"):
        if random.random() < 0.15:
            start = random.uniform(0.0, 0.7 * length)
            span = random.choice([60.0, 600.0, 0.1 * length])
            periods.append(Period(fault, EPOCH + start, EPOCH + min(start + span, 0.8 * length)))
    return Weather(
        periods=tuple(periods),
        fault_rate=random.choice([0.0, 0.0, 0.05, 0.3]),
        slowest=random.choice([0.2, 0.2, 2.0, 30.0]),
        interruption_rate=random.choice([0.0, 0.0, 0.005, 0.02]),
        suspension_rate=random.choice([0.0, 0.0, 0.01]),
        clock_counts_suspension=random.random() < 0.5,
    )


CALM = Weather((), 0.0, 0.2, 0.0, 0.0, clock_counts_suspension=True)


class Machine:
    """The way of one client's requests to its account."""

    def __init__(self, world: World, account: Account) -> None:
        self.world = world
        self.account = account
        self.sent: list[Request] = []
        self.not_before = 0.0
        """When the next request may be sent, by this machine's clock."""
        self.shortest_backoff = 0.5
        """Seconds that must pass after a transient error, unless the body was malformed."""
        self.failed = 0
        """How many requests failed."""
        self.refused = 0
        """How many of them because of their page token."""
        self.readings: list[Listed] = []
        """What each reading of the list has returned."""
        self._page: tuple[str | None, dict[str, Any]] | None = None
        self._has_hashes = world.random.random() < 0.5

    @property
    def weather(self) -> Weather:
        return self.world.weather

    @property
    def aws_now(self) -> float:
        """AWS's time."""
        return self.world.aws_now

    def check_time(self, request: Request) -> None:
        """Note a request that is sent."""
        assert self.world.now >= self.not_before - 1e-6, "a request is sent too soon"
        self.sent.append(request)

    def draw_latency(self) -> float:
        return self.world.random.uniform(0.05, self.weather.slowest)

    def respond(self, request: Request) -> tuple[Outcome, float]:
        """Return how a request ends, and in how many seconds more."""
        self._page = None
        try:
            content = self._find_fault(request) or self._serve(request)
        except LightsailError as error:
            return error, self._draw_delay(error)
        body_hash = hash(repr(content)) if self._has_hashes else None
        return Response(content, body_hash=body_hash), 0.0

    def deliver(self, outcome: Outcome) -> None:
        """Note that a request has ended."""
        if isinstance(outcome, LightsailError):
            self.failed += 1
            if outcome.is_transient and not isinstance(outcome, ResponseError):
                self.not_before = self.world.now + self.shortest_backoff
        elif self._page is not None:
            self.readings[-1].add(*self._page)
        self._page = None

    def _draw_delay(self, error: LightsailError) -> float:
        return self._chance.choice([0.0, 60.0]) if isinstance(error, TransportError) else 0.0

    @property
    def _chance(self) -> Random:
        return self.world.random

    def _find_fault(self, request: Request) -> dict[str, Any] | None:
        """Raise an error, or return a page that is wrong; None if the request meets no fault."""
        faults = {period.fault for period in self.weather.periods if self._is_in(period)}
        if "outage" in faults or self._chance.random() < self.weather.fault_rate:
            self._raise_transient()
        if "denied" in faults:
            raise _api_error(AccessDeniedError)
        if request.page_token and "refusing" in faults:
            self._refuse()
        if request.page_token and "looping" in faults and request.method == "get_operations":
            return {"operations": [], "nextPageToken": request.page_token}
        return None

    def _is_in(self, period: Period) -> bool:
        return period.start <= self.aws_now < period.end

    def _raise_transient(self) -> None:
        match self._chance.randrange(4):
            case 0:
                raise _api_error(ThrottlingError)
            case 1:
                raise _api_error(ServiceError, 500)
            case 2:
                raise ResponseError("the body is cut", is_transient=True)
            case _:
                raise TransportError("timed out")

    def _refuse(self) -> NoReturn:
        self.refused += 1
        if self.readings:
            self.readings[-1].is_refused = True
        raise _api_error(InvalidInputError)

    def _serve(self, request: Request) -> dict[str, Any]:
        if request.method == "get_operation":
            content = self.account.get_operation(request.arguments["operationId"], self.aws_now)
            if content is None:
                raise _api_error(NotFoundError)
            return content
        page = self.account.list_page(request.page_token, self.aws_now)
        if page is None:
            self._refuse()
        if request.page_token is None:
            self.readings.append(Listed(self.aws_now))
        self._page = request.page_token, page
        return page


@attrs.define
class Listed:
    """What one reading of the list has returned."""

    started: float
    names: set[str] = attrs.field(factory=set[str])
    pages: int = 0
    is_complete: bool = False
    is_refused: bool = False
    """Whether a page token was refused."""
    unreadable: set[str | None] = attrs.field(factory=set[str | None])
    """The tokens of the pages that had a value of the wrong type, unless they were read later."""
    is_newest_first: bool = True
    """Whether no operation is much newer than one listed before it."""
    _oldest: float = float("inf")

    @property
    def shows_newest_first(self) -> bool:
        """Whether so many operations cannot be in this order by chance."""
        return self.is_newest_first and len(self.names) >= 60

    def add(self, page_token: str | None, page: dict[str, Any]) -> None:
        self.pages += 1
        if any(isinstance(each["createdAt"], str) for each in page["operations"]):
            self.unreadable.add(page_token)
            return
        self.unreadable.discard(page_token)
        for each in page["operations"]:
            if each["resourceName"] not in self.names:
                self.names.add(each["resourceName"])
                self.is_newest_first &= each["createdAt"] <= self._oldest + 30.0
                self._oldest = min(self._oldest, each["createdAt"])
        self.is_complete = "nextPageToken" not in page and not self.unreadable


def _api_error(kind: type[ApiError], status_code: int = 400) -> ApiError:
    response = {
        "Error": {"Code": kind.__name__, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status_code},
    }
    return kind(response, "GetOperations")
