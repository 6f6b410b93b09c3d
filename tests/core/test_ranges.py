import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Skip
from peerset.core.ranges import (
    Budget,
    Share,
    Step,
    compare_days,
    compare_ranges,
    day_cells,
    fingerprint,
    listed_id,
    make_salt,
    open_cells,
    short_id,
)
from tests.core.sets import (
    END,
    FIRST_DAY,
    LOWEST,
    SALT,
    START,
    UPTO,
    day_range,
    drawn,
    entries_of,
    ids_of,
    listed,
    overview,
    shorts_of,
    unlimited,
)

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "trees.json").read_text("utf-8"))


# The keyed forms.


def test_the_keyed_forms_match_the_vectors() -> None:
    first, second = (bytes.fromhex(nonce) for nonce in VECTORS["nonces"])
    salt = make_salt(first, second)
    assert salt.hex() == VECTORS["salt"]
    for record_id, short in VECTORS["short_ids"]:
        assert short_id(salt, bytes.fromhex(record_id)).hex() == short


@pytest.mark.parametrize("vector", VECTORS["sets"], ids=lambda vector: vector["name"])
def test_a_set_has_the_fingerprints_and_cells_of_the_vector(vector: dict[str, Any]) -> None:
    salt = bytes.fromhex(VECTORS["salt"])
    index = Index.bulk((created_at, bytes.fromhex(record_id)) for created_at, record_id in vector["entries"])
    cells = day_cells(index, salt, first_day=vector["first_day"], upto=vector["upto"], cell_days=8)
    assert [[count, keyed.hex()] for count, keyed in cells] == vector["cells"]
    for piece in vector["ranges"]:
        assert fingerprint(salt, bytes.fromhex(piece["digest"])).hex() == piece["fingerprint"]


def test_both_sides_derive_the_same_salt() -> None:
    first, second = b"\x02" * 32, b"\x01" * 32
    expected = hashlib.sha256(b"peerset/salt1" + second + first).digest()[:16]
    assert make_salt(first, second) == make_salt(second, first) == expected


def test_keyed_forms_are_eight_bytes_of_sha_256() -> None:
    assert fingerprint(SALT, bytes(32)) == hashlib.sha256(b"peerset/fp1" + SALT + bytes(32)).digest()[:8]
    assert short_id(SALT, bytes(32)) == hashlib.sha256(b"peerset/sid1" + SALT + bytes(32)).digest()[:8]


def test_in_lists_ids_are_the_first_five_of_these_bytes() -> None:
    assert listed_id(SALT, bytes(32)) == short_id(SALT, bytes(32))[:5]


# Days.


def test_the_last_cell_ends_at_upto() -> None:
    index = Index.bulk([(UPTO - 1, bytes(32)), (UPTO, b"\x01" * 32)])
    cells = overview(index).cells
    assert len(cells) == 12
    assert [count for count, _ in cells] == [0] * 11 + [1]
    assert cells[0] == (0, b"")


def test_equal_sets_have_nothing_to_say() -> None:
    index = Index.bulk(entries_of(500))
    step = compare_days(index, SALT, overview(index), unlimited())
    assert step == Step()
    assert step.is_over


def test_cells_of_which_we_have_none_are_asked_for_whole_and_merge() -> None:
    theirs = Index.bulk(entries_of(500))
    step = compare_days(Index(), SALT, overview(theirs), unlimited())
    assert step.items == (IdList(END, ()),)
    assert step.is_over


def test_what_the_peer_has_none_of_is_pushed_whole() -> None:
    entries = entries_of(500)
    index = Index.bulk(entries)
    step = compare_days(index, SALT, overview(Index()), unlimited())
    assert step.items == ()
    assert drawn(index, step.pushed) == ids_of(entries)


def test_a_small_cell_is_listed() -> None:
    ours, theirs = entries_of(30, upper=START + 1_000), entries_of(31, upper=START + 1_000)
    index = Index.bulk(ours)
    step = compare_days(index, SALT, overview(Index.bulk(theirs)), unlimited())
    assert step.items == (IdList((START + 8 * DAY_SECONDS, b""), shorts_of(ours)),)
    assert listed(index, step) == dict(zip(shorts_of(ours), ids_of(ours), strict=True))
    assert step.is_over


def test_equal_cells_before_a_different_one_are_skipped() -> None:
    shared = entries_of(20, lower=START, upper=START + 1_000)
    late = (START + 40 * DAY_SECONDS, bytes(32))
    other = overview(Index.bulk([*shared, (late[0], b"\x01" * 32)]))
    step = compare_days(Index.bulk([*shared, late]), SALT, other, unlimited())
    bound = (START + 40 * DAY_SECONDS, b"")
    assert step.items == (Skip(bound), IdList((START + 48 * DAY_SECONDS, b""), shorts_of([late])))


def test_a_missing_day_costs_a_fingerprint_a_day() -> None:
    entries = entries_of(8_000, upper=START + 8 * DAY_SECONDS)
    lacking = [entry for entry in entries if not START + DAY_SECONDS <= entry[0] < START + 2 * DAY_SECONDS]
    step = compare_days(Index.bulk(lacking), SALT, overview(Index.bulk(entries)), unlimited())
    assert [item.upper for item in step.items] == [day_range(day)[1] for day in range(8)]
    assert [type(item) for item in step.items] == [Fingerprint, IdList, *[Fingerprint] * 6]
    assert step.items[1] == IdList(day_range(1)[1], ())
    assert not step.is_over


def test_scattered_differences_are_cut_deeper_than_days_when_that_saves_an_answer() -> None:
    entries = entries_of(1_000, upper=START + 8 * DAY_SECONDS)
    step = compare_days(Index.bulk(entries[1:]), SALT, overview(Index.bulk(entries)), unlimited())
    assert 56 <= len(step.items) <= 64
    assert {day_range(day)[1] for day in range(8)} < {item.upper for item in step.items}


def test_scattered_differences_are_cut_at_midnights_when_deeper_saves_nothing() -> None:
    entries = entries_of(9_000, upper=START + 8 * DAY_SECONDS)
    step = compare_days(Index.bulk(entries[1:]), SALT, overview(Index.bulk(entries)), unlimited())
    assert [item.upper for item in step.items] == [day_range(day)[1] for day in range(8)]


def test_cells_past_the_end_of_the_window_are_ignored() -> None:
    index = Index.bulk(entries_of(100))
    days = Days(1, FIRST_DAY, UnixTime(START + DAY_SECONDS), 1, ((5, bytes(8)),) * 90)
    assert [item.upper for item in compare_days(index, SALT, days, unlimited()).items] == [(START + DAY_SECONDS, b"")]


# Ranges.


def test_an_equal_fingerprint_is_finished() -> None:
    index = Index.bulk(entries_of(200))
    same = Fingerprint(END, fingerprint(SALT, index.digest(LOWEST, END)))
    assert compare_ranges(index, SALT, LOWEST, [same], unlimited()) == Step()


def test_a_fingerprint_of_what_we_lack_wholly_is_answered_by_an_empty_list() -> None:
    step = compare_ranges(Index(), SALT, LOWEST, [Fingerprint(END, bytes(8))], unlimited())
    assert step.items == (IdList(END, ()),)


def test_a_large_open_range_is_cut_into_fingerprints_of_equal_parts() -> None:
    index = Index.bulk(entries_of(2_000, upper=START + DAY_SECONDS))
    lower, upper = day_range(0)
    step = compare_ranges(index, SALT, lower, [Fingerprint(upper, bytes(8))], unlimited())
    assert len(step.items) == 64
    assert step.items[-1].upper == upper
    for item in step.items:
        assert item == Fingerprint(item.upper, fingerprint(SALT, index.digest(lower, item.upper)))
        assert index.count(lower, item.upper) in (31, 32)
        lower = item.upper


@pytest.mark.parametrize(("open_days", "branches", "listed_max"), [(1, 64, 96), (2, 50, 96), (3, 33, 73), (20, 16, 48)])
def test_many_open_ranges_share_one_packet(open_days: int, branches: int, listed_max: int) -> None:
    per_day = [entries_of(1_040, lower=day_range(day)[0][0], upper=day_range(day)[1][0]) for day in range(open_days)]
    index = Index.bulk(entry for day in per_day for entry in day)
    items = [Fingerprint(day_range(day)[1], bytes(8)) for day in range(open_days)]
    assert len(compare_ranges(index, SALT, LOWEST, items, unlimited()).items) == open_days * branches
    for count, kind in ((listed_max, IdList), (listed_max + 1, Fingerprint)):
        few = Index.bulk(entry for day in per_day for entry in day[:count])
        assert {type(item) for item in compare_ranges(few, SALT, LOWEST, items, unlimited()).items} == {kind}


def test_a_list_is_answered_by_wants_and_pushes_only() -> None:
    ours, shared, theirs = entries_of(3, seed=1), entries_of(5, seed=2), entries_of(4, seed=3)
    item = IdList(END, shorts_of(shared + theirs))
    index = Index.bulk(ours + shared)
    step = compare_ranges(index, SALT, LOWEST, [item], unlimited())
    assert step.items == ()
    assert step.wanted == shorts_of(theirs)
    assert drawn(index, step.pushed) == ids_of(ours)


def test_an_empty_list_is_answered_by_everything_without_hashing() -> None:
    entries = entries_of(50)
    index = Index.bulk(entries)
    step = compare_ranges(index, SALT, LOWEST, [IdList(END, ())], unlimited())
    assert drawn(index, step.pushed) == ids_of(entries)
    assert index.hashed_ids == 0


def test_a_listed_id_is_wanted_once_of_each_list() -> None:
    items = [IdList((START + 5, b""), (bytes(5),) * 3), IdList(END, (bytes(5),))]
    step = compare_ranges(Index(), SALT, LOWEST, items, unlimited())
    assert step.wanted == (bytes(5),) * 2


def test_a_skip_only_moves_the_lower_bound() -> None:
    entries = entries_of(40)
    middle = (START + 45 * DAY_SECONDS, b"")
    index = Index.bulk(entries)
    step = compare_ranges(index, SALT, LOWEST, [Skip(middle), IdList(END, ())], unlimited())
    assert drawn(index, step.pushed) == ids_of([entry for entry in entries if entry >= middle])


# Budgets.


def test_what_does_not_fit_the_budget_is_left_and_the_next_budget_begins_there() -> None:
    index = Index.bulk(entries_of(2_000, upper=START + DAY_SECONDS))
    bounds = [index.bound(*day_range(0), rank) for rank in range(50, 2_000, 50)]
    items = [Fingerprint(bound, bytes(8)) for bound in bounds]
    budget = Budget(1_000)
    step = compare_ranges(index, SALT, LOWEST, items, budget)
    assert 0 < len(step.items) < len(items)
    assert budget.left == step.items[-1].upper
    rest = compare_ranges(index, SALT, LOWEST, items, Budget(2**40, resume=budget.left))
    assert rest.items[0] == Skip(budget.left)
    assert rest.items[-1].upper == bounds[-1]


def test_fingerprints_leave_most_of_a_budget_to_the_lists_they_lead_to() -> None:
    index = Index.bulk(entries_of(90_000))
    budget = Budget(10_000)
    compare_ranges(index, SALT, LOWEST, [Fingerprint(END, bytes(8))], budget)
    assert budget.bytes_left >= 6_666


def test_records_are_wanted_as_far_as_the_budget_goes() -> None:
    budget = Budget(50)
    assert budget.wants(LOWEST, 7) == 7
    assert budget.left is None
    assert budget.wants(END, 7) == 3
    assert budget.left == END
    assert budget.wants(LOWEST, 7) == 0
    assert budget.left == LOWEST


def test_what_we_list_leaves_as_much_for_what_the_peer_lists() -> None:
    budget = Budget(56)
    assert budget.lists(LOWEST, END, 8)
    assert not budget.lists(LOWEST, END, 1)
    assert budget.wants(LOWEST, 12) == 11


def test_the_open_cells_of_an_overview_are_those_with_records() -> None:
    index = Index.bulk([(START + 20 * DAY_SECONDS, bytes(32)), (UPTO - 1, bytes(32))])
    assert open_cells(overview(index)) == [
        ((START + 16 * DAY_SECONDS, b""), (START + 24 * DAY_SECONDS, b"")),
        ((START + 88 * DAY_SECONDS, b""), END),
    ]


# Shares.


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(1, 50), st.booleans())
def test_a_share_gives_each_record_that_it_means_once(named: int, most: int, is_named: bool) -> None:
    entries = entries_of(40, upper=START + 20)
    index = Index.bulk(entries)
    names = shorts_of(entries)[:named]
    share: Share | None = Share(LOWEST, END, b"".join(names), is_named=is_named)
    ids: list[bytes] = []
    while share is not None:
        found, share = share.draw(index, SALT, most)
        ids += [record_id for _, record_id in found]
    assert ids == (ids_of(entries)[:named] if is_named else ids_of(entries)[named:])


def test_a_share_passes_over_what_is_gone() -> None:
    entries = entries_of(3)
    index = Index.bulk(entries)
    share = Share(LOWEST, END, b"".join(shorts_of(entries)), is_named=True)
    index.discard(*sorted(entries)[1])
    assert drawn(index, [share]) == [ids_of(entries)[0], ids_of(entries)[2]]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.tuples(st.integers(0, 2**53), st.binary(max_size=32)),
            st.one_of(st.none(), st.binary(min_size=8, max_size=8), st.lists(st.binary(min_size=8, max_size=8))),
        ),
        max_size=20,
    ),
    st.tuples(st.integers(0, 2**53), st.binary(max_size=32)),
)
def test_ranges_in_any_order_from_anywhere_are_answered(
    claims: list[tuple[Bound, bytes | list[bytes] | None]], lower: Bound
) -> None:
    index = Index.bulk(entries_of(300, upper=START + 2 * DAY_SECONDS))
    items: list[RangeItem] = []
    for upper, claim in claims:
        match claim:
            case None:
                items.append(Skip(upper))
            case bytes():
                items.append(Fingerprint(upper, claim))
            case _:
                items.append(IdList(upper, tuple(claim)))
    step = compare_ranges(index, SALT, lower, items, unlimited())
    assert len(step.items) <= 2 * 64 * max(1, len(items))
