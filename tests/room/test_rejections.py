"""Many rejections become few events."""

import asyncio

import peerset
from peerset.core.cause import Cause
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.events import Event, RecordRejected, RecordsRejected
from peerset.room.rejections import SUMMED_SECONDS, Rejections
from peerset.testing.memory import MemorySwarm

PEER, OTHER = PeerId("0000peer"), PeerId("0000other")


def rejected(number: int, peer: PeerId | None = PEER, *, source: str = "words") -> RecordRejected:
    return RecordRejected(RecordId(number.to_bytes(32, "big")), Cause.POLICY, source, f"reason {number}", peer)


async def test_ten_thousand_rejections_of_one_policy_are_one_and_a_count_each_second() -> None:
    told: list[Event] = []
    rejections = Rejections(told.append)
    taken = [rejections.take(rejected(number)) for number in range(10_000)]
    assert taken == [False] + [True] * 9_999
    assert told == []
    await asyncio.sleep(SUMMED_SECONDS + 0.1)
    first = RecordsRejected(9_999, Cause.POLICY, "words", "reason 9999", PEER)
    assert told == [first]
    assert rejections.take(rejected(10_000))
    await asyncio.sleep(SUMMED_SECONDS + 0.1)
    assert told == [first, RecordsRejected(1, Cause.POLICY, "words", "reason 10000", PEER)]
    await asyncio.sleep(SUMMED_SECONDS + 0.1)
    assert not rejections.take(rejected(10_001))


async def test_each_peer_and_each_cause_has_a_sum_of_its_own_and_the_rest_is_told_at_the_end() -> None:
    told: list[Event] = []
    rejections = Rejections(told.append)
    assert not rejections.take(rejected(1))
    assert not rejections.take(rejected(1, OTHER))
    assert not rejections.take(rejected(1, source="links"))
    assert rejections.take(rejected(2, OTHER))
    rejections.close()
    assert told == [RecordsRejected(1, Cause.POLICY, "words", "reason 2", OTHER)]


async def test_what_our_own_user_brought_is_told_one_by_one() -> None:
    rejections = Rejections(lambda _: None)
    assert not any(rejections.take(rejected(number, None)) for number in range(5))
    assert not rejections.take(peerset.RecordKnown(RecordId(bytes(32))))


async def test_a_flood_that_a_policy_refuses_takes_no_own_record_from_a_slow_reader() -> None:
    swarm = MemorySwarm()

    def no(record: peerset.Record) -> str | None:
        return "no" if record.content.startswith("flood") else None

    async with (
        peerset.join("lobby", host=swarm.host(), policies=peerset.admission("no", version=1)(no)) as room,
        peerset.join("lobby", host=swarm.host()) as hostile,
    ):
        events = room.events(peerset.RecordAdded, RecordRejected, RecordsRejected)
        ours = await room.publish("ours")
        for number in range(3_000):
            await hostile.publish(f"flood {number}")
        await asyncio.sleep(900)
        found = [await anext(events)]
        while len(events):
            found.append(await anext(events))
        assert found[0] == peerset.RecordAdded(ours, None)
        counts = [event.count for event in found if isinstance(event, RecordsRejected)]
        assert sum(counts) + sum(isinstance(event, RecordRejected) for event in found) == 3_000
        assert len(found) < 100
