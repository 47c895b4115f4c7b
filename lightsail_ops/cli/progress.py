"""How far a listing has come: the line that counts, and where to resume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lightsail_ops.cli.styles import legend
from lightsail_ops.cli.terminal import DIM, StatusLine
from lightsail_ops.cli.widths import flow
from lightsail_ops.enums import OperationStatus, RegionName
from lightsail_ops.models import Operation, OperationsPage


class Progress:
    """Counts pages and operations while they are read, and keeps the page token of each region."""

    def __init__(self, line: StatusLine, regions: Iterable[RegionName]) -> None:
        """Count nothing yet.

        Args:
            line: where the counts are shown.
            regions: those that are read.
        """
        self._line = line
        self._pages = 0
        self._operations = 0
        self._statuses = Counter[OperationStatus]()
        self.shown: int = 0
        self._page_tokens: dict[RegionName, str | None] = dict.fromkeys(regions)
        self._regions = len(self._page_tokens)

    @property
    def page_tokens(self) -> list[tuple[str, str | None]]:
        """Each region that is not read to its end, with its next page's token if it has one."""
        return list(self._page_tokens.items())

    def follow(
        self, pages: Iterable[tuple[RegionName, OperationsPage]]
    ) -> Iterator[OperationsPage]:
        """Yield the pages. The line is there while the next one is fetched, and only then."""
        self._line.show("waiting for Lightsail…")
        for region, page in pages:
            self._pages += 1
            self._operations += len(page)
            self._line.clear()
            yield page
            self._keep(region, page.next_page_token)
            self._line.show(f"{self._so_far}…")

    def note(self, batches: Iterable[Sequence[Operation]]) -> Iterator[Sequence[Operation]]:
        """Yield the batches that are shown, and count them."""
        for batch in batches:
            self._line.clear()
            self.shown += len(batch)
            if self._line.is_visible:
                self._statuses.update(operation.status for operation in batch)
            yield batch

    def conclude(self, *, has_legend: bool) -> None:
        """Leave a last line that says how many were read and shown."""
        screen = self._line.screen
        read = self._so_far
        if self.shown != self._operations:
            read = f"{self.shown:,} of {self._so_far}"
        entries = [(screen.paint(read, DIM), len(read))]
        if has_legend:
            entries += legend(self._statuses, screen)
        self._line.leave("\n".join(flow(entries, screen.width)))

    def _keep(self, region: RegionName, page_token: str | None) -> None:
        if page_token is None:
            self._page_tokens.pop(region, None)
        else:
            self._page_tokens[region] = page_token

    @property
    def _so_far(self) -> str:
        operations = _count(self._operations, "operation")
        if self._regions > 1:
            return f"{operations} in {self._regions} regions"
        return f"{operations} in {_count(self._pages, 'page')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
