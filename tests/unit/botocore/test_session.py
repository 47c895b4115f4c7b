"""Clients that the library builds: its defaults, and this machine's configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3.session
import botocore.handlers
import botocore.session
import pytest
from botocore import exceptions as botocore_exceptions
from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS
from support.fakes import raw_operations
from support.wire import SEND_ONCE, Wire, error_response, page

from lightsail_ops import Fleet, OperationsClient, __version__
from lightsail_ops._botocore.session import build_client, build_regional_clients, new_session
from lightsail_ops.errors import (
    CredentialsError,
    TransportError,
    UnauthenticatedError,
)

URL = "http://127.0.0.1:9"


def retries_of(
    session: Any = None, config: Config | None = None, *, region_name: str | None = "us-west-2"
) -> dict[str, Any]:
    retries: dict[str, Any] = build_client(session, region_name, URL, config).meta.config.retries
    return retries


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what writes the file of the AWS CLI that sessions read."""

    def write(content: str) -> None:
        file = tmp_path / "config"
        file.write_text(content)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))

    return write


class TestASession:
    def test_has_botocores_handlers(self) -> None:
        event: dict[str, Any] = {"context": {}, "signing_name": "cognito-identity"}
        plain = botocore.session.Session().emit("choose-signer.cognito-identity.GetId", **event)
        assert [response for _, response in plain if response is not None]
        for _ in range(2):
            assert new_session().emit("choose-signer.cognito-identity.GetId", **event) == plain

    def test_has_no_handler_of_another(self) -> None:
        other = new_session()
        other.register("test", respond)
        assert other.emit("test")
        assert not new_session().emit("test")

    def test_has_the_handlers_that_have_been_added_to_botocores(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not new_session().emit("test")
        added = [*BUILTIN_HANDLERS, ("test", respond)]  # as moto adds its own
        monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", added)
        assert new_session().emit("test") == [(respond, "response")]
        monkeypatch.undo()
        assert not new_session().emit("test")


def respond(**_: object) -> Any:  # the stubs say None
    """Handle an event."""
    return "response"


class TestTheRetryMode:
    def test_is_standard(self, session: Any) -> None:
        assert retries_of()["mode"] == "standard"
        assert retries_of(session)["mode"] == "standard"
        assert retries_of(botocore.session.Session())["mode"] == "standard"

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_can_be_named_by_the_config(self, mode: Any, session: Any) -> None:
        assert retries_of(session, Config(retries={"mode": mode}))["mode"] == mode

    @pytest.mark.parametrize("mode", ["legacy", "adaptive"])
    def test_can_be_named_by_the_environment(
        self, mode: str, session: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        assert retries_of()["mode"] == mode
        assert retries_of(boto3.session.Session())["mode"] == mode

    @pytest.mark.parametrize("mode", ["legacy", "adaptive"])
    def test_can_be_named_by_the_profile(self, mode: str, configure: Callable[[str], None]) -> None:
        configure(f"[default]\nretry_mode = {mode}\n[profile other]\nregion = us-west-2\n")
        assert retries_of(boto3.session.Session())["mode"] == mode
        assert retries_of(boto3.session.Session(profile_name="other"))["mode"] == "standard"

    @pytest.mark.parametrize("mode", ["legacy", "adaptive"])
    def test_can_be_named_by_a_variable_of_the_session(self, mode: str) -> None:
        core = botocore.session.Session()
        core.set_config_variable("retry_mode", mode)
        assert retries_of(core)["mode"] == mode

    def test_can_be_named_by_the_config_of_the_session(self) -> None:
        core = botocore.session.Session()
        core.set_default_client_config(
            Config(retries={"mode": "adaptive"}, user_agent_extra="mine/1", read_timeout=7)
        )
        config = build_client(core, "us-west-2", URL, Config(connect_timeout=8)).meta.config
        assert config.retries["mode"] == "adaptive"
        assert (config.read_timeout, config.connect_timeout) == (7, 8)
        assert "mine/1" in config.user_agent_extra
        assert "lightsail-ops/" in config.user_agent_extra

    def test_leaves_the_number_of_attempts_as_it_was(
        self, session: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert retries_of(session, Config(retries={"max_attempts": 7})) == {
            "mode": "standard",
            "total_max_attempts": 8,
        }
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
        assert retries_of()["total_max_attempts"] == 2


class TestTheDefaultSession:
    def test_of_boto3_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        session = boto3.session.Session(region_name="eu-north-1")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        assert build_client(None, None, URL, None).meta.region_name == "eu-north-1"
        assert list(build_regional_clients(None, ["us-west-2"], None, None)) == ["us-west-2"]

    def test_is_not_made_for_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        OperationsClient.from_session(region_name="us-west-2")
        assert boto3.DEFAULT_SESSION is None

    def test_is_not_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "boto3")
        OperationsClient.from_session(region_name="us-west-2")
        assert "boto3" not in sys.modules


class TestRegions:
    def test_that_botocore_does_not_know_are_value_errors(self, session: Any) -> None:
        with pytest.raises(
            ValueError, match=r"unknown region 'us-wets-2'; did you mean us-west-2\?"
        ):
            build_regional_clients(session, ["us-west-2", "us-wets-2"], URL, None)

    def test_that_have_no_lightsail_yet_are_clients_too(self, session: Any) -> None:
        regions = ["us-west-1", "us-gov-west-1", "eu-west-1"]
        clients = build_regional_clients(session, regions, None, None)
        assert [client.meta.region_name for client in clients.values()] == regions

    def test_are_all_that_have_lightsail_by_default(self, session: Any) -> None:
        clients = build_regional_clients(session, None, URL, None)
        assert set(clients) == set(session.get_available_regions("lightsail"))

    @pytest.mark.parametrize("odd", [SimpleNamespace(), boto3.session.Session])
    def test_of_an_odd_session_are_a_type_error(self, odd: Any) -> None:
        with pytest.raises(TypeError, match="session must be"):
            build_regional_clients(odd, None, URL, None)

    def test_as_one_string_are_a_type_error(self, session: Any) -> None:
        with pytest.raises(TypeError, match=r"such as \['us-west-2'\]"):
            build_regional_clients(session, "us-west-2", URL, None)


class TestTheUserAgent:
    def test_names_the_library(self, session: Any, wire: Wire) -> None:
        wire.play([page(raw_operations(1, 1))])
        config = SEND_ONCE.merge(Config(user_agent_extra="mine/1"))
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        client.get_operations()
        assert "lightsail-ops/" in wire.received[0].headers["User-Agent"]
        assert "mine/1" in wire.received[0].headers["User-Agent"]

    def test_has_nothing_else_of_its_own(self, session: Any) -> None:
        extra = build_client(session, "us-west-2", URL, None).meta.config.user_agent_extra
        assert extra == f"lightsail-ops/{__version__}"


class TestAnArgument:
    @pytest.mark.parametrize("session", ["", 0, False, []])
    def test_that_is_no_session_is_a_type_error_even_if_it_is_false(self, session: Any) -> None:
        with pytest.raises(TypeError, match="session must be a boto3 session"):
            OperationsClient.from_session(session, region_name="us-west-2")
        with pytest.raises(TypeError, match="session must be a boto3 session"):
            Fleet.from_session(session)

    @pytest.mark.parametrize(
        "endpoint_url",
        [
            "127.0.0.1:5005",
            "localhost",
            "//host",
            "",
            "http://",
            "http://:80",
            "ftp://host",
            "http://host:99999",
            "http://host:0",
            "http://host:port",
            "http://[::1",
            "http://host\n",
            "http://ho st",
            "http://user:pass/word@host",
        ],
    )
    def test_that_is_no_url_is_a_value_error(self, endpoint_url: str) -> None:
        with pytest.raises(ValueError, match="endpoint_url") as caught:
            OperationsClient.from_session(region_name="us-west-2", endpoint_url=endpoint_url)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        "endpoint_url",
        ["http://127.0.0.1:5005", "https://host/path", "http://[::1]:80", "http://u:p@host:1"],
    )
    def test_that_is_a_url_is_taken(self, endpoint_url: str, session: Any) -> None:
        OperationsClient.from_session(session, endpoint_url=endpoint_url)

    @pytest.mark.parametrize(
        "arguments",
        [
            {"session": 5},
            {"session": SimpleNamespace(client=None)},
            {"session": boto3.session.Session},
            {"region_name": 5},
            {"endpoint_url": 5},
            {"config": 5},
            {"config": {"retries": {}}},
        ],
        ids=repr,
    )
    def test_of_a_wrong_type_is_a_type_error(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            OperationsClient.from_session(**{"region_name": "us-west-2", **arguments})

    def test_may_be_a_session_that_only_builds_clients(self, session: Any) -> None:
        class Session:
            def client(self, *args: Any, **kwargs: Any) -> Any:
                return session.client(*args, **kwargs)

        client: Any = OperationsClient.from_session(Session(), region_name="eu-west-1").client
        assert client.meta.config.retries["mode"] == "standard"
        assert list(Fleet.from_session(Session(), ["eu-west-1"])) == ["eu-west-1"]

    def test_that_is_a_session_of_somebody_elses_keeps_its_exceptions(self) -> None:
        class Session:
            _session = botocore.session.Session()

            def client(self, *_: Any, **__: Any) -> Any:
                raise RuntimeError("mine")

        with pytest.raises(RuntimeError, match="mine"):
            OperationsClient.from_session(Session())


class TestTheConfigurationOfThisMachine:
    def test_without_a_region_is_told_with_what_to_do(self) -> None:
        with pytest.raises(CredentialsError, match="AWS_DEFAULT_REGION") as caught:
            OperationsClient.from_session()
        assert isinstance(caught.value.__cause__, botocore_exceptions.NoRegionError)

    def test_without_credentials_is_told_with_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch, wire: Wire
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        client = OperationsClient.from_session(
            region_name="us-west-2", endpoint_url=wire.endpoint_url
        )
        with pytest.raises(CredentialsError, match="AWS_PROFILE") as caught:
            client.get_operations()
        assert isinstance(caught.value.__cause__, botocore_exceptions.NoCredentialsError)
        assert not caught.value.is_transient
        assert not wire.received

    def test_with_a_missing_profile_is_a_credentials_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "work")
        with pytest.raises(CredentialsError, match="work"):
            OperationsClient.from_session(region_name="us-west-2")

    def test_with_a_malformed_region_is_a_credentials_error(self) -> None:
        with pytest.raises(CredentialsError, match="not a region"):
            OperationsClient.from_session(region_name="not a region")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("AWS_MAX_ATTEMPTS", "many"),
            ("AWS_MAX_ATTEMPTS", "-1"),
            ("AWS_RETRY_MODE", "often"),
            ("AWS_ENDPOINT_URL", "no url"),
            ("AWS_ENDPOINT_URL", "user:password@host"),
            ("AWS_DEFAULTS_MODE", "odd"),
            ("AWS_CONFIG_FILE", __file__),
            ("AWS_STS_REGIONAL_ENDPOINTS", "odd"),
        ],
    )
    def test_that_is_not_valid_is_a_credentials_error(
        self, name: str, value: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(CredentialsError) as caught:
            OperationsClient.from_session(region_name="us-west-2")
        assert not caught.value.is_transient
        assert "password" not in str(caught.value)

    def test_that_limits_the_attempts_to_none_is_taken_as_botocore_takes_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        assert retries_of()["total_max_attempts"] == 1

    @pytest.mark.parametrize(
        "process", ["echo nonsense", "/nonexistent/program", "false", "echo [1]", "'", "echo {}"]
    )
    def test_with_a_credential_process_that_fails_is_a_credentials_error(
        self,
        process: str,
        configure: Callable[[str], None],
        monkeypatch: pytest.MonkeyPatch,
        wire: Wire,
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        configure(f"[default]\nregion = us-west-2\ncredential_process = {process}\n")
        with pytest.raises(CredentialsError) as caught:
            OperationsClient.from_session(endpoint_url=wire.endpoint_url).get_operations()
        assert not caught.value.is_transient
        assert caught.value.__cause__ is None

    def test_with_a_missing_web_identity_file_is_a_credentials_error(
        self, monkeypatch: pytest.MonkeyPatch, wire: Wire, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "missing"))
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
        with pytest.raises(CredentialsError) as caught:
            OperationsClient.from_session(
                region_name="us-west-2", endpoint_url=wire.endpoint_url
            ).get_operations()
        assert not caught.value.is_transient

    @pytest.mark.parametrize("url", ["http://host:port", "http://user:password@host:99999"])
    def test_with_an_odd_endpoint_is_told_at_the_first_request(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = OperationsClient.from_session(region_name="us-west-2")
        with pytest.raises(CredentialsError, match="the endpoint URL is not valid") as caught:
            client.get_operations()
        assert caught.value.__cause__ is None

    def test_with_a_missing_ca_file_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch, wire: Wire, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing"))
        client = OperationsClient.from_session(
            region_name="us-west-2",
            endpoint_url=wire.endpoint_url.replace("http:", "https:"),
            config=SEND_ONCE,
        )
        with pytest.raises(TransportError, match="CA file") as caught:
            client.wait("id-1", timeout=60)
        assert not caught.value.is_transient

    def test_with_an_expired_token_is_not_waited_for(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([error_response("ExpiredTokenException", message="expired")])
        with pytest.raises(UnauthenticatedError):
            client.wait("id-1", timeout=60)
        assert len(wire.received) == 1
