"""Filters as SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION
from peerset.stores.schema import prepare
from peerset.stores.selection import (
    ALL_BUCKETS,
    SELECT_BUCKETS,
    SELECT_BY_IDS,
    TAG_VALUES_MAX,
    hex_array,
    indexed_tags,
    is_indexed,
    number_array,
    select,
)
from peerset.testing.check_store import sample_records

AUTHOR = PublicKey(bytes(32))


def plan(path: Path, sql: str, parameters: dict[str, int | str]) -> str:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Filter(), "record_by_time (bucket=? AND created_at>? AND created_at<?)"),
        (
            Filter(kinds=frozenset((5,))),
            "record_of_other_kinds (bucket=? AND kind=? AND created_at>? AND created_at<?)",
        ),
        (Filter(kinds=frozenset((5, 1_078))), "record_by_time (bucket=? AND created_at>? AND created_at<?)"),
        (Filter(authors=frozenset((AUTHOR,))), "record_by_author (bucket=? AND author=? AND"),
        (Filter(tags={"c": frozenset(("places",))}), "tag USING PRIMARY KEY (bucket=? AND name=? AND value=?)"),
    ],
)
def test_a_filter_is_answered_by_an_index(tmp_path: Path, query: Filter, index: str) -> None:
    selection = select(query)
    assert index in plan(tmp_path / "room.db", selection.sql, selection.parameters | {"bucket": 1})


def test_what_deletions_name_is_found_by_an_index_and_once_for_all_buckets(tmp_path: Path) -> None:
    names = {"e": frozenset(("ab" * 32,))}
    selection = select(Filter(tags=names))
    assert "mark USING PRIMARY KEY (name=?)" in plan(tmp_path / "room.db", selection.marks, selection.parameters)
    by_author = select(Filter(tags=names, authors=frozenset((AUTHOR,))))
    of_author = plan(tmp_path / "room.db", by_author.marks, by_author.parameters)
    assert "mark USING PRIMARY KEY (name=? AND author=? AND created_at>? AND created_at<?)" in of_author
    assert "FROM mark" not in selection.sql
    assert select(Filter(tags=names, kinds=frozenset((1,)))).marks == ""


@pytest.mark.parametrize("name", ["c", "e"])
def test_what_has_a_tag_is_found_without_a_look_at_the_rest(tmp_path: Path, name: str) -> None:
    selection = select(Filter(tags={name: frozenset(("ab" * 32,))}))
    [by_tag] = selection.by_tags
    steps = plan(tmp_path / "room.db", by_tag.sql, selection.parameters | selection.buckets | {"few": 10})
    assert "tag USING PRIMARY KEY (bucket=? AND name=? AND value=?)" in steps
    assert "SCAN record" not in steps
    assert by_tag.has_marks == (name == "e")
    found = plan(
        tmp_path / "room.db", selection.of_numbers, selection.parameters | selection.buckets | {"numbers": "[1]"}
    )
    assert "record USING INTEGER PRIMARY KEY" in found


def test_many_values_of_a_tag_are_looked_for_day_by_day() -> None:
    assert len(select(Filter(tags={"c": frozenset(map(str, range(TAG_VALUES_MAX)))})).by_tags) == 1
    assert not select(Filter(tags={"c": frozenset(map(str, range(TAG_VALUES_MAX + 1)))})).by_tags


def test_ids_and_buckets_are_found_by_an_index(tmp_path: Path) -> None:
    parameters: dict[str, int | str] = {"buckets": number_array((1, 2)), "ids": hex_array((bytes(32),))}
    assert "record_by_id (bucket=? AND id=?)" in plan(tmp_path / "room.db", SELECT_BY_IDS, parameters)
    assert "SCAN record" not in plan(tmp_path / "room.db", SELECT_BUCKETS, ALL_BUCKETS)


def test_the_buckets_are_those_of_since_and_until() -> None:
    assert select(Filter(since=86_399, until=86_400)).buckets == {"first": 0, "last": 1}


def test_times_beyond_every_record_stay_in_sqlites_range() -> None:
    selection = select(Filter(since=-(2**70), until=2**70))
    assert selection.parameters == {"since": 0, "until": 2**53 - 1}
    assert selection.buckets == ALL_BUCKETS


def test_the_tag_of_the_room_is_not_indexed() -> None:
    assert not is_indexed("h")
    assert "tag" not in select(Filter(tags={"h": frozenset(("00" * 16,))})).sql


@pytest.mark.parametrize("name", ["", "cc", "é", "1", "h"])
def test_only_single_letters_are_indexed(name: str) -> None:
    assert not is_indexed(name)


def test_a_tag_that_is_there_twice_is_indexed_once() -> None:
    assert indexed_tags(sample_records()[0]) == [("c", "both"), ("c", "places"), ("d", "0"), ("e", "ab" * 32)]


def test_what_a_deletion_names_is_written_once_as_its_marks() -> None:
    tagged = next(each for each in sample_records() if each.kind == KIND_DELETION and each.tag_value("e"))
    assert "e" not in dict(indexed_tags(tagged))
    assert "c" in dict(indexed_tags(tagged))


def test_marks_are_not_read_for_who_wants_no_deletions() -> None:
    tags = {"e": frozenset(("ab" * 32,))}
    assert "mark" in select(Filter(tags=tags, kinds=frozenset((KIND_DELETION, 1)))).sql
    assert "mark" not in select(Filter(tags=tags, kinds=frozenset((1,)))).sql
