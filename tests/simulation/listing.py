"""A listing, simulated: read page by page, and resumed after errors and interruptions."""

from __future__ import annotations

from collections import Counter
from random import Random

from simulation.lightsail import LAG, Account, Life, draw_traits
from simulation.machine import Interruption, Machine, draw_weather

from lightsail_ops._core.effects import Request
from lightsail_ops._core.paging import Paging
from lightsail_ops.errors import InvalidInputError, LightsailError, PaginationError, ResponseError
from lightsail_ops.models import OperationsPage

LENGTH = 200.0
FIRST_PAGE = Request("get_operations")


class Lister:
    """A program that reads the whole list, and starts over only where it must."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.traits = draw_traits(random, LENGTH)
        self.account = Account(random, self.traits, LENGTH)
        self.machine = Machine(seed, self.account, draw_weather(random, LENGTH))
        self.figures = Counter[str]()
        self._start_over()

    def run(self) -> None:
        """Read to the end, and check what was read."""
        while True:
            try:
                page = self.machine.run(self.paging.next_page())
            except Interruption:
                self.figures["interruptions"] += 1
                self._resume(self.next_token)
            except LightsailError as error:
                self.figures["errors"] += 1
                self._handle(error)
            else:
                if page is None:
                    break
                self._take(page)
        self._check_complete()
        self._check_unique()
        self._check_requests()

    def _start_over(self) -> None:
        self.paging = Paging(FIRST_PAGE)
        self.next_token: str | None = None
        self.ids: list[str] = []
        self.started = self.machine.aws_now
        self.has_gap = False
        self.figures["readings"] += 1

    def _resume(self, page_token: str | None) -> None:
        """Read on from a page token, as another process does; or with the same steps."""
        self.machine.not_before = 0.0
        if self.random.random() < 0.5:
            self.figures["resumed from a page token"] += 1
            self.paging = Paging(FIRST_PAGE if page_token is None else _for_page(page_token))
        self.machine.pass_time(self.random.choice([0.0, 1.0, 30.0]))

    def _handle(self, error: LightsailError) -> None:
        assert error.page_token == self.next_token
        self.machine.pass_time(1.0)
        if error.is_transient:
            self._resume(error.page_token)
        elif isinstance(error, InvalidInputError | PaginationError):
            self._start_over()
        elif isinstance(error, ResponseError):
            self.has_gap = True
            self.paging.skip_to(error.next_page_token)
            self.next_token = error.next_page_token
        else:
            self._resume(error.page_token)

    def _take(self, page: OperationsPage) -> None:
        self.ids.extend(operation.id for operation in page)
        self.next_token = page.next_page_token
        if self.next_token is None:  # else an interruption would begin again
            self.paging = Paging(FIRST_PAGE)
            self.paging.skip_to(None)

    # --- What must hold.

    def _check_complete(self) -> None:
        order = self.traits.orders
        moves = self.traits.token_kind == "offset" and (
            self.traits.stale_share or any(map(self._is_removed, self.account.lives))
        )
        if self.has_gap or moves or order[0] != order[1]:
            return  # pages shifted in a way that hides operations
        for life in self.account.lives:
            if life.is_visible(self.started - LAG) and life.is_visible(self.machine.aws_now):
                assert life.id in self.ids, f"{life.id} was not listed"

    def _check_unique(self) -> None:
        is_static = not self.traits.stale_share and not any(
            self.started <= time <= self.machine.aws_now
            for life in self.account.lives
            for time in (life.visible_from, life.visible_to, self.traits.order_changes_at)
        )
        assert not is_static or len(self.ids) == len(set(self.ids)), "an operation came twice"

    def _is_removed(self, life: Life) -> bool:
        return self.started <= life.visible_to <= self.machine.aws_now

    def _check_requests(self) -> None:
        self.figures["requests"] = len(self.machine.sent)
        self.figures["operations"] = len(self.ids)
        served = len(self.machine.sent) - self.machine.failed - self.figures["interruptions"]
        assert served <= self.figures["readings"] * (2 * self.account.count_pages() + 2)


def _for_page(page_token: str) -> Request:
    return FIRST_PAGE.for_page(page_token)
