"""The mock for one process, and the fixture."""

from __future__ import annotations

import subprocess
import sys
import unittest

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


def test_an_action_that_is_not_there_says_so() -> None:
    with mock_lightsail():
        client = boto3.client("lightsail", region_name="us-west-2")
        with pytest.raises(NotImplementedError, match="get_instances"):
            client.get_instances()


def test_registering_again_changes_nothing() -> None:
    from moto import backend_index

    from lightsail_ops.testing._registry import register

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


def test_without_moto_it_names_the_extra() -> None:
    program = "import sys; sys.modules['moto'] = None; import lightsail_ops.testing"
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


def test_the_fixture_needs_no_other_set_up(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["lightsail_ops.testing"]')
    pytester.makepyfile(
        """
        import os
        from lightsail_ops import OperationsClient

        def test_reading(lightsail):
            added = lightsail.add_operations(3)
            assert list(OperationsClient.from_session().operations()) == added
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
