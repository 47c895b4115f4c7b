"""The one state that the servers and the mocks of a process share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import permutations
from typing import Any

import boto3
import pytest

from lightsail_ops import OperationsClient
from lightsail_ops.testing import Lightsail, LightsailServer, mock_lightsail


def count(server: LightsailServer) -> int:
    """Return how many operations a client of a server sees."""
    config: dict[str, Any] = {"region_name": "us-west-2", "endpoint_url": server.endpoint_url}
    with OperationsClient.from_session(**config) as client:
        return len(client.get_operations())


def test_a_server_starts_empty() -> None:
    for _ in range(2):
        with LightsailServer() as server:
            assert count(server) == 0
            server.lightsail.add_operations(3, region_name="us-west-2")


def test_a_server_in_a_mock_sees_what_is_there_and_leaves_it() -> None:
    with mock_lightsail() as lightsail:
        lightsail.add_operations(3, region_name="us-west-2")
        with LightsailServer() as server:
            assert count(server) == 3
        assert len(OperationsClient.from_session(region_name="us-west-2").get_operations()) == 3


def test_a_mock_beside_a_server_sees_what_is_there_and_leaves_it() -> None:
    with LightsailServer() as server:
        server.lightsail.add_operations(3, region_name="us-west-2")
        with mock_lightsail():
            client = boto3.client("lightsail", region_name="us-west-2")
            assert len(client.get_operations()["operations"]) == 3
            client.allocate_static_ip(staticIpName="ip")
        assert count(server) == 4


def test_a_decorated_test_leaves_a_server_what_it_has() -> None:
    @mock_lightsail
    class Tests:
        def test_something(self) -> None:
            boto3.client("lightsail", "us-west-2").allocate_static_ip(staticIpName="ip")

    with LightsailServer() as server:
        server.lightsail.add_operations(3, region_name="us-west-2")
        Tests().test_something()
        assert count(server) == 4


def test_a_server_leaves_another_one_what_it_has() -> None:
    with LightsailServer() as other:
        other.lightsail.add_operations(2, region_name="us-west-2")
        with LightsailServer() as server:
            server.lightsail.add_operations(3, region_name="us-west-2")
        assert count(other) == 5


USERS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "a mock": mock_lightsail,
    "a server": LightsailServer,
    "another server": LightsailServer,
}


@pytest.mark.parametrize("names", list(permutations(USERS)), ids=str)
def test_the_last_one_to_end_leaves_nothing(names: tuple[str, ...]) -> None:
    with ExitStack() as stack:
        users = [USERS[name]() for name in USERS]
        for user in users:
            stack.enter_context(user)
        Lightsail().add_operations(3, region_name="us-west-2")
        users = [users[list(USERS).index(name)] for name in names]
        stack.pop_all()
        for user in users:
            assert repr(Lightsail()).startswith("<Lightsail: 3 operations")
            user.__exit__(None, None, None)
    assert repr(Lightsail()).startswith("<Lightsail: 0 operations")
