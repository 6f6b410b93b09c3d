import random
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.avl import BlockTree
from peerset.core.block import BLOCK_ENTRIES_MAX, BLOCK_ENTRIES_MIN, Block
from peerset.core.message import Bound
from peerset.errors import ConfigError

Entry = tuple[int, bytes]

COUNT: Final = 4_000


def make_entries(count: int, *, seconds: int = 1_000_000, seed: int = 0) -> list[Entry]:
    """Distinct entries; few *seconds* make many of one time."""
    rng = random.Random(seed)
    return sorted({(rng.randrange(seconds), rng.randbytes(32)) for _ in range(count)})


def shuffled(entries: Sequence[Entry]) -> list[Entry]:
    return random.Random(1).sample(entries, len(entries))


def from_both_ends(entries: Sequence[Entry]) -> list[Entry]:
    """First, last, second, last but one: every new block hangs in the middle."""
    half = len(entries) // 2
    return [entry for pair in zip(entries[:half], reversed(entries[half:]), strict=True) for entry in pair]


ORDERS: Final[dict[str, Callable[[Sequence[Entry]], list[Entry]]]] = {
    "ascending": list,
    "descending": lambda entries: list(reversed(entries)),
    "both ends": from_both_ends,
    "middle outwards": lambda entries: list(reversed(from_both_ends(entries))),
    "shuffled": shuffled,
}


def grown(entries: Sequence[Entry]) -> BlockTree:
    tree = BlockTree()
    for entry in entries:
        assert tree.insert(*entry)
    tree._check()
    return tree


def contents(tree: BlockTree) -> list[Entry]:
    return list(tree.entries(0, len(tree)))


@pytest.mark.parametrize("order", ORDERS)
def test_insertions_in_any_order_give_the_sorted_set(order: str) -> None:
    entries = make_entries(COUNT)
    assert contents(grown(ORDERS[order](entries))) == entries


@pytest.mark.parametrize("order", ORDERS)
def test_removals_in_any_order_keep_the_tree_whole(order: str) -> None:
    entries = make_entries(COUNT)
    tree = BlockTree.bulk(entries)
    remaining = set(entries)
    for number, entry in enumerate(ORDERS[order](entries)):
        assert tree.remove(*entry)
        remaining.remove(entry)
        if number % 250 == 0:
            tree._check()
            assert contents(tree) == sorted(remaining)
    assert len(tree) == 0
    assert contents(tree) == []


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3_000), st.integers(1, 400), st.sampled_from([1, -1, 7])), max_size=25
    ),
    st.sampled_from([1, 40, 100_000]),
)
def test_runs_of_insertions_and_removals_match_a_model(runs: list[tuple[bool, int, int, int]], seconds: int) -> None:
    entries = make_entries(3_000, seconds=seconds)
    tree, model = BlockTree(), set[Entry]()
    for is_insertion, start, length, stride in runs:
        for number in range(length):
            entry = entries[(start + number * stride) % len(entries)]
            if is_insertion:
                assert tree.insert(*entry) == (entry not in model)
                model.add(entry)
            else:
                assert tree.remove(*entry) == (entry in model)
                model.discard(entry)
        tree._check()
        assert len(tree) == len(model)
    assert contents(tree) == sorted(model)


@pytest.mark.parametrize("seconds", [1, 50, 1_000_000])
def test_ranks_and_selections_agree_with_a_sorted_list(seconds: int) -> None:
    entries = make_entries(2_000, seconds=seconds)
    tree = grown(shuffled(entries))
    rng = random.Random(2)
    for created_at, record_id in rng.sample(entries, 300):
        for bound in ((created_at, record_id), (created_at, record_id[:1]), (created_at, b""), (created_at + 1, b"")):
            assert tree.rank(bound) == bisect_left(entries, bound)
    assert [tree.select(index) for index in range(len(entries))] == entries


def test_a_slice_comes_in_order() -> None:
    entries = make_entries(1_000, seconds=30)
    tree = BlockTree.bulk(entries)
    for start, stop in ((0, 1_000), (0, 0), (3, 900), (191, 193), (500, 400), (990, 5_000)):
        assert list(tree.entries(start, stop)) == entries[start:stop]


@pytest.mark.parametrize("seconds", [1, 50, 1_000_000])
def test_what_lies_between_two_bounds_comes_in_order_block_by_block(seconds: int) -> None:
    entries = make_entries(2_000, seconds=seconds)
    tree = grown(shuffled(entries))
    rng = random.Random(3)
    bounds: list[Bound] = [(-1, b""), (0, b""), entries[0], (seconds, b""), (seconds + 5, b"\x01")]
    for created_at, record_id in rng.sample(entries, 30):
        bounds += [(created_at, record_id), (created_at, record_id[:1]), (created_at, b""), (created_at + 1, b"")]
    for lower, upper in (rng.sample(bounds, 2) for _ in range(500)):
        pieces = list(tree.between(lower, upper))
        inside = [entry for entry in entries if lower <= entry < upper]
        assert [block.entry(at) for block, first, end in pieces for at in range(first, end)] == inside
        assert all(first < end for _, first, end in pieces)
    assert list(BlockTree().between((0, b""), (seconds, b""))) == []


@pytest.mark.parametrize("seconds", [40, 1_000_000])
def test_what_lies_between_two_seconds_is_what_lies_between_their_bounds(seconds: int) -> None:
    tree = BlockTree.bulk(make_entries(COUNT, seconds=seconds))
    rng = random.Random(3)
    for _ in range(300):
        start, stop = sorted((rng.randrange(-1, seconds + 2), rng.randrange(-1, seconds + 2)))
        assert tree.stretch(start, stop) == list(tree.between((start, b""), (stop, b"")))
    assert BlockTree().stretch(0, seconds) == []


@pytest.mark.parametrize("seconds", [300, 2**33])
def test_times_past_the_year_2106_stand_beside_others(seconds: int) -> None:
    entries = [
        (created_at + 2**32 - seconds // 2, record_id) for created_at, record_id in make_entries(1_500, seconds=seconds)
    ]
    for tree in (BlockTree.bulk(entries), grown(entries), grown(shuffled(entries))):
        tree._check()
        assert list(tree.entries(0, len(tree))) == entries
        assert tree.rank((2**32, b"")) == bisect_left(entries, (2**32, b""))
        for entry in shuffled(entries)[:1_000]:
            assert tree.remove(*entry)
        tree._check()


def test_a_time_takes_four_bytes() -> None:
    entries = make_entries(1_000)
    for tree in (BlockTree.bulk(entries), grown(entries)):
        assert {block.times.itemsize for block, _, _ in tree.between((0, b""), (2**32, b""))} == {4}


def test_an_entry_is_a_member_only_with_time_and_id() -> None:
    created_at, record_id = 5, bytes(32)
    tree = BlockTree()
    assert (created_at, record_id) not in tree
    tree.insert(created_at, record_id)
    assert (created_at, record_id) in tree
    assert (created_at + 1, record_id) not in tree
    assert (created_at, b"\x01" * 32) not in tree


def test_a_repeated_insertion_changes_nothing() -> None:
    tree = BlockTree()
    assert tree.insert(1, bytes(32))
    assert not tree.insert(1, bytes(32))
    assert len(tree) == 1


def test_removing_what_is_not_there_changes_nothing() -> None:
    tree = BlockTree()
    assert not tree.remove(1, bytes(32))
    tree.insert(1, bytes(32))
    assert not tree.remove(2, bytes(32))
    assert len(tree) == 1


def test_a_bulk_build_sorts_and_drops_repeated_entries() -> None:
    entries = make_entries(1_000)
    tree = BlockTree.bulk(shuffled(entries) + entries[:100])
    tree._check()
    assert contents(tree) == entries
    assert contents(BlockTree.bulk([])) == []


@pytest.mark.parametrize("count", [1, 63, 64, 192, 193, 256, 257, 384, 385, 1_000])
def test_a_bulk_build_of_any_size_keeps_the_invariants(count: int) -> None:
    tree = BlockTree.bulk(make_entries(count))
    tree._check()
    assert len(tree) == count


@pytest.mark.parametrize("index", [-1, 3, 2**40])
def test_selecting_past_the_ends_is_an_index_error(index: int) -> None:
    tree = BlockTree.bulk(make_entries(3))
    with pytest.raises(IndexError, match="of 3"):
        tree.select(index)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_id_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ConfigError, match="ids have 32"):
        BlockTree().insert(1, bytes(size))


def test_a_sparse_tree_does_not_keep_nearly_empty_blocks() -> None:
    entries = make_entries(20_000)
    tree = BlockTree.bulk(entries)
    for entry in entries:
        if entry[1][0] % 16:
            tree.remove(*entry)
    tree._check()
    assert sum(1 for _ in tree.between((0, b""), (2**40, b""))) <= len(tree) // BLOCK_ENTRIES_MIN


def test_the_height_of_a_large_tree_is_logarithmic() -> None:
    tree = grown(make_entries(30_000))
    assert tree._root is not None
    # At most 1.44 log2(n + 2), Adelson-Velsky and Landis.
    assert tree._root.height <= 12


# The check itself: each kind of damage is found.


def damaged(damage: Callable[[Block], None]) -> BlockTree:
    tree = BlockTree.bulk(make_entries(1_000))
    assert tree._root is not None
    damage(tree._root)
    return tree


def swap_two(root: Block) -> None:
    root.times[0], root.times[1] = root.times[1], root.times[0]


def lean_over(root: Block) -> None:
    for _ in range(2):
        lowest = Block(array("q", range(BLOCK_ENTRIES_MIN)), bytearray(32 * BLOCK_ENTRIES_MIN))
        lowest.right, root.right = root.right, lowest
        lowest.refresh()
    root.refresh()


def overfill(root: Block) -> None:
    while len(root.times) <= BLOCK_ENTRIES_MAX:
        root.insert(0, 0, bytes(32))


def miscount(root: Block) -> None:
    root.count += 1


def lose_an_id(root: Block) -> None:
    del root.ids[:32]


def shrink(root: Block) -> None:
    while len(root.times) >= BLOCK_ENTRIES_MIN:
        root.remove(0)


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (swap_two, "not ascending"),
        (lean_over, "higher by"),
        (overfill, "a block of 257"),
        (miscount, "stored were"),
        (lose_an_id, "bytes of ids"),
        (shrink, "a block of 63"),
    ],
)
def test_the_check_finds_damage(damage: Callable[[Block], None], found: str) -> None:
    with pytest.raises(AssertionError, match=found):
        damaged(damage)._check()
