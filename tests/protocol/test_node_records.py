"""Records through whole nodes: what becomes of good and bad ones, and what they cost their senders."""

import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UnixTime
from peerset.core.limits import (
    BATCHES_AT_ONCE_MAX,
    COLLECTION_INTERVAL_SECONDS,
    COLLECTION_JITTER_SECONDS,
    RELAY_AGE_MAX_SECONDS,
    RETENTION_MARGIN_SECONDS,
    RETENTION_SECONDS,
    ROUND_INTERVAL_SECONDS,
    ROUND_TIMEOUT_SECONDS,
)
from peerset.core.message import Announce, IdList, Lacking, Pull, Ranges, Records, Root
from peerset.core.record import Record, sign_record
from peerset.protocol.effects import Load, Save, Send, Verify
from peerset.protocol.events import (
    PeerSynced,
    RecordAdded,
    RecordDeleted,
    RecordPostponed,
    RecordRejected,
    RecordsExpired,
    SaveDelayed,
    StrikeCounted,
)
from peerset.protocol.inputs import Closed, Imported, Loaded, Published, Purged, SaveFailed, Verified
from tests.protocol.pair import ROOM, START, Member, Net, key, make_record
from tests.protocol.stranger import Host, Stranger, farewells, said, told


def deletion_of(record: Record, at: int = START) -> Record:
    tags = [["h", ROOM.tag.hex()], ["e", record.id.hex()]]
    return sign_record(key(1), created_at=UnixTime(at), kind=5, tags=tags, content="")


def forged(record: Record) -> Record:
    """Give *record*'s wire form with a bit of its signature turned."""
    wire = bytearray(record.wire)
    wire[-1] ^= 1
    return Record(
        record.id,
        record.author,
        record.created_at,
        record.kind,
        record.tags,
        record.content,
        bytes(wire[-64:]),
        bytes(wire),
    )


# Our own user.


def test_a_published_record_is_saved_told_and_pushed() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    record = make_record(1)
    effects = host.feed(Published((record,)))
    assert told(effects, RecordAdded) == [RecordAdded(record, None)]
    assert host.node.count == 1
    assert said(effects, stranger.peer, Records) == [Records(0, (record.wire,))]


def test_an_imported_record_must_be_signed() -> None:
    host = Host()
    effects = host.feed(Imported((forged(make_record(1)), make_record(2, author=2))))
    assert [rejected.source for rejected in told(effects, RecordRejected)] == ["signature"]
    assert told(effects, StrikeCounted) == []
    assert host.node.count == 1


def test_a_store_that_is_full_delays_a_record_and_loses_nothing() -> None:
    host = Host()
    host.unanswered.add(Save)
    record = make_record(1)
    (save,) = [effect for effect in host.feed(Published((record,))) if isinstance(effect, Save)]
    effects = host.feed(SaveFailed(save.batch, "disk full"))
    assert told(effects, SaveDelayed) == [SaveDelayed("disk full", (record.id,))]
    assert host.node.count == 0
    assert host.node.is_quiet
    host.unanswered.clear()
    host.feed(Published((record,)))
    assert host.node.count == 1


def test_old_records_are_won_by_comparing_and_not_announced() -> None:
    host = Host()
    one, two = Stranger(host, 2), Stranger(host, 3)
    for stranger in (one, two):
        stranger.establish()
        stranger.settle()
    effects = one.say(Records(0, (make_record(1, at=START - RELAY_AGE_MAX_SECONDS - 1).wire,)))
    effects += host.wait(ROUND_INTERVAL_SECONDS)
    assert said(effects, two.peer, Announce) == []
    assert len(said(effects, two.peer, Root)) == 1
    assert said(effects, one.peer, Root) == []


# What peers send.


def test_a_record_of_one_peer_is_announced_to_the_others_and_can_be_pulled() -> None:
    host = Host()
    one, two = Stranger(host, 2), Stranger(host, 3)
    one.establish()
    two.establish()
    record = make_record(1)
    effects = one.say(Records(0, (record.wire,)))
    assert said(effects, two.peer, Announce) == [Announce((record.id[:8],))]
    assert said(effects, one.peer, Announce) == []
    assert two.say(Pull((record.id[:8],))) == [Send(two.peer, Records(0, (record.wire,)))]


def test_an_announced_record_is_pulled() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    assert stranger.say(Announce((b"a" * 8,))) == [Send(stranger.peer, Pull((b"a" * 8,)))]


def test_malformed_records_are_struck_once_a_message_and_spoil_no_other() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = stranger.say(Records(0, (b"no record", make_record(1).wire, b"neither")))
    assert len(told(effects, StrikeCounted)) == 1
    assert host.node.count == 1
    stranger.settle()
    assert host.node.is_quiet


def test_forged_signatures_lead_to_a_ban() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = stranger.say(Records(0, tuple(forged(make_record(number)).wire for number in range(3))))
    (strike,) = told(effects, StrikeCounted)
    assert (strike.state, strike.reason) == ("banned", "a signature is not its author's, 3 times")
    assert farewells(effects, stranger.peer) == ["BANNED"]
    assert host.node.count == 0


def test_what_a_peer_sent_before_it_left_is_kept_and_owed_to_nobody() -> None:
    host = Host()
    host.unanswered.add(Verify)
    stranger = Stranger(host, 2)
    stranger.establish()
    (verify,) = [e for e in stranger.say(Records(0, (make_record(1).wire,))) if isinstance(e, Verify)]
    host.feed(Closed(stranger.peer, "gone"))
    host.feed(Verified(verify.batch, (True,)))
    assert host.node.count == 1


def test_records_of_an_old_channel_are_not_counted_for_the_new_one() -> None:
    host = Host()
    host.unanswered.add(Verify)
    stranger = Stranger(host, 2)
    stranger.establish()
    for number in range(BATCHES_AT_ONCE_MAX + 1):
        stranger.say(Records(0, (make_record(number).wire,)))
    stranger.establish()
    host.unanswered.clear()
    for batch in range(1, BATCHES_AT_ONCE_MAX + 1):
        host.feed(Verified(batch, (True,)))
    stranger.settle()
    assert host.node.count == BATCHES_AT_ONCE_MAX + 1
    assert host.node.is_quiet
    assert [status.gained for status in host.node.peers] == [0]


# Two whole nodes.


def meet(net: Net, one: Member, two: Member) -> None:
    net.connect(one, two)
    net.pass_time(2 * ROUND_TIMEOUT_SECONDS)


def events_of(member: Member, kind: type) -> list[object]:
    return [event for event in member.events if isinstance(event, kind)]


def test_a_record_of_another_room_is_refused_and_the_rest_arrives() -> None:
    net = Net()
    stray = sign_record(key(1), created_at=START, kind=1078, tags=[["h", "00" * 16]], content="elsewhere")
    good = make_record(1)
    one, two = net.add(1, [stray, good]), net.add(2)
    net.connect(one, two)
    assert set(two.disk) == {good.id}
    rejected = events_of(two, RecordRejected)
    assert [event.source for event in rejected if isinstance(event, RecordRejected)] == ["room"]
    assert len(events_of(two, StrikeCounted)) == 1


@pytest.mark.parametrize("extra", [0, 1])
def test_sets_that_cannot_become_equal_back_off_and_never_count_as_synced(extra: int) -> None:
    net = Net()
    tags = [["h", "00" * 16]]
    stray = sign_record(key(1), created_at=UnixTime(START - HOUR_SECONDS), kind=1078, tags=tags, content="elsewhere")
    one, two = net.add(1, [stray]), net.add(2, [make_record(number) for number in range(extra)])
    net.connect(one, two)
    net.pass_time(1)
    assert [status.is_synced for member in (one, two) for status in member.node.peers] == [False, False]
    net.pass_time(300)
    roots = [message for member in (one, two) for _, message, _ in member.sent if isinstance(message, Root)]
    assert 4 <= len(roots) <= 8
    assert [status.is_synced for member in (one, two) for status in member.node.peers] == [False, False]


def test_an_expired_record_is_not_even_offered() -> None:
    net = Net()
    old = make_record(1, at=START - RETENTION_SECONDS + RETENTION_MARGIN_SECONDS - DAY_SECONDS)
    one, two = net.add(1, [old]), net.add(2)
    meet(net, one, two)
    assert two.disk == {}
    assert two.events.count(PeerSynced(one.name, 0, 0)) >= 1


def test_a_record_from_the_future_waits_with_the_other_and_joins_when_due() -> None:
    net = Net()
    early = make_record(1, at=START + HOUR_SECONDS)
    one, two = net.add(1, [early]), net.add(2)
    net.connect(one, two)
    assert two.disk == {}
    assert len(events_of(two, RecordPostponed)) == 1
    assert events_of(two, StrikeCounted) == []
    net.pass_time(HOUR_SECONDS)
    assert set(two.disk) == {early.id}
    assert one.node.root(net.now) == two.node.root(net.now)


def test_a_deletion_reaches_the_other_and_its_target_does_not_come_back() -> None:
    net = Net()
    record = make_record(1, at=START - HOUR_SECONDS)
    one, two = net.add(1, [record]), net.add(2, [record])
    net.connect(one, two)
    deletion = deletion_of(record)
    net.publish(one, deletion)
    net.pass_time(1)
    assert set(one.disk) == set(two.disk) == {deletion.id}
    assert events_of(two, RecordDeleted) == [RecordDeleted(record.id, deletion.id)]
    late = net.add(3, [record])
    net.connect(late, two)
    net.pass_time(2 * ROUND_TIMEOUT_SECONDS)
    assert set(two.disk) == {deletion.id}
    assert set(late.disk) == {deletion.id}


def test_a_deletion_from_the_future_deletes_nothing_before_it_is_due() -> None:
    host = Host()
    record = make_record(1)
    host.feed(Imported((deletion_of(record, at=START + HOUR_SECONDS),)))
    host.feed(Imported((record,)))
    assert set(host.disk) == {record.id}
    effects = host.wait(HOUR_SECONDS)
    assert len(told(effects, RecordDeleted)) == 1
    assert record.id not in host.disk


def test_a_deletion_on_disk_counts_after_a_restart() -> None:
    record = make_record(1)
    host = Host(deletion_of(record))
    effects = host.feed(Imported((record,)))
    assert [rejected.source for rejected in told(effects, RecordRejected)] == ["deleted"]


def test_collected_records_leave_the_set_and_so_do_deletions() -> None:
    old = make_record(1, at=START - RETENTION_SECONDS - RETENTION_MARGIN_SECONDS + 5)
    host = Host(old, deletion_of(make_record(2, at=old.created_at), at=old.created_at))
    assert host.node.count == 2
    effects = host.wait(COLLECTION_INTERVAL_SECONDS + COLLECTION_JITTER_SECONDS)
    assert [expired.count for expired in told(effects, RecordsExpired)] == [2]
    assert host.node.count == 0


@pytest.mark.parametrize("count", [0, 3])
def test_the_root_covers_the_youngest_records_too(count: int) -> None:
    records = [make_record(number, at=START + number) for number in range(count)]
    host, again = Host(), Host(*records)
    host.feed(Published(tuple(records)))
    assert host.node.root(host.now) == again.node.root(again.now)
    assert (host.node.root(host.now) == Host().node.root(host.now)) is (count == 0)


def reading(record: Record) -> tuple[Host, Stranger, Load]:
    """Let a stranger ask for *record*, which the store is reading."""
    host = Host(record)
    host.unanswered.add(Load)
    stranger = next(s for s in (Stranger(host, number) for number in range(2, 20)) if is_asking(s))
    first_day, upto = host.now.unix // DAY_SECONDS, host.now.unix // DAY_SECONDS * DAY_SECONDS + DAY_SECONDS
    stranger.say(Root(1, first_day, UnixTime(upto), 0, b"d" * 16))
    (load,) = [e for e in stranger.say(Ranges(1, (IdList((upto, b""), ()),))) if isinstance(e, Load)]
    return host, stranger, load


def test_what_is_purged_while_it_is_read_for_a_peer_is_not_sent() -> None:
    record = make_record(1, at=START - HOUR_SECONDS)
    host, stranger, load = reading(record)
    host.feed(Purged(load.ids))
    effects = host.feed(Loaded(stranger.peer, load.round, (record.wire,)))
    assert said(effects, stranger.peer, Records) == []
    assert len(said(effects, stranger.peer, Lacking)) == 1


def test_what_was_read_for_a_peer_that_was_sent_away_is_not_sent() -> None:
    record = make_record(1, at=START - HOUR_SECONDS)
    host, stranger, load = reading(record)
    stranger.utter(b"garbage")
    assert host.feed(Loaded(stranger.peer, load.round, (record.wire,))) == []


def is_asking(stranger: Stranger) -> bool:
    """Say whether *stranger*, once established, is the one to open rounds."""
    stranger.establish()
    return stranger.is_initiator
