"""The mock for one process, and the fixture."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from moto import mock_aws
from support.fakes import raw_operations
from support.wire import Wire, page

import lightsail_ops.testing
from lightsail_ops import OperationsClient
from lightsail_ops.testing import Lightsail, LightsailServer, mock_lightsail

pytestmark = pytest.mark.usefixtures("coverage_of_processes")

AIO = "aiobotocore/3.1 md/test"

pytest_plugins = ["pytester"]


def make_client() -> OperationsClient:
    return OperationsClient.from_session(region_name="us-west-2")


shared_client = cache(make_client)  # to make one takes much longer than to use it


def count() -> int:
    return len(list(shared_client().operations()))


def count_anew() -> int:
    """Count with a client of its own, which finds the endpoints of the environment."""
    return len(list(make_client().operations()))


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
    return await asyncio.to_thread(count_anew)


def test_what_cannot_be_called_cannot_be_decorated() -> None:
    decorate: Any = mock_lightsail
    for what in (5, "", b""):
        with pytest.raises(TypeError, match=f"a function or a class, not {type(what).__name__}"):
            decorate(what)
        with pytest.raises(TypeError, match=f"a function or a class, not {type(what).__name__}"):
            decorate()(what)


def test_a_coroutine_function_can_be_decorated() -> None:
    assert [asyncio.run(coroutine()) for _ in range(2)] == [2, 2]


def generator() -> Iterator[None]:
    yield


async def async_generator() -> AsyncIterator[None]:
    yield


class GeneratorTests:  # of a name that pytest does not collect
    @staticmethod
    def test_nothing() -> Iterator[None]:
        yield


# The mock would end before their bodies run, and then they would call AWS.
@pytest.mark.parametrize("decorated", [generator, async_generator, GeneratorTests])
def test_what_would_run_outside_of_the_mock_cannot_be_decorated(
    decorated: Callable[..., Any],
) -> None:
    with pytest.raises(TypeError, match=f"{decorated.__name__}.*with mock_lightsail"):
        mock_lightsail(decorated)


def add_one() -> int:
    """Add an operation, and return how many there are."""
    Lightsail().add_operations(1, region_name="us-west-2")
    return count()


class Inherited:
    def test_inherited(self) -> None:
        assert add_one() == 1


@mock_lightsail
class TestADecoratedClass(Inherited):
    def test_once(self) -> None:
        assert add_one() == 1

    def test_again(self) -> None:
        assert add_one() == 1

    @staticmethod
    def test_static() -> None:
        assert add_one() == 1

    @classmethod
    def test_of_the_class(cls) -> None:
        assert add_one() == 1


@mock_lightsail
class TestAClassWithAClass:
    class TestInside:
        def test_once(self) -> None:
            assert add_one() == 1

        def test_again(self) -> None:
            assert add_one() == 1


@mock_lightsail
class AsyncTests:  # of a name that pytest does not collect: it cannot run them by itself
    async def test_async(self) -> None:
        assert await asyncio.to_thread(add_one) == 1


class TestASubclass(TestADecoratedClass):
    @staticmethod
    def test_of_the_subclass() -> None:
        assert add_one() == 1


class TestAPreparedSubclass(TestADecoratedClass):
    """Its tests, inherited ones too, find what `setup_method` has made."""

    def setup_method(self) -> None:
        assert add_one() == 1
        Lightsail().page_size = 7

    def teardown_method(self, method: Callable[..., object]) -> None:
        assert method.__name__.startswith("test")
        assert Lightsail().page_size == 7

    def test_prepared(self) -> None:
        assert add_one() == 2

    test_once = test_again = test_static = test_of_the_class = test_inherited = test_prepared


@pytest.fixture
def added() -> Iterator[None]:
    add_one()
    yield
    assert count() > 0


@mock_lightsail
class TestAClassWithFixtures:
    """They run in the mock of their test, and so do those that its tests want."""

    @pytest.fixture(autouse=True)
    def _added_always(self) -> Iterator[None]:
        assert add_one() == 1
        yield
        assert count() > 0

    @pytest.fixture
    def added_here(self) -> int:
        return add_one()

    def test_finds_what_they_made(self, added_here: int) -> None:
        assert (added_here, count()) == (2, 2)

    @pytest.mark.usefixtures("added")
    def test_finds_what_that_of_the_module_made(self) -> None:
        assert count() == 2


class TestAPreparedClassWithFixtures(TestAClassWithFixtures):
    def setup_method(self) -> None:
        assert add_one() == 1

    def teardown_method(self) -> None:
        assert count() > 1

    @pytest.fixture(autouse=True)
    def _added_always(self) -> None:
        assert add_one() == 2

    def test_finds_what_they_made(self, added_here: int) -> None:
        assert (added_here, count()) == (3, 3)

    @pytest.mark.usefixtures("added")
    def test_finds_what_that_of_the_module_made(self) -> None:
        assert count() == 3


class Prepared(unittest.TestCase):
    def setUp(self) -> None:
        assert add_one() == 1
        self.addCleanup(self.check_it_is_there)

    def check_it_is_there(self) -> None:
        assert count() == 2

    def tearDown(self) -> None:
        assert count() == 2


@mock_lightsail
class TestATestCase(Prepared):
    def test_once(self) -> None:
        assert add_one() == 2

    def test_again(self) -> None:
        assert add_one() == 2

    @classmethod
    def test_of_the_class(cls) -> None:
        assert add_one() == 2


class TestASubclassOfATestCase(TestATestCase):
    def test_of_the_subclass(self) -> None:
        assert add_one() == 2


@mock_lightsail
class TestAnAsyncTestCase(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        assert await asyncio.to_thread(add_one) == 1

    async def test_finds_what_was_made(self) -> None:
        assert await asyncio.to_thread(add_one) == 2


def test_a_test_case_runs_without_pytest_too() -> None:
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(TestASubclassOfATestCase)
    result = unittest.TestResult()
    tests.run(result)
    assert (result.testsRun, result.failures, result.errors) == (4, [], [])
    TestATestCase("test_once").debug()


def test_a_method_can_be_called_without_a_test_framework() -> None:
    tests = TestADecoratedClass()
    for method in (tests.test_once, tests.test_inherited, tests.test_static):
        method()
        method()
    for _ in range(2):
        asyncio.run(AsyncTests().test_async())
    tests.test_of_the_class()
    case = TestATestCase("test_once")
    case.setUp()
    case.test_once()


def test_helpers_of_a_class_are_mocked_too() -> None:
    @mock_lightsail
    class Account:
        def add(self) -> int:
            return add_one()

        def pages(self) -> Iterator[int]:
            yield count()

    with mock_lightsail():
        assert list(Account().pages()) == [0]
    assert [Account().add() for _ in range(2)] == [1, 2]


def test_a_hook_for_subclasses_is_still_called() -> None:
    made: list[str] = []

    @mock_lightsail
    class Base:
        def __init_subclass__(cls, *, label: str) -> None:
            made.append(label)

    class Derived(Base, label="derived"):
        def test_it(self) -> int:
            return add_one()

    assert made == ["derived"]
    assert [Derived().test_it() for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("name", ["setUpClass", "tearDownClass", "setup_class", "teardown_class"])
def test_what_runs_outside_of_the_mock_is_a_type_error(name: str) -> None:
    base = unittest.TestCase if "Class" in name else object
    for decorated in (
        type("Tests", (base,), {name: classmethod(lambda _: None)}),
        type("Tests", (type("Base", (base,), {name: classmethod(lambda _: None)}),), {}),
    ):
        with pytest.raises(TypeError, match=rf"Tests\.{name} would run outside of the mock"):
            mock_lightsail(decorated)
    plain = mock_lightsail(type("Plain", (base,), {}))
    with pytest.raises(TypeError, match=rf"Derived\.{name} would run outside of the mock"):
        type("Derived", (plain,), {name: classmethod(lambda _: None)})


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


def test_it_leaves_moto_the_models_of_others() -> None:
    program = """
from moto.core.common_models import BaseModel
from moto.core.model_instances import model_data
Thing = type("Thing", (BaseModel,), {"__module__": "acme.testing.models"})
import lightsail_ops.testing
assert model_data["testing"] == {"Thing": Thing}
assert "Instance" in model_data["lightsail"]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_other_services_go_on_working_beside_it() -> None:
    with mock_lightsail():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lightsail")
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["lightsail"]


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
            assert count_anew() == 0
        assert os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"

    def test_from_a_block(self) -> None:
        with mock_lightsail(), mock_lightsail():
            assert endpoints() == {}
            assert count_anew() == 0
        assert endpoints() == ELSEWHERE

    def test_from_a_block_that_ends_with_an_error(self) -> None:
        with pytest.raises(KeyError), mock_lightsail():
            raise KeyError
        assert endpoints() == ELSEWHERE

    def test_from_a_function(self) -> None:
        assert mock_lightsail(count_anew)() == 0
        assert endpoints() == ELSEWHERE

    def test_from_a_coroutine_function(self) -> None:
        assert asyncio.run(coroutine()) == 2
        assert endpoints() == ELSEWHERE

    def test_from_a_class(self) -> None:
        class Tests:
            def test_counting(self) -> int:
                return count_anew()

        assert mock_lightsail(Tests)().test_counting() == 0
        assert endpoints() == ELSEWHERE

    def test_in_motos_server_mode(self) -> None:
        program = (
            "from lightsail_ops import OperationsClient\n"
            "from lightsail_ops.testing import mock_lightsail\n"
            "import boto3\n"
            "with mock_lightsail() as lightsail:\n"
            "    lightsail.add_operations(2, region_name='us-west-2')\n"
            "    client = OperationsClient.from_session(region_name='us-west-2')\n"
            "    assert len(client.get_operations()) == 2\n"
            "    client = boto3.client('lightsail', region_name='us-west-2')\n"
            "    assert len(client.get_operations()['operations']) == 2\n"
        )
        environment = os.environ | {
            "TEST_SERVER_MODE": "true",
            "TEST_SERVER_MODE_ENDPOINT": "http://127.0.0.1:9",
        }
        subprocess.run([sys.executable, "-c", program], check=True, env=environment)


@pytest.mark.heavy
@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("region", ["us-west-2", "eu-central-1", "ap-southeast-5"])
def test_every_kind_of_endpoint_is_inside(fips: bool, dual_stack: bool, region: str) -> None:
    config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
    with mock_lightsail() as lightsail:
        lightsail.add_operations(2, region_name=region)
        client = OperationsClient.from_session(region_name=region, config=config)
        assert len(client.get_operations()) == 2
        assert [each.region_name for each in lightsail.requests] == [region]
        unsigned = boto3.client(
            "lightsail", region_name=region, config=config.merge(Config(signature_version=UNSIGNED))
        )
        assert len(unsigned.get_operations()["operations"]) == 2


def test_a_client_that_was_made_before_is_inside() -> None:
    program = """
        import boto3, botocore.session, socket
        clients = [
            boto3.client("lightsail", "us-west-2"),
            botocore.session.Session().create_client("lightsail", "us-west-2"),
        ]
        socket.socket.connect = lambda *_: exit("a request left the process")
        from lightsail_ops.testing import mock_lightsail
        with mock_lightsail() as lightsail:
            lightsail.add_operations(2, region_name="us-west-2")
            clients.append(boto3.client("lightsail", "us-west-2"))
            for client in clients:
                assert len(client.get_operations()["operations"]) == 2
            assert len(lightsail.requests) == 3
            try:
                boto3.client("sqs", "us-west-2", config=boto3.session.Config(
                    use_dualstack_endpoint=True)).list_queues()
            except RuntimeError as error:
                print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"AWS_MAX_ATTEMPTS": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    expected = "lets no request out, and moto does not serve sqs.us-west-2.api.aws"
    assert expected in done.stdout


def test_a_request_to_elsewhere_goes_there(wire: Wire) -> None:
    wire.play([page(raw_operations(1, 1))])
    with mock_lightsail() as lightsail:
        client = OperationsClient.from_session(
            region_name="us-west-2", endpoint_url=wire.endpoint_url
        )
        assert len(client.get_operations()) == 1
        assert lightsail.requests == ()


def test_a_request_that_moto_is_told_to_pass_through_leaves() -> None:
    url = "https://lightsail.us-west-2.api.aws/"
    sent: list[str] = []

    def send(self: URLLib3Session, request: Any) -> None:
        sent.append(request.url)
        raise ConnectionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        passthrough = {"core": {"passthrough": {"urls": [url], "services": []}}}
        config = Config(use_dualstack_endpoint=True, retries={"total_max_attempts": 1})
        with mock_aws(config=cast("Any", passthrough)), mock_lightsail():
            client = boto3.client("lightsail", region_name="us-west-2", config=config)
            with pytest.raises(ConnectionError):
                client.get_operations()
    assert sent == [url]


class TestAiobotocore:
    """It is told apart by its user agent and by its own HTTP session, and need not be there."""

    def test_gets_an_error_that_names_the_server(self) -> None:
        with mock_lightsail() as lightsail:
            client = boto3.client("lightsail", "us-west-2", config=Config(user_agent=AIO))
            with pytest.raises(RuntimeError, match=r"aiobotocore\. Start a LightsailServer"):
                client.get_operations()
            assert lightsail.requests == ()

    def test_gets_it_for_a_client_that_was_made_before(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class AIOHTTPSession:
            async def send(self, request: Any) -> str:
                return "sent"

        module = SimpleNamespace(AIOHTTPSession=AIOHTTPSession)
        monkeypatch.setitem(sys.modules, "aiobotocore.httpsession", module)
        aws = SimpleNamespace(url="https://lightsail.us-west-2.amazonaws.com/")
        elsewhere = SimpleNamespace(url="http://127.0.0.1:5005/")
        with mock_lightsail():
            with pytest.raises(RuntimeError, match=r"aiobotocore\. Start a LightsailServer"):
                asyncio.run(AIOHTTPSession().send(aws))
            assert asyncio.run(AIOHTTPSession().send(elsewhere)) == "sent"
        assert asyncio.run(AIOHTTPSession().send(aws)) == "sent"

    def test_may_call_a_server(self) -> None:
        with mock_lightsail(), LightsailServer() as server:
            client = boto3.client(
                "lightsail",
                "us-west-2",
                endpoint_url=server.endpoint_url,
                config=Config(user_agent=AIO),
            )
            assert client.get_operations()["operations"] == []
            client.close()


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


@pytest.mark.usefixtures("elsewhere")
def test_mocks_may_end_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    before = environment()
    first, second = mock_lightsail(), mock_lightsail()
    first.__enter__().add_operations(1, region_name="us-west-2")
    second.__enter__()
    first.__exit__(None, None, None)
    assert endpoints() == {}
    assert count_anew() == 1
    second.__exit__(None, None, None)
    assert environment() == before


@pytest.mark.usefixtures("elsewhere")
def test_mocks_may_overlap_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    before, send = environment(), URLLib3Session.send
    barrier = threading.Barrier(8)

    def mock(seconds: float) -> int:
        barrier.wait()
        with mock_lightsail():
            time.sleep(seconds)
            return count_anew()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(mock, (index / 100 for index in range(8)))) == [0] * 8
    assert environment() == before
    assert URLLib3Session.send is send


def test_registering_again_changes_nothing() -> None:
    from moto import backend_index

    from lightsail_ops.testing.urls import register

    before = list(backend_index.backend_url_patterns)
    assert before[0][0] == "lightsail"  # which moto tries first
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
        "assert 'lightsail' not in testing.__all__\n"
        "@testing.mock_lightsail\n"
        "class Tests:\n"
        "    def test_count(self):\n"
        "        import boto3\n"
        "        client = boto3.client('lightsail', 'us-west-2')\n"
        "        return client.get_operations()['operations']\n"
        "assert Tests().test_count() == []\n"
        "assert 'lightsail' not in dir(testing); from lightsail_ops.testing import *"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_it_imports_neither_pytest_nor_the_server() -> None:
    program = (
        "import sys, lightsail_ops.testing as testing\n"
        "assert not {'pytest', 'flask', 'moto.server'} & set(sys.modules)\n"
        "assert 'lightsail' in dir(testing)\n"
        "assert testing.lightsail is testing.lightsail\n"
        "assert 'pytest' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'lightsail_ops.testing' has no attribute 'route53'"):
        _ = lightsail_ops.testing.route53


@pytest.mark.parametrize("freeze", ["freezegun", "time_machine"])
def test_the_first_use_may_be_under_a_frozen_clock(freeze: str) -> None:
    begin = {
        "freezegun": "freezegun.freeze_time('2026-03-01T12:00:00Z').start()",
        "time_machine": "time_machine.travel('2026-03-01T12:00:00Z', tick=False).start()",
    }[freeze]
    program = f"""
from lightsail_ops import OperationsClient
from lightsail_ops.testing import mock_lightsail, LightsailServer
import boto3, {freeze}
{begin}
with mock_lightsail() as lightsail:
    raw = boto3.client("lightsail", "us-west-2")
    started = raw.create_instances(instanceNames=["web"], availabilityZone="us-west-2a",
                                   blueprintId="debian_12", bundleId="nano_3_0")
    client = OperationsClient.from_session(region_name="us-west-2")
    operation, = client.wait_all(started)
    assert operation.created_at.isoformat() == "2026-03-01T12:00:00+00:00", operation
    assert raw.get_instance(instanceName="web")["instance"]["name"] == "web"
with LightsailServer() as server:
    server.lightsail.add_operations(3, region_name="us-west-2")
    url = server.endpoint_url
    client = OperationsClient.from_session(region_name="us-west-2", endpoint_url=url)
    assert len(list(client.operations())) == 3
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_fixture_needs_no_other_set_up(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL_LIGHTSAIL"):
        monkeypatch.setenv(name, "http://not-there.invalid")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
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
