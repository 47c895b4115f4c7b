"""The formats for programs: jsonl, json, csv and ids."""

from __future__ import annotations

import csv
import io
import json
import runpy
import sys
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fakes import raw_operation, raw_operations
from support.program import Run, RunInTerminal
from support.wire import Wire, error_response, page

from lightsail_ops import Operation, ResourceLocation
from lightsail_ops.cli import formats

OPTIONAL_TEXTS = st.none() | st.text()
TIMES = st.datetimes(timezones=st.just(UTC))
OPERATIONS = st.builds(
    Operation,
    created_at=TIMES,
    status_changed_at=st.none() | TIMES,
    location=st.builds(
        ResourceLocation, availability_zone=OPTIONAL_TEXTS, region_name=OPTIONAL_TEXTS
    ),
    resource_type=st.text(),
    operation_type=st.text(),
    status=st.text(),
    operation_details=OPTIONAL_TEXTS,
    error_code=OPTIONAL_TEXTS,
    error_details=OPTIONAL_TEXTS,
)


class TestJsonl:
    def test_is_the_format_of_a_pipe(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        listed = run("list", *here)
        assert listed.ids == ["id-1", "id-2", "id-3"]
        assert (listed.err, listed.status) == ("", 0)
        assert listed.objects[0]["createdAt"] == "2016-11-22T12:16:31.349000+00:00"
        assert listed.objects[0]["location"]["regionName"] == "us-west-2"

    def test_force_color_does_not_make_a_pipe_a_terminal(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        wire.play([page(raw_operations(1, 1))])
        listed = run("list", *here)
        assert listed.ids == ["id-1"]
        assert listed.err == ""

    def test_columns_choose_its_keys(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page([raw_operation(1, statusChangedAt=1479816992.349, errorCode="x")])])
        [chosen] = run("list", *here, "--columns", "region,took,error,createdAt,details").objects
        assert chosen == {
            "regionName": "us-west-2",
            "durationSeconds": 1.0,
            "error": "x",
            "createdAt": "2016-11-22T12:16:31.349000+00:00",
        }

    @example([Operation.from_dict(raw_operation(resourceName="\x7f"))])
    @example([Operation.from_dict(raw_operation(id='},{"id":"', operationDetails='},{"id":'))] * 2)
    @given(st.lists(OPERATIONS, max_size=3))
    def test_is_what_to_dict_returns(self, operations: list[Operation]) -> None:
        values = [operation.to_dict() for operation in operations]
        expected = "\n".join(json.dumps(each, separators=(",", ":")) for each in values)
        assert formats.encode_lines(operations) == expected
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(formats, "orjson", None)
            assert formats.encode_lines(operations) == expected

    def test_needs_no_orjson(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "orjson", None)
        names = runpy.run_path(str(formats.__file__))
        operation = Operation.from_dict(raw_operation())
        assert json.loads(names["encode_lines"]([operation])) == operation.to_dict()


class TestJson:
    def test_is_one_array(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        array = json.loads(run("list", *here, "--output", "json").out)
        assert [raw["id"] for raw in array] == ["id-1", "id-2", "id-3"]

    def test_of_nothing_is_an_empty_array(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page()])
        assert json.loads(run("list", *here, "--output", "json").out) == []

    def test_is_complete_where_the_reading_stops_half_way(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), error_response("InvalidInputException")])
        listed = run("list", *here, "-o", "json")
        assert len(json.loads(listed.out)) == 2
        assert listed.status == 1


class TestCsv:
    def test_has_a_head_and_empty_fields_for_what_aws_left_out(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        odd = raw_operation(2, resourceName='a "b",\n\ud800 é', location={})
        wire.play([page([raw_operation(1, errorCode="x"), odd])])
        first, second = csv.DictReader(io.StringIO(run("list", *here, "-o", "csv").out))
        assert (first["regionName"], first["errorCode"]) == ("us-west-2", "x")
        assert first["isTerminal"] == "true"
        assert second["resourceName"] == 'a "b",\n? é'
        assert second["regionName"] == second["statusChangedAt"] == ""

    def test_has_all_that_aws_sent(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        whole = raw_operation(
            1,
            statusChangedAt=1479816992.849,
            operationDetails="details",
            errorCode="code",
            errorDetails="message",
        )
        wire.play([page([whole])])
        [row] = csv.DictReader(io.StringIO(run("list", *here, "-o", "csv").out))
        assert list(row.items()) == [
            ("id", "id-1"),
            ("resourceName", "web-1"),
            ("resourceType", "Instance"),
            ("createdAt", "2016-11-22T12:16:31.349000+00:00"),
            ("regionName", "us-west-2"),
            ("availabilityZone", "us-west-2a"),
            ("isTerminal", "true"),
            ("operationType", "CreateInstance"),
            ("status", "Succeeded"),
            ("statusChangedAt", "2016-11-22T12:16:32.849000+00:00"),
            ("operationDetails", "details"),
            ("errorCode", "code"),
            ("errorDetails", "message"),
        ]

    def test_has_the_columns_that_are_chosen(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(1, statusChangedAt=1479816992.849)])])
        listed = run("list", *here, "-o", "csv", "--columns", "id,created,took,error-code")
        assert listed.lines == [
            "id,createdAt,durationSeconds,errorCode",
            "id-1,2016-11-22T12:16:31.349000+00:00,1.5,",
        ]

    def test_cannot_control_a_terminal(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(resourceName="\x1b]0;x\x07")])])
        assert "\x1b]" not in run_on_terminal("list", *here, "-o", "csv").out

    def test_loads_in_pandas(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        pandas = pytest.importorskip("pandas")
        wire.play([page(raw_operations(1, 3))])
        frame = pandas.read_csv(io.StringIO(run("list", *here, "-o", "csv").out))
        assert frame["isTerminal"].all()
        assert pandas.to_datetime(frame["createdAt"]).dt.year.tolist() == [2016] * 3


class TestIds:
    def test_are_one_a_line(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page([raw_operation(1), raw_operation(2, id="id\n\x1b2")])])
        assert run("list", *here, "-o", "id").lines == ["id-1", "id \ufffd2"]
