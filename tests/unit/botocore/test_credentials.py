"""No credential is in an error, in a log record, in a repr or on standard error.

A canary is planted wherever a program can have a credential, and searched for in all that leaves
the library.
"""

from __future__ import annotations

import html
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, quote_plus

import boto3.session
import botocore.session
import pytest
from botocore import exceptions as botocore_exceptions
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from support.canaries import find_canary
from support.fakes import Paged, client_error, raw_operation
from support.wire import SEND_ONCE, CannedResponse, ReceivedRequest, Wire, error_response, one, page

from lightsail_ops import OperationsClient
from lightsail_ops._botocore.translation import typed_errors
from lightsail_ops.errors import (
    ApiError,
    CredentialsError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    PaginationError,
    ResponseError,
    TransportError,
    UnauthenticatedError,
)

CANARY = "s3cr3tK3Y"
ODD_CHARACTERS = ["", "#", "/", "?", "@", " ", "%", "\n", ":", "[", "'", '"', "\\", "é"]
# Each splits the canary, so that either half of it counts.
PASSWORDS = [f"{CANARY}{character}{CANARY}" for character in ODD_CHARACTERS]
each_password = pytest.mark.parametrize("password", PASSWORDS, ids=repr)


@lru_cache
def open_session(token: str | None, secret_key: str = CANARY) -> boto3.session.Session:
    return boto3.session.Session("AKIDEXAMPLE", secret_key, token, region_name="us-west-2")


def build(wire: Wire, *, config: Config | None = None, **options: Any) -> OperationsClient:
    """Build a client whose session has a secret key, and a session token if one is given."""
    return OperationsClient.from_session(
        open_session(options.pop("token", None), options.pop("secret_key", CANARY)),
        endpoint_url=options.pop("endpoint_url", wire.endpoint_url),
        config=SEND_ONCE.merge(config) if config else SEND_ONCE,
    )


def fail(call: Callable[[], object]) -> Exception:
    """Return the error of a call, after a search for the canary in it."""
    with pytest.raises((LightsailError, ValueError)) as caught:
        call()
    assert find_canary(caught.value, CANARY) == []
    return caught.value


@pytest.fixture(autouse=True)
def _nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, "lightsail_ops")
    yield
    ours = [record for record in caplog.records if record.name.startswith("lightsail_ops")]
    assert not any(CANARY in str(vars(record)) for record in ours)


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what writes the profile that sessions use, without other credentials."""

    def write(lines: str) -> None:
        file = tmp_path / "config"
        file.write_text(f"[default]\nregion = us-west-2\n{lines}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    return write


ENCODINGS: list[Callable[[str], str]] = [
    *(str, quote, quote_plus, html.escape, partial(quote, safe="")),
    lambda value: re.sub("%..", lambda escape: escape[0].lower(), quote(value, safe="")),
    lambda value: quote(quote(value, safe=""), safe=""),
    lambda value: json.dumps(value)[1:-1],
    lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    lambda value: value.replace("/", "\\/"),
    lambda value: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in value),
]
REPETITIONS = [
    "The security token {} included in the request is invalid.",
    "{}",
    "No token {0}, no token {0}",
    "The key {} is not known",
    "<b>{}</b> is " + "not known " * 5000,
    "not known " * 996 + "{}" + " not known" * 5000,
]


class TestASessionToken:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\nX-Evil: 1", "\0", "é", "\u2028", " "])
    def test_with_an_odd_character_is_not_told(self, end: str, wire: Wire) -> None:
        wire.play(lambda _: error_response("UnauthenticatedException", message="No."))
        client = build(wire, token=CANARY + end)
        error = fail(client.get_operations)
        assert isinstance(error, TransportError | UnauthenticatedError)
        assert not error.is_transient

    def test_is_known_for_the_cause_while_another_exception_is_handled(self, wire: Wire) -> None:
        client = build(wire, token=CANARY + "\n")
        try:
            raise KeyError
        except KeyError:
            error = fail(client.get_operations)
        assert isinstance(error, TransportError)
        assert "a character that HTTP does not allow" in str(error)
        assert not error.is_transient

    def test_is_not_told_where_the_server_repeats_it(self, wire: Wire) -> None:
        client = build(wire, token=CANARY)

        def repeat(received: ReceivedRequest) -> CannedResponse:
            headers = dict(received.headers)
            assert headers["X-Amz-Security-Token"] == CANARY
            canonical = "\n".join(f"{name.lower()}:{value}" for name, value in headers.items())
            response = error_response(
                "InvalidSignatureException",
                message=f"The canonical string should have been\n'POST\n/\n\n{canonical}\n'",
                tip=json.dumps(headers),
                docs=f"https://x.example/?X-Amz-Security-Token={quote(CANARY)}&a=b",
            )
            repeated = {"X-Amz-Security-Token": CANARY, "Authorization": f"Basic {CANARY}"}
            return CannedResponse(response.body, response.status, repeated)

        wire.play(repeat)
        error = fail(client.get_operations)
        assert isinstance(error, UnauthenticatedError)
        assert error.code == "InvalidSignatureException"
        assert error.__cause__ is None

    @pytest.mark.heavy
    @pytest.mark.parametrize(
        "token", [f"{CANARY}+/==&<{CANARY}", f"FwoX{CANARY}", f"{CANARY}\"\\\\'(.*)${CANARY}"]
    )
    def test_is_not_told_where_the_server_repeats_it_without_a_name(
        self, token: str, wire: Wire
    ) -> None:
        client = build(wire, token=token, secret_key="another-secret")
        for encode, message in product(ENCODINGS, REPETITIONS):
            encoded = message.format(encode(token))
            fields = {"message": encoded, "tip": encoded, "x": {encoded: [encoded]}}
            wire.play([error_response("UnrecognizedClientException", **fields)])
            error = fail(client.get_operations)
            assert isinstance(error, UnauthenticatedError)
            assert "***" in error.message
            assert error.message.startswith(message[:3].replace("{}", "***"))

    def test_is_not_told_by_typed_errors_without_a_name(self, wire: Wire) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message=f"No {CANARY}."))
        raw = open_session(CANARY).client(
            "lightsail", endpoint_url=wire.endpoint_url, config=SEND_ONCE
        )

        def call() -> None:
            with typed_errors():
                raw.get_regions()

        assert "No ***." in str(fail(call))

    def test_that_has_been_refreshed_is_not_told(self, wire: Wire) -> None:
        """And looking at it sends no request for another one."""
        refreshed: list[str] = []

        def refresh() -> dict[str, str]:
            refreshed.append("once")
            return {
                "access_key": "AK",
                "secret_key": "other-secret-key",
                "token": CANARY,
                "expiry_time": "2000-01-01T00:00:00Z" if refreshed[1:] else "2099-01-01T00:00:00Z",
            }

        session: Any = botocore.session.Session()
        session._credentials = RefreshableCredentials.create_from_metadata(
            refresh(), refresh, "test"
        )
        raw = session.create_client(
            "lightsail", region_name="us-west-2", endpoint_url=wire.endpoint_url, config=SEND_ONCE
        )
        wire.play(lambda _: error_response("ExpiredTokenException", message=f"{CANARY} is old"))
        error = fail(OperationsClient(raw).get_operations)
        assert isinstance(error, UnauthenticatedError)
        assert error.message == "*** is old"
        assert refreshed == ["once"]

    @pytest.mark.parametrize("secret", ["test", "testing"])
    def test_that_is_short_is_a_word_like_any_other(self, secret: str, wire: Wire) -> None:
        session = boto3.session.Session("AK", secret, secret, region_name="us-west-2")
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=SEND_ONCE
        )
        message = f"There is no instance {secret}-1."
        wire.play([error_response("NotFoundException", message=message)])
        with pytest.raises(LightsailError, match=message):
            client.get_operations()

    @pytest.mark.parametrize("secret", ["pass", "s3cr3t", "p(.*)w"])
    def test_that_is_short_is_not_told_where_it_is_a_word(self, secret: str, wire: Wire) -> None:
        session = boto3.session.Session("AK", secret, region_name="us-west-2")
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=SEND_ONCE
        )
        message = f"The key {secret} is wrong: {quote(secret)}, ({secret})."
        wire.play([error_response("InvalidSignatureException", message=message)])
        error = fail(client.get_operations)
        assert isinstance(error, ApiError)
        assert error.message == "The key *** is wrong: ***, (***)."

    def test_is_not_told_by_typed_errors(self, wire: Wire) -> None:
        session = boto3.session.Session("AK", CANARY, f"{CANARY}\n", region_name="us-west-2")
        raw = session.client("lightsail", endpoint_url=wire.endpoint_url, config=SEND_ONCE)

        def call() -> None:
            with typed_errors():
                raw.create_key_pair(keyPairName="k")

        assert isinstance(fail(call), TransportError)


@pytest.mark.heavy
class TestThePasswordOfAProxy:
    @each_password
    @pytest.mark.parametrize("scheme", ["http://", "https://", "socks5://", ""])
    @pytest.mark.parametrize("target", ["http", "https"])
    def test_is_not_told(self, password: str, scheme: str, target: str, wire: Wire) -> None:
        proxy = f"{scheme}user:{password}@127.0.0.1:9"
        config = Config(proxies={"http": proxy, "https": proxy})
        client = build(wire, config=config, endpoint_url=f"{target}://lightsail.invalid")
        error = fail(client.get_operations)
        assert isinstance(error, TransportError)
        assert CANARY not in repr(client)

    @pytest.mark.parametrize("password", PASSWORDS[:-1], ids=repr)
    @pytest.mark.parametrize("is_configured", [True, False])
    def test_is_not_told_where_the_proxy_repeats_it(
        self, is_configured: bool, password: str, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the password looks like in its URL."""
        host = wire.endpoint_url.removeprefix("http://")
        proxy = f"http://user:{quote(password, safe='')}@{host}"
        config = None
        if is_configured:
            config = Config(proxies={"http": proxy})
        else:
            monkeypatch.setenv("HTTP_PROXY", proxy)
            monkeypatch.setenv("http_proxy", proxy)
        client = build(
            wire,
            config=config,
            secret_key="another-secret",
            endpoint_url="http://lightsail.invalid",
        )
        wire.play(lambda _: error_response("Denied", 407, message=f"user / {password} / wrong"))
        error = fail(client.get_operations)
        assert "***" in str(error)
        assert "wrong" in str(error)

    @each_password
    def test_in_the_environment_is_not_told(
        self, password: str, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{password}@127.0.0.1:9")
        monkeypatch.setenv("http_proxy", f"http://user:{password}@127.0.0.1:9")
        client = build(wire, endpoint_url="http://lightsail.invalid")
        assert isinstance(fail(client.get_operations), TransportError)

    @pytest.mark.parametrize("proxy", [None, ""])
    def test_need_not_be_there(self, proxy: str | None, wire: Wire) -> None:
        """A proxy of None is botocore's way to use none, whatever the environment names."""
        proxies: Any = {"http": proxy}  # botocore-stubs know no None
        client = build(wire, config=Config(proxies=proxies))
        wire.play(lambda _: error_response("NotFoundException"))
        assert isinstance(fail(client.get_operations), NotFoundError)

    def test_is_not_told_when_the_endpoint_fails(self, wire: Wire) -> None:
        """The proxy itself works: the error is about the endpoint, and refers to the proxy."""
        proxy = wire.endpoint_url.replace("http://", f"http://user:{CANARY}@")
        config = Config(proxies={"http": proxy}, read_timeout=0.05)
        client = build(wire, config=config, endpoint_url="http://lightsail.invalid")
        wire.play(lambda _: CannedResponse(delay=0.3))
        error = fail(client.get_operations)
        assert "Timed out while waiting for a response of lightsail.invalid" in str(error)
        wire.play(lambda _: CannedResponse(b"<html>Denied", 407))
        fail(client.get_operations)


class TestThePasswordOfAnEndpoint:
    @each_password
    def test_is_not_told(self, password: str, wire: Wire) -> None:
        def call() -> None:
            endpoint_url = f"http://user:{password}@127.0.0.1:9"
            client = build(wire, endpoint_url=endpoint_url)
            assert CANARY not in repr(client)
            assert CANARY not in repr(client.operations())
            client.get_operations()

        fail(call)

    @each_password
    def test_in_the_environment_is_not_told(
        self, password: str, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://user:{password}@127.0.0.1:9")
        fail(lambda: build(wire, endpoint_url=None).get_operations())

    @pytest.mark.parametrize(
        "url",
        [
            f"user:{CANARY}@host",
            f"//user:{CANARY}@host",
            f"http://user:{CANARY}@",
            f"http://user:{CANARY}@host:99999",
            f"http://user:{CANARY}@host:port",
            f"ftp://user:{CANARY}@host",
            f"http://{CANARY}@[::1",
        ],
    )
    def test_of_an_invalid_url_is_not_told(self, url: str, wire: Wire) -> None:
        error = fail(lambda: build(wire, endpoint_url=url))
        assert isinstance(error, ValueError)
        assert "endpoint_url must have a scheme" in str(error)

    @pytest.mark.parametrize("separator", ["://", "@", "://x@", "/", "//", "?", "#", ":"])
    @pytest.mark.parametrize("scheme", ["http://", "//", ""])  # boto3 needs none
    def test_with_any_separator_is_not_told_by_the_repr_of_a_client(
        self, scheme: str, separator: str
    ) -> None:
        url = f"{scheme}user:{CANARY}{separator}{CANARY}@host"
        raw = SimpleNamespace(
            get_operations=dict,
            meta=SimpleNamespace(endpoint_url=url, region_name="us-west-2", events=None),
        )
        assert repr(OperationsClient(raw)) == (
            f"<OperationsClient region='us-west-2' endpoint='{scheme}host'>"
        )

    def test_is_not_told_by_the_repr_of_a_client(self, wire: Wire) -> None:
        url = wire.endpoint_url.replace("http://", f"http://user:{CANARY}@")
        client = build(wire, endpoint_url=url)
        wire.play([page([raw_operation()])])
        assert len(client.get_operations()) == 1
        assert wire.endpoint_url.removeprefix("http://") in repr(client)
        assert CANARY not in repr(client)


def python(code: str) -> str:
    """Return a credential process that runs some code."""
    return f'{sys.executable} -c "{code}"'


PROCESSES = {
    "no-json": python(f"print('{CANARY}')"),
    "a-list": python(f"print(['{CANARY}'])".replace("'", "chr(34)+'").replace("']", "'+chr(34)]")),
    "an-error": python(f"import sys; sys.exit('{CANARY}')"),
    "missing": f"/nonexistent/{CANARY}",
    "not-quoted": f"'{CANARY}",
    "other-version": python(f"print('{{{{}}}}'.format()); '{CANARY}'"),
}


class TestACredentialProcess:
    @pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
    def test_that_fails_is_not_quoted(
        self, process: str, profile: Callable[[str], None], wire: Wire
    ) -> None:
        profile(f"credential_process = {process}")

        def call() -> None:
            OperationsClient.from_session(endpoint_url=wire.endpoint_url).get_operations()

        error = fail(call)
        assert type(error) is CredentialsError
        assert error.__cause__ is None

    @pytest.mark.parametrize(
        "output",
        [
            {"Version": 1, "AccessKeyId": 5, "SecretAccessKey": [CANARY]},
            {"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": [CANARY]},
            {"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": CANARY, "Expiration": CANARY},
            {"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": CANARY, "Expiration": [CANARY]},
            {"Version": CANARY},
            [CANARY],
            CANARY,
        ],
        ids=repr,
    )
    def test_with_odd_output_is_not_quoted(
        self, output: object, profile: Callable[[str], None], wire: Wire, tmp_path: Path
    ) -> None:
        file = tmp_path / "output.json"
        file.write_text(json.dumps(output))
        profile(f"credential_process = cat {file}")
        wire.play([])

        def call() -> None:
            client = OperationsClient.from_session(endpoint_url=wire.endpoint_url, config=SEND_ONCE)
            client.get_operations()

        fail(call)


class TestAFileOfTheAwsCli:
    @pytest.mark.parametrize(
        "content",
        [
            f"aws_secret_access_key {CANARY}",
            f"[default]\naws_secret_access_key {CANARY}\n",
            f"[default\naws_secret_access_key = {CANARY}\n",
            f"[default]\na = 1\n[default]\naws_secret_access_key = {CANARY}\n",
            f"[default]\naws_access_key_id = AK\naws_secret_access_key_ = {CANARY}\n",
            f"[default]\ns3 =\n  {CANARY}\n",
        ],
    )
    def test_that_is_malformed_is_not_quoted(
        self, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire
    ) -> None:
        file = tmp_path / "credentials"
        file.write_text(content)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(file))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

        def call() -> None:
            OperationsClient.from_session(
                region_name="us-west-2", endpoint_url=wire.endpoint_url
            ).get_operations()

        error = fail(call)
        assert type(error) is CredentialsError


MESSAGES = [
    f"Failed to connect to http://user:{CANARY}@proxy.example:3128/",
    f"Failed to connect to https://user:p@{CANARY}==@proxy.example:3128",
    f"Failed to connect to https://user:a {CANARY}/?#@proxy.example:3128",
    f"See https://{CANARY}@proxy.example",
    f'"aws_secret_access_key": "{CANARY}"',
    f"AWS_SECRET_ACCESS_KEY={CANARY}",
    f"secretAccessKey: {CANARY}",
    f"<SecretAccessKey>{CANARY}</SecretAccessKey><SessionToken>{CANARY}</SessionToken>",
    f"The Canonical String should have been 'POST\n/\nx-amz-security-token:{CANARY}\n'",
    f"https://lightsail.example/?X-Amz-Security-Token={CANARY}&X-Amz-Date=1",
    f"AWS_SESSION_TOKEN = {CANARY}",
    f"Authorization: AWS4-HMAC-SHA256 Credential={CANARY}, Signature={CANARY}",
    f"Authorization: Basic {CANARY}==",
    f'{{"proxy-authorization": "Bearer {CANARY}"}}',
    json.dumps({"error": json.dumps({"x-amz-security-token": CANARY})}),
    f"&quot;sessionToken&quot;: &quot;{CANARY}&quot;",
    str(("x-amz-security-token", CANARY)),
    str((b"x-amz-security-token", CANARY.encode())),
    str([("Host", "x"), ("Authorization", f"Bearer {CANARY}")]),
    json.dumps(["AWS_SESSION_TOKEN", CANARY]),
    f"See http://a.example/x and http://user:{CANARY}@proxy and http://b.example",
    f"See https://{CANARY}@proxy.example, or https://{CANARY}@other.example",
    f"The token IQoJb3JpZ2luX2VjE{CANARY}//+x== has expired",
    f"<html><body>Proxy http://user:{CANARY}@proxy.example failed</body></html>",
]


class TestAMessageOfTheServer:
    @pytest.mark.parametrize("message", MESSAGES)
    def test_is_masked(self, message: str, wire: Wire, client: OperationsClient) -> None:
        wire.play(
            [error_response("InvalidInputException", message=message, tip=message, docs=message)]
        )
        error = fail(client.get_operations)
        assert isinstance(error, InvalidInputError)
        assert "***" in error.message
        assert "***" in str(error.tip)
        assert "***" in str(error.docs)
        assert error.__cause__ is None

    @pytest.mark.parametrize("message", MESSAGES)
    def test_that_is_not_json_is_masked(
        self, message: str, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([CannedResponse(message.encode(), 400)])
        fail(client.get_operations)

    @pytest.mark.parametrize("message", MESSAGES)
    def test_in_an_error_of_botocore_is_not_quoted(self, message: str) -> None:
        for original in (
            botocore_exceptions.ProxyConnectionError(proxy_url=message, error=message),
            botocore_exceptions.EndpointConnectionError(
                endpoint_url=f"https://user:{CANARY}@host", error=message
            ),
            botocore_exceptions.HTTPClientError(error=ValueError(message)),
            botocore_exceptions.CredentialRetrievalError(provider="x", error_msg=message),
            botocore_exceptions.SSOTokenLoadError(error_msg=message),
            botocore_exceptions.MetadataRetrievalError(error_msg=message),
            botocore_exceptions.EndpointResolutionError(msg=message),
            botocore_exceptions.InvalidConfigError(error_msg=message),
        ):
            fail(OperationsClient(Paged({None: original})).get_operations)

    @pytest.mark.heavy
    @pytest.mark.parametrize(
        ("secret", "message", "shown"),
        [
            ("abc", "No abc.", "No abc."),
            ("abcd", "No abcd.", "No ***."),
            ("testing", "No testing: testing-1, mytesting.", "No ***: testing-1, mytesting."),
            ("s3cr3tK3", "No s3cr3tK3: s3cr3tK3-1, mys3cr3tK3.", "No ***: ***-1, my***."),
        ],
    )
    def test_of_a_few_characters_is_masked_where_it_stands_alone(
        self, secret: str, message: str, shown: str, wire: Wire
    ) -> None:
        wire.play([error_response("AccessDeniedException", message=message)])
        error = fail(build(wire, secret_key=secret).get_operations)
        assert isinstance(error, ApiError)
        assert error.message == shown

    @pytest.mark.parametrize(("length", "is_whole"), [(10_000, True), (10_001, False)])
    def test_is_repeated_up_to_ten_thousand_characters(
        self, length: int, is_whole: bool, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([error_response("InvalidInputException", message="x" * length)])
        error = fail(client.get_operations)
        assert isinstance(error, InvalidInputError)
        whole, shortened = "x" * length, f"{'x' * 10_000}... ({length:,} characters)"
        assert error.message == (whole if is_whole else shortened)

    @pytest.mark.parametrize("start", range(9_974, 9_984))
    def test_is_masked_where_it_is_shortened(self, start: int, wire: Wire) -> None:
        client = build(wire, secret_key="another-secret")
        message = "x" * start + f" http://user:{CANARY}@host " + "y" * 10_000
        wire.play([error_response("InvalidInputException", message=message)])
        error = fail(client.get_operations)
        assert isinstance(error, InvalidInputError)
        assert error.message.endswith(f"... ({len(message):,} characters)")
        assert len(error.message) < 10_050

    def test_in_the_cause_of_an_error_of_botocore_is_not_quoted(self) -> None:
        original = botocore_exceptions.ProfileNotFound(profile="work")
        original.__cause__ = ValueError(MESSAGES[0])
        error = fail(OperationsClient(Paged({None: original})).get_operations)
        assert "work" in str(error)
        assert error.__cause__ is None

    def test_in_a_detail_that_botocore_does_not_quote_is_not_in_the_cause(self) -> None:
        original = botocore_exceptions.ProfileNotFound(profile="work", note=CANARY)
        error = fail(OperationsClient(Paged({None: original})).get_operations)
        assert str(error) == str(original)
        assert error.__cause__ is None

    def test_without_a_credential_is_repeated_as_it_came(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        message = (
            "The security token included in the request is invalid. See https://docs.example/a?b=c "
            "or write to help@example.com: 'sign/ature', a=b:c@d"
        )
        wire.play([error_response("InvalidInputException", message=message)])
        error = fail(client.get_operations)
        assert isinstance(error, InvalidInputError)
        assert error.message == message
        assert error.__cause__ is not None


class TestAnErrorResponseOfAnyShape:
    def respond(self, response: Any) -> Any:
        """Return the error of a hand-written client that raises botocore's with a response."""
        original = botocore_exceptions.ClientError(response, "GetOperations")
        return fail(OperationsClient(Paged({None: original})).get_operations)

    @pytest.mark.parametrize(
        "value",
        [
            ("x-amz-security-token", CANARY),
            ["x-amz-security-token", CANARY],
            [("x-amz-security-token", [CANARY])],
            {"x-amz-security-token": {"a": CANARY}},
            {"SessionToken": CANARY},
            ("Authorization", f"Negotiate of {CANARY}"),
            {f"https://user:{CANARY}@host": 1},
        ],
    )
    def test_is_masked(self, value: object) -> None:
        error = self.respond({"Error": {"Code": "x"}, "odd": value})
        assert "***" in repr(error.response)

    @pytest.mark.parametrize("depth", [600, 900])
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_may_be_nested_deeply(
        self, depth: int, opening: str, closing: str, wire: Wire, client: OperationsClient
    ) -> None:
        nested = opening * depth + f'"{CANARY}"' + closing * depth
        body = f'{{"__type": "InvalidInputException", "message": "No.", "x": {nested}}}'
        wire.play(lambda _: CannedResponse(body.encode(), 400))
        error = fail(client.get_operations)
        assert isinstance(error, InvalidInputError)
        assert error.message == "No."

    def test_keeps_nothing_that_is_too_deep_to_be_pickled_or_printed(self) -> None:
        value: Any = "bottom"
        for _ in range(40):
            value = {"a": [value]}
        error = self.respond({"Error": {"Code": "x"}, "odd": value})
        assert "***" in repr(error.response)
        assert "bottom" not in repr(error.response)
        assert error.__cause__ is None

    @pytest.mark.parametrize("depth", [1, 27])
    def test_keeps_what_no_response_of_aws_is_too_deep_for(self, depth: int) -> None:
        value: Any = "bottom"
        for _ in range(depth):
            value = [value]
        assert self.respond({"Error": {"Code": "x"}, "odd": value}).response["odd"] == value

    @pytest.mark.parametrize("value", [5, None, True, 1.5, "x", [1, "a", {}], {"a": {"b": [2]}}])
    def test_is_repeated_as_it_came_without_a_credential(self, value: object) -> None:
        response = {"Error": {"Code": "x", "Message": "y"}, "odd": value}
        error = self.respond(response)
        assert error.response == response
        assert error.__cause__ is not None


def measure_cpu(function: Callable[[], None]) -> float:
    """Return the least CPU seconds of a few calls: a busy machine adds to some of them."""
    taken: list[float] = []
    while len(taken) < 4 and min(taken, default=1.0) > 0.1:
        began = time.process_time()
        function()
        taken.append(time.process_time() - began)
    return min(taken)


PIECES = [
    *("://", "://a:", "@", "://@", "a://b:c@", ":", "/", "password", "password=", "password: "),
    *("secret_access_key", "security-token", "authorization: basic ", "authorization:", "%3D"),
    *(" ", "\\", '"', "'", "&quot;", "&quot;,", "'password',", "\n", ",", "<", "FwoGZXIvYXdz"),
    *("IQoJb3JpZ2lu/", "credential\\", "signature \t", "%25", "&#0", "\\u005c"),
]


@pytest.mark.heavy
@pytest.mark.parametrize("start", ["", "://", "password", "password=", "authorization: basic"])
def test_any_string_is_cleaned_in_linear_time(start: str) -> None:
    """Quadratic time would be half a minute for all; here each takes some milliseconds."""
    for piece in PIECES:
        message = start + piece * (20_000 // len(piece))
        original = botocore_exceptions.ClientError(
            {"Error": {"Code": "x", "Message": message}}, "GetOperations"
        )
        client = OperationsClient(Paged({None: original}))

        def clean(client: OperationsClient = client) -> None:
            with pytest.raises(ApiError):
                client.get_operations()

        assert measure_cpu(clean) < 0.25, piece


@pytest.mark.parametrize(
    "value",
    ["a" * 50, "a." * 5000, ", valid types: " * 2000, " for parameter x" * 2000, "Invalid "],
)
@pytest.mark.parametrize("end", ["", "!", ", value: x"])
def test_a_report_on_parameters_is_cleaned_in_linear_time(value: str, end: str) -> None:
    report = f"\nInvalid type for parameter x, value: 1, valid types: {value}{end}"

    def clean() -> None:
        with pytest.raises(ValueError, match="Invalid type"), typed_errors():
            raise botocore_exceptions.ParamValidationError(report=report)

    assert measure_cpu(clean) < 0.25


class TestDataOfAws:
    """Page tokens and values of fields are not credentials."""

    TOKEN = "https://user:page@host/?SessionToken=abc&Signature=def"

    def test_is_repeated_as_it_came(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page([raw_operation(operationDetails=self.TOKEN)], self.TOKEN)] * 2)
        read: list[Any] = []
        with pytest.raises(PaginationError) as caught:
            read.extend(client.operations())
        assert read[0].operation_details == self.TOKEN
        assert caught.value.page_token == self.TOKEN
        assert self.TOKEN in str(caught.value)

    def test_of_a_wrong_type_is_quoted(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page([raw_operation(isTerminal=self.TOKEN[:20])], self.TOKEN)])
        with pytest.raises(ResponseError) as caught:
            client.get_operations()
        assert self.TOKEN[:20] in str(caught.value)
        assert caught.value.next_page_token == self.TOKEN


PROGRAM = """
import sys
from lightsail_ops import OperationsClient
client = OperationsClient.from_session(region_name="us-west-2", endpoint_url=sys.argv[1])
client.get_operations()
"""


class TestAProgramThatCrashes:
    @pytest.mark.parametrize(
        "environment",
        [
            {"AWS_SESSION_TOKEN": f"{CANARY}\n"},
            {"AWS_SESSION_TOKEN": CANARY},
            {"HTTP_PROXY": f"http://user:{CANARY}/x@127.0.0.1:9", "NO_PROXY": ""},
            {"HTTP_PROXY": f"user:{CANARY}#x@127.0.0.1:9", "NO_PROXY": ""},
        ],
        ids=repr,
    )
    def test_tells_none_on_standard_error(self, environment: dict[str, str], wire: Wire) -> None:
        wire.play(
            lambda received: error_response(
                "ExpiredTokenException", message=json.dumps(received.headers)
            )
        )
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, wire.endpoint_url],
            env={**os.environ, "AWS_MAX_ATTEMPTS": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert "lightsail_ops.errors." in done.stderr
        assert CANARY not in done.stdout + done.stderr


def test_the_log_names_no_credential_and_no_data(
    wire: Wire, caplog: pytest.LogCaptureFixture, no_backoff: None
) -> None:
    client = build(wire, token=CANARY)
    wire.play(
        [CannedResponse(b"<html>"), error_response("ThrottlingException", message=CANARY), one({})]
    )
    with pytest.raises(LightsailError):
        client.get_operations()
    assert [record.levelname for record in caplog.records if record.name == "lightsail_ops"] == [
        "INFO"
    ]


def test_the_search_finds_a_canary_wherever_it_is() -> None:
    error = LightsailError("odd")
    assert find_canary(error, CANARY) == []
    error.__cause__ = client_error("NotFoundException", "No.", docs=CANARY)
    assert find_canary(error, CANARY)
    error.__cause__ = botocore_exceptions.HTTPClientError(error=ValueError(CANARY))
    assert find_canary(error, CANARY)
    error.__cause__ = None
    error.add_note(CANARY)
    assert find_canary(error, CANARY)
