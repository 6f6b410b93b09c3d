"""Quota: the newest few of an author stay visible, in whatever order they are looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import ConfigError, PolicyClass, RecordId, Seat
from peerset_moderation.quota import QuotaRule
from tests.peerset_moderation.records import make_record

IDS = st.binary(min_size=2, max_size=2).map(RecordId)
SEATS = st.lists(st.builds(Seat, st.integers(0, 9), st.integers(0, 2), IDS), unique_by=lambda seat: seat.id)


def seat(created_at: int, name: bytes) -> Seat:
    return Seat(created_at, 0, RecordId(name))


def test_it_is_a_set_rule_with_a_reason() -> None:
    rule = QuotaRule.parse("newest=2")
    assert rule.policy_class is PolicyClass.SET_RULE
    assert rule.reason == "its author has 2 newer records in this collection"
    assert QuotaRule.parse("per=author").reason == "its author has 5 newer records in this room"


def test_the_newest_stay() -> None:
    group = [seat(3, b"c"), seat(1, b"a"), seat(4, b"d"), seat(2, b"b")]
    assert QuotaRule.parse("newest=2").keep(group) == {b"c", b"d"}


def test_of_one_second_the_lowest_ids_stay() -> None:
    group = [seat(1, b"c"), seat(1, b"a"), seat(1, b"b")]
    assert QuotaRule.parse("newest=2").keep(group) == {b"a", b"b"}


def test_versions_of_one_register_count_as_one() -> None:
    def version(created_at: int, name: bytes, address: bytes) -> Seat:
        return Seat(created_at, 0, RecordId(name), address)

    group = [version(number, bytes([number]), b"one") for number in range(5)]
    group += [version(3, b"x", b"two"), seat(2, b"y"), version(1, b"z", b"three")]

    assert QuotaRule(newest=2).keep(group) == {*(bytes([number]) for number in range(5)), b"x"}
    assert QuotaRule(newest=3).keep(group) == {*(bytes([number]) for number in range(5)), b"x", b"y"}


def test_five_stay_by_default() -> None:
    assert len(QuotaRule.parse("").keep([seat(number, bytes([number])) for number in range(9)])) == 5


def test_records_compete_with_those_of_their_author_and_collection() -> None:
    rule = QuotaRule.parse("")
    notes = make_record("a", tags=[("c", "notes")])
    assert rule.group(notes) == rule.group(make_record("b", tags=[("c", "notes"), ("c", "other")]))
    groups = {
        rule.group(record)
        for record in (
            notes,
            make_record(),
            make_record(tags=[("c", "")]),
            make_record(tags=[("c", "notes")], author=2),
        )
    }
    assert len(groups) == 4


def test_per_author_collections_do_not_count() -> None:
    rule = QuotaRule.parse("per=author")
    assert rule.group(make_record(tags=[("c", "notes")])) == rule.group(make_record())


def test_deletions_do_not_compete() -> None:
    assert QuotaRule.parse("").group(make_record(kind=5, tags=[("e", "0" * 64)])) is None


@given(SEATS, st.integers(1, 5), st.data())
def test_the_order_does_not_matter(group: list[Seat], newest: int, data: st.DataObject) -> None:
    rule = QuotaRule(newest=newest)
    kept = rule.keep(group)
    assert rule.keep(data.draw(st.permutations(group))) == kept
    assert len(kept) == min(newest, len(group))


@pytest.mark.parametrize("parameters", ["newest=0", "newest=x", "per=room", "size=5", "5"])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="quota"):
        QuotaRule.parse(parameters)


def test_the_manifest_changes_with_the_parameters() -> None:
    manifests = {QuotaRule.parse(text).manifest for text in ("", "newest=6", "per=author")}
    assert len(manifests) == 3
    assert QuotaRule.parse("").manifest.parameters == '{"newest":5,"per":"collection"}'


def test_of_one_second_the_latest_by_the_microsecond_stay() -> None:
    group = [Seat(5, us, RecordId(name)) for us, name in ((3, b"a"), (900, b"z"), (40, b"m"), (40, b"c"))]
    assert QuotaRule(newest=2).keep(group) == {b"z", b"c"}
