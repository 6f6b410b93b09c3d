"""What one neighbour is still to be told."""

from dataclasses import replace

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    ANNOUNCEMENTS_MAX,
    FRAME_BYTES_MAX,
    LIVE_WINDOW_BYTES,
    PULLS_PER_PEER_MAX,
)
from peerset.core.message import Announce, Records
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.inlet import QUARTER, Inlet
from peerset.protocol.outlet import Outlet, cut_blobs
from peerset.protocol.recents import Recents, recent_of
from tests.protocol.pair import START, make_record

PEER = PeerId("0000peer")
NOW = Moment(Monotonic(0.0), START)


def make_outlet(*records: Record) -> tuple[Outlet, Recents]:
    recents = Recents()
    for record in records:
        recents.add(record)
    return Outlet(PEER, recents), recents


def given(outlet: Outlet) -> list[bytes]:
    return [blob for message in outlet.next_messages() if isinstance(message, Records) for blob in message.blobs]


def give_all(outlet: Outlet, records: list[Record], *, is_ours: bool = False) -> None:
    for record in records:
        outlet.give(replace(recent_of(record), is_ours=is_ours))


def test_records_are_given_as_far_as_credit_goes_and_the_rest_when_more_comes() -> None:
    records = [make_record(number) for number in range(60)]
    outlet, _ = make_outlet(*records)
    give_all(outlet, records)
    assert outlet.next_messages() == [Records(0, tuple(record.wire for record in records[:48]))]
    assert outlet.next_messages() == []
    assert not outlet.is_empty
    assert outlet.credit(QUARTER)
    assert outlet.next_messages() == [Records(0, tuple(record.wire for record in records[48:]))]
    assert outlet.is_empty


def test_what_waits_counts_before_anything_is_pushed() -> None:
    records = [make_record(number, size=60_000) for number in range(4)]
    outlet, _ = make_outlet(*records)
    for record in records[:3]:
        assert outlet.has_credit(recent_of(record))
        outlet.give(recent_of(record))
    assert not outlet.has_credit(recent_of(records[3]))


def test_our_own_go_first_and_have_a_part_of_the_credit_for_them() -> None:
    others = [make_record(number) for number in range(60)]
    ours = [make_record(number, author=9) for number in range(17)]
    outlet, recents = make_outlet(*others)
    give_all(outlet, others)
    own = [recents.add(record) for record in ours]
    for recent in own:
        recent.is_ours = True
    assert outlet.has_credit(own[0])
    outlet.give(own[0])
    assert not outlet.has_credit(recent_of(others[0]))
    assert given(outlet) == [own[0].wire, *(record.wire for record in others[:47])]
    for recent in own[1:]:
        assert outlet.has_credit(recent)
        outlet.give(recent)
    assert given(outlet) == [recent.wire for recent in own[1:]]
    assert not outlet.has_credit(own[0])


def test_what_is_passed_on_goes_its_authors_in_turn() -> None:
    flood = [make_record(number) for number in range(40)]
    late = make_record(1, author=9)
    outlet, _ = make_outlet(*flood, late)
    give_all(outlet, [*flood, late])
    assert given(outlet) == [record.wire for record in (flood[0], late, *flood[1:])]


def test_the_other_end_grants_exactly_what_is_sent() -> None:
    records = [make_record(number, size=number * 300) for number in range(100)]
    outlet, _ = make_outlet(*records)
    give_all(outlet, records, is_ours=True)
    inlet, got, now = Inlet(), 0, NOW
    while got < len(records):
        for message in outlet.next_messages():
            assert isinstance(message, Records)
            assert inlet.take_records(message.blobs)
            got += len(message.blobs)
        assert not inlet.take_records([records[-1].wire] * 4)
        total = inlet.dealt(inlet._taken - inlet._dealt, 0, now)
        # After a burst it comes as time goes on.
        while total is None and inlet.deadline is not None:
            now = replace(now, monotonic=inlet.deadline)
            total = inlet.tick(now)
        assert total is None or outlet.credit(total)


def test_credit_never_falls_and_never_exceeds_what_was_sent() -> None:
    record = make_record(1, size=60_000)
    outlet, _ = make_outlet(record)
    give_all(outlet, [record])
    outlet.next_messages()
    assert not outlet.credit(len(record.wire) + 1)
    assert outlet.credit(len(record.wire))
    assert not outlet.credit(len(record.wire) - 1)


def test_announcements_are_cut_into_full_messages_and_stop_without_credit() -> None:
    records = [make_record(number) for number in range(100)]
    outlet, _ = make_outlet(*records)
    for record in records:
        outlet.announce(record.id[:8])
    sizes = [len(message.prefixes) for message in outlet.next_messages() if isinstance(message, Announce)]
    assert sizes == [ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX]


def test_so_many_announcements_wait_and_what_comes_then_is_left_to_sync() -> None:
    record = make_record(1)
    outlet, _ = make_outlet(record)
    for _ in range(ANNOUNCEMENTS_MAX):
        outlet.announce(record.id[:8])
    assert not outlet.is_behind
    outlet.announce(record.id[:8])
    assert outlet.is_behind


def test_so_many_records_wait_to_be_given_and_what_comes_then_is_left_to_sync() -> None:
    record = make_record(1)
    outlet, _ = make_outlet(record)
    assert all(outlet.give(recent_of(record)) for _ in range(PULLS_PER_PEER_MAX))
    assert not outlet.is_behind
    assert not outlet.give(recent_of(record))
    assert outlet.is_behind


def test_what_is_gone_by_then_is_left_to_sync_and_what_was_purged_to_nobody() -> None:
    gone, purged, held = make_record(1), make_record(2), make_record(3)
    outlet, recents = make_outlet(purged, held)
    give_all(outlet, [purged])
    recents.purge([purged.id])
    recents.add(held).holders.add(PEER)
    outlet.announce(purged.id[:8])
    outlet.announce(held.id[:8])
    assert outlet.next_messages() == []
    assert not outlet.is_behind
    outlet.announce(gone.id[:8])
    assert outlet.next_messages() == []
    assert outlet.is_behind
    outlet.is_behind = False
    give_all(outlet, [gone])
    assert outlet.next_messages() == []
    assert outlet.is_behind


def test_blobs_are_cut_into_messages_of_bounded_size() -> None:
    frames = cut_blobs([b"x" * 25_000] * 5)
    assert [len(frame) for frame in frames] == [2, 2, 1]
    assert all(sum(map(len, frame)) <= FRAME_BYTES_MAX for frame in frames)
    assert cut_blobs([]) == []
    assert LIVE_WINDOW_BYTES > FRAME_BYTES_MAX
