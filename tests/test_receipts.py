"""Receipts between rooms: one refuses and says so, the other reads it and runs it again."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

import peerset
from peerset.core.keys import SecretKey
from peerset.core.receipt import KIND_RECEIPT, Fate, receipt_of
from peerset.core.record import Record
from peerset.core.verdict import Accept, PolicyClass, Reject, Verdict
from peerset.moderation.replaying import Truth, replay
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS
from tests.testing.policies import Newest

# Policies run in a thread, which a jumping clock would not wait for.
pytestmark = pytest.mark.real_time

KEY, OTHER = SecretKey(bytes(31) + b"\7"), SecretKey(bytes(31) + b"\x08")


class NoReceipts:
    """An admission policy of rooms that want none."""

    name = "no-receipts"
    policy_class = PolicyClass.ADMISSION
    manifest = peerset.Manifest("no-receipts", 1)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        return [Reject(self.name, "none") if record.kind == KIND_RECEIPT else Accept() for record in records]


@peerset.admission("loud", version=1)
def loud(record: peerset.Record) -> str | None:
    """Refuse capitals."""
    return "do not shout" if record.content.isupper() else None


async def next_receipt(stream: peerset.EventStream) -> Record:
    async with asyncio.timeout(PATIENT_SECONDS):
        async for event in stream:
            if isinstance(event, peerset.RecordAdded) and event.record.kind == KIND_RECEIPT:
                return event.record
    raise AssertionError("the stream ended without a receipt")


async def next_of(stream: peerset.EventStream, kind: type[Any]) -> Any:
    async with asyncio.timeout(PATIENT_SECONDS):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the stream ended without {kind.__name__}")


async def test_a_receipt_of_a_refusal_reaches_the_other_peer_who_can_run_it_again() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host(), policies=[loud], receipts=True) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await two.synced(timeout=PATIENT_SECONDS)
        events = two.events()
        shout = await two.publish("HELLO")
        record = await next_receipt(events)
        receipt = receipt_of(record)
        assert record.author == one.key
        assert (receipt.record_id, receipt.policy, receipt.manifest) == (shout.id, "loud", loud.manifest.id)
        assert receipt.fate is Fate.REFUSED
        [found] = await replay(await two.records(), policies=[loud])
        assert (found.truth, found.record) == (Truth.TRUE, record)


async def test_a_receipt_of_a_shadowing_reaches_the_other_peer() -> None:
    swarm, rules = MemorySwarm(), [Newest()]
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host(), policies=rules, receipts=True),
        peerset.join("lobby", key=OTHER, host=swarm.host(), policies=rules) as two,
    ):
        await two.synced(timeout=PATIENT_SECONDS)
        events = two.events()
        written = [await two.publish(f"text {number}") for number in range(2)]
        receipt = receipt_of(await next_receipt(events))
        assert receipt.fate is Fate.SHADOWED
        assert two.moderation.shadowing(receipt.record_id) is not None
        assert receipt.record_id in {record.id for record in written}


async def test_without_being_asked_a_room_writes_no_receipts() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host(), policies=[loud]) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await two.synced(timeout=PATIENT_SECONDS)
        events = one.events()
        await two.publish("HELLO")
        await next_of(events, peerset.RecordRejected)
        assert (one.count, one.moderation._notary) == (0, None)


async def test_a_receipt_passes_the_rooms_own_policies_like_any_record() -> None:
    swarm, store = MemorySwarm(), MemoryStore()
    policies: list[Any] = [loud, NoReceipts()]
    async with (
        peerset.join("lobby", key=KEY, store=store, host=swarm.host(), policies=policies, receipts=True) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await two.synced(timeout=PATIENT_SECONDS)
        events = one.events()
        await two.publish("HELLO")
        refused = await next_of(events, peerset.RecordRejected)
        while refused.source != "no-receipts":
            refused = await next_of(events, peerset.RecordRejected)
        assert one.count == 0
        explanation = await one.moderation.explain(refused.id)
        assert (explanation and explanation.policy) == "no-receipts"
