"""The words: errors say what happened, to what and what to do; STYLE.md's words are kept."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from support.fakes import ABSENT, Scripted, raw_operation
from support.wire import CannedResponse, Wire

from lightsail_ops import (
    CredentialsError,
    LightsailError,
    Operation,
    OperationsClient,
    ResponseError,
    TransportError,
    WaitFailedError,
    WaitTimeoutError,
)


def message_of(response: object) -> str:
    """Return the message of the error that a client's response, or what it raises, leads to."""
    with pytest.raises(LightsailError) as caught:
        OperationsClient(Scripted([response] * 3)).get_operations()
    return str(caught.value)


class TestAMessage:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({"operations": 5}, "operations: expected a list, got 5 (int)"),
            (
                {"operations": [], "nextPageToken": 5},
                "nextPageToken: expected a string, got 5 (int)",
            ),
            ({"operations": [None]}, "operations[0]: expected an object, got None (NoneType)"),
            (
                {"operations": [raw_operation(), raw_operation(createdAt="noon")]},
                (
                    "operations[1].createdAt: expected epoch seconds or an ISO 8601 string, "
                    "got 'noon' (str)"
                ),
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
                "operations[0].location.regionName: expected a string, got 3 (int)",
            ),
            (
                {"operations": [raw_operation(id=10**5000)]},
                "operations[0].id: expected a string, got a number beyond 64 bits",
            ),
            (
                {"operations": [raw_operation(id=[1, 10**5000])]},
                "operations[0].id: expected a string, got [...] (list)",
            ),
        ],
    )
    def test_names_the_value_of_the_wrong_type(self, content: object, message: str) -> None:
        assert message_of(content) == message

    def test_names_the_value_in_a_single_operation(self) -> None:
        with pytest.raises(ResponseError) as caught:
            Operation.from_dict(raw_operation(createdAt=True))
        assert str(caught.value) == (
            "createdAt: expected epoch seconds or an ISO 8601 string, got True (bool)"
        )
        number: Any = 3
        with pytest.raises(ResponseError) as caught:
            Operation.from_dict(number)
        assert str(caught.value) == "operation: expected an object, got 3 (int)"

    @pytest.mark.usefixtures("no_backoff")
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"{]", "its body of 2 bytes is not valid JSON (JSONDecodeError)"),
            (b"[]", "its JSON is not an object but list"),
            (b"{}", "it has no 'operations'"),
        ],
    )
    def test_says_how_a_body_is_malformed(
        self, wire: Wire, client: OperationsClient, body: bytes, reason: str
    ) -> None:
        wire.play(lambda _: CannedResponse(body))
        with pytest.raises(ResponseError) as caught:
            client.get_operations()
        assert str(caught.value) == f"Malformed response to GetOperations: {reason}"

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
                "Could not connect to proxy",
            ),
        ],
    )
    def test_says_what_to_do(self, raised: Exception, message: str) -> None:
        assert message_of(raised) == message

    @pytest.mark.parametrize("cls", [TransportError, CredentialsError])
    def test_is_in_kwargs_for_handlers_of_botocores_errors(
        self, cls: type[TransportError | CredentialsError]
    ) -> None:
        assert cls("no response").kwargs == {"error": "no response"}

    def test_about_a_field_that_aws_left_out_is_logged_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING, logger="lightsail_ops"):
            for _ in range(2):
                Operation.from_dict(raw_operation(isTerminal=ABSENT))
        assert caplog.messages == ["AWS left out isTerminal, which every operation should have"]

    def test_names_the_operation_that_failed(self) -> None:
        operation = Operation.from_dict(raw_operation(errorCode="Late", errorDetails="Too late."))
        failed = WaitFailedError(operation)
        assert str(failed) == "CreateInstance of web-1 failed: Late: Too late. (operation id-1)"
        assert failed.operation is operation
        without_reason = WaitFailedError(Operation.from_dict(raw_operation()))
        assert str(without_reason) == (
            "CreateInstance of web-1 failed: AWS gives no reason (operation id-1)"
        )

    def test_names_the_operation_that_was_late(self) -> None:
        def fetch() -> object:
            return {"operation": raw_operation(isTerminal=False, status="Started")}

        with pytest.raises(WaitTimeoutError) as caught:
            OperationsClient(Scripted([fetch] * 9)).wait("id-1", timeout=0.2)
        assert str(caught.value) == (
            "operation id-1 had not ended after 0.2 seconds; last seen as Started"
        )

    def test_names_the_argument_of_the_wrong_type(self) -> None:
        token: Any = 5
        with pytest.raises(TypeError) as caught:
            OperationsClient(Scripted([])).operations(token)
        assert str(caught.value) == "page_token must be a str or None, not int"


# --- The words of STYLE.md's table, in code, comments, tests and documentation

ROOT = Path(__file__).parents[2]
WORDS = {
    r"answer(s|ed|ing)?": "response; fetch, send",
    r"ask(s|ed|ing)?": "request, send, poll",
    r"(is|was|are) no json": "not valid JSON",
    r"damaged?": "malformed, truncated",
    r"in a circle|circles? of (page )?tokens": "a repeated page token",
    r"(the|a) moment|moments": "timestamp, datetime",
    r"(the )?time is up": "the timeout has expired",
    r"(carry|carries|carried|carrying) on": "resume, continue",
    r"unless (given|told)": "Defaults to ...",
    r"whoever": "name the subject",
    r"the door|(the )?(fast|slow) way": "the synchronous client; the fast path, the slow path",
    r"troubles?": "error",
    r"rota|under way": "a round-robin scheduler: ready, record, in flight",
    r"waited out": "retried until the timeout",
}
PATTERN = re.compile(rf"(?<![\w])({'|'.join(WORDS)})(?![\w])", re.IGNORECASE)
CHECKED = sorted(
    path
    for folder in ("lightsail_ops", "tests", "docs", "README.md", "CHANGELOG.md")
    for path in (ROOT / folder, *(ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".md"} and path != Path(__file__)
)


def find_words(line: str) -> list[str]:
    words = re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", line)
    return [found[0] for found in PATTERN.finditer(words)]


class TestTheWords:
    def test_of_the_field_are_used(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}:{number}: {word!r} in {line.strip()!r}"
            for path in CHECKED
            for number, line in enumerate(path.read_text().splitlines(), 1)
            for word in find_words(line)
        ]
        assert found == []

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("Ask, and read the answer", ["Ask", "answer"]),
            ("def read_answered(asked):", ["answered", "asked"]),
            ("the response is no JSON", ["is no JSON"]),
            ("def test_the_time_is_up", ["the time is up"]),
            ("class TestCarryingOn", ["Carrying On"]),
            ("a task that masks a basket", []),
        ],
    )
    def test_are_found_in_identifiers_too(self, line: str, words: list[str]) -> None:
        assert find_words(line) == words
