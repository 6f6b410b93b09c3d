import random
from collections.abc import Callable

import pytest

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.message import Records
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Effect, Emit, Expire, Save, Send
from peerset.protocol.events import PeerJoined, PeerLeft, RecordDeleted, RecordsAdded, StrikeCounted
from peerset.protocol.inputs import Saved
from peerset.testing.bylaws import STRICT
from peerset.testing.hostile import Villain
from peerset.testing.invariants import (
    COMPARED_ALWAYS_MAX,
    COMPARED_EACH_RECORDS,
    COMPARED_RECORDS_MAX,
    CONTAINER_ITEMS_MAX,
    InvariantError,
    Watch,
)
from peerset.testing.member import Member
from peerset.testing.swarm import EPOCH
from tests.testing.records import KEY, make_record

NOW = Moment(Monotonic(0.0), EPOCH)
HONEST, VILLAIN, STRANGER = PeerId("honest"), PeerId("villain"), PeerId("stranger")
GOOD = make_record("good")
EPHEMERAL = make_record("ephemeral", kind=20_001)


def forged(record: Record) -> Record:
    return Record(
        record.id, record.author, record.created_at, record.kind, record.tags, record.content, bytes(64), record.wire
    )


def watched(*records: Record) -> tuple[Watch, Member]:
    member = Member(0, KEY, seed=1, records=records, bylaws=STRICT)
    member.wake(peers_max=8)
    other = Member(1, SecretKey.generate(random.Random(1)), seed=1, disguise=Villain)
    return Watch({HONEST: member, VILLAIN: other}), member


def strike(peer: PeerId, reason: str, state: str = "warned") -> Emit:
    return Emit(StrikeCounted(peer, None, reason, state))


@pytest.mark.parametrize(
    "effect",
    [
        Save(1, (GOOD,), ()),
        Emit(RecordsAdded(((EPHEMERAL, None),))),
        Emit(RecordDeleted(RecordId(bytes(32)), GOOD.id)),
        Emit(PeerJoined(HONEST, KEY.public_key)),
        Emit(PeerLeft(HONEST, KEY.public_key, "gone")),
        strike(VILLAIN, "a lie", "banned"),
        strike(STRANGER, "a lie"),
    ],
)
def test_what_may_happen_passes(effect: Effect) -> None:
    watch, member = watched()

    watch.before_effect(member, effect, NOW)
    watch.before_effect(member, Save(2, (GOOD,), ()), NOW)


@pytest.mark.parametrize(
    ("effect", "complaint"),
    [
        (Save(1, (forged(GOOD),), ()), "whose signature is forged"),
        (Save(1, (make_record("", room_tag=bytes(16)),), ()), "of another room"),
        (Save(1, (make_record("", created_at=EPOCH - 91 * DAY_SECONDS),), ()), "outside the window"),
        (Save(1, (make_record("", created_at=EPOCH + DAY_SECONDS),), ()), "outside the window"),
        (Save(1, (EPHEMERAL,), ()), "which is ephemeral"),
        (Emit(RecordsAdded(((GOOD, None),))), "not on its disk"),
        (Emit(PeerJoined(VILLAIN, KEY.public_key)), "a key that it does not own"),
        (Emit(PeerJoined(STRANGER, KEY.public_key)), "a key that it does not own"),
        (Save(1, (make_record("spam"),), ()), "which its rules refuse"),
        (strike(HONEST, "a lie"), "blames member 0"),
        (strike(HONEST, "too slow", "clear"), "blames member 0, which is honest: too slow"),
    ],
)
def test_what_must_not_happen_is_noticed(effect: Effect, complaint: str) -> None:
    watch, member = watched()

    with pytest.raises(InvariantError, match=complaint):
        watch.before_effect(member, effect, NOW)


@pytest.mark.parametrize(
    ("effect", "complaint"),
    [
        (Save(1, (GOOD,), ()), "a second time"),
        (Emit(RecordDeleted(GOOD.id, GOOD.id)), "but it is on disk"),
    ],
)
def test_what_contradicts_the_disk_is_noticed(effect: Effect, complaint: str) -> None:
    watch, member = watched(GOOD)

    with pytest.raises(InvariantError, match=complaint):
        watch.before_effect(member, effect, NOW)


def test_purged_content_that_is_given_is_noticed() -> None:
    watch, member = watched(GOOD)
    gift = Send(HONEST, Records(0, (GOOD.wire,)))
    watch.before_effect(member, gift, NOW)
    member.disk.purge([GOOD.id])

    with pytest.raises(InvariantError, match="which it purged"):
        watch.before_effect(member, gift, NOW)


def test_a_wrong_clock_that_empties_a_store_is_noticed() -> None:
    watch, member = watched(GOOD)
    kept_from = member.bylaws.window(NOW.unix).kept_from
    watch.before_effect(member, Expire(kept_from, NOW.unix, UnixTime(0)), NOW)

    member.wrong_seconds = 100 * DAY_SECONDS
    misled = Moment(NOW.monotonic, UnixTime(NOW.unix + member.wrong_seconds))
    with pytest.raises(InvariantError, match="its clock is wrong"):
        watch.before_effect(
            member, Expire(UnixTime(kept_from + member.wrong_seconds), misled.unix, UnixTime(0)), misled
        )


def test_what_was_under_way_when_the_clock_was_set_may_be_saved() -> None:
    watch, member = watched()
    member.wrong_seconds = 400 * DAY_SECONDS
    now = Moment(NOW.monotonic, UnixTime(NOW.unix + member.wrong_seconds))
    watch.before_effect(member, Save(1, (GOOD,), ()), now)

    member.wrong_seconds_before = member.wrong_seconds
    with pytest.raises(InvariantError, match="outside the window"):
        watch.before_effect(member, Save(1, (GOOD,), ()), now)


def test_a_large_index_is_compared_only_when_asked() -> None:
    watch, member = watched(*(make_record(str(number)) for number in range(COMPARED_RECORDS_MAX + 1)))
    member.disk.write([make_record("unknown to the index")], [])
    watch.after_input(member, Saved(1))

    with pytest.raises(InvariantError, match="the index of member 0 has"):
        watch.check_index(member)


def test_an_index_that_is_not_small_is_compared_after_some_writes() -> None:
    watch, member = watched(*(make_record(str(number)) for number in range(COMPARED_ALWAYS_MAX + 1)))
    member.disk.write([make_record("unknown to the index")], [])
    watch.after_input(member, Saved(1))

    lacking = -len(member.disk) % COMPARED_EACH_RECORDS
    member.disk.write([make_record(f"unknown to the index {number}") for number in range(lacking)], [])
    with pytest.raises(InvariantError, match="the index of member 0 has"):
        watch.after_input(member, Saved(1))


def test_a_record_told_of_twice_is_noticed() -> None:
    watch, member = watched(GOOD)
    watch.before_effect(member, Emit(RecordsAdded(((GOOD, None),))), NOW)

    with pytest.raises(InvariantError, match="twice"):
        watch.before_effect(member, Emit(RecordsAdded(((GOOD, None),))), NOW)


def test_an_index_that_differs_from_the_disk_is_noticed_once_no_write_is_under_way() -> None:
    watch, member = watched(GOOD)
    watch.after_input(member, Saved(1))
    member.disk.write([make_record("unknown to the index")], [])
    member.writes_under_way = 1
    watch.after_input(member, Saved(1))

    member.writes_under_way = 0
    with pytest.raises(InvariantError, match="the index of member 0 has 1 records, its disk 2"):
        watch.after_input(member, Saved(1))


@pytest.mark.parametrize("make", [lambda: list(range(CONTAINER_ITEMS_MAX + 1)), lambda: set(range(20_000))])
def test_a_node_that_holds_too_much_is_noticed(make: Callable[[], object]) -> None:
    watch, member = watched(GOOD)
    watch.check_memory(member)
    assert member.node is not None
    member.node.extra = make()  # type: ignore[attr-defined]  # Something hidden anywhere in the node.

    with pytest.raises(InvariantError, match=r"member 0 holds a \w+ of \d+ items"):
        watch.check_memory(member)


def test_a_dead_member_holds_nothing() -> None:
    watch, member = watched()
    member.die()

    watch.check_memory(member)
