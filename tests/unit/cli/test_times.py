"""Times as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from lightsail_ops.cli.times import format_duration, parse_time

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("string", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        (" 1H ", timedelta(hours=1)),
        ("000000s", timedelta()),
    ],
)
def test_a_duration_is_counted_back_from_now(string: str, ago: timedelta) -> None:
    assert parse_time(string, now=NOW, utc=False) == NOW - ago


@pytest.mark.parametrize(
    ("string", "in_utc", "in_berlin"),
    [
        ("2026-07-01", "2026-07-01T00:00", "2026-06-30T22:00"),
        ("2026-11-01T09:30", "2026-11-01T09:30", "2026-11-01T08:30"),
        (" 2026-11-01T09:30Z", "2026-11-01T09:30", "2026-11-01T09:30"),
        ("2026-11-01T09:30+02:00", "2026-11-01T07:30", "2026-11-01T07:30"),
    ],
)
def test_a_time_without_a_zone_is_in_utc_or_in_that_of_this_machine(
    string: str, in_utc: str, in_berlin: str
) -> None:
    for utc, expected in ((True, in_utc), (False, in_berlin)):
        time = parse_time(string, now=NOW, utc=utc)
        assert (time.isoformat(timespec="minutes"), time.tzinfo) == (f"{expected}+00:00", UTC)


@pytest.mark.parametrize(
    "string", ["", "soon", "1y", "1h30m", "1234567s", "999999w", "-1h", "1.5h"]
)
def test_what_is_no_time_is_refused(string: str) -> None:
    with pytest.raises(
        click.BadParameter, match=f"^not a valid time: '{string}'. Write how long ago"
    ):
        parse_time(string, now=NOW, utc=True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0s"),
        (0.4, "0s"),
        (45, "45s"),
        (59.6, "1m 0s"),
        (200, "3m 20s"),
        (3600, "1h"),
        (3659, "1h"),
        (7500, "2h 5m"),
        (86_400, "1d"),
        (86_460, "1d"),
        (100_800, "1d 4h"),
        (400 * 86_400, "400d"),
    ],
)
def test_a_duration_is_shown_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words
