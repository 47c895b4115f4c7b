"""A test that freezes the clock leaves no trace, and no operation is made differently."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each program runs in a process of its own, in which nothing of the package has been imported yet.
SETUP = """
import pickle
from datetime import datetime, timezone
NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)

def make_raw(created_at):
    return {
        "id": "i", "resourceName": "web", "resourceType": "Instance", "createdAt": created_at,
        "location": {"regionName": "us-west-2"}, "isTerminal": True,
        "operationType": "CreateInstance", "status": "Failed", "statusChangedAt": 1479816992,
    }

def check(operation):
    assert operation.created_at == NOON, operation
    assert operation.duration is not None
    for value in (operation.created_at, operation.status_changed_at):
        assert type(value).__module__ == "datetime", type(value)
    assert pickle.loads(pickle.dumps(operation)) == operation
    assert Operation.from_dict(operation.to_dict(include_none=True)) == operation
    assert operation.to_dict()["createdAt"] == "2026-11-01T12:00:00+00:00"

def convert_one(created_at):
    from lightsail_ops import OperationsClient
    raw = make_raw(created_at)
    check(Operation.from_dict(raw))
    class Fake:
        def get_operations(self):
            return {"operations": [raw] * 3}
    for operation in OperationsClient(Fake()).get_operations():
        check(operation)
    incomplete = Operation.from_dict({**raw, "id": None})
    assert incomplete.id == ""
    assert incomplete.created_at == NOON

def convert():
    for created_at in (1793534400, "2026-11-01T12:00:00Z", NOON):
        convert_one(created_at)
"""
IMPORT = "from lightsail_ops import Operation"
FREEZERS = {
    "freezegun": ("from freezegun import freeze_time", "freeze_time('2020-01-01')"),
    "time-machine": ("import time_machine", "time_machine.travel(0, tick=False)"),
}


@pytest.mark.parametrize("freezer", FREEZERS)
@pytest.mark.parametrize(
    "program",
    [
        f"{IMPORT}\nwith FREEZER:\n    convert()\nconvert()",
        f"with FREEZER:\n    {IMPORT}\n    convert()\nconvert()",
        f"with FREEZER:\n    {IMPORT}\nconvert()\nwith FREEZER:\n    convert()\nconvert()",
        f"{IMPORT}\nconvert()\nwith FREEZER:\n    convert()\nconvert()",
        f"import lightsail_ops._codec\nwith FREEZER:\n    {IMPORT}\n    convert()\nconvert()",
    ],
)
def test_operations_are_the_same(freezer: str, program: str) -> None:
    imported, freeze = FREEZERS[freezer]
    code = "\n".join([imported, SETUP, program.replace("FREEZER", freeze)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


WAIT = """
class Fake:
    def __init__(self):
        self.polls = 0

    def get_operations(self):
        return {"operations": [self.get_operation()["operation"]]}

    def get_operation(self, operationId=None):
        self.polls += 1
        has_ended = self.polls == 3
        status = "Succeeded" if has_ended else "Started"
        return {"operation": {**make_raw(NOON), "isTerminal": has_ended, "status": status}}

def wait():
    from lightsail_ops import OperationsClient, WaitTimeoutError
    assert OperationsClient(Fake()).wait("i", poll_interval=0.01).is_terminal
    with OperationsClient(Fake()).watch(poll_interval=0.01) as changes:
        assert [next(changes).status for _ in range(2)] == ["Started", "Succeeded"]
    try:
        OperationsClient(Fake()).wait("i", timeout=0.01)
    except WaitTimeoutError:
        pass
"""


@pytest.mark.parametrize("freezer", FREEZERS)
@pytest.mark.parametrize(
    "program",
    [
        "with FREEZER:\n    wait()\nwait()",
        "wait()\nwith FREEZER:\n    wait()",
        "import lightsail_ops\nwith FREEZER:\n    wait()",
    ],
)
def test_waits_end(freezer: str, program: str) -> None:
    imported, freeze = FREEZERS[freezer]
    code = "\n".join([imported, SETUP, WAIT, program.replace("FREEZER", freeze)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 0, done.stderr
