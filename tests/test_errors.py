"""The errors: one hierarchy, whatever AWS, the network or this machine does."""

from __future__ import annotations

import inspect
import json
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.retries.standard
import botocore.session
import pytest
from botocore import exceptions as botocore_exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fakes import Paged, Scripted, client_error, raw_operation, raw_operations
from wire import Answer, Wire, failure, page

import lightsail_ops
from lightsail_ops import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    FleetError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationFailedError,
    OperationFailureError,
    OperationsClient,
    PaginationError,
    RegionSetupInProgressError,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    WaitTimeoutError,
)

OPERATION = Operation.from_dict(raw_operation(status="Failed", errorCode="NoSuchBlueprint"))

MODELED = {
    "ServiceException": ServiceError,
    "InvalidInputException": InvalidInputError,
    "NotFoundException": NotFoundError,
    "OperationFailureException": OperationFailureError,
    "AccessDeniedException": AccessDeniedError,
    "AccountSetupInProgressException": AccountSetupInProgressError,
    "RegionSetupInProgressException": RegionSetupInProgressError,
    "UnauthenticatedException": UnauthenticatedError,
}
BAD_CREDENTIALS = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
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
ANYTHING_ELSE = [
    "InternalFailure",
    "InvalidAction",
    "InvalidParameterValue",
    "MalformedHttpRequestException",
    "NotAuthorized",
    "OptInRequired",
    "RequestAbortedException",
    "ServiceUnavailable",
    "UnknownOperationException",
    "ValidationException",
    "ValidationError",
    "BrandNewException",
]
CLASS_OF = {
    **MODELED,
    **dict.fromkeys(BAD_CREDENTIALS, UnauthenticatedError),
    **dict.fromkeys(THROTTLING, ThrottlingError),
    **dict.fromkeys(ANYTHING_ELSE, ApiError),
}


def failing(error: Exception) -> OperationsClient:
    """Return a client whose second page ends with an error."""
    pages = {None: {"operations": raw_operations(1, 2), "nextPageToken": "t1"}, "t1": error}
    return OperationsClient(Paged(pages))


def caught_from(client: OperationsClient) -> LightsailError:
    with pytest.raises(LightsailError) as caught:
        list(client.operations())
    return caught.value


# --- The hierarchy.


def test_every_error_is_a_lightsail_error() -> None:
    errors = {
        name
        for name in lightsail_ops.__all__
        if inspect.isclass(cls := getattr(lightsail_ops, name)) and issubclass(cls, Exception)
    }
    assert len(errors) == 18
    assert {
        name for name in errors if not issubclass(getattr(lightsail_ops, name), LightsailError)
    } == {"FleetError"}


@pytest.mark.parametrize("cls", [*MODELED.values(), ThrottlingError])
def test_what_aws_answers_is_also_a_client_error(cls: type[ApiError]) -> None:
    assert issubclass(cls, ApiError)
    assert issubclass(cls, ClientError)


@pytest.mark.parametrize("cls", [TransportError, CredentialsError])
def test_what_comes_of_this_machine_is_also_a_botocore_error(cls: type[Exception]) -> None:
    assert issubclass(cls, BotoCoreError)


def test_a_timeout_is_also_pythons() -> None:
    assert issubclass(WaitTimeoutError, TimeoutError)


def test_a_fleets_error_is_an_exception_group() -> None:
    assert issubclass(FleetError, ExceptionGroup)


# --- What AWS answers.


class TestAwsCode:
    @pytest.mark.parametrize(("code", "cls"), CLASS_OF.items())
    def test_chooses_the_class(self, code: str, cls: type[ApiError]) -> None:
        error = caught_from(failing(client_error(code)))
        assert type(error) is cls

    @pytest.mark.parametrize("code", CLASS_OF)
    def test_chooses_the_same_class_over_the_wire(
        self, code: str, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([failure(code, message="No.")])
        assert type(caught_from(client)) is CLASS_OF[code]

    def test_may_have_a_namespace(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([failure("com.amazonaws.lightsail#NotFoundException", message="No.")])
        error = caught_from(client)
        assert isinstance(error, NotFoundError)
        assert error.code == "NotFoundException"

    def test_is_known_for_every_exception_of_the_installed_model(self, session: Any) -> None:
        model = session._session.get_service_model("lightsail")
        for shape in model.operation_model("GetOperations").error_shapes:
            assert shape.name in MODELED, f"AWS has added {shape.name}; add it to errors.py"

    def test_is_known_for_every_throttling_code_of_botocore(self) -> None:
        checker = botocore.retries.standard.ThrottledRetryableChecker
        codes = set(checker._THROTTLED_ERROR_CODES)
        retries = botocore.session.get_session().get_data("_retry")["definitions"]
        for policy in retries.values():
            response = policy["applies_when"].get("response", {})
            code = response.get("service_error_code", "")
            if "hrottl" in code or response.get("http_status_code") in {429, 509}:
                codes.add(code)
        assert codes - {""} <= set(THROTTLING)

    @pytest.mark.parametrize("status", [429, 509])
    def test_that_is_not_known_gives_way_to_the_status(
        self, status: int, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([Answer(b"<html>Enough!</html>", status)])
        error = caught_from(client)
        assert isinstance(error, ThrottlingError)
        assert (error.code, error.status_code) == (str(status), status)

    @pytest.mark.parametrize("status", [300, 302, 400, 403, 404, 418, 500, 502, 503])
    def test_may_be_missing(self, status: int, wire: Wire, client: OperationsClient) -> None:
        wire.play([Answer(b"<html>Sorry!</html>", status)])
        error = caught_from(client)
        assert type(error) is ApiError
        assert error.status_code == status
        assert isinstance(error.code, str)


class TestAnApiError:
    @pytest.fixture
    def error(self, wire: Wire, client: OperationsClient) -> ApiError:
        wire.play(
            [
                page(raw_operations(1, 2), "t1"),
                failure(
                    "InvalidInputException",
                    code="InvalidPageToken",
                    docs="https://docs.example/tokens",
                    message="The token is bad.",
                    tip="Take the last one.",
                ),
            ]
        )
        error = caught_from(client)
        assert isinstance(error, ApiError)
        return error

    def test_says_what_aws_said(self, error: ApiError) -> None:
        assert error.code == "InvalidInputException"
        assert error.message == "The token is bad."
        assert error.docs == "https://docs.example/tokens"
        assert error.tip == "Take the last one."

    def test_says_which_request_it_was(self, error: ApiError) -> None:
        assert error.page_token == "t1"
        assert error.request_id == "request-of-failure"
        assert error.status_code == 400

    def test_reads_and_looks_like_botocores(self, error: ApiError) -> None:
        cause = error.__cause__
        assert isinstance(cause, ClientError)
        assert str(error) == str(cause)
        assert error.response == cause.response
        assert error.operation_name == cause.operation_name == "GetOperations"

    def test_has_an_answer_that_may_be_bare(self) -> None:
        error = caught_from(failing(ClientError({}, "GetOperations")))
        assert isinstance(error, ApiError)
        assert (error.code, error.message) == ("Unknown", "")
        assert (error.status_code, error.request_id) == (None, None)
        assert (error.docs, error.tip) == (None, None)

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"__type": "NotFoundException"}', b"[1"])
    def test_comes_of_a_body_that_may_be_bare(
        self, body: bytes, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([Answer(body, 400)])
        error = caught_from(client)
        assert isinstance(error, ApiError)
        assert (error.docs, error.tip) == (None, None)

    def test_has_no_words_where_aws_has_none(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([Answer(b'{"__type": "NotFoundException", "message": null}', 400)])
        error = caught_from(client)
        assert isinstance(error, NotFoundError)
        assert error.message == ""


@pytest.mark.usefixtures("no_backoff")
@pytest.mark.parametrize(
    "body", [b"[]", b'"no"', b"5", b"null", b'{"__type": 5}', b'{"__type": ["a"]}', b"\xff\xfe"]
)
def test_an_error_answer_that_botocore_trips_over_is_a_response_error(
    body: bytes, wire: Wire, client: OperationsClient
) -> None:
    wire.play(lambda _: Answer(body, 500))
    error = caught_from(client)
    assert type(error) is ResponseError
    assert error.__cause__ is not None


# --- What comes of the network and of this machine.

NO_ANSWER: list[Exception] = [
    botocore_exceptions.EndpointConnectionError(endpoint_url="https://x", error="refused"),
    botocore_exceptions.ConnectTimeoutError(endpoint_url="https://x"),
    botocore_exceptions.ReadTimeoutError(endpoint_url="https://x"),
    botocore_exceptions.ConnectionClosedError(endpoint_url="https://x"),
    botocore_exceptions.SSLError(endpoint_url="https://x", error="bad certificate"),
    botocore_exceptions.ProxyConnectionError(proxy_url="http://x", error="no"),
    botocore_exceptions.HTTPClientError(error="odd"),
    botocore_exceptions.ResponseStreamingError(error="odd"),
    botocore_exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ConnectionResetError("reset"),
    TimeoutError("late"),
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
    botocore_exceptions.RefreshWithMFAUnsupportedError(),
    botocore_exceptions.MetadataRetrievalError(error_msg="no answer"),
    botocore_exceptions.SSOTokenLoadError(error_msg="expired"),
    botocore_exceptions.UnauthorizedSSOTokenError(),
    botocore_exceptions.NoAuthTokenError(),
    botocore_exceptions.TokenRetrievalError(provider="sso", error_msg="expired"),
    botocore_exceptions.UnknownCredentialError(name="odd"),
    botocore_exceptions.InvalidRegionError(region_name="a b"),
    botocore_exceptions.EndpointResolutionError(msg="no endpoint"),
    botocore_exceptions.UnknownEndpointError(service_name="lightsail", region_name="x"),
]
OTHER: list[Exception] = [
    botocore_exceptions.ParamValidationError(report="pageToken: 5"),
    botocore_exceptions.UnStubbedResponseError(operation_name="GetOperations", reason="none"),
]
named = {"ids": lambda error: type(error).__name__}


@pytest.mark.parametrize(
    ("original", "cls"),
    [
        *((error, TransportError) for error in NO_ANSWER),
        *((error, CredentialsError) for error in NOT_CONFIGURED),
        *((error, LightsailError) for error in OTHER),
    ],
    **named,
)
def test_what_botocore_raises_becomes_ours(original: Exception, cls: type[LightsailError]) -> None:
    error = caught_from(failing(original))
    assert type(error) is cls
    assert error.__cause__ is original
    assert error.page_token == "t1"
    assert str(error).startswith(str(original))


def test_an_error_without_words_is_named_at_least() -> None:
    assert str(caught_from(failing(TimeoutError()))) == "TimeoutError"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("LoginTokenLoadError", {"error_msg": "expired"}),
        ("UnknownTokenProviderError", {"name": "odd", "provider": "odd"}),
    ],
)
def test_what_only_a_newer_botocore_raises_becomes_ours(name: str, fields: Any) -> None:
    if not hasattr(botocore_exceptions, name):
        pytest.skip(f"this botocore has no {name}")
    original = getattr(botocore_exceptions, name)(**fields)
    assert type(caught_from(failing(original))) is CredentialsError


def test_nothing_that_botocore_can_raise_gets_through() -> None:
    classes = [
        cls
        for cls in vars(botocore_exceptions).values()
        if inspect.isclass(cls) and issubclass(cls, BotoCoreError)
    ]
    assert len(classes) > 80
    for cls in classes:
        original = cls.__new__(cls)
        Exception.__init__(original, "odd")
        assert caught_from(failing(original)).__cause__ is original


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("leaked", [ValueError, AttributeError, RuntimeError, KeyError, TypeError])
def test_what_botocores_parser_leaks_is_a_response_error(leaked: type[Exception]) -> None:
    original = leaked("odd")
    error = caught_from(failing(original))
    assert type(error) is ResponseError
    assert error.__cause__ is original
    assert leaked.__name__ in str(error)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_stops_a_program_is_let_through(stop: type[BaseException]) -> None:
    class Stopping:
        def get_operations(self, **_: Any) -> Any:
            raise stop

    with pytest.raises(stop):
        OperationsClient(Stopping()).get_operations()


def test_an_error_of_ours_that_a_client_raises_stays_what_it_is() -> None:
    original = NotFoundError({"Error": {"Code": "NotFoundException"}}, "GetOperations")
    assert caught_from(failing(original)) is original


def test_a_missing_region_is_told_with_what_to_do() -> None:
    with pytest.raises(CredentialsError, match="AWS_DEFAULT_REGION") as caught:
        OperationsClient.from_session()
    assert isinstance(caught.value.__cause__, botocore_exceptions.NoRegionError)


def test_missing_credentials_are_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    client = OperationsClient.from_session(region_name="us-west-2", endpoint_url=wire.endpoint_url)
    with pytest.raises(CredentialsError, match="AWS_PROFILE") as caught:
        client.get_operations()
    assert isinstance(caught.value.__cause__, botocore_exceptions.NoCredentialsError)
    assert not wire.asked


def test_a_missing_profile_is_a_credentials_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(CredentialsError, match="work"):
        OperationsClient.from_session(region_name="us-west-2")


def test_a_malformed_region_is_a_credentials_error() -> None:
    with pytest.raises(CredentialsError, match="not a region"):
        OperationsClient.from_session(region_name="not a region")


def test_a_refused_connection_is_a_transport_error(session: Any, wire: Wire) -> None:
    with Wire() as gone:
        endpoint_url = gone.endpoint_url
    config = Config(retries={"total_max_attempts": 1})
    client = OperationsClient.from_session(session, endpoint_url=endpoint_url, config=config)
    with pytest.raises(TransportError):
        client.get_operations()


def test_a_late_answer_is_a_transport_error(session: Any, wire: Wire) -> None:
    wire.play([Answer(delay=1.0)])
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.05)
    client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url, config=config)
    with pytest.raises(TransportError):
        client.get_operations()


def test_a_reset_connection_is_a_transport_error(wire: Wire, client: OperationsClient) -> None:
    wire.play([Answer(reset=True)])
    with pytest.raises(TransportError):
        client.get_operations()


def test_plain_text_instead_of_tls_is_a_transport_error(session: Any, wire: Wire) -> None:
    endpoint_url = wire.endpoint_url.replace("http:", "https:")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)
    client = OperationsClient.from_session(session, endpoint_url=endpoint_url, config=config)
    with pytest.raises(TransportError):
        client.get_operations()


# --- Every error, wherever it goes.

ERRORS: list[LightsailError] = [
    LightsailError("odd", page_token="t"),
    *(
        cls(
            client_error(code, message="No.", docs="d", tip="t").response,
            "GetOperations",
            page_token="t",
        )
        for code, cls in {**MODELED, "SlowDown": ThrottlingError, "Odd": ApiError}.items()
    ),
    TransportError("no answer", page_token="t"),
    CredentialsError("none", page_token="t"),
    ResponseError("damaged", page_token="t"),
    PaginationError("a circle", page_token="t"),
    OperationFailedError(OPERATION),
    WaitTimeoutError("late", OPERATION),
    WaitTimeoutError("late", None),
]


@pytest.mark.parametrize("error", ERRORS, **named)
def test_an_error_comes_back_as_itself(
    error: LightsailError, same_after: list[Callable[[Any], Any]]
) -> None:
    for back in same_after:
        again = back(error)
        assert type(again) is type(error)
        assert again.args == error.args
        assert str(again) == str(error)
        assert repr(again) == repr(error)
        assert vars(again) == vars(error)


def test_an_error_that_was_raised_comes_back_too(wire: Wire, client: OperationsClient) -> None:
    wire.play([failure("NotFoundException", message="No.", tip="Look again.")])
    error = caught_from(client)
    error.add_note("in the tests")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NotFoundError
    assert vars(again) == vars(error)
    assert again.__notes__ == ["in the tests"]


def test_an_error_can_be_printed_with_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    import traceback

    traceback.print_exception(caught_from(failing(client_error("NotFoundException", "No."))))
    assert "lightsail_ops.errors.NotFoundError: An error occurred" in capsys.readouterr().err


class TestTheReasonsOfAFailedOperation:
    @pytest.mark.parametrize(
        ("code", "details", "reasons"),
        [
            ("Code", "In words.", "failed: Code: In words. "),
            ("Code", None, "failed: Code "),
            (None, "In words.", "failed: In words. "),
            (None, None, "failed: AWS gives no reason "),
        ],
    )
    def test_are_in_the_message(self, code: object, details: object, reasons: str) -> None:
        raw = raw_operation(status="Failed", errorCode=code, errorDetails=details)
        error = OperationFailedError(Operation.from_dict(raw))
        assert reasons in str(error)
        assert "CreateInstance of web-1" in str(error)
        assert "id-1" in str(error)


class TestAFleetsError:
    BY_SOURCE: dict[Any, LightsailError] = {  # noqa: RUF012
        ("a", "us-west-2"): ERRORS[5],
        ("b", "us-west-2"): ERRORS[1],
        ("b", "eu-west-1"): ERRORS[11],
    }

    @pytest.fixture
    def error(self) -> FleetError:
        return FleetError("3 of 4 sources failed", self.BY_SOURCE)

    def test_has_each_sources_error(self, error: FleetError) -> None:
        assert error.by_source == self.BY_SOURCE
        assert list(error.exceptions) == list(self.BY_SOURCE.values())

    def test_keeps_the_sources_when_except_star_splits_it(self, error: FleetError) -> None:
        parts: list[Any] = []
        try:
            raise error
        except* AccessDeniedError as denied:
            parts.append(denied)
        except* LightsailError as rest:
            parts.append(rest)
        assert [type(part) for part in parts] == [FleetError, FleetError]
        assert list(parts[0].by_source) == [("a", "us-west-2")]
        assert list(parts[1].by_source) == [("b", "us-west-2"), ("b", "eu-west-1")]

    def test_is_caught_where_its_errors_are_also_botocores(self, error: FleetError) -> None:
        matching, rest = error.split(ClientError)
        assert matching is not None
        assert rest is not None
        assert len(matching.exceptions) == 2
        assert [type(one) for one in rest.exceptions] == [TransportError]

    def test_comes_back_as_itself(
        self, error: FleetError, same_after: list[Callable[[Any], Any]]
    ) -> None:
        for back in same_after:
            again = back(error)
            assert type(again) is FleetError
            assert str(again) == str(error)
            assert {key: vars(one) for key, one in again.by_source.items()} == {
                key: vars(one) for key, one in error.by_source.items()
            }


# --- Nobody's secrets.

SECRET = "s3cr3t/K3Y+x=="
LEAKS = [
    f"Failed to connect to http://user:{SECRET.replace('/', '')}@proxy.example:3128/",
    "Failed to connect to https://user:p@s3cr3tK3Y+x==@proxy.example:3128",
    f'"aws_secret_access_key": "{SECRET}"',
    f"AWS_SECRET_ACCESS_KEY={SECRET}",
    f"secretAccessKey: {SECRET}",
    f"The Canonical String should have been 'POST\n/\nx-amz-security-token:{SECRET}\n'",
    f"https://lightsail.example/?X-Amz-Security-Token={SECRET}&X-Amz-Date=1",
    f"AWS_SESSION_TOKEN = {SECRET}",
    f"Authorization: AWS4-HMAC-SHA256 Credential={SECRET}, Signature={SECRET}",
]


def leaked_by(error: BaseException) -> bool:
    told = [str(error), repr(error), str(error.args), str(getattr(error, "message", ""))]
    told.append(str(getattr(error, "kwargs", "")))
    return any("3cr3t" in text for text in told)


class TestACredential:
    @pytest.mark.parametrize("text", LEAKS)
    @pytest.mark.parametrize("cls", [LightsailError, TransportError, CredentialsError])
    def test_is_in_no_message(self, cls: type[LightsailError], text: str) -> None:
        error = cls(text)
        assert not leaked_by(error)
        assert "3cr3t" not in str(pickle.dumps(error, 0))
        assert "***" in str(error)

    @pytest.mark.parametrize("text", LEAKS)
    def test_that_aws_repeats_is_in_no_message(self, text: str) -> None:
        error = caught_from(failing(client_error("SignatureDoesNotMatch", text)))
        assert isinstance(error, UnauthenticatedError)
        assert not leaked_by(error)
        assert "***" in error.message

    @pytest.mark.parametrize("text", LEAKS)
    def test_that_botocore_repeats_is_in_no_message(self, text: str) -> None:
        for original in (
            botocore_exceptions.ProxyConnectionError(proxy_url=text, error=text),
            botocore_exceptions.EndpointConnectionError(endpoint_url=text, error=text),
            botocore_exceptions.CredentialRetrievalError(provider="process", error_msg=text),
        ):
            assert not leaked_by(caught_from(failing(original)))

    @pytest.mark.usefixtures("clock")
    def test_in_an_operation_is_in_no_message(self) -> None:
        client = OperationsClient(Scripted([{"operations": [], "nextPageToken": ["x" * 9]}]))
        with pytest.raises(ResponseError):
            client.get_operations()

    def test_of_a_session_is_in_no_message_and_no_record(
        self,
        monkeypatch: pytest.MonkeyPatch,
        wire: Wire,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_SESSION_TOKEN", SECRET)
        caplog.set_level(logging.DEBUG, "lightsail_ops")

        def echo(asked: Any) -> Answer:
            return failure("SignatureDoesNotMatch", message=json.dumps(asked.headers))

        client = OperationsClient.from_session(
            region_name="us-west-2",
            endpoint_url=wire.endpoint_url,
            config=Config(retries={"total_max_attempts": 1}),
        )
        wire.play(echo)
        assert not leaked_by(caught_from(client))
        wire.play([page([{}])])
        client.get_operations()
        ours = [record for record in caplog.records if record.name.startswith("lightsail_ops")]
        assert ours
        assert not any("3cr3t" in str(vars(record)) for record in ours)
        assert "3cr3t" not in repr(client)

    def test_of_a_proxy_is_in_no_message(self, session: Any) -> None:
        config = Config(
            proxies={"http": "http://user:s3cr3t@127.0.0.1:9"},
            retries={"total_max_attempts": 1},
            connect_timeout=2,
        )
        client = OperationsClient.from_session(
            session, endpoint_url="http://lightsail.invalid", config=config
        )
        error = caught_from(client)
        assert isinstance(error, TransportError)
        assert not leaked_by(error)


def test_the_docstring_draws_every_error(request: pytest.FixtureRequest) -> None:
    drawing = inspect.getdoc(lightsail_ops.errors) or ""
    assert [
        name for name in lightsail_ops.__all__ if name.endswith("Error") and name not in drawing
    ] == []
    assert Path(lightsail_ops.errors.__file__).name == "errors.py"
