"""An error says what, where, and what to do about it, in these very words."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from fakes import ABSENT, raw_operation
from wire import Answer, Wire

from lightsail_ops import (
    CredentialsError,
    LightsailError,
    Operation,
    OperationFailedError,
    OperationsClient,
    ResponseError,
    TransportError,
    WaitTimeoutError,
)


class Answers:
    """A client that always answers, or raises, the same."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def get_operations(self, **_: str) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def message_of(answer: Any) -> str:
    with pytest.raises(LightsailError) as caught:
        OperationsClient(Answers(answer)).get_operations()
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"operations": 5}, "operations: expected a list, got 5 (int)"),
        ({"nextPageToken": 5}, "nextPageToken: expected text, got 5 (int)"),
        ({"operations": [None]}, "operations[0]: expected an object, got None (NoneType)"),
        (
            {"operations": [raw_operation(), raw_operation(createdAt="noon")]},
            "operations[1].createdAt: expected epoch seconds or ISO 8601 text, got 'noon' (str)",
        ),
        (
            {"operations": [raw_operation(isTerminal="yes")]},
            "operations[0].isTerminal: expected true or false, got 'yes' (str)",
        ),
        (
            {"operations": [raw_operation(location=[])]},
            "operations[0].location: expected an object, got [] (list)",
        ),
        (
            {"operations": [raw_operation(location={"regionName": 3})]},
            "operations[0].location.regionName: expected text, got 3 (int)",
        ),
        (
            {"operations": [raw_operation(id=10**5000)]},
            "operations[0].id: expected text, got ... (int)",
        ),
    ],
)
def test_a_wrong_value_is_shown_with_its_place(answer: Any, message: str) -> None:
    assert message_of(answer) == message


def test_from_dict_names_the_key_alone() -> None:
    with pytest.raises(ResponseError) as caught:
        Operation.from_dict(raw_operation(id=3))
    assert str(caught.value) == "id: expected text, got 3 (int)"


def test_from_dict_wants_an_object() -> None:
    with pytest.raises(ResponseError) as caught:
        Operation.from_dict(3)  # type: ignore[arg-type]
    assert str(caught.value) == "operation: expected an object, got 3 (int)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{]", "the answer is damaged: a body of 2 bytes that is no JSON: JSONDecodeError"),
        (b"[]", "the answer is damaged: JSON list instead of an object"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_a_damaged_body_is_described(
    wire: Wire, client: OperationsClient, body: bytes, message: str
) -> None:
    wire.play(lambda _: Answer(body))
    with pytest.raises(ResponseError) as caught:
        client.get_operations()
    assert str(caught.value) == message


@pytest.mark.usefixtures("clock")
def test_an_answer_that_is_no_dict_is_described() -> None:
    assert message_of([]) == "the answer is damaged: list instead of a JSON object"


@pytest.mark.usefixtures("clock")
def test_what_a_client_leaks_is_described_and_keeps_its_place() -> None:
    client = OperationsClient(Answers(KeyError("operations")))
    with pytest.raises(ResponseError) as caught:
        client.get_operations("a-token")
    assert str(caught.value) == (
        "the answer could not be read: KeyError in the client, which is this error's __cause__"
    )
    assert caught.value.page_token == "a-token"


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (
            NoRegionError(),
            (
                "You must specify a region. "
                "Pass region_name=... or set the variable AWS_DEFAULT_REGION."
            ),
        ),
        (
            NoCredentialsError(),
            (
                "Unable to locate credentials. "
                "Set the variable AWS_PROFILE, or see the page Credentials in boto3's guide."
            ),
        ),
        (ProfileNotFound(profile="work"), "The config profile (work) could not be found"),
        (
            EndpointConnectionError(endpoint_url="http://me:secret@proxy/"),
            'Could not connect to the endpoint URL: "http://***@proxy/"',
        ),
    ],
)
def test_botocores_words_are_kept_and_advice_is_added(raised: Exception, message: str) -> None:
    assert message_of(raised) == message


@pytest.mark.parametrize("cls", [TransportError, CredentialsError])
def test_handlers_of_botocores_errors_find_the_message_in_kwargs(
    cls: type[TransportError | CredentialsError],
) -> None:
    assert cls("no answer").kwargs == {"error": "no answer"}


def test_credentials_are_blotted_out() -> None:
    error = LightsailError("http://me:secret@proxy/ with SecretAccessKey: abc, and more")
    assert str(error) == "http://***@proxy/ with SecretAccessKey: ***, and more"


def test_a_field_that_aws_left_out_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="lightsail_ops"):
        for _ in range(2):
            Operation.from_dict(raw_operation(isTerminal=ABSENT))
    assert caplog.messages == ["AWS left out isTerminal, which every operation should have"]


def test_what_was_waited_for_is_named() -> None:
    operation = Operation.from_dict(raw_operation(errorCode="Late", errorDetails="Too late."))
    failed = OperationFailedError(operation)
    assert str(failed) == "CreateInstance of web-1 failed: Late: Too late. (operation id-1)"
    assert failed.operation is operation
    late = WaitTimeoutError("time is up", operation)
    assert str(late) == "time is up"
    assert late.operation is operation


def test_a_page_token_that_is_no_text_is_named() -> None:
    with pytest.raises(TypeError) as caught:
        OperationsClient(Answers({})).operations(5)  # type: ignore[arg-type]
    assert str(caught.value) == "a page token is a str or None, not int"
