"""Scenarios that are interrupted at each line of the package that the main thread executes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from proofs.shell.account import Account, Faults, Ledger
from proofs.shell.schedule import Interrupts, check_no_thread_left, disturb, no_hang
from support.fakes import Paged, raw_pages

from lightsail_ops import (
    AccessDeniedError,
    Fleet,
    FleetError,
    FleetOperations,
    FleetWatch,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationsWatch,
)

Scenario = Callable[[Interrupts], None]
DENIED = Faults(denied=0.3)


def _make_accounts(count: int, faults: Faults) -> dict[int, Account]:
    return {key: Account(Random(key + 3), faults, key) for key in range(count)}


def _go_on(interrupts: Interrupts, read: Callable[[], object]) -> None:
    """Read until the function returns, whatever interrupts it."""
    while True:
        try:
            interrupts.call(read)
        except (KeyboardInterrupt, AccessDeniedError):
            continue
        return


def watch_one(interrupts: Interrupts, faults: Faults = DENIED) -> None:
    """Iterate a watch of one client to the end of all its operations."""
    [account] = _make_accounts(1, faults).values()
    ledger = Ledger({None: account})
    client = OperationsClient(account)
    watch: OperationsWatch = interrupts.insist(partial(client.watch, poll_interval=0.0001))

    def read() -> None:
        while not ledger.are_all_complete():
            ledger.take(None, next(watch))

    _go_on(interrupts, read)
    interrupts.insist(watch.close)
    check_no_thread_left()


def watch_in_turns(interrupts: Interrupts) -> None:
    """Take the changes of one client by `next_change`, and restart from each cursor."""
    [account] = _make_accounts(1, DENIED).values()
    ledger = Ledger({None: account})
    client = OperationsClient(account)
    cursor = None
    while not ledger.are_all_complete():
        watch: OperationsWatch = interrupts.insist(
            partial(client.watch, poll_interval=0.0001, cursor=cursor)
        )

        def read(watch: OperationsWatch = watch) -> Operation | None:
            change = watch.next_change(timeout=2)
            if change is not None:
                ledger.take(None, change)
            return change

        _go_on(interrupts, read)
        cursor = interrupts.insist(partial(getattr, watch, "cursor"))
        interrupts.insist(watch.close)
    check_no_thread_left()


def watch_fleet(interrupts: Interrupts) -> None:
    """Iterate the watch of three clients to the end of all their operations."""
    accounts = _make_accounts(3, DENIED)
    ledger = Ledger(accounts)
    fleet = Fleet({key: OperationsClient(each) for key, each in accounts.items()})
    watch: FleetWatch[int] = interrupts.insist(
        partial(fleet.watch, poll_interval=0.0001, on_error=lambda *_: None)
    )

    def read() -> None:
        while not ledger.are_all_complete():
            ledger.take(*next(watch))

    _go_on(interrupts, read)
    interrupts.insist(lambda: watch.__exit__(None, None, None))
    check_no_thread_left()


def list_one(interrupts: Interrupts, *, by_pages: bool = False) -> None:
    """Read the operations of one client, by operations or by pages."""
    paginator = OperationsClient(Paged(raw_pages(3, 2, 1))).operations()
    pages: Iterator[OperationsPage] = interrupts.insist(paginator.pages)
    operations: Iterator[Operation] = interrupts.insist(partial(iter, paginator))
    taken: list[str] = []

    def read() -> None:
        for found in (page.operations for page in pages) if by_pages else zip(operations):
            taken.extend(operation.id for operation in found)

    _go_on(interrupts, read)
    assert taken == [f"id-{number}" for number in range(1, 7)], "lost or repeated"


def list_fleet(interrupts: Interrupts, *, by_pages: bool = False) -> None:
    """Read the operations of three clients, of which one fails."""
    accounts = _make_accounts(3, Faults())
    accounts[1].faults = Faults(denied=1.0)
    fleet = Fleet({key: OperationsClient(each) for key, each in accounts.items()})
    operations: FleetOperations[int] = interrupts.insist(fleet.operations)
    taken: dict[int, list[str]] = {key: [] for key in accounts}
    errors: list[FleetError] = []

    def read() -> None:
        try:
            if by_pages:
                for key, page in operations.pages():
                    taken[key].extend(each.id for each in page.operations)
            else:
                for key, operation in operations:
                    taken[key].append(operation.id)
        except FleetError as error:
            errors.append(error)
            assert next(operations, None) is None

    _go_on(interrupts, read)
    for key, account in accounts.items():
        listed = [life.id for life in account.lives if life.show(0) is not None]
        assert taken[key] == ([] if key == 1 else listed), "lost or repeated"
    [error] = errors
    assert list(error.by_key) == [1]
    check_no_thread_left()


def wait_for_all(interrupts: Interrupts) -> None:
    """Wait for all operations; after an interrupt, anew."""
    [account] = _make_accounts(1, Faults()).values()
    account.ticks = 5
    client = OperationsClient(account)
    ids = [life.id for life in account.lives]
    from lightsail_ops import WaitAllError

    def wait() -> None:
        try:
            client.wait_all(ids, poll_interval=0.0001, timeout=5)
        except WaitAllError as group:
            assert not group.unfinished

    _go_on(interrupts, wait)
    check_no_thread_left()


SCENARIOS: dict[str, Scenario] = {
    "watch": watch_one,
    "next_change": watch_in_turns,
    "fleet.watch": watch_fleet,
    "operations": list_one,
    "operations.pages": partial(list_one, by_pages=True),
    "fleet.operations": list_fleet,
    "fleet.operations.pages": partial(list_fleet, by_pages=True),
    "wait_all": wait_for_all,
}


def interrupt_each_line(scenario: Scenario, every: int = 1) -> int:
    """Run a scenario once for each line at which it can be interrupted; return their number."""
    line = 1
    while True:
        interrupts = Interrupts()
        interrupts.after(line)
        with disturb(0), no_hang():
            try:
                scenario(interrupts)
            except BaseException as error:
                error.add_note(f"The interrupt came at line {line}.")
                raise
        if not interrupts.raised:
            return line - 1
        line += every
