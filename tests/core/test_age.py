"""The window of time, at each second of its edges."""

import pytest

from peerset.core.age import Age, age_of, check_age
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import FUTURE_SECONDS_MAX, QUARANTINE_SECONDS_MAX, RETENTION_SECONDS
from peerset.core.record import Record, sign_record
from peerset.errors import AgeError

NOW = UnixTime(1_790_000_000)

edges = pytest.mark.parametrize(
    ("seconds_from_now", "age"),
    [
        (-NOW, Age.EXPIRED),
        (-RETENTION_SECONDS - 1, Age.EXPIRED),
        (-RETENTION_SECONDS, Age.CURRENT),
        (0, Age.CURRENT),
        (FUTURE_SECONDS_MAX, Age.CURRENT),
        (FUTURE_SECONDS_MAX + 1, Age.EARLY),
        (QUARANTINE_SECONDS_MAX, Age.EARLY),
        (QUARANTINE_SECONDS_MAX + 1, Age.FUTURE),
        (2**53 - 1 - NOW, Age.FUTURE),
    ],
)


def record_at(created_at: int) -> Record:
    key = SecretKey(bytes([1]) * 32)
    return sign_record(key, created_at=UnixTime(created_at), kind=1, tags=[], content="")


@edges
def test_each_span_holds_both_its_ends(seconds_from_now: int, age: Age) -> None:
    assert age_of(UnixTime(NOW + seconds_from_now), NOW) is age


@edges
def test_only_current_records_pass_the_check(seconds_from_now: int, age: Age) -> None:
    record = record_at(NOW + seconds_from_now)

    if age is Age.CURRENT:
        check_age(record, NOW)
    else:
        with pytest.raises(AgeError, match=f"created {abs(seconds_from_now)} seconds"):
            check_age(record, NOW)


@pytest.mark.parametrize(("seconds_ago", "age"), [(60, Age.CURRENT), (61, Age.EXPIRED)])
def test_a_room_may_keep_records_for_a_shorter_time(seconds_ago: int, age: Age) -> None:
    assert age_of(UnixTime(NOW - seconds_ago), NOW, retention_seconds=60) is age


def test_a_room_may_look_ahead_for_a_shorter_time() -> None:
    assert age_of(UnixTime(NOW + 10), NOW, future_seconds=10) is Age.CURRENT
    assert age_of(UnixTime(NOW + 11), NOW, future_seconds=10) is Age.EARLY
    with pytest.raises(AgeError, match="at most 10 are allowed"):
        check_age(record_at(NOW + 11), NOW, future_seconds=10)


def test_the_refusal_names_the_time_this_room_keeps_records() -> None:
    with pytest.raises(AgeError, match="keeps records for 60 seconds"):
        check_age(record_at(NOW - 61), NOW, retention_seconds=60)
