"""`lightsail-ops wait`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias, cast

import click

from lightsail_ops._codec import is_mapping
from lightsail_ops._core.status import has_ended, has_succeeded
from lightsail_ops._inputs import read_operations
from lightsail_ops._printable import printable
from lightsail_ops.aio.client import AsyncOperationsClient
from lightsail_ops.cli.account import Account, connect
from lightsail_ops.cli.advice import advise_if_interrupted, list_ids, resume
from lightsail_ops.cli.errors import CommandError, Description, ExitStatus, describe
from lightsail_ops.cli.formats import Write, open_writer
from lightsail_ops.cli.options import Command, Group, Options, parse_string
from lightsail_ops.cli.reading import count
from lightsail_ops.cli.terminal import Progress, Terminal
from lightsail_ops.client import OperationsClient
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import (
    InvalidInputError,
    LightsailError,
    NotFoundError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation

Target: TypeAlias = Operation | str
Targets: TypeAlias = Mapping[str, Target]
"""Operations by their ids."""

_HOME_OF_GLOBAL = RegionName.US_EAST_1  # where Lightsail keeps domains and distributions
_TICK = 0.25  # seconds between two looks at whether a signal has come
_LOOKUP = 1.0  # seconds, at most, to find out which ids are unknown
_LEAST_TIMEOUT = 0.1  # seconds, after an id turned out to be unknown
_UNKNOWN = NotFoundError, InvalidInputError  # the latter for what is no id at all
_NAMES = 3  # in the status line


@click.command(
    "wait",
    cls=Command,
    params=[
        click.Argument(["ids"], metavar="ID... | -", nargs=-1, type=parse_string),
        *(*Group.WAITING, *Group.ACCOUNT, *Group.REGION),
        *(*Group.POLLING, *Group.OUTPUT, *Group.SCREEN),
    ],
    examples=[
        "aws lightsail create-instances ... | lightsail-ops wait -",
        "lightsail-ops wait 6e5f9c1b-6a1c-4a3c-9d0c-0a6a54d4ae6b && echo done",
        "lightsail-ops list --status Started -o id | lightsail-ops wait -",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """Wait until operations have ended, and show each when it has.

    With - the ids, or the JSON of an AWS command that begins operations, are read from standard
    input; the JSON names their region. The exit status is 0 if all succeeded, 1 if one failed, 5
    if one could not be read and 3 if the timeout expired.
    """
    turns = _sort_by_region(_read_targets(options), options.regions)
    if not turns and not options.demo:
        with open_writer(terminal, options):
            return ExitStatus.DONE  # the AWS command has begun nothing
    with connect(terminal, options, [name for name in turns if name]) as account:
        if account.demo and not turns:
            begun = {name: account.demo.begin_some(name) for name in account.clients}
            turns = {name: {each: each for each in ids} for name, ids in begun.items()}
        ids = [each for targets in turns.values() for each in targets]
        with (
            account.play(first=ids),
            open_writer(terminal, options, several_regions=len(turns) > 1) as write,
        ):
            waiting = _Waiting(terminal, options, account, list(turns.values()), write)
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # Ctrl-C may end a task
            with (
                advise_if_interrupted(waiting.advise),
                terminal.status(waiting.get_progress),
                terminal.signals.hold(),  # an event loop that is broken off may lose a wake-up
            ):
                asyncio.run(waiting.run())
    return waiting.end()


def _read_targets(options: Options) -> Iterable[Target]:
    if len(options.regions) > 1:
        raise click.UsageError("wait takes one --region.")
    if not options.ids and not options.demo:
        raise click.UsageError("name the operations by their ids, or - to read standard input.")
    if "-" not in options.ids:
        return options.ids
    if len(options.ids) > 1:
        raise click.UsageError("- stands alone: it reads all ids from standard input.")
    return _read_standard_input()


class _Waiting:
    """Operations that are waited for, those of all regions at the same time."""

    def __init__(
        self,
        terminal: Terminal,
        options: Options,
        account: Account,
        targets: Sequence[Targets],  # of each region
        write: Write,
    ) -> None:
        self._terminal = terminal
        self._options = options
        self._clients = account.clients
        self._targets = dict(zip(account.clients, targets, strict=True))
        self._write = write
        # What has not been shown, as last seen.
        self._left: dict[RegionName, dict[str, Operation | None]] = {
            region: dict.fromkeys(targets) for region, targets in self._targets.items()
        }
        self._total = sum(map(len, targets))
        self._ended: dict[str, Operation] = {}
        self._statuses: set[ExitStatus] = set()

    async def run(self) -> None:
        """Wait for all of them."""
        waits = {asyncio.create_task(self._wait(*each)) for each in self._clients.items()}
        while waits and self._terminal.signals.pending is None:
            ended, waits = await asyncio.wait(waits, timeout=_TICK)
            for each in ended:
                each.result()  # raises what is a bug
        if not waits:
            self._terminal.signals.forget()

    def end(self) -> int:
        """Report what failed, and return the exit status."""
        for operation in self._ended.values():
            if not has_succeeded(operation):
                self._report(describe(WaitFailedError(operation)), ExitStatus.FAILED)
        by_weight = ExitStatus.FAILED, ExitStatus.UNREADABLE, ExitStatus.TIMED_OUT
        return next((each for each in by_weight if each in self._statuses), ExitStatus.DONE)

    def get_progress(self) -> Progress:
        """Return what is waited for, for the status line."""
        # In the thread of the status line, while the main thread shows what has ended.
        left = [each for operations in self._left.values() for each in list(operations.values())]
        seen = list(filter(None, left))
        names = list(dict.fromkeys(printable(operation.resource_name) for operation in seen))
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        counts = Counter(printable(operation.status) for operation in seen)
        states = ", ".join(f"{number} {status}" for status, number in counts.items())
        return Progress(
            f"waiting for {len(left)} of {count(self._total, 'operation')}",
            f"{', '.join(names[:_NAMES])}{more}: {states}" if seen else "",
        )

    def advise(self) -> Iterator[str]:
        """Yield the commands that wait for what has not ended."""
        for region, left in self._left.items():
            if left:
                yield resume(self._options, ids=tuple(left), regions=(region,))

    async def _wait(self, region: RegionName, client: OperationsClient) -> None:
        """Wait for the operations of a region."""
        try:
            await self._wait_for_known(region, AsyncOperationsClient(client.client))
        except WaitAllError as error:
            for each in error.exceptions:
                if isinstance(each, WaitTimeoutError) and each.operation_id in self._left[region]:
                    self._report(self._describe_timeout(each), ExitStatus.TIMED_OUT)
        except LightsailError as error:
            self._report(describe(error).about(region), ExitStatus.UNREADABLE)

    async def _wait_for_known(self, region: RegionName, client: AsyncOperationsClient) -> None:
        deadline = time.monotonic() + self._options.timeout
        targets, left = dict(self._targets[region]), self._left[region]
        was_in_vain = False
        while targets:
            try:
                await client.wait_all(
                    list(targets.values()),
                    timeout=max(deadline - time.monotonic(), _LEAST_TIMEOUT),
                    poll_interval=self._options.poll_interval,
                    on_change=partial(self._update, region),
                )
                return
            except _UNKNOWN as error:  # and other operations may be unknown, too
                ids = [each for each in targets if each in left]
                outcomes = await _look_up(client, ids) if ids else {}
                for operation_id, outcome in outcomes.items():
                    if isinstance(outcome, _UNKNOWN):
                        self._drop(region, operation_id, outcome)
                    elif isinstance(outcome, Operation):
                        self._update(region, outcome)
                    # Any other error is left to the wait, which goes on and will see it too.
                is_in_vain = not any(isinstance(each, _UNKNOWN) for each in outcomes.values())
                if is_in_vain and (was_in_vain or isinstance(error, InvalidInputError)):
                    raise
                was_in_vain = is_in_vain  # once, the operation may have become known meanwhile
                for each in targets.keys() - left.keys():
                    del targets[each]

    def _drop(self, region: RegionName, operation_id: str, error: LightsailError) -> None:
        del self._left[region][operation_id]
        description = describe(error, list_ids(self._options, regions=(region,)))
        self._report(description.about(f"operation {operation_id}"), ExitStatus.UNREADABLE)

    def _update(self, region: RegionName, operation: Operation) -> None:
        if operation.id in self._ended:
            return  # a second wait began with it as it was at first
        if not has_ended(operation):
            self._left[region][operation.id] = operation
            return
        with self._terminal.above():
            self._write([operation])
            self._ended[operation.id] = operation
            self._left[region].pop(operation.id, None)

    def _describe_timeout(self, error: WaitTimeoutError) -> Description:
        late = (
            f"operation {error.operation_id} had not ended after {self._options.timeout:g} seconds"
        )
        last = "there was no response."
        if error.operation:
            last = f"last seen as {error.operation.status}."
        elif isinstance(error.__cause__, LightsailError):
            last = describe(error.__cause__).message
        return Description(f"{late}; {last}")

    def _report(self, description: Description, status: ExitStatus) -> None:
        self._terminal.report(*description)
        self._statuses.add(status)


async def _look_up(
    client: AsyncOperationsClient, operation_ids: Iterable[str]
) -> dict[str, Operation | BaseException]:
    """Return operations by their ids, or why AWS did not send them; a request may hang."""
    lookups = {each: asyncio.create_task(client.get_operation(each)) for each in operation_ids}
    await asyncio.wait(lookups.values(), timeout=_LOOKUP)
    ended = {name: each for name, each in lookups.items() if each.done()}
    for each in lookups.values():
        each.cancel()
    return {name: each.exception() or each.result() for name, each in ended.items()}


# --- What is waited for


def _read_standard_input() -> list[Target]:
    """Return the operations, or their ids, that standard input names.

    It holds ids between white space, or one or several JSON documents: an operation, an id, a list
    of these, or an object with the key `operation` or `operations`, as the AWS CLI and
    `lightsail-ops list` print it.
    """
    try:
        string = sys.stdin.read() if sys.stdin else ""  # it may be closed
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _unusable(f"cannot be read: {reason}") from error
    string = string.removeprefix("\ufeff").strip()  # some shells write that mark
    if not string:
        raise _unusable("is closed or empty")
    if string[0] not in '{["':
        return list(string.split())
    documents: list[object] = []
    decoder, end = json.JSONDecoder(), 0
    try:
        while end < len(string):
            document, end = decoder.raw_decode(string, end)
            documents.append(document)
            while string[end : end + 1].isspace():
                end += 1
        return read_operations(list(_flatten(documents)))
    except json.JSONDecodeError as error:
        raise _unusable(f"is not valid JSON: {error}") from None
    except RecursionError:
        raise _unusable("is not valid JSON: it is nested too deeply") from None
    except (TypeError, ValueError) as error:
        raise _unusable(f"names no operations: {error}") from None


def _flatten(document: object) -> Iterator[object]:
    """Yield what stands in lists and under the keys `operation` and `operations`."""
    if isinstance(document, list):
        for each in cast("list[object]", document):
            yield from _flatten(each)
    elif isinstance(document, str):
        yield document.strip()
    elif not is_mapping(document) or "operationType" in document:
        yield document
    elif key := next((key for key in ("operations", "operation") if key in document), None):
        yield from _flatten(document[key])
    else:
        raise _unusable("has a JSON object that names no operation")


def _unusable(problem: str) -> CommandError:
    return CommandError(
        f"standard input {problem}.",
        "Pipe ids, or the JSON of an AWS command that begins operations, into wait -",
        status=ExitStatus.USAGE,
    )


def _sort_by_region(targets: Iterable[Target], regions: Sequence[str]) -> Mapping[str, Targets]:
    """Return operations by their regions, or by the region that a user has named for all of them.

    Those that name none are with the first region, or alone under an empty string, which stands
    for the default region of the account.
    """
    targets = list(targets)
    first = next((region for region in (*regions, *map(_region_of, targets)) if region), "")
    by_region: dict[str, dict[str, Target]] = {}
    for target in targets:
        region = first if regions else _region_of(target) or first
        operation_id = target.id if isinstance(target, Operation) else target
        by_region.setdefault(region, {})[operation_id] = target
    return by_region


def _region_of(target: Target) -> str:
    region = target.location.region_name if isinstance(target, Operation) else None
    return str(_HOME_OF_GLOBAL if region is RegionName.GLOBAL else region or "")
