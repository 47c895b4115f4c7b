"""Checks of the arguments that several public functions take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

# 31 years; time.sleep and the queues of threads cannot wait for ten times as long.
_MOST_SECONDS = 1e9


def check_seconds(name: str, seconds: object) -> None:
    """Check a number of seconds to wait.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not above 0, not finite, or above 1e9.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not 0 < seconds <= _MOST_SECONDS:  # NaN is not either
        raise ValueError(
            f"{name} must be a number of seconds above 0 and at most 1e9, not {seconds!r}"
        )


def check_string(name: str, value: object) -> None:
    """Check a string that must not be empty.

    Raises:
        TypeError: it is not a string.
        ValueError: it is empty.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")


def check_callable(name: str, value: object) -> None:
    """Check a function that may be left out.

    Raises:
        TypeError: it is neither callable nor None.
    """
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable or None, not {type(value).__name__}")


def check_page_token(page_token: object) -> None:
    """Check a page token.

    Raises:
        TypeError: it is neither a string nor None.
    """
    if not isinstance(page_token, str | None):
        raise TypeError(f"page_token must be a str or None, not {type(page_token).__name__}")


def check_since(since: object) -> None:
    """Check a point in time.

    Raises:
        TypeError: it is neither a datetime nor None.
        ValueError: it has no time zone.
    """
    if not isinstance(since, datetime | None):
        raise TypeError(f"since must be a datetime or None, not {type(since).__name__}")
    if since is not None and since.utcoffset() is None:
        raise ValueError(f"since must have a time zone, as in {since.isoformat()}+00:00")


def check_max_workers(max_workers: object) -> None:
    """Check a number of requests in flight.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is below 1.
    """
    if isinstance(max_workers, bool) or not isinstance(max_workers, int):
        raise TypeError(f"max_workers must be an int, not {type(max_workers).__name__}")
    if max_workers < 1:
        raise ValueError(f"max_workers must be 1 or more, not {max_workers}")


def check_clients(clients: object, expected: type) -> None:
    """Check the clients of many sources.

    Raises:
        TypeError: they are not a mapping, or one of them is not a client of the expected class.
    """
    if not isinstance(clients, Mapping):
        raise TypeError(
            f"clients must be a mapping such as regional_clients(), not {type(clients).__name__}"
        )
    for key, client in cast("Mapping[object, object]", clients).items():
        if not isinstance(client, expected):
            raise TypeError(
                f"clients[{key!r}] must be an {expected.__name__}, not {type(client).__name__}"
            )


def check_cursors(cursors: object, keys: Collection[object]) -> None:
    """Check the cursors of many sources.

    Raises:
        TypeError: they are not a mapping of strings.
        ValueError: one of them has a key that the clients do not have.
    """
    if not isinstance(cursors, Mapping):
        raise TypeError(f"cursors must be a mapping or None, not {type(cursors).__name__}")
    for key, cursor in cast("Mapping[object, object]", cursors).items():
        if key not in keys:
            raise ValueError(f"cursors has the key {key!r}, which clients does not have")
        if not isinstance(cursor, str | None):
            raise TypeError(f"cursors[{key!r}] must be a str, not {type(cursor).__name__}")
