"""The classes of errors: their hierarchy, their attributes, and how they are pickled."""

from __future__ import annotations

import inspect
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from support.fakes import client_error, raw_operation

import lightsail_ops
from lightsail_ops import errors
from lightsail_ops.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    FleetError,
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
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation

OPERATION = Operation.from_dict(raw_operation(status="Failed", errorCode="NoSuchBlueprint"))

API_ERRORS: list[type[ApiError]] = [
    ApiError,
    AccessDeniedError,
    AccountSetupInProgressError,
    InvalidInputError,
    NotFoundError,
    OperationFailureError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    UnauthenticatedError,
]


def api_error(cls: type[ApiError], status: int = 400) -> ApiError:
    response = client_error("Code", "No.", docs="https://docs.example", tip="Look again.").response
    return cls(
        {**response, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r"}},
        "GetOperations",
        page_token="t",
    )


ERRORS: list[LightsailError] = [
    LightsailError("odd", page_token="t"),
    *(api_error(cls) for cls in API_ERRORS),
    TransportError("no response", page_token="t"),
    TransportError("no certificate", is_transient=False),
    CredentialsError("none", page_token="t"),
    ResponseError("malformed", page_token="t", next_page_token="u", is_transient=True),
    PaginationError("a repeated page token", page_token="t"),
    WaitFailedError(OPERATION),
    WaitTimeoutError("late", OPERATION),
    WaitTimeoutError("late", None),
]


def name_of(value: object) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


class TestTheHierarchy:
    def test_has_one_base(self) -> None:
        exported = {
            cls for cls in vars(errors).values() if inspect.isclass(cls) and cls.__name__ in NAMES
        }
        assert {cls.__name__ for cls in exported if not issubclass(cls, LightsailError)} == GROUPS

    def test_is_exported_by_the_package(self) -> None:
        assert {name for name in lightsail_ops.__all__ if name.endswith("Error")} == NAMES

    def test_is_drawn_in_the_docstring(self) -> None:
        drawing = inspect.getdoc(errors) or ""
        assert [name for name in NAMES if name not in drawing] == []

    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    def test_has_botocores_client_errors_for_the_errors_of_aws(self, cls: type[ApiError]) -> None:
        assert issubclass(cls, ApiError)
        assert issubclass(cls, ClientError)

    @pytest.mark.parametrize("cls", [TransportError, CredentialsError], ids=name_of)
    def test_has_botocores_errors_for_those_of_this_machine(self, cls: type[Exception]) -> None:
        assert issubclass(cls, BotoCoreError)

    def test_has_pythons_timeout_error(self) -> None:
        assert issubclass(WaitTimeoutError, TimeoutError)


NAMES = set(errors.__all__)
GROUPS = {"FleetError", "WaitAllError"}
TRANSIENT = {
    ServiceError,
    AccountSetupInProgressError,
    RegionSetupInProgressError,
    ThrottlingError,
}


class TestWhetherAnErrorIsTransient:
    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    def test_depends_on_the_class(self, cls: type[ApiError]) -> None:
        assert api_error(cls).is_transient is (cls in TRANSIENT)

    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    @pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
    def test_is_true_for_every_5xx(self, cls: type[ApiError], status: int) -> None:
        assert api_error(cls, status).is_transient is True

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (LightsailError("odd"), False),
            (TransportError("no response"), True),
            (TransportError("no certificate", is_transient=False), False),
            (CredentialsError("none"), False),
            (ResponseError("a wrong value"), False),
            (ResponseError("malformed", is_transient=True), True),
            (PaginationError("again"), False),
            (WaitFailedError(OPERATION), False),
            (WaitTimeoutError("late", OPERATION), False),
        ],
    )
    def test_is_known_for_the_others(self, error: LightsailError, expected: bool) -> None:
        assert error.is_transient is expected


class TestAnApiError:
    def test_has_what_aws_said(self) -> None:
        error = api_error(InvalidInputError)
        assert error.code == "Code"
        assert error.message == "No."
        assert error.docs == "https://docs.example"
        assert error.tip == "Look again."
        assert (error.status_code, error.request_id) == (400, "r")
        assert error.operation_name == "GetOperations"
        assert error.page_token == "t"

    def test_reads_as_botocores(self) -> None:
        assert str(api_error(ApiError)) == (
            "An error occurred (Code) when calling the GetOperations operation: No."
        )

    @pytest.mark.parametrize("odd", [None, 5, [], {}, ["a"], True, b"x"], ids=repr)
    def test_takes_no_value_that_is_not_a_string(self, odd: object) -> None:
        error = ApiError(
            {
                "Error": {"Code": odd, "Message": odd},
                "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": odd},
                "docs": odd,
                "tip": odd,
            },
            "GetOperations",
        )
        assert (error.code, error.message) == ("Unknown", "")
        assert (error.docs, error.tip, error.request_id) == (None, None, None)

    def test_needs_no_field(self) -> None:
        error = ApiError({}, "GetOperations")
        assert (error.code, error.message, error.status_code) == ("Unknown", "", None)


class TestAWaitFailedError:
    @pytest.mark.parametrize(
        ("code", "details", "reasons"),
        [
            ("Code", "In words.", "failed: Code: In words. "),
            ("Code", None, "failed: Code "),
            (None, "In words.", "failed: In words. "),
            (None, None, "failed: AWS gives no reason "),
        ],
    )
    def test_says_what_failed_and_why(self, code: object, details: object, reasons: str) -> None:
        raw = raw_operation(status="Failed", errorCode=code, errorDetails=details)
        message = str(WaitFailedError(Operation.from_dict(raw)))
        assert reasons in message
        assert "CreateInstance of web-1" in message
        assert "id-1" in message


class TestPickling:
    @pytest.mark.parametrize("error", ERRORS, ids=name_of)
    def test_keeps_the_class_and_the_attributes(
        self, error: LightsailError, same_after: list[Callable[[Any], Any]]
    ) -> None:
        for convert in same_after:
            again = convert(error)
            assert type(again) is type(error)
            assert again.args == error.args
            assert str(again) == str(error)
            assert repr(again) == repr(error)
            assert vars(again) == vars(error)

    @pytest.mark.parametrize("error", ERRORS, ids=name_of)
    def test_keeps_notes(self, error: LightsailError) -> None:
        noted = pickle.loads(pickle.dumps(error))
        noted.add_note("while testing")
        again = pickle.loads(pickle.dumps(noted))
        assert again.__notes__ == ["while testing"]
        assert "while testing" in "".join(traceback.format_exception(again))


BY_SOURCE: dict[Any, LightsailError] = {
    ("a", "us-west-2"): api_error(AccessDeniedError),
    ("b", "us-west-2"): api_error(ServiceError),
    ("b", "eu-west-1"): TransportError("no response", page_token="t"),
}


class TestAFleetError:
    @pytest.fixture
    def error(self) -> FleetError:
        return FleetError("3 of 4 sources failed", BY_SOURCE)

    def test_has_the_error_of_each_source(self, error: FleetError) -> None:
        assert error.by_source == BY_SOURCE
        assert list(error.exceptions) == list(BY_SOURCE.values())

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

    def test_is_split_by_botocores_classes_too(self, error: FleetError) -> None:
        matching, rest = error.split(ClientError)
        assert matching is not None
        assert rest is not None
        assert len(matching.exceptions) == 2
        assert [type(each) for each in rest.exceptions] == [TransportError]

    def test_is_pickled_with_notes_and_sources(
        self, error: FleetError, same_after: list[Callable[[Any], Any]]
    ) -> None:
        error.add_note("while testing")
        for convert in same_after:
            again = convert(error)
            assert type(again) is FleetError
            assert str(again) == str(error)
            assert again.__notes__ == ["while testing"]
            assert {key: vars(each) for key, each in again.by_source.items()} == {
                key: vars(each) for key, each in error.by_source.items()
            }
            matching: Any = again.split(AccessDeniedError)[0]
            assert list(matching.by_source) == [("a", "us-west-2")]

    def test_is_short_however_many_sources_it_has(self) -> None:
        error = FleetError(
            "5000 of 5000 sources failed",
            {f"source-{number}": TransportError("no response") for number in range(5000)},
        )
        assert len(str(error)) < 100
        assert len("".join(traceback.format_exception(error))) < 5000


class TestAWaitAllError:
    def test_is_pickled_with_its_operations(self, same_after: list[Callable[[Any], Any]]) -> None:
        error = WaitAllError("1 failed", [WaitFailedError(OPERATION)], [OPERATION, OPERATION])
        error.add_note("while testing")
        for convert in same_after:
            again: Any = convert(error)
            assert type(again) is WaitAllError
            assert again.operations == (OPERATION, OPERATION)
            assert [vars(each) for each in again.exceptions] == [vars(error.exceptions[0])]
            assert again.__notes__ == ["while testing"]

    def test_keeps_the_operations_when_except_star_splits_it(self) -> None:
        error = WaitAllError(
            "2 of 2", [WaitFailedError(OPERATION), WaitTimeoutError("late", None)], [OPERATION]
        )
        matching, rest = error.split(WaitFailedError)
        assert isinstance(matching, WaitAllError)
        assert isinstance(rest, WaitAllError)
        assert matching.operations == rest.operations == (OPERATION,)
