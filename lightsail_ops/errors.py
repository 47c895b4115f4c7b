"""Every error that this library raises about Lightsail.

All of them are `LightsailError`s. Errors from AWS are `ApiError`s, which botocore's handlers catch
as `ClientError`s.

Example:
    try:
        client.get_operations()
    except LightsailError as error:
        print("try again later" if error.is_transient else error)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

# The models stand on this module. The package imports them when a name of theirs is first used,
# so that `typing.get_type_hints` resolves `lightsail_ops.Operation`.
import lightsail_ops

__all__ = [
    "AccessDeniedError",
    "AccountSetupInProgressError",
    "ApiError",
    "CredentialsError",
    "FleetError",
    "InvalidInputError",
    "LightsailError",
    "NotFoundError",
    "OperationFailureError",
    "PaginationError",
    "RegionSetupInProgressError",
    "ResponseError",
    "ServiceError",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "WaitAllError",
    "WaitFailedError",
    "WaitTimeoutError",
]


def _unpickle(
    cls: type[LightsailError], args: tuple[object, ...], state: dict[str, object]
) -> LightsailError:
    error = cls.__new__(cls, *args)
    error.args = args  # which OSError.__new__ leaves out
    error.__dict__.update(state)
    return error


class LightsailError(Exception):
    """The base of every error that this library raises about Lightsail.

    Example:
        try:
            page = client.get_operations()
        except LightsailError as error:
            print(error, error.is_transient, error.page_token)
    """

    page_token: str | None
    """The token of the request that failed; None if it was for the first page.
    `client.operations(page_token=error.page_token)` resumes there."""

    is_transient: bool = False
    """True if the same request may succeed later."""

    def __init__(
        self, message: str, *, page_token: str | None = None, is_transient: bool | None = None
    ) -> None:
        # Not super(): the next class may be one of botocore's, which takes other arguments.
        Exception.__init__(self, message)
        self.page_token = page_token
        if is_transient is not None:  # else it is as the class says
            self.is_transient = is_transient

    # botocore's errors bring a __reduce__ of their own, which would restore another class.
    def __reduce__(self) -> tuple[object, ...]:
        return _unpickle, (type(self), self.args, self.__dict__)


# Codes without a class that another request may not meet again. Sources: botocore.retries.standard,
# botocore's _retry.json, and "Common Errors" in the Lightsail API reference.
_TRANSIENT_CODES = """
    BadDigest IDPCommunicationError InternalFailure ReplicatedWriteConflictException RequestTimeout
    RequestTimeoutException ServiceUnavailable
"""


class ApiError(LightsailError, ClientError):
    """AWS returned an error. Its subclasses are those that programs tell apart.

    It is transient if its class is, or if the HTTP status is 408, 429 or 5xx, or if botocore
    repeats a request after such a code. It is also a botocore `ClientError`, so existing handlers
    catch it.

    Example:
        try:
            client.get_operation("no-such-operation")
        except ApiError as error:
            print(error.code, error.message, error.status_code, error.request_id)
    """

    response: Any  # botocore's, with the type that its stubs give it
    """The parsed error response, as botocore's `ClientError` has it."""

    operation_name: str
    """The API's operation, such as `GetOperations`, as botocore's `ClientError` has it."""

    code: str
    """AWS's code, such as `AccessDeniedException`; `Unknown` if there was none."""

    message: str
    """AWS's message; an empty string if there was none."""

    status_code: int | None
    """The HTTP status."""

    request_id: str | None
    """AWS's id of the request, for AWS support."""

    docs: str | None
    """The address of AWS's documentation of the error, if the response has one."""

    tip: str | None
    """AWS's advice, if the response has one."""

    operation_id: str | None = None
    """The id in the request, where an operation was requested by its id, as a wait does."""

    def __init__(
        self,
        response: Mapping[str, object],
        operation_name: str,
        *,
        page_token: str | None = None,
    ) -> None:
        ClientError.__init__(self, cast("Any", response), operation_name)
        LightsailError.__init__(self, Exception.__str__(self), page_token=page_token)
        error = _read_mapping(response, "Error")
        metadata = _read_mapping(response, "ResponseMetadata")
        self.code = _read_string(error, "Code") or "Unknown"
        self.message = _read_string(error, "Message") or ""
        status_code = metadata.get("HTTPStatusCode")
        self.status_code = status_code if isinstance(status_code, int) else None
        self.request_id = _read_string(metadata, "RequestId")
        self.docs = _read_string(response, "docs")
        self.tip = _read_string(response, "tip")
        self.is_transient: bool = (
            self.is_transient
            or self.code in _TRANSIENT_CODES.split()
            or self.status_code in {408, 429, *range(500, 600)}
        )


def _read_mapping(mapping: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = mapping.get(key)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _read_string(mapping: Mapping[str, object], key: str) -> str | None:
    value = mapping.get(key)
    return value if isinstance(value, str) else None


class ServiceError(ApiError):
    """`ServiceException`: an error inside Lightsail. Transient."""

    is_transient: bool = True


class InvalidInputError(ApiError):
    """`InvalidInputException`: Lightsail rejects an argument, such as a page token."""


class NotFoundError(ApiError):
    """`NotFoundException`: there is no such operation or resource."""


class OperationFailureError(ApiError):
    """`OperationFailureException`: Lightsail could not perform the request."""


class AccessDeniedError(ApiError):
    """`AccessDeniedException`: the caller lacks a permission, such as `lightsail:GetOperations`."""


class AccountSetupInProgressError(ApiError):
    """`AccountSetupInProgressException`: AWS is still setting the account up. Transient."""

    is_transient: bool = True


class RegionSetupInProgressError(ApiError):
    """`RegionSetupInProgressException`: AWS is setting the region up for the account. Transient."""

    is_transient: bool = True


class UnauthenticatedError(ApiError):
    """`UnauthenticatedException`, or another code of AWS's for bad or expired credentials."""


class ThrottlingError(ApiError):
    """AWS received too many requests, and botocore's own retries did not help. Transient."""

    is_transient: bool = True


class _BotocoreLightsailError(LightsailError, BotoCoreError):
    """An error that botocore would raise as a `BotoCoreError`."""

    kwargs: Mapping[str, Any]  # as botocore's stubs have it
    """The message, as `error`, for handlers that read a botocore error's arguments."""

    def __init__(
        self, message: str, *, page_token: str | None = None, is_transient: bool | None = None
    ) -> None:
        LightsailError.__init__(self, message, page_token=page_token, is_transient=is_transient)
        self.kwargs = {"error": message}


class TransportError(_BotocoreLightsailError):
    """There was no response: connecting, reading, TLS or a proxy failed.

    It is transient, unless the cause is a certificate, a CA file or a header that is unusable.
    It is also a botocore `BotoCoreError`, so existing handlers catch it.
    """

    is_transient: bool = True


class CredentialsError(_BotocoreLightsailError):
    """This machine has no usable credentials or no region.

    It is also a botocore `BotoCoreError`, so existing handlers catch it.
    """


class ResponseError(LightsailError):
    """A response cannot be understood: its body is malformed, or a value has the wrong type.

    It is transient where the body was malformed. Another request for a page that has a value of
    the wrong type gives the same error; `next_page_token` lets a reader skip that page.

    Example:
        try:
            page = client.get_operations()
        except ResponseError as error:
            print("the page after it:", error.next_page_token)
    """

    next_page_token: str | None
    """The token of the page after the one with the wrong value; None if that was the last page,
    or if the body was malformed."""

    def __init__(
        self,
        message: str,
        *,
        page_token: str | None = None,
        next_page_token: str | None = None,
        is_transient: bool | None = None,
    ) -> None:
        super().__init__(message, page_token=page_token, is_transient=is_transient)
        self.next_page_token = next_page_token


class PaginationError(LightsailError):
    """AWS returned a page token that this run has used before, so the pages would never end."""


class WaitFailedError(LightsailError):
    """An operation ended otherwise than as `Succeeded` or `Completed`.

    Example:
        try:
            client.wait(failing)
        except WaitFailedError as error:
            print(error.operation.error_code, error.operation.error_details)
    """

    operation_id: str
    """AWS's id of the operation."""

    operation: lightsail_ops.Operation
    """The operation, with its `error_code` and `error_details`."""

    def __init__(self, operation: lightsail_ops.Operation) -> None:
        end = "failed" if operation.status.is_known else f"ended as {operation.status}"
        reasons = (operation.error_code, operation.error_details)
        super().__init__(
            f"{operation.operation_type} of {operation.resource_name} {end}: "
            f"{': '.join(filter(None, reasons)) or 'AWS gives no reason'} "
            f"(operation {operation.id})"
        )
        self.operation_id = operation.id
        self.operation = operation


class WaitTimeoutError(LightsailError, TimeoutError):
    """An operation had not ended when the timeout expired. It is also Python's `TimeoutError`.

    Example:
        try:
            client.wait(failing, timeout=600)
        except (WaitFailedError, WaitTimeoutError) as error:
            print(error.operation_id, error.operation and error.operation.status)
    """

    operation_id: str
    """AWS's id of the operation."""

    operation: lightsail_ops.Operation | None
    """The operation as last seen; None if it was never seen."""

    def __init__(
        self, message: str, operation_id: str, operation: lightsail_ops.Operation | None
    ) -> None:
        super().__init__(message)
        self.operation_id = operation_id
        self.operation = operation


class _GroupError(ExceptionGroup[LightsailError], LightsailError):
    """A group of errors, which is transient if all of them are."""

    page_token: str | None = None

    # ExceptionGroup's __new__ does the work. LightsailError's __init__ would replace the arguments,
    # which pickle needs.
    def __init__(self, *_: Any, **__: Any) -> None:  # Any: so that `__new__` alone is typed
        """Do nothing: `__new__` makes the group complete."""

    @classmethod
    def _make(cls, errors: Sequence[LightsailError], message: str, *rest: object) -> Self:
        group = ExceptionGroup.__new__(cls, message, errors)
        group.args = (message, *rest)
        group.is_transient = all(error.is_transient for error in errors)
        return group


class FleetError(_GroupError):
    """Some of a fleet's clients failed; everything else has been read.

    It is also an `ExceptionGroup`: `except*` selects the clients' errors by class.

    Example:
        try:
            operations = list(fleet.operations())
        except FleetError as error:
            for key, cause in error.by_key.items():
                print(key, cause, cause.page_token)
    """

    by_key: dict[Any, LightsailError]  # the keys are the caller's; an exception is not generic
    """The error of each client that failed, by its key. `page_token` of such an error says where
    that client's listing stopped."""

    def __new__(cls, message: str, by_key: Mapping[Any, LightsailError]) -> Self:
        """Make a group of the errors in `by_key`."""
        by_key = dict(by_key)
        group = cls._make(list(by_key.values()), message, by_key)
        group.by_key = by_key
        return group

    # The supertype lets a group hold errors of any class; this one holds LightsailErrors.
    def derive(self, excs: Sequence[LightsailError]) -> ExceptionGroup:  # type: ignore[override]
        """Return the part of this group that has these errors, for `except*`."""
        kept = set(map(id, excs))
        by_key = {key: error for key, error in self.by_key.items() if id(error) in kept}
        if len(by_key) < len(excs):  # a part of a group in this one has no key
            return ExceptionGroup(self.message, excs)
        return FleetError(self.message, by_key)


class WaitAllError(_GroupError):
    """Some of the operations failed, or had not ended when the timeout expired.

    It is also an `ExceptionGroup`, with a `WaitFailedError` or a `WaitTimeoutError` for each of
    them; `except*` selects them by class.

    Example:
        try:
            client.wait_all([failing])
        except WaitAllError as error:
            for failure in error.exceptions:
                print(failure)
    """

    operations: list[lightsail_ops.Operation]
    """The last known state of each operation, also of those that succeeded."""

    unfinished: list[str]
    """The ids of the operations that had not ended."""

    def __new__(
        cls,
        message: str,
        errors: Sequence[WaitFailedError | WaitTimeoutError],
        operations: list[lightsail_ops.Operation],
        unfinished: list[str],
    ) -> Self:
        """Make a group of these errors."""
        group = cls._make(errors, message, errors, operations, unfinished)
        group.operations = operations
        group.unfinished = unfinished
        return group

    # As for FleetError.
    def derive(  # type: ignore[override]
        self, excs: Sequence[WaitFailedError | WaitTimeoutError]
    ) -> WaitAllError:
        """Return the part of this group that has these errors, for `except*`."""
        return WaitAllError(self.message, excs, self.operations, self.unfinished)
