"""What a room counts of itself."""

from collections import Counter, deque

import pytest

import peerset
from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.events import (
    Event,
    Happening,
    PeerJoined,
    PeerSynced,
    RecordRejected,
    RecordsAdded,
    StrikeCounted,
)
from peerset.room.tally import DECISIONS_MAX, OTHERS, RULES_TOLD_MAX, Tally
from peerset.testing.memory import MemorySwarm

PEER = PeerId("0000")
ID = RecordId(bytes(32))


def rejected(source: str, cause: Cause = Cause.POLICY) -> RecordRejected:
    return RecordRejected(ID, cause, source, "so", PEER)


def test_it_counts_what_happens() -> None:
    tally = Tally()
    decided: list[Event] = [
        StrikeCounted(PEER, None, "nonsense", "warned"),
        *[rejected("words")] * 2,
        rejected("links"),
    ]
    events: list[Happening] = [
        PeerJoined(PEER, PublicKey(bytes(32))),
        PeerSynced(PEER, 1, 2),
        RecordsAdded(()),
        *decided,
    ]
    for event in events:
        tally.take(event, UnixTime(7))
    tally.cross("in", 7)
    tally.cross("out", 8)
    tally.cross("out", 9)
    tally.collect(3, 4, UnixTime(5))
    tally.collect(1, 0, UnixTime(6))
    refused = {(Cause.POLICY, "words"): 2, (Cause.POLICY, "links"): 1}
    assert tally == Tally(
        sent_messages=2,
        sent_bytes=17,
        received_messages=1,
        received_bytes=7,
        sessions=1,
        rounds=1,
        refused=Counter(refused),
        strikes=1,
        collections=2,
        collected=4,
        expired=4,
        collected_at=UnixTime(6),
        decisions=deque((UnixTime(7), event) for event in decided),
    )


def test_of_more_rules_than_can_be_told_apart_the_rest_is_counted_together() -> None:
    tally = Tally()
    for number in range(2 * RULES_TOLD_MAX):
        tally.take(rejected(f"rule {number}"), UnixTime(number))
    tally.take(rejected("rule 0"), UnixTime(7))
    assert len(tally.refused) == RULES_TOLD_MAX + 1
    assert tally.refused[Cause.POLICY, "rule 0"] == 2
    assert tally.refused[Cause.POLICY, OTHERS] == RULES_TOLD_MAX
    assert tally.refused.total() == 2 * RULES_TOLD_MAX + 1
    assert len(tally.decisions) == DECISIONS_MAX
    assert tally.decisions[-1] == (7, rejected("rule 0"))


async def test_two_members_count_each_what_the_other_sent() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host(), policies=["links"]) as one,
        peerset.join("lobby", host=swarm.host(), policies=["links"]) as other,
    ):
        with pytest.raises(peerset.RejectedError):
            await one.publish("go to https://spam.example")
        assert one.tally.refused == {(Cause.POLICY, "links"): 1}
        synced = [room.events(peerset.PeerSynced) for room in (one, other)]
        await one.publish("eggs")
        await other.publish("more eggs")
        for stream in synced:
            await anext(stream)
        for tally in (one.tally, other.tally):
            assert (tally.sessions, tally.collections) == (1, 1)
            assert tally.added > 0
            assert tally.rounds > 0
        # What is on its way was sent, and has not come.
        assert one.tally.sent_bytes >= other.tally.received_bytes > 0
        assert other.tally.sent_messages >= one.tally.received_messages > 0
