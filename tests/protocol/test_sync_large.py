"""Reconciliation of sets whose answers take several messages; ids alone, for records would take minutes to sign."""

import random
from collections import deque

import pytest

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic
from peerset.core.limits import ROUND_BYTES_MAX
from peerset.core.merkle import Index
from peerset.core.message import Ranges, Records
from peerset.core.signal import PeerId
from peerset.protocol.effects import Load, Send, Strike
from peerset.protocol.sync import State, Sync
from tests.protocol import large
from tests.protocol.pair import ROOM, START

NOW = Moment(Monotonic(0.0), START)
UNDER_WAY = (State.COMPARING, State.FETCHING)
Entries = set[tuple[int, bytes]]


def draw(count: int, *, crowding: int, seed: int) -> list[tuple[int, bytes]]:
    """Draw entries of the last 80 days; the larger *crowding*, the more of them are young."""
    rng = random.Random(seed)
    return [(START - 10 - int(rng.random() ** crowding * 80 * DAY_SECONDS), rng.randbytes(32)) for _ in range(count)]


def compare(ours: Entries, theirs: Entries) -> tuple[set[bytes], set[bytes], int]:
    """Let two peers compare; give the ids that each then has to send, and how many messages had *more* to come."""
    syncs = [
        Sync(
            PeerId(f"0000{number}"),
            Index.bulk(entries),
            ROOM.tag,
            salt=b"s" * 16,
            is_initiator=number == 0,
            sift=lambda _salt, wanted, _lower, _items: wanted,
            rng=random.Random(0),
        )
        for number, entries in enumerate((ours, theirs))
    ]
    sent: tuple[set[bytes], set[bytes]] = (set(), set())
    continued = 0
    todo = deque((0, effect) for effect in syncs[0].start(NOW))
    while todo or any(sync.state in UNDER_WAY for sync in syncs):
        if not todo:
            todo.extend((number, effect) for number, sync in enumerate(syncs) for effect in sync.tick(NOW))
            continue
        number, effect = todo.popleft()
        assert not isinstance(effect, Strike), effect
        if isinstance(effect, Load):
            # Empty blobs cost no credit, so everything is asked for.
            sent[number].update(effect.ids)
            todo.extend((number, more) for more in syncs[number].loaded(effect.round, (), NOW))
        elif isinstance(effect, Send) and not isinstance(effect.message, Records):
            message = wire.decode(wire.encode(effect.message))
            continued += isinstance(message, Ranges) and message.more
            todo.extend((1 - number, more) for more in syncs[1 - number].receive(message, NOW))  # type: ignore[arg-type]  # what sync sends it takes
    return *sent, continued


@pytest.mark.parametrize(
    ("count", "crowding", "share"),
    [(3_000, 1, 0.5), (20_000, 4, 0.5), (30_000, 1, 0.5), (30_000, 4, 0.0), (30_000, 6, 0.9)],
)
def test_each_side_sends_exactly_what_the_other_lacks(count: int, crowding: int, share: float) -> None:
    rng = random.Random(count)
    ours: Entries = set()
    theirs: Entries = set()
    for entry in draw(count, crowding=crowding, seed=count):
        is_shared = rng.random() < share
        if is_shared or rng.random() < 0.5:
            ours.add(entry)
        if is_shared or entry not in ours:
            theirs.add(entry)
    pushed, given, continued = compare(ours, theirs)
    assert pushed == {record_id for _, record_id in ours - theirs}
    assert given == {record_id for _, record_id in theirs - ours}
    assert (continued > 0) == (count >= 20_000)


def test_wants_that_cross_a_new_answer_name_the_lists_before_it() -> None:
    # An honest peer was struck here: its second Want came after the first part of its own answer.
    rng = random.Random(0)
    entries = draw(20_000, crowding=4, seed=0)
    ours, theirs = ({entry for entry in entries if rng.random() < 0.5} for _ in range(2))
    pushed, given, continued = compare(ours, theirs)
    assert continued > 0
    assert len(pushed) + len(given) == len(ours ^ theirs)


SCALE = 20
MILLION = 1_000_000 // SCALE


@pytest.mark.parametrize(
    ("ours", "theirs", "shared"),
    [
        pytest.param(MILLION, MILLION, MILLION // 2, id="half of a million differ"),
        pytest.param(MILLION, MILLION, MILLION * 19 // 20, id="one in ten of a million differs, all over the days"),
        pytest.param(MILLION // 5, MILLION // 50, 0, id="200,000 meet 20,000"),
    ],
)
def test_large_sets_are_equal_after_three_rounds_without_a_strike(ours: int, theirs: int, shared: int) -> None:
    # Everything is a twentieth of what it would be: records, days, and what may be said in a round.
    entries = large.draw(ours + theirs - shared, random.Random(0), days=88 / SCALE)
    meeting = large.Meeting(entries[:ours], entries[ours - shared :], ROUND_BYTES_MAX // SCALE)
    meeting.run()
    assert meeting.rounds <= 3
    assert meeting.strikes == 0
    # What is wanted is counted apart.
    assert max(meeting.said_bytes) <= 2 * meeting.rounds * (ROUND_BYTES_MAX // SCALE)


@pytest.mark.parametrize(("ours", "theirs", "shared"), [(20_000, 2_000, 0), (10_000, 10_000, 5_000)])
def test_nodes_of_large_sets_are_equal_after_one_round_and_blame_nobody(ours: int, theirs: int, shared: int) -> None:
    records = large.unsigned(ours + theirs - shared, random.Random(0))
    nodes = large.Nodes(records[:ours], records[ours - shared :])
    nodes.meet()
    assert nodes.is_equal
    assert nodes.rounds == 1
    assert nodes.strikes == 0
