"""Fetching: the content of shells is asked of one neighbour after the other, and given a little at a time."""

import pytest

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    FETCH_LOAD_RECORDS,
    FETCH_TRIES_MAX,
    FETCHES_MAX,
    FETCHES_PER_PEER_MAX,
    PULL_PATIENCE_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import Fetch, Lacking
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Load, Request, Send
from peerset.protocol.events import FetchFailed
from peerset.protocol.fetching import Fetching

ONE, TWO = PeerId("one"), PeerId("two")
AT = 1_790_000_000


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(AT + int(seconds)))


def ids(count: int, start: int = 0) -> list[RecordId]:
    return [RecordId(number.to_bytes(8, "big") + bytes(24)) for number in range(start, start + count)]


def fetching(*peers: PeerId, members: list[RecordId] | None = None) -> Fetching:
    made = Fetching(Index.bulk([(AT, each) for each in members or ()]))
    for peer in peers:
        made.join(peer)
    return made


def questions(effects: list[Request]) -> list[tuple[PeerId, int, int]]:
    return [
        (effect.peer, effect.message.created_at, len(effect.message.prefixes))
        for effect in effects
        if isinstance(effect, Send) and isinstance(effect.message, Fetch)
    ]


def failed(effects: list[Request]) -> int:
    return sum(len(e.event.ids) for e in effects if isinstance(e, Emit) and isinstance(e.event, FetchFailed))


def test_what_is_asked_for_goes_to_one_neighbour_by_its_second() -> None:
    machine = fetching(ONE, TWO)
    entries = [(AT, each) for each in ids(ANNOUNCE_IDS_MAX + 1)] + [(AT + 1, each) for each in ids(1, 1_000)]
    assert questions(machine.fetch(entries, at(0))) == [(ONE, AT, ANNOUNCE_IDS_MAX), (ONE, AT, 1), (ONE, AT + 1, 1)]
    assert machine.fetch(entries, at(1)) == [], "what is asked for already is not asked for again"


def test_who_lacks_it_is_followed_by_the_next_and_at_last_it_failed() -> None:
    machine = fetching(ONE, TWO)
    (record_id,) = ids(1)
    machine.fetch([(AT, record_id)], at(0))
    assert machine.lacked(TWO, [record_id[:8]], at(1)) == [], "it was not asked"
    assert questions(machine.lacked(ONE, [record_id[:8]], at(1))) == [(TWO, AT, 1)]
    assert machine.wants(record_id)
    effects = machine.lacked(TWO, [record_id[:8]], at(2))
    assert (questions(effects), failed(effects), machine.wants(record_id)) == ([], 1, False)


def test_who_says_nothing_is_followed_by_the_next() -> None:
    machine = fetching(ONE, TWO)
    machine.fetch([(AT, each) for each in ids(3)], at(0))
    assert machine.deadline == PULL_PATIENCE_SECONDS
    assert machine.tick(at(PULL_PATIENCE_SECONDS - 1)) == []
    assert questions(machine.tick(at(PULL_PATIENCE_SECONDS))) == [(TWO, AT, 3)]
    assert failed(machine.tick(at(2 * PULL_PATIENCE_SECONDS))) == 3
    assert machine.deadline is None


def test_who_left_is_followed_by_the_next_and_nobody_means_that_it_failed_at_once() -> None:
    machine = fetching(ONE)
    machine.fetch([(AT, each) for each in ids(1)], at(0))
    machine.leave(ONE)
    assert failed(machine.tick(at(PULL_PATIENCE_SECONDS))) == 1
    assert failed(machine.fetch([(AT, each) for each in ids(2)], at(30))) == 2


def test_what_came_is_asked_for_no_more() -> None:
    machine = fetching(ONE)
    (record_id,) = ids(1)
    machine.fetch([(AT, record_id)], at(0))
    machine.end(record_id)
    assert not machine.wants(record_id)
    assert machine.tick(at(60)) == []


def test_no_more_than_so_many_are_asked_and_no_more_than_so_many_at_once() -> None:
    machine = fetching(*(PeerId(f"peer {number}") for number in range(FETCH_TRIES_MAX + 5)))
    (record_id,) = ids(1)
    effects = machine.fetch([(AT, record_id)], at(0))
    asked = 0
    while questions(effects):
        asked += 1
        effects = machine.lacked(questions(effects)[0][0], [record_id[:8]], at(asked))
    assert (asked, failed(effects)) == (FETCH_TRIES_MAX, 1)
    assert failed(machine.fetch([(AT, each) for each in ids(FETCHES_MAX + 3)], at(99))) == 3


def test_a_neighbour_is_given_a_little_at_a_time_and_told_what_is_lacking() -> None:
    members = ids(FETCH_LOAD_RECORDS + 2)
    machine = fetching(ONE, members=members)
    prefixes = tuple(each[:8] for each in [*members, *ids(1, 5_000)])
    lacking, load = machine.asked(ONE, Fetch(AT, prefixes), at(0))
    assert lacking == Send(ONE, Lacking(0, (ids(1, 5_000)[0][:8],)))
    assert load == Load(ONE, 0, tuple(members[:FETCH_LOAD_RECORDS]))
    blobs = [b"", *[b"content"] * (FETCH_LOAD_RECORDS - 1)]
    found, effects = machine.loaded(ONE, blobs)
    assert found == [(each, b"content") for each in members[1:FETCH_LOAD_RECORDS]]
    assert effects == [
        Send(ONE, Lacking(0, (members[0][:8],))),
        Load(ONE, 0, tuple(members[FETCH_LOAD_RECORDS:])),
    ]
    assert machine.loaded(ONE, []) == ([], [Send(ONE, Lacking(0, tuple(each[:8] for each in members[-2:])))])


def test_a_neighbour_that_asks_for_too_much_is_told_that_it_is_lacking() -> None:
    members = ids(FETCHES_PER_PEER_MAX + FETCH_LOAD_RECORDS + 1)
    machine = fetching(ONE, members=members)
    lacking = 0
    for start in range(0, len(members), ANNOUNCE_IDS_MAX):
        message = Fetch(AT, tuple(each[:8] for each in members[start : start + ANNOUNCE_IDS_MAX]))
        said = [e.message for e in machine.asked(ONE, message, at(0)) if isinstance(e, Send)]
        lacking += sum(len(each.short_ids) for each in said if isinstance(each, Lacking))
    assert lacking == 1


@pytest.mark.parametrize("peer", [ONE, TWO])
def test_what_was_read_for_one_who_left_is_given_to_nobody(peer: PeerId) -> None:
    machine = fetching(ONE, members=ids(1))
    machine.asked(ONE, Fetch(AT, (ids(1)[0][:8],)), at(0))
    machine.leave(ONE)
    assert machine.loaded(peer, [b"content"]) == ([], [])
