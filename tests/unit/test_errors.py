"""The classes of errors: their hierarchy, their attributes, and how they are pickled."""

from __future__ import annotations

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
    WaitTimeoutError("late", OPERATION.id, OPERATION),
    WaitTimeoutError("late", "id-2", None),
]


def name_of(value: object) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


class TestTheHierarchy:
    def test_has_one_base(self) -> None:
        assert [name for name in NAMES if not issubclass(vars(errors)[name], LightsailError)] == []

    def test_is_exported_by_the_package(self) -> None:
        assert {name for name in lightsail_ops.__all__ if name.endswith("Error")} == NAMES

    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    def test_has_botocores_client_errors_for_the_errors_of_aws(self, cls: type[ApiError]) -> None:
        assert issubclass(cls, ApiError)
        assert issubclass(cls, ClientError)

    @pytest.mark.parametrize("cls", [TransportError, CredentialsError], ids=name_of)
    def test_has_botocores_errors_for_those_of_this_machine(self, cls: type[Exception]) -> None:
        assert issubclass(cls, BotoCoreError)

    @pytest.mark.parametrize("cls", [FleetError, WaitAllError], ids=name_of)
    def test_has_exception_groups_for_the_errors_of_many(self, cls: type[Exception]) -> None:
        assert issubclass(cls, ExceptionGroup)

    def test_has_pythons_timeout_error(self) -> None:
        assert issubclass(WaitTimeoutError, TimeoutError)


NAMES = set(errors.__all__)
TRANSIENT = {
    ServiceError,
    AccountSetupInProgressError,
    RegionSetupInProgressError,
    ThrottlingError,
}


def test_a_malformed_page_has_its_token_and_the_next_ones() -> None:
    error = ResponseError("malformed", page_token="t", next_page_token="u")
    assert (error.page_token, error.next_page_token) == ("t", "u")


class TestWhetherAnErrorIsTransient:
    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    def test_depends_on_the_class(self, cls: type[ApiError]) -> None:
        assert api_error(cls).is_transient is (cls in TRANSIENT)

    @pytest.mark.parametrize("cls", API_ERRORS, ids=name_of)
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 509, 599])
    def test_is_true_for_a_status_that_passes(self, cls: type[ApiError], status: int) -> None:
        assert api_error(cls, status).is_transient is True

    @pytest.mark.parametrize(
        "status", [None, 200, 302, 400, 403, 404, 407, 409, 428, 430, 499, 600]
    )
    def test_is_false_for_other_statuses(self, status: Any) -> None:
        assert api_error(ApiError, status).is_transient is False

    @pytest.mark.parametrize("code", ["RequestTimeout", "RequestTimeoutException"])
    def test_is_true_for_a_request_that_took_too_long(self, code: str) -> None:
        assert ApiError({"Error": {"Code": code}}, "GetOperations").is_transient is True

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
            (WaitTimeoutError("late", OPERATION.id, OPERATION), False),
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

    def test_names_an_end_that_is_no_failure_by_its_status(self) -> None:
        error = WaitFailedError(Operation.from_dict(raw_operation(status="Cancelled")))
        assert "CreateInstance of web-1 ended as Cancelled: AWS gives no reason" in str(error)

    def test_has_the_operation_and_its_id(self) -> None:
        error = WaitFailedError(OPERATION)
        assert (error.operation_id, error.operation) == ("id-1", OPERATION)


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


BY_KEY: dict[Any, LightsailError] = {
    ("a", "us-west-2"): api_error(AccessDeniedError),
    ("b", "us-west-2"): api_error(ServiceError),
    None: TransportError("no response", page_token="t"),
}


def make_fleet_error() -> FleetError:
    return FleetError("3 of 4 clients failed", BY_KEY)


def make_wait_all_error() -> WaitAllError:
    return WaitAllError(
        "2 of 3 operations failed",
        [WaitFailedError(OPERATION), WaitTimeoutError("late", "id-2", None)],
        [OPERATION, OPERATION],
        ["id-2"],
    )


@pytest.mark.parametrize("make", [make_fleet_error, make_wait_all_error])
class TestAGroup:
    def test_is_an_error_of_lightsail_without_a_page_token(self, make: Callable[[], Any]) -> None:
        assert isinstance(make(), LightsailError)
        assert make().page_token is None

    def test_is_pickled_with_its_attributes_and_notes(
        self, make: Callable[[], Any], same_after: list[Callable[[Any], Any]]
    ) -> None:
        error = make()
        error.add_note("while testing")
        for convert in same_after:
            again = convert(error)
            assert type(again) is type(error)
            assert (str(again), repr(again)) == (str(error), repr(error))
            assert again.__notes__ == ["while testing"]
            assert again.is_transient is error.is_transient
            assert list(map(vars, again.exceptions)) == list(map(vars, error.exceptions))
            assert vars(again).keys() == vars(error).keys()

    def test_is_caught_as_one_error(self, make: Callable[[], Any]) -> None:
        error = make()
        with pytest.raises(LightsailError) as caught:
            raise error
        assert caught.value is error

    def test_is_found_whole_by_except_star(self, make: Callable[[], Any]) -> None:
        error = make()
        found: list[object] = []
        try:
            raise error
        except* LightsailError as group:
            found.append(group)
        assert [vars(each) for each in found] == [vars(error)]

    def test_keeps_notes_cause_and_traceback_in_its_parts(self, make: Callable[[], Any]) -> None:
        error = make()
        error.add_note("while testing")
        error.__cause__ = ValueError("why")
        for part in error.split(lambda each: each is error.exceptions[0]):
            assert type(part) is type(error)
            assert part.__notes__ == ["while testing"]
            assert part.__cause__ is error.__cause__
        assert error.subgroup(KeyError) is None


class TestAFleetError:
    def test_has_the_error_of_each_client(self) -> None:
        error = make_fleet_error()
        assert error.by_key == BY_KEY
        assert list(error.exceptions) == list(BY_KEY.values())
        assert error.message == "3 of 4 clients failed"

    def test_does_not_change_with_the_callers_dict(self) -> None:
        by_key = dict(BY_KEY)
        error = FleetError("failed", by_key)
        by_key.clear()
        assert error.by_key == BY_KEY
        assert pickle.loads(pickle.dumps(error)).by_key.keys() == BY_KEY.keys()

    def test_keeps_the_keys_when_except_star_splits_it(self) -> None:
        parts: list[Any] = []
        try:
            raise make_fleet_error()
        except* AccessDeniedError as denied:
            parts.append(denied)
        except* ApiError as other:
            parts.append(other)
        except* TransportError as rest:
            parts.append(rest)
        assert [type(part) for part in parts] == [FleetError] * 3
        assert [list(part.by_key) for part in parts] == [[key] for key in BY_KEY]

    def test_keeps_the_keys_when_a_pickled_one_is_split(self) -> None:
        again: Any = pickle.loads(pickle.dumps(make_fleet_error()))
        assert list(again.subgroup(TransportError).by_key) == [None]

    def test_is_split_by_botocores_classes_too(self) -> None:
        matching, rest = make_fleet_error().split(ClientError)
        assert matching is not None
        assert rest is not None
        assert len(matching.exceptions) == 2
        assert [type(each) for each in rest.exceptions] == [TransportError]

    def test_is_split_with_the_groups_in_it(self) -> None:
        inner = make_fleet_error()
        matching, rest = FleetError("2 of 2", {"a": inner, "b": BY_KEY[None]}).split(TransportError)
        assert matching is not None
        assert rest is not None
        assert "by_key" not in vars(matching)
        first, second = matching.exceptions
        assert isinstance(first, FleetError)
        assert first.by_key == {None: BY_KEY[None]}
        assert second is BY_KEY[None]
        assert [type(each) for each in rest.exceptions] == [FleetError]

    def test_is_transient_if_all_its_errors_are(self) -> None:
        parts: tuple[Any, Any] = make_fleet_error().split(AccessDeniedError)
        assert make_fleet_error().is_transient is False
        assert [part.is_transient for part in parts] == [False, True]

    def test_is_short_however_many_clients_it_has(self) -> None:
        error = FleetError(
            "5000 of 5000 clients failed",
            {f"client-{number}": TransportError("no response") for number in range(5000)},
        )
        assert len(str(error)) < 100
        assert len("".join(traceback.format_exception(error))) < 5000


class TestAWaitAllError:
    def test_has_the_operations_as_last_seen(self) -> None:
        error = make_wait_all_error()
        assert error.operations == [OPERATION, OPERATION]
        assert error.unfinished == ["id-2"]
        assert error.is_transient is False

    def test_keeps_them_when_except_star_splits_it(self) -> None:
        for part in make_wait_all_error().split(WaitFailedError):
            assert isinstance(part, WaitAllError)
            assert part.operations == [OPERATION, OPERATION]
            assert part.unfinished == ["id-2"]
            assert len(part.exceptions) == 1


class TestAWaitTimeoutError:
    def test_names_the_operation_even_if_it_was_never_seen(self) -> None:
        error = WaitTimeoutError("late", "id-2", None)
        assert (error.operation_id, error.operation, str(error)) == ("id-2", None, "late")
