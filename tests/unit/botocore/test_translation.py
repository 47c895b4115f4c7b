"""What a client raises, and what leaves the library instead."""

from __future__ import annotations

import inspect
import json
import socket
import ssl
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import FunctionType
from typing import Any

import botocore.retries.standard
import botocore.retryhandler
import botocore.session
import pytest
import urllib3
from botocore import exceptions as botocore_exceptions
from botocore.awsrequest import HeadersDict
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.stub import Stubber
from support.fakes import Paged, Scripted, client_error, raw_operations
from support.wire import SEND_ONCE, CannedResponse, Wire, error_response, page

from lightsail_ops import OperationsClient
from lightsail_ops._botocore.translation import typed_errors
from lightsail_ops.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    OperationFailureError,
    PaginationError,
    RegionSetupInProgressError,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
)

MODELED: dict[str, type[ApiError]] = {
    "ServiceException": ServiceError,
    "InvalidInputException": InvalidInputError,
    "NotFoundException": NotFoundError,
    "OperationFailureException": OperationFailureError,
    "AccessDeniedException": AccessDeniedError,
    "AccountSetupInProgressException": AccountSetupInProgressError,
    "RegionSetupInProgressException": RegionSetupInProgressError,
    "UnauthenticatedException": UnauthenticatedError,
}
DENIED = ["AccessDenied", "ForbiddenException", "NotAuthorized"]
BAD_CREDENTIALS = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnauthorizedException",
    "UnrecognizedClientException",
]
THROTTLING = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
]
OTHER_CODES = [
    "InternalFailure",
    "InvalidAction",
    "MalformedHttpRequestException",
    "OptInRequired",
    "ServiceUnavailable",
    "UnknownOperationException",
    "ValidationException",
    "BrandNewException",
]
CLASSES: dict[str, type[ApiError]] = {
    **MODELED,
    **dict.fromkeys(DENIED, AccessDeniedError),
    **dict.fromkeys(BAD_CREDENTIALS, UnauthenticatedError),
    **dict.fromkeys(THROTTLING, ThrottlingError),
    **dict.fromkeys(OTHER_CODES, ApiError),
}


def fail_with(original: BaseException) -> LightsailError:
    """Return the error of a listing whose second page fails."""
    pages = {None: {"operations": raw_operations(1, 2), "nextPageToken": "t1"}, "t1": original}
    return catch(OperationsClient(Paged(pages)))


def catch(client: OperationsClient) -> LightsailError:
    with pytest.raises(LightsailError) as caught:
        list(client.operations())
    return caught.value


def name_of(value: object) -> str:
    return type(value).__name__


class TestAnErrorCode:
    @pytest.mark.parametrize(("code", "cls"), CLASSES.items())
    def test_selects_the_class(self, code: str, cls: type[ApiError]) -> None:
        assert type(fail_with(client_error(code))) is cls

    def test_selects_the_class_over_a_socket(self, wire: Wire, client: OperationsClient) -> None:
        for code, cls in CLASSES.items():
            wire.play([error_response(code, message="No.")])
            assert type(catch(client)) is cls, code

    def test_may_have_a_namespace(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([error_response("com.amazonaws.lightsail#NotFoundException", message="No.")])
        error = catch(client)
        assert isinstance(error, NotFoundError)
        assert error.code == "NotFoundException"

    def test_is_known_for_every_exception_of_the_installed_model(self, session: Any) -> None:
        model = session._session.get_service_model("lightsail")
        for shape in model.operation_model("GetOperations").error_shapes:
            assert shape.name in MODELED, f"AWS has added {shape.name}: add it to errors.py"

    @pytest.mark.parametrize("status", [429, 509])
    def test_that_is_unknown_gives_way_to_the_status(
        self, status: int, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([CannedResponse(b"<html>Enough!</html>", status)])
        error = catch(client)
        assert isinstance(error, ThrottlingError)
        assert (error.code, error.status_code) == (str(status), status)

    @pytest.mark.parametrize("status", [400, 403, 404, 418, 500, 502, 503])
    def test_may_be_missing(self, status: int, wire: Wire, client: OperationsClient) -> None:
        wire.play([CannedResponse(b"<html>Sorry!</html>", status)])
        error = catch(client)
        assert type(error) is ApiError
        assert error.status_code == status
        assert error.is_transient is (status >= 500)

    @pytest.mark.parametrize("odd", [None, 5, ["a"], {"a": 1}, True], ids=repr)
    def test_may_be_no_string(self, odd: Any) -> None:
        original = client_error(odd, odd, docs=odd, tip=odd)
        error = fail_with(original)
        assert type(error) is ApiError
        assert (error.code, error.message, error.docs) == ("Unknown", "", None)

    @pytest.mark.parametrize("response", [{}, {"Error": {}}, {"ResponseMetadata": {}}])
    def test_may_stand_in_an_incomplete_response(self, response: Any) -> None:
        assert type(fail_with(ClientError(response, "GetOperations"))) is ApiError


def list_codes_of_botocore() -> list[tuple[object, int]]:
    """Return all codes, with their HTTP status, after which botocore repeats a request."""
    standard: Any = botocore.retries.standard
    transient = standard.TransientRetryableChecker
    throttled = standard.ThrottledRetryableChecker
    found: list[tuple[object, int]] = [
        *((code, 400) for code in transient._TRANSIENT_ERROR_CODES),
        *((code, 400) for code in throttled._THROTTLED_ERROR_CODES),
        *(("Odd", status) for status in transient._TRANSIENT_STATUS_CODES),
        *(
            ("Odd", status)
            for status in standard.ThrottlingStatusCodeChecker._THROTTLING_STATUS_CODES
        ),
    ]
    data = botocore.session.get_session().get_data("_retry")
    services = [
        service["__default__"] for name, service in data["retry"].items() if name != "__default__"
    ]
    policies = [*data["definitions"].values()]
    for service in services:
        policies.extend(service.get("policies", {}).values())
    for policy in policies:
        response = policy.get("applies_when", {}).get("response", {})
        if {"service_error_code", "http_status_code"} & response.keys():
            found.append(
                (response.get("service_error_code", "Odd"), response.get("http_status_code", 400))
            )
    return found


class TestWhatBotocoreRepeats:
    """In its standard mode and in its legacy mode, for Lightsail and for other services."""

    def test_is_transient_whatever_its_code(self) -> None:
        codes = list_codes_of_botocore()
        assert {("RequestTimeoutException", 408), ("BadDigest", 400), ("Odd", 429)} < set(codes)
        permanent = [
            (code, status)
            for code, status in codes
            if not fail_with(client_error(str(code), status=status)).is_transient
        ]
        assert permanent == []

    def test_is_a_throttling_error_if_botocore_says_so(self) -> None:
        checker: Any = botocore.retries.standard.ThrottledRetryableChecker
        assert set(checker._THROTTLED_ERROR_CODES) <= set(THROTTLING)
        for code in checker._THROTTLED_ERROR_CODES:
            assert type(fail_with(client_error(code))) is ThrottlingError

    def test_is_transient_if_there_was_no_response(self) -> None:
        checker: Any = botocore.retries.standard.TransientRetryableChecker
        classes = [
            *checker._TRANSIENT_EXCEPTION_CLS,
            *botocore.retryhandler.EXCEPTION_MAP["GENERAL_CONNECTION_ERROR"],
        ]
        for cls in classes:
            original = cls.__new__(cls)
            Exception.__init__(original, "odd")
            assert fail_with(original).is_transient, cls


class TestAnErrorOfAws:
    def test_is_read_from_the_response(self, wire: Wire, client: OperationsClient) -> None:
        fields = {"docs": "https://docs.example", "message": "Bad token.", "tip": "Use the last."}
        wire.play(
            [
                page(raw_operations(1, 2), "t1"),
                error_response("InvalidInputException", code="x", **fields),
            ]
        )
        error = catch(client)
        assert isinstance(error, InvalidInputError)
        assert (error.code, error.message) == ("InvalidInputException", "Bad token.")
        assert (error.docs, error.tip) == (fields["docs"], fields["tip"])
        assert (error.status_code, error.request_id) == (400, "request-of-failure")
        assert error.page_token == "t1"

    def test_has_botocores_error_as_its_cause(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([error_response("NotFoundException", message="No.")])
        error = catch(client)
        assert isinstance(error, NotFoundError)
        assert isinstance(error.__cause__, ClientError)
        assert str(error) == str(error.__cause__)
        assert error.response == error.__cause__.response

    def test_from_sts_is_translated_too(self, wire: Wire, client: OperationsClient) -> None:
        denied: Any = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
        error = fail_with(ClientError(denied, "AssumeRole"))
        assert isinstance(error, AccessDeniedError)
        assert error.operation_name == "AssumeRole"

    def test_has_a_message_of_limited_length(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([CannedResponse(b"<html>" + b"x" * 100_000, 400)])
        error = catch(client)
        assert len(str(error)) < 11_000
        assert error.__cause__ is None


ODD_VALUES: list[object] = [None, True, 5, 1.5, "", "x", [], ["a"], {}, {"a": 1}]


@pytest.mark.heavy
class TestAMalformedErrorResponse:
    """botocore's parser raises ValueError, AttributeError, TypeError and RecursionError over it."""

    @pytest.fixture(autouse=True)
    def _no_backoff(self, no_backoff: None) -> None:
        """Fetch a malformed page again at once."""

    @pytest.mark.parametrize("status", [400, 500])
    @pytest.mark.parametrize(
        "body",
        [
            *(json.dumps(value).encode() for value in ODD_VALUES),
            b"",
            b"\xff\xfe",
            b"[1",
            b"[" * 100_000,
        ],
        ids=lambda body: repr(body[:10]),
    )
    def test_as_a_whole_gives_an_error_of_the_library(
        self, body: bytes, status: int, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play(lambda _: CannedResponse(body, status))
        error = catch(client)
        assert type(error) in {ApiError, ResponseError}
        assert error.is_transient is (status == 500 or type(error) is ResponseError)

    @pytest.mark.parametrize("key", ["__type", "code", "message", "tip", "docs", "Error"])
    @pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
    def test_in_one_field_gives_an_error_of_the_library(
        self, key: str, value: object, wire: Wire, client: OperationsClient
    ) -> None:
        body = json.dumps({"__type": "InvalidInputException", key: value}).encode()
        wire.play(lambda _: CannedResponse(body, 400))
        assert isinstance(catch(client), ApiError | ResponseError)

    @pytest.mark.parametrize("status", [300, 301, 302, 304, 307])
    def test_with_a_status_that_aws_never_sends_is_fetched_again(
        self, status: int, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([CannedResponse(b"<html>", status)] * 2 + [page(raw_operations(1, 1))])
        assert len(list(client.operations())) == 1
        wire.play([CannedResponse(b"<html>", status)] * 3)
        error = catch(client)
        assert type(error) is ResponseError
        assert error.is_transient
        assert len(wire.received) == 3


# --- The network and this machine.

NO_RESPONSE: list[tuple[Exception, str]] = [
    (
        botocore_exceptions.EndpointConnectionError(endpoint_url="https://host:1/", error="x"),
        "Could not connect to host:1",
    ),
    (
        botocore_exceptions.ConnectTimeoutError(endpoint_url="https://host"),
        "Timed out while connecting to host",
    ),
    (
        botocore_exceptions.ReadTimeoutError(endpoint_url="https://host"),
        "Timed out while waiting for a response of host",
    ),
    (
        botocore_exceptions.ConnectionClosedError(endpoint_url="https://host"),
        "host closed the connection without a response",
    ),
    (
        botocore_exceptions.SSLError(endpoint_url="https://host", error=OSError("x")),
        "The TLS connection to host failed",
    ),
    (
        botocore_exceptions.ProxyConnectionError(proxy_url="http://x", error="x"),
        "Could not connect to the proxy",
    ),
    (
        botocore_exceptions.HTTPClientError(error="odd"),
        "The request failed (HTTPClientError)",
    ),
    (botocore_exceptions.ResponseStreamingError(error="odd"), "The response is truncated"),
    (
        botocore_exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        "The response is truncated",
    ),
    (ConnectionResetError(104, "reset"), "The request failed (ConnectionResetError)"),
    (TimeoutError("late"), "Timed out"),
    (OSError(113, "No route to host"), "The request failed (OSError): No route to host"),
]
NOT_CONFIGURED: list[Exception] = [
    botocore_exceptions.NoCredentialsError(),
    botocore_exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
    botocore_exceptions.CredentialRetrievalError(provider="process", error_msg="exit 1"),
    botocore_exceptions.NoRegionError(),
    botocore_exceptions.ProfileNotFound(profile="work"),
    botocore_exceptions.ConfigParseError(path="config", error="odd"),
    botocore_exceptions.ConfigNotFound(path="config"),
    botocore_exceptions.InfiniteLoopConfigError(source_profile="a", visited_profiles=["a"]),
    botocore_exceptions.InvalidConfigError(error_msg="odd"),
    botocore_exceptions.RefreshWithMFAUnsupportedError(),
    botocore_exceptions.MetadataRetrievalError(error_msg="no response"),
    botocore_exceptions.SSOTokenLoadError(error_msg="expired"),
    botocore_exceptions.UnauthorizedSSOTokenError(),
    botocore_exceptions.NoAuthTokenError(),
    botocore_exceptions.TokenRetrievalError(provider="sso", error_msg="expired"),
    botocore_exceptions.UnknownCredentialError(name="odd"),
    botocore_exceptions.InvalidRegionError(region_name="a b"),
    botocore_exceptions.EndpointResolutionError(msg="no endpoint"),
    botocore_exceptions.UnknownEndpointError(service_name="lightsail", region_name="x"),
    botocore_exceptions.UnknownSignatureVersionError(signature_version="odd"),
    botocore_exceptions.UnsupportedSignatureVersionError(signature_version="v4a"),
    botocore_exceptions.MissingDependencyException(msg="no CRT"),
    botocore_exceptions.InvalidIMDSEndpointError(endpoint="odd"),
    botocore_exceptions.InvalidIMDSEndpointModeError(mode="odd", valid_modes=["ipv4", "ipv6"]),
    botocore_exceptions.InvalidChecksumConfigError(
        config_key="odd", config_value="odd", valid_options="odd"
    ),
]


class TestAnErrorOfTheNetwork:
    @pytest.mark.parametrize(("original", "message"), NO_RESPONSE, ids=name_of)
    def test_is_a_transport_error(self, original: Exception, message: str) -> None:
        error = fail_with(original)
        assert type(error) is TransportError
        assert error.is_transient
        assert error.page_token == "t1"
        assert str(error).startswith(message)

    @pytest.mark.parametrize(
        "original",
        [
            original
            for original, _ in NO_RESPONSE
            if isinstance(original, ConnectionError | TimeoutError)
            or type(original).__name__
            in {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "SSLError"}
        ],
        ids=name_of,
    )
    def test_is_the_cause_where_it_holds_no_credential(self, original: Exception) -> None:
        assert fail_with(original).__cause__ is original

    def test_over_a_refused_connection(self, session: Any) -> None:
        with Wire() as gone:
            client = session.client("lightsail", endpoint_url=gone.endpoint_url, config=SEND_ONCE)
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert "Connection refused" in str(error)
        assert isinstance(error.__cause__, botocore_exceptions.EndpointConnectionError)

    def test_over_a_late_response(self, session: Any, wire: Wire) -> None:
        wire.play([CannedResponse(delay=0.5)])
        config = SEND_ONCE.merge(Config(read_timeout=0.05))
        client = session.client("lightsail", endpoint_url=wire.endpoint_url, config=config)
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert error.is_transient
        assert isinstance(error.__cause__, botocore_exceptions.ReadTimeoutError)

    def test_over_a_reset_connection(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([CannedResponse(reset=True)])
        assert catch(client).is_transient

    def test_over_a_server_without_tls(self, session: Any, wire: Wire) -> None:
        url = wire.endpoint_url.replace("http:", "https:")
        client = session.client("lightsail", endpoint_url=url, config=SEND_ONCE)
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert error.is_transient

    @pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(101, "x")])
    def test_that_refuses_to_connect_is_not_about_a_file(self, error: OSError) -> None:
        original = botocore_exceptions.EndpointConnectionError(endpoint_url="https://h", error="x")
        original.__cause__ = error
        assert fail_with(original).is_transient


@pytest.fixture
def no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let DNS know no host."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)


@pytest.mark.usefixtures("no_such_host")
class TestAHostThatDnsDoesNotKnow:
    def list_of(self, session: Any, region_name: str, endpoint_url: str | None = None) -> Any:
        client = session.client(
            "lightsail", region_name=region_name, endpoint_url=endpoint_url, config=SEND_ONCE
        )
        return catch(OperationsClient(client))

    @pytest.mark.parametrize("region_name", ["us-west-2", "eu-west-1"])
    def test_is_an_outage_in_a_region_that_botocore_knows(
        self, region_name: str, session: Any
    ) -> None:
        error = self.list_of(session, region_name)
        assert type(error) is TransportError
        assert error.is_transient
        assert str(error) == (
            f"Could not connect to lightsail.{region_name}.amazonaws.com: "
            "the host name could not be resolved"
        )

    @pytest.mark.parametrize(
        ("region_name", "suggestion"),
        [
            ("us-wets-2", "; did you mean us-west-2?"),
            ("xx", ""),
            ("eu-west-11", "; did you mean eu-west-1?"),
        ],
    )
    def test_is_not_transient_in_a_region_that_it_does_not_know(
        self, region_name: str, suggestion: str, session: Any
    ) -> None:
        error = self.list_of(session, region_name)
        assert type(error) is TransportError
        assert not error.is_transient
        assert str(error) == (
            f"Could not connect to lightsail.{region_name}.amazonaws.com: "
            f"unknown region {region_name!r}{suggestion}"
        )
        assert isinstance(error.__cause__, botocore_exceptions.EndpointConnectionError)

    def test_is_an_outage_where_the_region_is_not_part_of_it(self, session: Any) -> None:
        assert self.list_of(session, "us-wets-2", "http://lightsail.invalid").is_transient

    def test_is_translated_by_typed_errors_too(self, session: Any) -> None:
        raw = session.client("lightsail", region_name="us-wets-2", config=SEND_ONCE)
        with (
            pytest.raises(TransportError, match="did you mean us-west-2") as caught,
            typed_errors(),
        ):
            raw.get_regions()
        assert not caught.value.is_transient


class TestWhatAnotherRequestCannotChange:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "A certificate or CA file could not be read"),
            ("junk", "A certificate or CA file could not be loaded"),
        ],
    )
    @pytest.mark.parametrize("option", ["verify", "client_cert"])
    def test_is_a_certificate_file(
        self,
        content: str | None,
        message: str,
        option: str,
        session: Any,
        wire: Wire,
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "certificate.pem"
        if content is not None:
            file.write_text(content)
        config = SEND_ONCE
        if option == "client_cert":
            config = config.merge(Config(client_cert=str(file)))
        client = session.client(
            "lightsail",
            endpoint_url=wire.endpoint_url.replace("http:", "https:"),
            config=config,
            verify=str(file) if option == "verify" else None,
        )
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert str(error) == message
        assert not error.is_transient

    def test_is_a_certificate_of_the_server(self) -> None:
        original = botocore_exceptions.SSLError(endpoint_url="https://host", error=OSError("x"))
        original.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
        error = fail_with(original)
        assert str(error) == "The TLS certificate of host could not be verified"
        assert not error.is_transient

    @pytest.mark.parametrize(
        "proxy", ["http://host:99999", "http://u:p[@host:1", "u:p#w@host", "http://u:p/w@host"]
    )
    def test_is_the_url_of_a_proxy(self, proxy: str, session: Any) -> None:
        config = SEND_ONCE.merge(Config(proxies={"http": proxy}))
        client = session.client("lightsail", endpoint_url="http://lightsail.invalid", config=config)
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert str(error) == "The endpoint URL or the URL of a proxy is not valid"
        assert not error.is_transient

    def test_is_the_configuration_of_a_proxy(self) -> None:
        original = botocore_exceptions.InvalidProxiesConfigError(error="x")
        error = fail_with(original)
        assert str(error) == "The configuration of the proxy is not valid"
        assert not error.is_transient

    def test_is_a_password_in_the_url_that_aiohttp_does_not_combine(self) -> None:
        original = botocore_exceptions.HTTPClientError(error="x")
        original.__cause__ = ValueError("Cannot combine AUTHORIZATION header with AUTH argument")
        error = fail_with(original)
        assert str(error) == "The endpoint URL or the URL of a proxy is not valid"
        assert not error.is_transient

    @pytest.mark.parametrize("module", ["aiobotocore.httpsession", "urllib3.connection"])
    def test_is_a_closed_client_of_aiobotocore(self, module: str) -> None:
        """Another library may stumble in the same way while a connection is closed."""

        def fail() -> None:
            raise AttributeError("'NoneType' object has no attribute 'get'")

        original = botocore_exceptions.HTTPClientError(error="x")
        with pytest.raises(AttributeError) as caught:
            FunctionType(fail.__code__, {**globals(), "__name__": module})()
        original.__cause__ = caught.value
        error = fail_with(original)
        assert error.is_transient == (module != "aiobotocore.httpsession")
        assert ("closed" in str(error)) != error.is_transient

    def test_is_a_header_with_a_line_break(self, session: Any, wire: Wire) -> None:
        config = SEND_ONCE.merge(Config(user_agent_extra="a\nb"))
        client = session.client("lightsail", endpoint_url=wire.endpoint_url, config=config)
        error = catch(OperationsClient(client))
        assert type(error) is TransportError
        assert "line break" in str(error)
        assert not error.is_transient


class TestAnErrorOfThisMachine:
    @pytest.mark.parametrize("original", NOT_CONFIGURED, ids=name_of)
    def test_is_a_credentials_error(self, original: Exception) -> None:
        error = fail_with(original)
        assert type(error) is CredentialsError
        assert not error.is_transient
        assert error.page_token == "t1"

    @pytest.mark.parametrize(
        "original",
        [
            botocore_exceptions.NoCredentialsError(),
            botocore_exceptions.NoRegionError(),
            botocore_exceptions.ProfileNotFound(profile="work"),
            botocore_exceptions.InvalidRegionError(region_name="a b"),
            botocore_exceptions.UnauthorizedSSOTokenError(),
        ],
        ids=name_of,
    )
    def test_that_only_names_something_is_quoted_and_chained(self, original: Exception) -> None:
        error = fail_with(original)
        assert str(error).startswith(str(original))
        assert error.__cause__ is original

    @pytest.mark.parametrize(
        "original",
        [
            botocore_exceptions.CredentialRetrievalError(provider="process", error_msg="told"),
            botocore_exceptions.EndpointResolutionError(msg="told"),
            botocore_exceptions.InvalidConfigError(error_msg="told"),
            botocore_exceptions.MetadataRetrievalError(error_msg="told"),
        ],
        ids=name_of,
    )
    def test_that_quotes_something_is_only_named(self, original: Exception) -> None:
        error = fail_with(original)
        name = type(original).__name__
        assert str(error) == f"No usable credentials or configuration ({name})"
        assert error.__cause__ is None

    def test_that_lacks_a_dependency_names_it(self) -> None:
        error = fail_with(botocore_exceptions.MissingDependencyException(msg="no CRT"))
        assert str(error).endswith('(MissingDependencyException): pip install "botocore[crt]"')

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("LoginTokenLoadError", {"error_msg": "expired"}),
            ("UnknownTokenProviderError", {"name": "odd", "provider": "odd"}),
        ],
    )
    def test_of_a_newer_botocore_is_a_credentials_error(self, name: str, fields: Any) -> None:
        cls = getattr(botocore_exceptions, name, None)
        if cls is None:
            pytest.skip(f"this botocore has no {name}")
        assert type(fail_with(cls(**fields))) is CredentialsError


def test_every_error_of_botocore_becomes_one_of_the_library() -> None:
    mistakes = (
        botocore_exceptions.OperationNotPageableError,
        botocore_exceptions.ParamValidationError,
    )
    classes = [
        cls
        for cls in vars(botocore_exceptions).values()
        if inspect.isclass(cls) and issubclass(cls, BotoCoreError) and cls not in mistakes
    ]
    assert len(classes) > 80
    for cls in classes:
        original = cls.__new__(cls)
        Exception.__init__(original, "odd")
        assert isinstance(fail_with(original), LightsailError)


class TestAMisusedStubber:
    def test_raises_an_error_of_the_library(self, session: Any) -> None:
        raw = session.client("lightsail")
        with Stubber(raw):
            error = catch(OperationsClient(raw))
        assert type(error) is LightsailError
        assert "no additional calls expected" in str(error)


# --- What passes.


class OwnError(Exception):
    """An exception of a hand-written client."""


class OwnClientError(ClientError):
    """The caller's own, for handlers of botocore's."""


class OwnBotoCoreError(BotoCoreError):
    """The same."""


PASSING: list[Exception] = [
    TypeError("odd"),
    AttributeError("odd"),
    ValueError("odd"),
    KeyError("odd"),
    RuntimeError("odd"),
    AssertionError("odd"),
    OSError("odd"),
    FileNotFoundError(2, "no such file"),
    NotImplementedError(),
    MemoryError(),
    OwnError("odd"),
]


class TestAnExceptionOfAHandWrittenClient:
    @pytest.mark.parametrize("original", PASSING, ids=name_of)
    def test_passes_untouched(self, original: Exception) -> None:
        client = OperationsClient(Scripted([original]))
        with pytest.raises(type(original)) as caught:
            client.get_operations()
        assert caught.value is original
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_passes_if_it_ends_the_program(self, stop: type[BaseException]) -> None:
        class Stopping:
            def get_operations(self, **_: object) -> Any:
                raise stop

        with pytest.raises(stop):
            OperationsClient(Stopping()).get_operations()

    def test_passes_if_it_is_one_of_the_library(self) -> None:
        original = NotFoundError({"Error": {"Code": "NotFoundException"}}, "GetOperations")
        assert fail_with(original) is original

    @pytest.mark.parametrize(
        "event", ["before-call", "request-created", "before-sign", "before-parse"]
    )
    @pytest.mark.parametrize("original", [TypeError("odd"), OwnError("odd")], ids=name_of)
    def test_passes_if_an_event_handler_raised_it(
        self, event: str, original: Exception, wire: Wire, boto3_client: Any
    ) -> None:
        def handler(**_: object) -> None:
            raise original

        boto3_client.meta.events.register(f"{event}.lightsail.GetOperations", handler)
        wire.play(lambda _: page())
        with pytest.raises(type(original)) as caught:
            OperationsClient(boto3_client).get_operations()
        assert caught.value is original


class TestACallInAnExceptBlock:
    """What is being handled when the library is called is not a cause of what it raises."""

    @pytest.mark.parametrize(
        "handled", [FileNotFoundError(2, "x"), ssl.SSLCertVerificationError("x"), OwnError("odd")]
    )
    def test_takes_nothing_from_the_handled_exception(self, handled: Exception) -> None:
        try:
            raise handled
        except Exception:
            error = fail_with(
                botocore_exceptions.EndpointConnectionError(endpoint_url="https://h", error="x")
            )
        assert error.is_transient
        assert str(error) == "Could not connect to h"

    def test_keeps_the_handled_exception_as_its_context(self) -> None:
        try:
            raise OwnError("before")
        except OwnError:
            error = fail_with(botocore_exceptions.NoCredentialsError())
        assert isinstance(error.__cause__, botocore_exceptions.NoCredentialsError)
        assert isinstance(error.__context__, OwnError)


class TestTypedErrors:
    def test_translates_any_call(self, wire: Wire, boto3_client: Any) -> None:
        wire.play([error_response("InvalidInputException", message="No such bundle.")])
        with pytest.raises(InvalidInputError) as caught, typed_errors():
            boto3_client.delete_instance(instanceName="web-1")
        assert caught.value.operation_name == "DeleteInstance"
        assert caught.value.page_token is None

    def test_translates_the_errors_of_botocores_paginators(
        self, wire: Wire, boto3_client: Any
    ) -> None:
        paginator = boto3_client.get_paginator("get_operations")
        wire.play(lambda _: page(token="t1"))
        with pytest.raises(PaginationError, match="t1") as caught, typed_errors():
            list(paginator.paginate())
        assert isinstance(caught.value.__cause__, botocore_exceptions.PaginationError)
        with pytest.raises(ValueError, match="PageSize"), typed_errors():
            paginator.paginate(PaginationConfig={"PageSize": 5})
        with pytest.raises(ValueError, match="paginated: create_disk"), typed_errors():
            boto3_client.get_paginator("create_disk")

    def test_lets_other_exceptions_pass(self) -> None:
        original = OwnError("odd")
        with pytest.raises(OwnError) as caught, typed_errors():
            raise original
        assert caught.value is original

    @pytest.mark.parametrize(
        "original",
        [
            OwnClientError({"Error": {"Code": "X"}}, "Approve"),
            OwnBotoCoreError(),
            BrokenPipeError(32, "Broken pipe"),
            ConnectionResetError(104, "reset"),
            TimeoutError("late"),
            socket.gaierror(-2, "unknown"),
            ssl.SSLCertVerificationError("x"),
            OSError(113, "No route to host"),
            urllib3.exceptions.ProtocolError("x"),
        ],
        ids=name_of,
    )
    def test_lets_errors_of_the_callers_own_code_pass_with_their_frames(
        self, original: Exception, wire: Wire, boto3_client: Any
    ) -> None:
        wire.play(lambda _: CannedResponse(b'{"regions": []}'))

        def write() -> None:
            regions = boto3_client.get_regions()["regions"]
            if not regions:
                raise original

        with pytest.raises(type(original)) as caught, typed_errors():
            write()
        assert caught.value is original
        assert caught.value.__cause__ is caught.value.__context__ is None
        names = [entry.name for entry in caught.traceback]
        assert names[-1] == "write"
        assert caught.traceback[-1].frame.f_locals["regions"] == []

    def test_lets_the_timeout_of_a_future_pass(self) -> None:
        with pytest.raises(TimeoutError) as caught, typed_errors():
            Future[None]().result(timeout=0)
        assert type(caught.value) is TimeoutError

    def test_lets_an_exception_of_the_block_pass_that_botocore_was_the_reason_for(
        self, wire: Wire, boto3_client: Any
    ) -> None:
        wire.play([error_response("NotFoundException", message="No.")])

        def give_up() -> None:
            try:
                boto3_client.get_regions()
            except ClientError as error:
                raise ConnectionAbortedError("given up") from error

        with pytest.raises(ConnectionAbortedError) as caught, typed_errors():
            give_up()
        assert isinstance(caught.value.__cause__, ClientError)

    @pytest.mark.parametrize("original", [ConnectionResetError(104, "x"), TimeoutError("late")])
    def test_lets_an_error_of_an_event_handler_pass(
        self, original: Exception, boto3_client: Any
    ) -> None:
        def handler(**_: object) -> None:
            raise original

        boto3_client.meta.events.register("before-call.lightsail.GetRegions", handler)
        with pytest.raises(type(original)) as caught, typed_errors():
            boto3_client.get_regions()
        assert caught.value is original

    @pytest.mark.parametrize("original", [ConnectionResetError(104, "x"), TimeoutError("late")])
    def test_translates_an_error_of_python_that_came_out_of_botocore(
        self, original: Exception, boto3_client: Any
    ) -> None:
        class Broken:
            status_code, headers = 200, HeadersDict()

            @property
            def content(self) -> bytes:
                raise original

        boto3_client.meta.events.register("before-send.lightsail.GetRegions", lambda **_: Broken())
        with pytest.raises(TransportError) as caught, typed_errors():
            boto3_client.get_regions()
        assert caught.value.is_transient

    def test_translates_what_botocore_raises_over_a_body_that_is_null(
        self, boto3_client: Any
    ) -> None:
        class Null:
            status_code, headers, content = 200, HeadersDict(), b"null"

        boto3_client.meta.events.register("before-send.lightsail.GetRegions", lambda **_: Null())
        with pytest.raises(ResponseError, match="Malformed response") as caught, typed_errors():
            boto3_client.get_regions()
        assert caught.value.is_transient

    @pytest.mark.parametrize(
        "handled", [FileNotFoundError(2, "x"), ssl.SSLCertVerificationError("x"), OwnError("odd")]
    )
    def test_takes_nothing_from_what_the_block_was_handling(
        self, handled: Exception, session: Any, wire: Wire
    ) -> None:
        config = SEND_ONCE.merge(Config(read_timeout=0.05))
        raw = session.client("lightsail", endpoint_url=wire.endpoint_url, config=config)
        wire.play([CannedResponse(delay=0.3)])

        def look_up() -> None:
            try:
                raise handled
            except Exception:
                raw.get_regions()

        with (
            pytest.raises(TransportError, match="Timed out while waiting") as caught,
            typed_errors(),
        ):
            look_up()
        assert caught.value.is_transient

    def test_leaves_the_frames_of_the_callers_functions_alone(
        self, wire: Wire, boto3_client: Any
    ) -> None:
        wire.play([error_response("NotFoundException", message="No.")])

        def look_up() -> None:
            wanted = "web-1"
            boto3_client.get_instance(instanceName=wanted)

        with pytest.raises(NotFoundError) as caught, typed_errors():
            look_up()
        cause = caught.value.__cause__
        assert cause is not None
        frames = {
            frame.f_code.co_name: frame for frame, _ in traceback.walk_tb(cause.__traceback__)
        }
        assert frames["look_up"].f_locals["wanted"] == "web-1"
        assert not frames["_make_api_call"].f_locals

    def test_does_nothing_after_a_success(self, wire: Wire, boto3_client: Any) -> None:
        wire.play([CannedResponse(b'{"regions": []}')])
        with typed_errors():
            regions = boto3_client.get_regions()
        assert regions["regions"] == []

    def test_can_stand_in_itself(self) -> None:
        with pytest.raises(ThrottlingError), typed_errors(), typed_errors():
            raise client_error()

    def test_names_an_invalid_parameter(self, boto3_client: Any) -> None:
        missing = pytest.raises(ValueError, match="Missing required parameter")
        with missing as caught, typed_errors():
            boto3_client.delete_instance()
        assert isinstance(caught.value.__cause__, botocore_exceptions.ParamValidationError)

    @pytest.mark.parametrize(
        "password", [12345678, ["12345678"], {"a": "12345678"}, ["x\n12345678, type: y\nz"]]
    )
    def test_does_not_quote_a_parameter(self, password: object, boto3_client: Any) -> None:
        parameters = {
            "relationalDatabaseName": "a",
            "relationalDatabaseBlueprintId": "b",
            "relationalDatabaseBundleId": "c",
            "masterDatabaseName": "d",
            "masterUsername": "e",
            "masterUserPassword": password,
        }
        invalid = pytest.raises(ValueError, match="parameter masterUserPassword")
        with invalid as caught, typed_errors():
            boto3_client.create_relational_database(**parameters)
        shown = "".join(traceback.format_exception(caught.value))
        assert "12345678" not in str(caught.value)
        assert "12345678" not in shown
        assert caught.value.__cause__ is None

    def test_says_what_a_parameter_must_be(self, boto3_client: Any) -> None:
        with pytest.raises(ValueError, match="instanceNames") as caught, typed_errors():
            boto3_client.stop_instance(instanceName=5, instanceNames=1, force="yes")
        assert str(caught.value).splitlines()[1:] == [
            'Unknown parameter in input: "instanceNames", must be one of: instanceName, force',
            "Invalid type for parameter instanceName, valid types: <class 'str'>",
            "Invalid type for parameter force, valid types: <class 'bool'>",
        ]


@pytest.mark.parametrize("convert", [str, repr])
def test_a_traceback_shows_the_cause(convert: Callable[[object], str]) -> None:
    shown = "".join(traceback.format_exception(fail_with(client_error("NotFoundException", "No."))))
    assert "lightsail_ops.errors.NotFoundError: An error occurred" in shown
    assert "botocore.exceptions.ClientError: An error occurred" in shown
