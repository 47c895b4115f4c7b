"""`lightsail-ops wait`: until operations have ended, one way or the other."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.fakes import raw_operation
from support.program import Run, RunInTerminal, run_in_terminal, start_process
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, one, page

from lightsail_ops import NotFoundError, Operation
from lightsail_ops.__main__ import main
from lightsail_ops.aio import AsyncOperationsClient
from lightsail_ops.testing import LightsailServer

STARTED: dict[str, Any] = {"status": "Started", "isTerminal": False}


@pytest.fixture
def here(here: tuple[str, ...]) -> tuple[str, ...]:
    return *here, "--interval", "0.1"


class Unreadable:
    """Standard input from a folder."""

    def read(self) -> str:
        raise IsADirectoryError(21, "Is a directory")


class Ending:
    """Serves operations that end at their second poll, as `statuses` says by id."""

    def __init__(self, **statuses: str) -> None:
        self._statuses = statuses
        self._polls = Counter[str]()

    def __call__(self, received: ReceivedRequest) -> CannedResponse:
        if received.action == "GetOperations":
            return page()  # as if all were older than what it lists
        operation_id = received.arguments["operationId"]
        self._polls[operation_id] += 1
        if self._polls[operation_id] == 1:
            return one(raw_operation(id=operation_id, **STARTED))
        status = self._statuses.get(operation_id, "Succeeded")
        return one(raw_operation(id=operation_id, status=status, errorDetails="Too many."))


class TestWaiting:
    def test_ends_with_the_operation(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play(Ending())
        waited = run("wait", "id-1", *here)
        assert [each["status"] for each in waited.objects] == ["Succeeded"]
        assert (waited.err, waited.status) == ("", 0)
        assert [received.arguments for received in wire.received] == [{"operationId": "id-1"}] * 2

    def test_ends_with_all_of_several_operations(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(Ending(b="Failed"))
        waited = run("wait", "a", "b", "c", *here)
        statuses = {each["id"]: each["status"] for each in waited.objects}
        assert statuses == {"a": "Succeeded", "b": "Failed", "c": "Succeeded"}
        assert waited.errors == ["error: CreateInstance of web-1 failed: Too many. (operation b)."]
        assert waited.status == 1

    def test_ends_with_status_3_when_the_timeout_has_expired(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(
            lambda received: one(raw_operation(id=received.arguments["operationId"], **STARTED))
        )
        waited = run("wait", "a", "b", *here, "--timeout", "1")
        assert waited.out == ""
        assert len(waited.errors) == 2
        assert "operation a " in waited.errors[0]
        assert waited.status == 3

    def test_a_failure_counts_more_than_a_timeout(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "a":
                return one(raw_operation(id="a", status="Failed"))
            return one(raw_operation(id="b", **STARTED))

        wire.play(serve)
        waited = run("wait", "a", "b", *here, "--timeout", "1")
        assert len(waited.errors) == 2
        assert waited.status == 1

    def test_goes_on_with_the_others_where_one_is_no_id(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        ending = Ending()

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments.get("operationId") == "no id":
                return error_response("InvalidInputException", message="Not an id")
            return ending(received)

        wire.play(serve)
        waited = run("wait", "a", "no id", "b", *here)
        assert sorted(waited.ids) == ["a", "b"]
        assert waited.errors == ["error: operation no id: AWS rejected the input: Not an id."]
        assert waited.status == 5

    def test_a_failure_counts_more_than_an_unknown_id(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "a":
                return one(raw_operation(id="a", status="Failed"))
            return error_response("NotFoundException", message="No such operation")

        wire.play(serve)
        waited = run("wait", "a", "b", *here)
        assert waited.ids == ["a"]
        assert waited.errors[0] == "error: operation b: AWS did not find it: No such operation."
        assert waited.errors[-1].startswith("error: CreateInstance of web-1 failed: ")
        assert waited.status == 1

    def test_of_several_regions_has_one_deadline(self, run: Run, wire: Wire) -> None:
        operations = [
            raw_operation(id=region, location={"regionName": region}, **STARTED)
            for region in ("eu-west-1", "us-west-2")
        ]
        wire.play(
            lambda received: one(raw_operation(id=received.arguments["operationId"], **STARTED))
        )
        options = "--endpoint-url", wire.endpoint_url, "--interval", "0.1", "--timeout", "0.5"
        waited = run("wait", "-", *options, stdin=json.dumps(operations))
        assert [line.partition(";")[0] for line in sorted(waited.errors)] == [
            "error: operation eu-west-1 had not ended after 0.5 seconds",
            "error: operation us-west-2 had not ended after 0.5 seconds",
        ]
        assert (waited.out, waited.status) == ("", 3)

    def test_of_several_regions_waits_for_all_of_them_at_once(self, run: Run, wire: Wire) -> None:
        operations = [
            raw_operation(id=region, location={"regionName": region}, **STARTED)
            for region in ("us-west-2", "eu-west-1")
        ]

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "us-west-2":
                return one(raw_operation(id="us-west-2", **STARTED))
            time.sleep(0.3)
            return one(raw_operation(id="eu-west-1"))

        wire.play(serve)
        options = "--endpoint-url", wire.endpoint_url, "--interval", "0.1", "--timeout", "1"
        waited = run("wait", "-", *options, stdin=json.dumps(operations))
        assert waited.ids == ["eu-west-1"]
        assert [line.split()[2] for line in waited.errors] == ["us-west-2"]
        assert waited.status == 3

    def test_names_the_timeout_where_an_id_was_unknown_too(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "a":
                return one(raw_operation(id="a", **STARTED))
            return error_response("NotFoundException", message="No such operation")

        wire.play(serve)
        waited = run("wait", "a", "b", *here, "--timeout", "1")
        assert waited.errors[-1] == (
            "error: operation a had not ended after 1 seconds; last seen as Started."
        )
        assert waited.status == 5

    def test_of_a_broken_client_ends(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(AsyncOperationsClient, "wait_all", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            run("wait", "a", *here)

    def test_that_was_throttled_until_the_timeout_says_so(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: error_response("ThrottlingException", message="Slow down"))
        waited = run("wait", "a", *here, "--timeout", "1")
        assert waited.errors[-1] == (
            "error: operation a had not ended after 1 seconds; "
            "AWS throttled the request: Slow down."
        )
        assert waited.status == 3

    def test_without_any_response_says_so(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(delay=3.0)])
        waited = run("wait", "id-1", *here, "--timeout", "0.5")
        assert waited.errors == [
            "error: operation id-1 had not ended after 0.5 seconds; there was no response."
        ]
        assert waited.status == 3

    def test_survives_throttling(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        throttled = error_response("ThrottlingException", message="Slow down")
        wire.play([throttled, one(raw_operation())])
        waited = run("wait", "id-1", *here)
        assert waited.status == 0
        assert waited.errors[0].startswith("warning: ")

    def test_of_an_unknown_id_says_where_to_look(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        unknown = error_response("NotFoundException", message="None", tip="Check the id.")
        wire.play(lambda _: unknown)
        waited = run("wait", "id-1", *here)
        options = " ".join(here[:4])
        assert waited.errors == [
            "error: operation id-1: AWS did not find it: None.",
            f"help: lightsail-ops list {options} -o id lists the ids of a region. Check the id.",
        ]
        assert waited.status == 5

    @pytest.mark.parametrize("others", [("a",), ("a", "b"), ("a", "b", "c")])
    def test_goes_on_with_the_others_where_an_id_is_unknown(
        self, run: Run, wire: Wire, here: tuple[str, ...], others: tuple[str, ...]
    ) -> None:
        ending = Ending()

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments.get("operationId") == "UNKNOWN":
                return error_response("NotFoundException", message="No such operation")
            return ending(received)

        wire.play(serve)
        waited = run("wait", others[0], "UNKNOWN", *others[1:], *here)
        assert sorted(waited.ids) == sorted(others)
        assert waited.errors[0].startswith("error: operation UNKNOWN: AWS did not find it: ")
        assert waited.status == 5

    @pytest.mark.parametrize("unknown", ["b", raw_operation(id="b", **STARTED)])
    def test_of_what_other_programs_began_goes_on_where_one_is_unknown(
        self, run: Run, wire: Wire, here: tuple[str, ...], unknown: object
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            operation_id = received.arguments.get("operationId")
            if received.action == "GetOperations":
                return page([raw_operation(id="a")])
            if operation_id == "b":
                return error_response("InvalidInputException", message="None")
            return one(raw_operation(id=operation_id, **({} if operation_id == "a" else STARTED)))

        wire.play(serve)
        started = [raw_operation(id=each, **STARTED) for each in ("a", "c")]
        stdin = json.dumps([started[0], unknown, started[1]])
        waited = run("wait", "-", *here, "--timeout", "2", stdin=stdin)
        assert waited.ids == ["a"]
        assert waited.errors == [
            "error: operation b: AWS rejected the input: None.",
            "error: operation c had not ended after 2 seconds; last seen as Started.",
        ]
        assert waited.status == 5

    def test_is_left_to_resume_without_what_has_ended(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        polls: list[str] = []

        def serve(received: ReceivedRequest) -> CannedResponse:
            operation_id = received.arguments.get("operationId", "")
            polls.append(operation_id)
            if polls.count("c") == 4:
                os.kill(os.getpid(), signal.SIGINT)
            if received.action == "GetOperations":
                return page([raw_operation(id="a")])
            if operation_id == "b":
                return error_response("NotFoundException", message="None")
            return one(raw_operation(id=operation_id, **({} if operation_id == "a" else STARTED)))

        wire.play(serve)
        started = [raw_operation(id=each, **STARTED) for each in ("a", "c")]
        stdin = json.dumps([started[0], "b", started[1]])
        waited = run("wait", "-", *here, stdin=stdin)
        assert (waited.ids, waited.status) == (["a"], 130)
        assert waited.errors[-1] == f"help: Resume with lightsail-ops wait c {' '.join(here)}"

    def test_shows_once_what_aws_names_otherwise_where_an_id_is_unknown(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "UNKNOWN":
                return error_response("NotFoundException", message="No such operation")
            return one(raw_operation(id="a"))

        wire.play(serve)
        waited = run("wait", "A", "UNKNOWN", *here)
        assert (waited.ids, waited.status) == (["a"], 5)

    def test_that_is_denied_could_not_read(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        waited = run("wait", "a", *here)
        assert waited.errors[0] == "error: us-west-2: AWS denied GetOperation: No."
        assert waited.status == 5

    @pytest.mark.parametrize("region", [(), ("--region", "eu-west-1")])
    def test_the_demonstration_has_operations_that_end(
        self, run: Run, region: tuple[str, ...]
    ) -> None:
        waited = run("wait", "--demo", *region, "--interval", "0.1")
        assert [each["status"] for each in waited.objects] == ["Succeeded", "Succeeded"]
        assert waited.status == 0

    def test_operations_of_the_demonstrations_history_end_too(self, run: Run) -> None:
        listed = run("list", "--demo", "--status", "started", "--last", "1", "-o", "id")
        waited = run("wait", "--demo", *listed.lines, "--interval", "0.1", "--timeout", "10")
        assert [each["status"] for each in waited.objects] == ["Succeeded"]
        assert waited.status == 0

    def test_what_has_ended_in_the_demonstration_stays_as_it_is(self, run: Run) -> None:
        listed = run("list", "--demo", "--status", "failed", "--last", "1", "-o", "id")
        assert run("wait", "--demo", *listed.lines).status == 1


class TestWarnings:
    def test_name_the_region_and_the_reason_once(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        throttled = error_response("ThrottlingException", message="Slow down")
        wire.play([throttled, throttled, one(raw_operation(1))])
        waited = run("wait", "id-1", *here)
        [warning] = waited.errors
        throttling = "warning: us-west-2: AWS throttled the request (ThrottlingException); "
        assert warning.startswith(f"{throttling}the request is sent again in ")
        assert waited.ids == ["id-1"]


class TestStandardInput:
    def wait_for(self, run: Run, here: tuple[str, ...], stdin: str) -> list[str]:
        waited = run("wait", "-", *here, stdin=stdin)
        assert waited.status == 0
        return sorted(waited.ids)

    @pytest.mark.parametrize(
        "stdin",
        [
            "a b",
            "a\tb\n",
            '["a", "b"]',
            '"a"\n"b"',
            json.dumps({"operations": [raw_operation(id="a"), raw_operation(id="b", **STARTED)]}),
            json.dumps({"operation": raw_operation(id="a", **STARTED)}) + '["b"]',
            json.dumps([raw_operation(id="a"), raw_operation(id="b")]),
            json.dumps(raw_operation(id="a")) + "\n" + json.dumps(raw_operation(id="b")) + "\n",
            json.dumps({"operations": [raw_operation(id="a", createdAt="2026-11-24T09:30:00Z")]})
            + json.dumps({"operation": raw_operation(id="b", location={})}),
        ],
    )
    def test_may_be_ids_or_the_json_of_aws(
        self, run: Run, wire: Wire, here: tuple[str, ...], stdin: str
    ) -> None:
        wire.play(Ending())
        assert self.wait_for(run, here, stdin) == ["a", "b"]

    def test_may_name_operations_that_have_ended_at_no_cost(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        assert self.wait_for(run, here, json.dumps({"operations": [raw_operation()]})) == ["id-1"]
        assert not wire.received

    def test_may_say_that_nothing_was_begun(self, run: Run) -> None:
        waited = run("wait", "-", stdin='{"operations": []}')
        assert (waited.out, waited.err, waited.status) == ("", "", 0)

    def test_names_the_regions(self, run: Run, wire: Wire) -> None:
        regions = ["eu-west-1", "us-west-2", "global"]
        operations = [
            raw_operation(number, location={"regionName": region}, **STARTED)
            for number, region in enumerate(regions)
        ]
        wire.play(Ending())
        options = "--endpoint-url", wire.endpoint_url, "--interval", "0.1"
        waited = run("wait", "-", *options, stdin=json.dumps({"operations": operations}))
        assert sorted(waited.ids) == ["id-0", "id-1", "id-2"]
        signed = {received.headers["Authorization"].split("/")[2] for received in wire.received}
        assert signed == {"eu-west-1", "us-west-2", "us-east-1"}

    def test_may_leave_a_region_out(self, run: Run, wire: Wire) -> None:
        operations = [raw_operation(1, location={}, **STARTED), raw_operation(2, **STARTED)]
        wire.play(Ending())
        options = "--endpoint-url", wire.endpoint_url, "--interval", "0.1"
        waited = run("wait", "-", *options, stdin=json.dumps({"operations": operations}))
        assert sorted(waited.ids) == ["id-1", "id-2"]
        assert {received.headers["Authorization"].split("/")[2] for received in wire.received} == {
            "us-west-2"
        }

    @pytest.mark.parametrize(
        ("stdin", "message"),
        [
            ("", "standard input is closed or empty"),
            ("{", "standard input is not valid JSON"),
            ('{"instances": []}', "standard input has a JSON object that names no operation"),
            ('{"operation": null}', "standard input names no operations: operations[0] must be"),
            (
                '{"operationType": "X"}',
                "standard input names no operations: operations[0] has no id",
            ),
            (
                '{"operationType": "X", "id": ""}',
                "standard input names no operations: operations[0] has no id",
            ),
            ('["a", ""]', "standard input names no operations: operations[1] has no id"),
            ('["a", "  "]', "standard input names no operations: operations[1] has no id"),
            ("[" * 100_000, "standard input is not valid JSON: it is nested too deeply"),
            (
                '{"id": "a", "operationType": 5}',
                "standard input names no operations: operations[0] is not an operation: operationT",
            ),
        ],
    )
    def test_that_names_no_operations_is_an_error(self, run: Run, stdin: str, message: str) -> None:
        waited = run("wait", "-", stdin=stdin)
        assert waited.errors[0].startswith(f"error: {message}")
        assert waited.errors[1].startswith("help: Pipe ids, or the JSON of an AWS command")
        assert waited.status == 2

    @pytest.mark.parametrize("depth", range(940, 1000, 4))
    def test_may_be_nested_as_deeply_as_json_can_be_read(
        self, run: Run, wire: Wire, here: tuple[str, ...], depth: int
    ) -> None:
        wire.play(lambda _: one(raw_operation(1)))
        stdin = '{"operation":' * depth + '"id-1"' + "}" * depth
        waited = run("wait", "-", *here, stdin=stdin)
        deep = "error: standard input is not valid JSON: it is nested too deeply."
        assert waited.ids == ["id-1"] or waited.errors[0] == deep

    def test_may_begin_with_a_byte_order_mark(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([one(raw_operation(1))])
        assert run("wait", "-", *here, stdin='\ufeff{"operation": "id-1"}').ids == ["id-1"]
        assert wire.received[0].arguments == {"operationId": "id-1"}

    def test_may_come_from_a_boto3_call(self, run: Run, server: LightsailServer) -> None:
        begun = server.lightsail.add_operation(
            region_name="us-west-2", finishes_after=1, created_at=datetime.now(UTC)
        )
        options = "--endpoint-url", server.endpoint_url, "--interval", "0.1"
        waited = run("wait", "-", *options, stdin=json.dumps({"operations": [begun.to_dict()]}))
        assert waited.ids == [begun.id]
        assert waited.status == 0

    @pytest.mark.parametrize(
        ("stdin", "reason"),
        [
            (None, "standard input is closed or empty."),
            (Unreadable(), "standard input cannot be read: Is a directory."),
        ],
    )
    def test_that_cannot_be_read_is_an_error(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        stdin: object,
        reason: str,
    ) -> None:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["wait", "-"]) == 2
        assert capsys.readouterr().err.splitlines()[0] == f"error: {reason}"


class TestSeveralUnknown:
    def test_each_is_named_and_nothing_is_left_to_resume(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.action == "GetOperations":
                return page()
            if received.arguments["operationId"] == "denied":
                return error_response("AccessDeniedException", message="No")
            return error_response("NotFoundException", message="None")

        wire.play(serve)
        waited = run("wait", "x", "denied", "y", *here)
        assert [line.partition(": AWS")[0] for line in waited.errors if "error" in line] == [
            "error: operation x",
            "error: operation y",
            "error: us-west-2",
        ]
        assert waited.status == 5

    @pytest.mark.parametrize("has_ended", [True, False])
    def test_an_error_that_is_gone_when_they_are_looked_for_counts_if_it_comes_again(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        *,
        has_ended: bool,
    ) -> None:
        async def fail(*_: object, **__: object) -> None:
            response = {"Error": {"Code": "NotFoundException", "Message": "None"}}
            raise NotFoundError(response, "GetOperation")

        state = {} if has_ended else STARTED
        wire.play(
            lambda received: one(raw_operation(id=received.arguments["operationId"], **state))
        )
        monkeypatch.setattr(AsyncOperationsClient, "wait_all", fail)
        waited = run("wait", "x", "y", *here)
        message = "error: us-west-2: AWS did not find it: None."
        assert waited.ids == (["x", "y"] if has_ended else [])
        assert waited.errors[:1] == ([] if has_ended else [message])
        assert waited.status == (0 if has_ended else 5)

    def test_goes_on_with_one_that_soon_becomes_known(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        unknown = iter([error_response("NotFoundException", message="None")])
        ending = Ending()

        def serve(received: ReceivedRequest) -> CannedResponse:
            late = next(unknown, None) if received.arguments.get("operationId") == "late" else None
            return late or ending(received)

        wire.play(serve)
        waited = run("wait", "late", "other", *here)
        assert sorted(waited.ids) == ["late", "other"]
        assert waited.status == 0

    def test_a_request_that_hangs_hides_neither_an_unknown_one_nor_the_timeout(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        get_operation = AsyncOperationsClient.get_operation

        async def hang(client: AsyncOperationsClient, operation_id: str) -> Operation:
            if operation_id == "hangs":
                await asyncio.sleep(60)
            return await get_operation(client, operation_id)

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "UNKNOWN":
                return error_response("NotFoundException", message="None")
            return one(raw_operation(id="hangs", **STARTED))

        wire.play(serve)
        monkeypatch.setattr(AsyncOperationsClient, "get_operation", hang)
        waited = run("wait", "UNKNOWN", "hangs", *here, "--timeout", "2")
        assert waited.errors[0] == "error: operation UNKNOWN: AWS did not find it: None."
        assert waited.errors[-1].startswith("error: operation hangs had not ended after 2 seconds")
        assert waited.status == 5


class TestInterruptedInSeveralRegions:
    def test_resumes_in_those_that_are_left(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, wire: Wire
    ) -> None:
        async def wait_all(
            _: object, operations: list[Operation], *, on_change: Callable[..., None], **__: object
        ) -> None:
            if operations[0].location.region_name == "eu-west-1":
                await asyncio.sleep(0.3)
                signal.raise_signal(signal.SIGINT)
                await asyncio.sleep(60)
            on_change(Operation.from_dict(raw_operation(id=operations[0].id)))

        monkeypatch.setattr(AsyncOperationsClient, "wait_all", wait_all)
        stdin = json.dumps(
            [
                raw_operation(number, location={"regionName": region}, **STARTED)
                for number, region in enumerate(["us-west-2", "eu-west-1"])
            ]
        )
        waited = run("wait", "-", "--endpoint-url", wire.endpoint_url, stdin=stdin)
        assert waited.ids == ["id-0"]
        options = f"--endpoint-url {wire.endpoint_url} --region eu-west-1"
        assert waited.errors[1:] == [f"help: Resume with lightsail-ops wait id-1 {options}"]


class TestInterruptedAtTheEnd:
    def test_succeeds_where_nothing_is_left(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, here: tuple[str, ...]
    ) -> None:
        async def wait_all(
            *_: object, on_change: Callable[[Operation], None], **__: object
        ) -> None:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
            on_change(Operation.from_dict(raw_operation()))

        monkeypatch.setattr(AsyncOperationsClient, "wait_all", wait_all)
        waited = run("wait", "id-1", *here)
        assert (waited.ids, waited.err, waited.status) == (["id-1"], "", 0)


class TestInterruptedWhereAnIdIsUnknown:
    def test_has_said_so_and_resumes_each_of_the_others_once(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "UNKNOWN":
                return error_response("NotFoundException", message="No such operation")
            return one(raw_operation(id="a", **STARTED))

        wire.play(serve)
        process = start_process("wait", "a", "UNKNOWN", "a", "--timeout", "20", *here)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("error: operation UNKNOWN: AWS did not find it")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert err.splitlines()[-2:] == [
            "error: interrupted.",
            f"help: Resume with lightsail-ops wait a --timeout 20.0 {' '.join(here)}",
        ]
        assert process.returncode == 130


class TestTerminal:
    def test_says_how_many_have_not_ended(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(Ending())
        waited = run_on_terminal("wait", "a", "b", *here, "--interval", "0.6")
        shown = re.sub(r"\ds;", "0s;", waited.err)
        assert "waiting for 2 of 2 operations for 0s; AWS has not responded yet" in shown
        assert "waiting for 2 of 2 operations (web-1: 2 Started) for 0s; AWS responded" in shown
        assert "waiting for 1 of 2 operations (web-1: 1 Started) for 0s; AWS responded" in shown
        assert "✓ Succeeded" in waited.plain

    @pytest.mark.parametrize(
        ("columns", "line"),
        [
            (120, "waiting for 2 of 2 operations (web-1: 2 Started) for 0s; AWS responded 0s ago"),
            (76, "waiting for 2 of 2 operations (web-1:…arted) for 0s; AWS responded 0s ago"),
            (66, "waiting for 2 of 2 operations for 0s; AWS responded 0s ago"),
            (50, "waiting for 2 of 2 operations: 0s; AWS 0s ago"),
            (40, "waiting for 2 of 2 o…: 0s; AWS 0s ago"),
            (24, "waiting for 2 of…: 0s"),
            (20, "waiting for…: 0s"),
        ],
    )
    def test_says_for_how_long_it_waits_whatever_the_width(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        columns: int,
        line: str,
    ) -> None:
        wire.play(Ending())
        options = "--interval", "0.6"
        waited = run_on_terminal("wait", "a", "b", *here, *options, columns=columns)
        shown = re.sub(r"\d+s\b", "0s", waited.err)
        assert line in shown

    def test_names_three_of_many_resources(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        names = {"a": "web-1", "b": "web-2", "c": "web-1"}

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.action == "GetOperations":
                return page()
            each = received.arguments["operationId"]
            return one(raw_operation(id=each, resourceName=names.get(each, each), **STARTED))

        wire.play(serve)
        options = "--interval", "0.3", "--timeout", "1"
        for ids, shown in (
            ("abcd", "web-1, web-2, d: "),
            ("abcde", "web-1, web-2, d and 1 more: "),
        ):
            waited = run_on_terminal("wait", *ids, *here, *options, columns=200)
            assert f"({shown}{len(ids)} Started)" in waited.err

    def test_cannot_be_controlled_by_a_status(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([one(raw_operation(status="\x1b]0;x", isTerminal=False)), one(raw_operation())])
        assert "\x1b]" not in run_on_terminal("wait", "id-1", *here).err

    def test_shows_the_demonstration(self) -> None:
        out = run_in_terminal("wait", "--demo", "--interval", "0.2")
        assert "waiting for 2 of 2 operations" in out
        assert "✓ Succeeded" in out


class TestCtrlC:
    def test_says_how_to_resume(self, wire: Wire, here: tuple[str, ...]) -> None:
        polled = threading.Event()

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments["operationId"] == "a":
                return one(raw_operation(id="a"))
            polled.set()
            return one(raw_operation(id="b c", **STARTED))

        wire.play(serve)
        process = start_process("wait", "a", "b c", *here)
        assert polled.wait(30)
        assert process.stdout is not None
        assert '"a"' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert out == ""
        assert err.splitlines() == [
            "error: interrupted.",
            f"help: Resume with lightsail-ops wait 'b c' {' '.join(here)}",
        ]
        assert process.returncode == 130


def test_pages_are_not_what_wait_reads(run: Run, wire: Wire, here: tuple[str, ...]) -> None:
    wire.play([page()])
    assert run("wait", "id-1", *here).status == 5
