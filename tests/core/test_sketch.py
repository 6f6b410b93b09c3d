"""Sketches: the vectors, what is read off them, and what hostile ones cost."""

import json
import random
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core import sketch
from peerset.core.limits import SKETCH_SYMBOLS_MAX
from peerset.core.sketch import (
    SYMBOL_BYTES,
    add_entries,
    guess,
    item_of,
    pack_symbols,
    solve,
    subtract,
    unpack_symbols,
    walk,
)
from tests.vectors import make_sketch

VECTORS: Final = json.loads(make_sketch.FILE.read_text("utf-8"))
Entry = tuple[int, bytes]

ENTRIES: Final = st.sets(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32)), max_size=30)


def symbols_of(entries: set[Entry] | list[Entry], count: int) -> list[int]:
    symbols = [0] * count
    add_entries(symbols, entries)
    return symbols


def test_the_vectors_are_what_the_script_makes() -> None:
    assert make_sketch.make() == Path(make_sketch.FILE).read_text("utf-8")


@pytest.mark.parametrize("vector", VECTORS["items"])
def test_an_item_and_its_walk(vector: list[Any]) -> None:
    created_at, record_id, item, steps = vector
    assert f"{item_of(created_at, bytes.fromhex(record_id)):026x}" == item
    assert walk(int(item, 16), SKETCH_SYMBOLS_MAX) == steps


@pytest.mark.parametrize("vector", [*VECTORS["differences"], *VECTORS["broken"]], ids=lambda vector: vector["name"])
def test_a_difference_is_read_or_guessed(vector: dict[str, Any]) -> None:
    symbols = unpack_symbols(bytes.fromhex(vector["symbols"]))
    assert make_sketch.plain_places(symbols) == vector["read"]
    assert guess(symbols, vector.get("apart", 3)) == vector["guessed"]


@given(shared=ENTRIES, ours=ENTRIES, theirs=ENTRIES)
def test_what_only_one_has_is_read_in_the_order_of_the_set(
    shared: set[Entry], ours: set[Entry], theirs: set[Entry]
) -> None:
    one, other = shared | ours, shared | theirs
    found = solve(subtract(symbols_of(one, 512), symbols_of(other, 512)))
    assert found is not None
    places = [tuple((at, record_id[:4]) for at, record_id in sorted(each)) for each in (one - other, other - one)]
    if len({place for side in places for place in side}) == len(one ^ other):
        assert [found.ours, found.theirs] == places


@given(entries=ENTRIES, count=st.integers(1, 64))
def test_what_was_added_and_taken_out_leaves_nothing(entries: set[Entry], count: int) -> None:
    symbols = symbols_of(entries, count)
    add_entries(symbols, entries, -1)
    assert not any(symbols)


@given(st.binary(max_size=100))
def test_any_bytes_are_symbols_and_a_part_of_one_is_ignored(data: bytes) -> None:
    symbols = unpack_symbols(data)
    assert pack_symbols(symbols) == data[: len(data) // SYMBOL_BYTES * SYMBOL_BYTES]
    solve(symbols)


def test_an_item_is_in_two_of_the_symbols_that_come_by_it() -> None:
    rng = random.Random(0)
    walks = [walk(item_of(rng.getrandbits(32), rng.randbytes(32)), 256) for _ in range(4_000)]
    assert all(steps == sorted(set(steps)) and steps[0] == 0 for steps in walks)
    for at in (1, 4, 20, 100, 255):
        expected = len(walks) * 2 / (at + 2)
        assert abs(sum(at in steps for steps in walks) - expected) < 5 * expected**0.5


@pytest.mark.parametrize("differing", [1, 8, 60, 300])
def test_it_takes_less_than_two_symbols_a_record(differing: int) -> None:
    rng = random.Random(differing)
    needed = []
    for _ in range(5):
        symbols = symbols_of([(rng.getrandbits(32), rng.randbytes(32)) for _ in range(differing)], 4 * differing + 40)
        needed.append(next(count for count in range(1, len(symbols)) if solve(symbols[:count]) is not None))
    assert sum(needed) / len(needed) <= 2.2 * differing + 2


def test_hostile_symbols_have_no_more_items_than_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = 0

    def counted(item: int, stop: int) -> list[int]:
        nonlocal walks
        walks += 1
        return walk(item, stop)

    monkeypatch.setattr(sketch, "walk", counted)
    rng = random.Random(0)
    for seed in range(20):
        item = item_of(seed, rng.randbytes(32))
        liars = [item_of(rng.getrandbits(32), rng.randbytes(32)) for _ in range(60)]
        for symbols in ([item] * 60, liars, [item, 2**104 - item] * 30, [0, *liars, item]):
            walks = 0
            solve(symbols)
            assert walks <= len(symbols)


def test_the_scatter_of_counts_tells_about_how_many_differ() -> None:
    rng = random.Random(1)
    for ours, theirs in ((500, 500), (700, 500), (60, 60), (0, 200)):
        left = subtract(*(symbols_of([(0, rng.randbytes(32)) for _ in range(count)], 64) for count in (ours, theirs)))
        assert 0.4 * (ours + theirs) < guess(left, ours - theirs) < 2 * (ours + theirs)
