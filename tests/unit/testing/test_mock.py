"""The mock for one process, and the fixture."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import lightsail_ops.testing
from lightsail_ops import OperationsClient
from lightsail_ops.testing import Lightsail, mock_lightsail

pytest_plugins = ["pytester"]


def count() -> int:
    return len(list(OperationsClient.from_session(region_name="us-west-2").operations()))


def test_a_with_block_gives_an_empty_lightsail() -> None:
    with mock_lightsail() as lightsail:
        assert count() == 0
        lightsail.add_operations(3, region_name="us-west-2")
        assert count() == 3


def test_nothing_is_left_for_the_next_block() -> None:
    with mock_lightsail() as lightsail:
        lightsail.add_operations(3, region_name="us-west-2")
        lightsail.page_size = 1
        lightsail.fail_next("AccessDeniedException")
    with mock_lightsail() as lightsail:
        assert count() == 0
        assert lightsail.page_size == 200
        assert len(lightsail.requests) == 1


def test_one_mock_can_be_entered_again() -> None:
    mock = mock_lightsail()
    for _ in range(2):
        with mock as lightsail:
            lightsail.add_operations(1, region_name="us-west-2")
            assert count() == 1


@mock_lightsail
def test_a_function_can_be_decorated() -> None:
    Lightsail().add_operations(2, region_name="us-west-2")
    assert count() == 2


@mock_lightsail()
def test_a_function_can_be_decorated_with_parentheses() -> None:
    Lightsail().add_operations(2, region_name="us-west-2")
    assert count() == 2


@mock_lightsail
async def coroutine() -> int:
    Lightsail().add_operations(2, region_name="us-west-2")
    return await asyncio.to_thread(count)


def test_a_coroutine_function_can_be_decorated() -> None:
    assert [asyncio.run(coroutine()) for _ in range(2)] == [2, 2]


def generator() -> Iterator[None]:
    yield


async def async_generator() -> AsyncIterator[None]:
    yield


class AsyncTests:  # of a name that pytest does not collect
    async def test_nothing(self) -> None:
        """Nothing: it must not run."""


# moto would end the mock before their bodies run, and then they would call AWS.
@pytest.mark.parametrize("decorated", [generator, async_generator, AsyncTests])
def test_what_would_run_outside_of_the_mock_cannot_be_decorated(
    decorated: Callable[..., Any],
) -> None:
    with pytest.raises(TypeError, match=f"{decorated.__name__}.*with mock_lightsail"):
        mock_lightsail(decorated)


@mock_lightsail
class TestAClass(unittest.TestCase):
    def test_can_be_decorated(self) -> None:
        assert count() == 0
        Lightsail().add_operations(2, region_name="us-west-2")
        assert count() == 2

    def test_starts_each_test_afresh(self) -> None:
        self.test_can_be_decorated()


@mock_aws
def test_plain_mock_aws_has_it_too() -> None:
    Lightsail().add_operations(2, region_name="us-west-2")
    assert count() == 2


def test_blocks_may_be_nested() -> None:
    with mock_aws(), mock_lightsail() as lightsail:
        lightsail.add_operations(2, region_name="us-west-2")
        with mock_lightsail():
            assert count() == 2
        assert count() == 2


def test_other_services_go_on_working_beside_it() -> None:
    with mock_lightsail():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="assets")
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["assets"]


ELSEWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_LIGHTSAIL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
}


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that would send requests to another endpoint, where nobody listens."""
    for name, url in ELSEWHERE.items():
        monkeypatch.setenv(name, url)


def endpoints() -> dict[str, str]:
    return {name: url for name, url in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")}


@pytest.mark.usefixtures("elsewhere")
class TestRequestsCannotEscape:
    def test_by_way_of_the_config_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")
        with mock_lightsail():
            assert count() == 0
        assert os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"

    def test_from_a_block(self) -> None:
        with mock_lightsail(), mock_lightsail():
            assert endpoints() == {}
            assert count() == 0
        assert endpoints() == ELSEWHERE

    def test_from_a_block_that_ends_with_an_error(self) -> None:
        with pytest.raises(KeyError), mock_lightsail():
            raise KeyError
        assert endpoints() == ELSEWHERE

    def test_from_a_function(self) -> None:
        assert mock_lightsail(count)() == 0
        assert endpoints() == ELSEWHERE

    def test_from_a_coroutine_function(self) -> None:
        assert asyncio.run(coroutine()) == 2
        assert endpoints() == ELSEWHERE

    def test_from_a_class(self) -> None:
        class Tests:
            def test_counting(self) -> int:
                return count()

        assert mock_lightsail(Tests)().test_counting() == 0
        assert endpoints() == ELSEWHERE


def test_registering_again_changes_nothing() -> None:
    from moto import backend_index

    from lightsail_ops.testing.urls import register

    before = list(backend_index.backend_url_patterns)
    register()
    assert backend_index.backend_url_patterns == before


def test_it_steps_aside_where_moto_has_a_lightsail_of_its_own(tmp_path: object) -> None:
    program = (
        "import sys, types, moto\n"
        "sys.modules['moto.lightsail'] = own = types.ModuleType('moto.lightsail')\n"
        "from moto import backend_index\n"
        "before = list(backend_index.backend_url_patterns)\n"
        "import lightsail_ops.testing\n"
        "assert sys.modules['moto.lightsail'] is own\n"
        "assert backend_index.backend_url_patterns == before\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("missing", ["moto", "flask"])  # plain moto has no flask
def test_without_moto_or_its_server_it_names_the_extra(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; import lightsail_ops.testing"
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert "pip install 'lightsail-ops[testing]'" in done.stderr.splitlines()[-1]


def test_without_pytest_all_but_the_fixture_is_there() -> None:
    program = (
        "import sys; sys.modules['pytest'] = None; import lightsail_ops.testing as testing\n"
        "assert 'lightsail' not in testing.__all__; testing.mock_lightsail"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_fixture_needs_no_other_set_up(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL_LIGHTSAIL"):
        monkeypatch.setenv(name, "http://not-there.invalid")
    pytester.makeconftest('pytest_plugins = ["lightsail_ops.testing"]')
    pytester.makepyfile(
        """
        import os
        from lightsail_ops import OperationsClient

        def test_reading(lightsail):
            added = lightsail.add_operations(3)
            assert list(OperationsClient.from_session().operations()) == added[::-1]
            assert "AWS_SECRET_ACCESS_KEY" in os.environ
            assert os.environ["AWS_DEFAULT_REGION"] == "us-east-1"

        def test_starting_afresh(lightsail):
            assert list(OperationsClient.from_session().operations()) == []
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_every_public_name_is_there() -> None:
    assert set(lightsail_ops.testing.__all__) == {
        "Lightsail",
        "LightsailServer",
        "ReceivedRequest",
        "lightsail",
        "mock_lightsail",
    }
