"""`lightsail-ops show`: everything about an operation."""

from __future__ import annotations

import pytest
from support.fakes import raw_operation
from support.program import Run, RunInTerminal
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, one

from lightsail_ops.plot.widths import width_of

FAILED = raw_operation(
    status="Failed",
    operationDetails="disk-1",
    errorCode="E",
    errorDetails="The resource is attached to another one, and cannot be attached to this one.",
    statusChangedAt=1479817000,
)


class TestShow:
    def test_has_a_line_for_each_value(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([one(FAILED)])
        assert run_on_terminal("show", "id-1", *here, "--utc", columns=60).table == [
            "Id             id-1",
            "Resource       web-1",
            "Resource type  Instance",
            "Created        2016-11-22 12:16:31 UTC",
            "Region         us-west-2",
            "Zone           us-west-2a",
            "Ended          yes",
            "Operation      CreateInstance",
            "Status         ✗ Failed",
            "Changed        2016-11-22 12:16:40 UTC",
            "Details        disk-1",
            "Error code     E",
            "Error details  The resource is attached to another one, and",
            "               cannot be attached to this one.",
            "Took           9s",
        ]

    @pytest.mark.parametrize("columns", [40, 80])
    def test_fits_a_terminal_in_any_script(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...], columns: int
    ) -> None:
        name = "日本語のサーバー" * 20
        wire.play([one({**FAILED, "resourceName": name})])
        lines = run_on_terminal(
            "show", "id-1", *here, "--columns", "resource", columns=columns
        ).table
        assert "".join(line.removeprefix("Resource").strip() for line in lines) == name
        assert all(width_of(line) <= columns for line in lines)

    def test_separates_operations_and_obeys_columns(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([one(raw_operation(1)), one(raw_operation(2))])
        shown = run_on_terminal("show", "a", "b", *here, "--columns", "id,status,details")
        assert shown.table == [
            "Id       id-1",
            "Status   ✓ Succeeded",
            "",
            "Id       id-2",
            "Status   ✓ Succeeded",
        ]

    def test_is_json_lines_in_a_pipe(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([one(FAILED)])
        shown = run("show", "id-1", *here)
        assert shown.objects[0]["errorCode"] == "E"
        assert wire.received[0].arguments == {"operationId": "id-1"}
        assert shown.status == 0

    def test_wraps_nothing_in_a_file(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([one({**FAILED, "errorDetails": "w " * 200 + "end"})])
        assert run("show", "id-1", *here, "-o", "table").lines[12].endswith("w w end")

    def test_goes_on_with_the_others_where_one_is_unknown(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("NotFoundException", message="None"), one(raw_operation(2))])
        shown = run("show", "a", "b", *here)
        assert shown.ids == ["id-2"]
        assert shown.errors == [
            "error: operation a: AWS did not find it: None.",
            f"help: lightsail-ops list {' '.join(here)} -o id lists the ids of a region.",
        ]
        assert shown.status == 1

    def test_says_once_what_to_do_about_several_that_are_unknown(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: error_response("NotFoundException", message="None"))
        assert run("show", "a", "b", *here).errors == [
            "error: operation a: AWS did not find it: None.",
            f"help: lightsail-ops list {' '.join(here)} -o id lists the ids of a region.",
            "error: operation b: AWS did not find it: None.",
        ]

    @pytest.mark.parametrize("other", ["NotFoundException", "AccessDeniedException"])
    def test_looks_in_all_regions(self, run: Run, wire: Wire, other: str) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-east-1" in received.headers["Authorization"]:
                return one(raw_operation())
            return error_response(other, message="No")

        wire.play(serve)
        regions = "--region", "eu-west-1", "--region", "us-east-1"
        shown = run("show", "a", *regions, "--endpoint-url", wire.endpoint_url)
        assert (shown.ids, shown.status) == (["id-1"], 0)

    def test_says_why_it_is_not_sure_that_there_is_none(self, run: Run, wire: Wire) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            is_denied = "us-east-1" in received.headers["Authorization"]
            return error_response("AccessDenied" if is_denied else "NotFoundException")

        wire.play(serve)
        regions = "--region", "eu-west-1", "--region", "us-east-1"
        shown = run("show", "a", *regions, "--endpoint-url", wire.endpoint_url)
        assert shown.errors[0].startswith("error: operation a: AWS denied GetOperation")
        assert shown.status == 1


def test_an_unknown_id_is_looked_for_in_the_same_account(run: Run) -> None:
    shown = run("show", "nosuch", "--demo", "--region", "eu-west-1", "--utc", "-o", "json")
    command = "lightsail-ops list --demo --region eu-west-1 -o id"
    assert shown.errors[1].startswith(f"help: {command} lists the ids of a region.")
