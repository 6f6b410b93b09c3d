"""Filters choose records as NIP-01 says."""

import pytest

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId, sign_record
from peerset.errors import ConfigError

KEY = SecretKey(bytes([1]) * 32)
STRANGER = SecretKey(bytes([2]) * 32)
RECORD: Record = sign_record(
    KEY, created_at=UnixTime(1_000), kind=1_078, tags=[["c", "notes", "x"], ["c", "drafts"], ["r"]], content=""
)

PASSING = [
    Filter(),
    Filter(ids=frozenset({RECORD.id, RecordId(bytes(32))})),
    Filter(authors=frozenset({KEY.public_key})),
    Filter(kinds=frozenset({1, 1_078})),
    Filter(since=1_000),
    Filter(until=1_000),
    Filter(tags={"c": frozenset({"drafts"})}),
    Filter(limit=0),
]
STOPPING = [
    Filter(ids=frozenset({RecordId(bytes(32))})),
    Filter(ids=frozenset()),
    Filter(authors=frozenset({STRANGER.public_key})),
    Filter(kinds=frozenset({1})),
    Filter(since=1_001),
    Filter(until=999),
    Filter(tags={"c": frozenset({"x"})}),
    Filter(tags={"c": frozenset()}),
    Filter(tags={"c": frozenset({"notes"}), "d": frozenset({"notes"})}),
    Filter(tags={"r": frozenset({""})}),
    Filter(kinds=frozenset({1_078}), since=1_001),
]


@pytest.mark.parametrize("query", PASSING)
def test_a_record_passes_when_every_given_field_does(query: Filter) -> None:
    assert query.matches(RECORD)


@pytest.mark.parametrize("query", STOPPING)
def test_a_record_is_stopped_by_one_field(query: Filter) -> None:
    assert not query.matches(RECORD)


@pytest.mark.parametrize("name", ["", "cc", "#c", "1", "\u00e9"])
def test_tags_are_asked_for_by_one_letter(name: str) -> None:
    with pytest.raises(ConfigError, match="one letter"):
        Filter(tags={name: frozenset({"x"})})


def test_a_limit_is_not_negative() -> None:
    with pytest.raises(ConfigError, match="limit"):
        Filter(limit=-1)
