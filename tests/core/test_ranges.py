import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import (
    DAY_CELL_DAYS,
    ROUND_BYTES_BASE,
    ROUND_BYTES_PER_RECORD,
    ROUND_FRAMES_MAX,
    ROUND_HASHES_PER_RECORD,
)
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, Fingerprint, IdList, RangeItem, Skip
from peerset.core.ranges import Step, compare_days, compare_ranges, day_cells, fingerprint, make_salt, short_id
from peerset.core.record import RecordId

Entry = tuple[int, bytes]

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "trees.json").read_text("utf-8"))

FIRST_DAY: Final = 20_000
START: Final = FIRST_DAY * DAY_SECONDS
UPTO: Final = UnixTime(START + 90 * DAY_SECONDS + 40_000)
LOWEST: Final[Bound] = (START, b"")
END: Final[Bound] = (UPTO, b"")
SALT: Final = make_salt(bytes(32), b"\x01" * 32)


def overview(index: Index, *, cell_days: int = DAY_CELL_DAYS) -> Days:
    cells = day_cells(index, SALT, first_day=FIRST_DAY, upto=UPTO, cell_days=cell_days)
    return Days(1, FIRST_DAY, UPTO, cell_days, cells)


def day_range(day: int) -> tuple[Bound, Bound]:
    return (START + day * DAY_SECONDS, b""), (START + (day + 1) * DAY_SECONDS, b"")


def entries_of(count: int, *, lower: int = START, upper: int = UPTO, seed: int = 0) -> list[Entry]:
    rng = random.Random(seed)
    return [(rng.randrange(lower, upper), rng.randbytes(32)) for _ in range(count)]


def ids_of(entries: Sequence[Entry]) -> list[bytes]:
    return [record_id for _, record_id in sorted(entries)]


def shorts_of(entries: Sequence[Entry]) -> tuple[bytes, ...]:
    return tuple(short_id(SALT, record_id) for record_id in ids_of(entries))


def item_bytes(item: RangeItem) -> int:
    """What an item takes on the wire: a step of time, a mode, a prefix, what it says."""
    payload = {Skip: 0, Fingerprint: 8, IdList: 2}[type(item)]
    return 4 + len(item.upper[1]) + payload + (8 * len(item.short_ids) if isinstance(item, IdList) else 0)


@dataclass
class Side:
    """One end of an exchange: its set and what it has found out."""

    index: Index
    listed: dict[bytes, RecordId] = field(default_factory=dict)
    wanted: list[bytes] = field(default_factory=list)
    pushed: list[bytes] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> Step:
        self.listed.update(step.listed)
        self.wanted.extend(step.wanted)
        self.pushed.extend(step.pushed)
        self.steps.append(step)
        return step


def exchange(ours: Index, theirs: Index, *, cell_days: int = DAY_CELL_DAYS) -> tuple[Side, Side]:
    """Compare two sets until an answer is empty; the side that got the days comes first."""
    turn, other = Side(ours), Side(theirs)
    first = turn
    step = turn.take(compare_days(ours, SALT, overview(theirs, cell_days=cell_days)))
    while step.items:
        check_items(step.items)
        turn, other = other, turn
        step = turn.take(compare_ranges(turn.index, SALT, LOWEST, step.items))
    return (turn, other) if turn is first else (other, turn)


def check_items(items: Sequence[RangeItem]) -> None:
    """Everything a receiver insists on: ascending, inside the window, nothing idle."""
    lower = LOWEST
    for item in items:
        assert lower < item.upper <= END
        lower = item.upper
    assert not isinstance(items[-1], Skip)


def check_difference(ours: Sequence[Entry], theirs: Sequence[Entry], sides: tuple[Side, Side]) -> None:
    """Each side ends with exactly what it lacked, by push or by want, each once."""
    check_gain(ours, theirs, *sides)
    check_gain(theirs, ours, *reversed(sides))


def check_gain(mine: Sequence[Entry], other: Sequence[Entry], side: Side, peer: Side) -> None:
    lacking = {entry for entry in other if START <= entry[0] < UPTO} - set(mine)
    gained = peer.pushed + [peer.listed[short] for short in side.wanted]
    assert sorted(gained) == sorted(record_id for _, record_id in lacking)


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


# Days.


def test_the_last_cell_ends_at_upto() -> None:
    index = Index.bulk([(UPTO - 1, bytes(32)), (UPTO, b"\x01" * 32)])
    cells = overview(index).cells
    assert len(cells) == 12
    assert [count for count, _ in cells] == [0] * 11 + [1]
    assert cells[0] == (0, b"")


def test_equal_sets_have_nothing_to_say() -> None:
    index = Index.bulk(entries_of(500))
    step = compare_days(index, SALT, overview(index))
    assert step == Step((), {}, (), ())
    assert step.is_over


def test_cells_of_which_we_have_none_are_asked_for_whole_and_merge() -> None:
    theirs = Index.bulk(entries_of(500))
    step = compare_days(Index(), SALT, overview(theirs))
    assert step.items == (IdList(END, ()),)
    assert step.is_over


def test_what_the_peer_has_none_of_is_pushed_whole() -> None:
    entries = entries_of(500)
    step = compare_days(Index.bulk(entries), SALT, overview(Index()))
    assert step.items == ()
    assert list(step.pushed) == ids_of(entries)


def test_a_small_cell_is_listed() -> None:
    ours, theirs = entries_of(30, upper=START + 1_000), entries_of(31, upper=START + 1_000)
    step = compare_days(Index.bulk(ours), SALT, overview(Index.bulk(theirs)))
    assert step.items == (IdList((START + 8 * DAY_SECONDS, b""), shorts_of(ours)),)
    assert dict(step.listed) == dict(zip(shorts_of(ours), ids_of(ours), strict=True))
    assert step.is_over


def test_equal_cells_before_a_different_one_are_skipped() -> None:
    shared = entries_of(20, lower=START, upper=START + 1_000)
    late = (START + 40 * DAY_SECONDS, bytes(32))
    step = compare_days(Index.bulk([*shared, late]), SALT, overview(Index.bulk([*shared, (late[0], b"\x01" * 32)])))
    bound = (START + 40 * DAY_SECONDS, b"")
    assert step.items == (Skip(bound), IdList((START + 48 * DAY_SECONDS, b""), shorts_of([late])))


def test_a_missing_day_costs_a_fingerprint_a_day() -> None:
    entries = entries_of(8_000, upper=START + 8 * DAY_SECONDS)
    lacking = [entry for entry in entries if not START + DAY_SECONDS <= entry[0] < START + 2 * DAY_SECONDS]
    step = compare_days(Index.bulk(lacking), SALT, overview(Index.bulk(entries)))
    assert [item.upper for item in step.items] == [day_range(day)[1] for day in range(8)]
    assert [type(item) for item in step.items] == [Fingerprint, IdList, *[Fingerprint] * 6]
    assert step.items[1] == IdList(day_range(1)[1], ())
    assert not step.is_over


def test_scattered_differences_are_cut_deeper_than_days_when_that_saves_an_answer() -> None:
    entries = entries_of(1_000, upper=START + 8 * DAY_SECONDS)
    step = compare_days(Index.bulk(entries[1:]), SALT, overview(Index.bulk(entries)))
    assert 56 <= len(step.items) <= 64
    assert {day_range(day)[1] for day in range(8)} < {item.upper for item in step.items}


def test_scattered_differences_are_cut_at_midnights_when_deeper_saves_nothing() -> None:
    entries = entries_of(9_000, upper=START + 8 * DAY_SECONDS)
    step = compare_days(Index.bulk(entries[1:]), SALT, overview(Index.bulk(entries)))
    assert [item.upper for item in step.items] == [day_range(day)[1] for day in range(8)]


def test_cells_past_the_end_of_the_window_are_ignored() -> None:
    index = Index.bulk(entries_of(100))
    days = Days(1, FIRST_DAY, UnixTime(START + DAY_SECONDS), 1, ((5, bytes(8)),) * 90)
    assert [item.upper for item in compare_days(index, SALT, days).items] == [(START + DAY_SECONDS, b"")]


# Ranges.


def test_an_equal_fingerprint_is_finished() -> None:
    index = Index.bulk(entries_of(200))
    same = Fingerprint(END, fingerprint(SALT, index.digest(LOWEST, END)))
    assert compare_ranges(index, SALT, LOWEST, [same]) == Step((), {}, (), ())


def test_a_fingerprint_of_what_we_lack_wholly_is_answered_by_an_empty_list() -> None:
    step = compare_ranges(Index(), SALT, LOWEST, [Fingerprint(END, bytes(8))])
    assert step.items == (IdList(END, ()),)


def test_a_large_open_range_is_cut_into_fingerprints_of_equal_parts() -> None:
    index = Index.bulk(entries_of(1_000, upper=START + DAY_SECONDS))
    lower, upper = day_range(0)
    step = compare_ranges(index, SALT, lower, [Fingerprint(upper, bytes(8))])
    assert len(step.items) == 64
    assert step.items[-1].upper == upper
    for item in step.items:
        assert item == Fingerprint(item.upper, fingerprint(SALT, index.digest(lower, item.upper)))
        assert index.count(lower, item.upper) in (15, 16)
        lower = item.upper


@pytest.mark.parametrize(("open_days", "branches", "listed_max"), [(1, 64, 96), (4, 25, 34), (20, 16, 32)])
def test_many_open_ranges_share_one_packet(open_days: int, branches: int, listed_max: int) -> None:
    per_day = [entries_of(300, lower=day_range(day)[0][0], upper=day_range(day)[1][0]) for day in range(open_days)]
    index = Index.bulk(entry for day in per_day for entry in day)
    items = [Fingerprint(day_range(day)[1], bytes(8)) for day in range(open_days)]
    assert len(compare_ranges(index, SALT, LOWEST, items).items) == open_days * branches
    for count, kind in ((listed_max, IdList), (listed_max + 1, Fingerprint)):
        few = Index.bulk(entry for day in per_day for entry in day[:count])
        assert {type(item) for item in compare_ranges(few, SALT, LOWEST, items).items} == {kind}


def test_a_list_is_answered_by_wants_and_pushes_only() -> None:
    ours, shared, theirs = entries_of(3, seed=1), entries_of(5, seed=2), entries_of(4, seed=3)
    item = IdList(END, shorts_of(shared + theirs))
    step = compare_ranges(Index.bulk(ours + shared), SALT, LOWEST, [item])
    assert step.items == ()
    assert step.wanted == shorts_of(theirs)
    assert list(step.pushed) == ids_of(ours)


def test_an_empty_list_is_answered_by_everything_without_hashing() -> None:
    entries = entries_of(50)
    index = Index.bulk(entries)
    step = compare_ranges(index, SALT, LOWEST, [IdList(END, ())])
    assert list(step.pushed) == ids_of(entries)
    assert index.hashed_ids == 0


def test_a_repeated_short_id_is_wanted_once() -> None:
    step = compare_ranges(Index(), SALT, LOWEST, [IdList((START + 5, b""), (bytes(8),) * 3), IdList(END, (bytes(8),))])
    assert step.wanted == (bytes(8),)


def test_a_skip_only_moves_the_lower_bound() -> None:
    entries = entries_of(40)
    middle = (START + 45 * DAY_SECONDS, b"")
    step = compare_ranges(Index.bulk(entries), SALT, LOWEST, [Skip(middle), IdList(END, ())])
    assert list(step.pushed) == ids_of([entry for entry in entries if entry >= middle])


# The whole exchange.

STEM: Final = hashlib.sha256(b"stem").digest()


@st.composite
def set_pairs(draw: st.DrawFn) -> tuple[list[Entry], list[Entry]]:
    """Two overlapping sets: spread or in one day or in one second, ids at random or alike up to the last byte."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    lower = START + draw(st.integers(0, 80)) * DAY_SECONDS
    seconds = draw(st.sampled_from([1, 5, 3_600, DAY_SECONDS, 10 * DAY_SECONDS]))
    shared_bytes = draw(st.sampled_from([0, 0, 2, 29]))

    def some(count: int) -> list[Entry]:
        return [
            (lower + rng.randrange(seconds), STEM[:shared_bytes] + rng.randbytes(32 - shared_bytes))
            for _ in range(count)
        ]

    sizes = st.sampled_from([0, 0, 1, 2, 10, 97, 700])
    common = some(draw(st.sampled_from([0, 1, 40, 500, 2_000])))
    outside = [(UPTO, b"\x05" * 32), (START - 1, b"\x06" * 32)]
    return common + some(draw(sizes)) + outside[:1], common + some(draw(sizes)) + outside[1:]


@settings(max_examples=120, deadline=None)
@given(set_pairs(), st.sampled_from([1, 8, 91]))
def test_any_two_sets_find_exactly_their_difference(pair: tuple[list[Entry], list[Entry]], cell_days: int) -> None:
    ours, theirs = pair
    sides = exchange(Index.bulk(ours), Index.bulk(theirs, bucket_seconds=3_600), cell_days=cell_days)
    check_difference(ours, theirs, sides)
    # Each answer cuts what one side has by at least 8; two answers a level, and one for the days.
    assert sum(len(side.steps) for side in sides) <= 10


@pytest.mark.parametrize("seconds", [1, 30, DAY_SECONDS])
def test_a_day_of_ten_thousand_records_is_compared_exactly(seconds: int) -> None:
    entries = entries_of(10_000, upper=START + seconds)
    ours, theirs = entries[20:], entries[:9_970]
    check_difference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))


def test_disjoint_sets_swap_everything() -> None:
    ours, theirs = entries_of(3_000, seed=1), entries_of(2_000, seed=2)
    check_difference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))


def test_one_record_among_ten_thousand_costs_little() -> None:
    entries = entries_of(10_000)
    ours, theirs = exchange(Index.bulk(entries), Index.bulk(entries[1:]))
    assert sum(len(side.steps) for side in (ours, theirs)) == 3
    assert sum(item_bytes(item) for side in (ours, theirs) for step in side.steps for item in step.items) < 1_500


# Liars.


def liar(rng: random.Random, items: Sequence[RangeItem]) -> Iterator[RangeItem]:
    """Claim to differ everywhere: each range that arrives goes back with a random fingerprint."""
    for item in items:
        yield item if isinstance(item, Skip) else Fingerprint(item.upper, rng.randbytes(8))


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_a_peer_of_random_fingerprints_costs_no_more_than_the_budget(count: int) -> None:
    rng = random.Random(0)
    index = Index.bulk(entries_of(count))
    days = Days(1, FIRST_DAY, UPTO, 8, tuple((rng.randrange(1, 9), rng.randbytes(8)) for _ in range(12)))
    step = compare_days(index, SALT, days)
    steps = [step]
    while not step.is_over:
        step = compare_ranges(index, SALT, LOWEST, list(liar(rng, step.items)))
        steps.append(step)
    sent = sum(item_bytes(item) for step in steps for item in step.items)
    assert len(steps) <= ROUND_FRAMES_MAX // 8
    assert index.hashed_ids <= ROUND_HASHES_PER_RECORD * count
    assert sent <= ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * count
    assert len({short for step in steps for short in step.listed}) == count


@settings(max_examples=100, deadline=None)
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
    step = compare_ranges(index, SALT, lower, items)
    assert len(step.items) <= 2 * 64 * max(1, len(items))
