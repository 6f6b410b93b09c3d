"""Why readers here do not see a record, in rooms that are joined."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core.keys import SecretKey
from peerset.core.receipt import Fate
from peerset.core.record import Record, sign_record
from peerset.core.verdict import Accept, PolicyClass, Reject, Verdict
from peerset.moderation.explanation import MUTE, Explanation
from peerset.moderation.refusals import REFUSALS
from peerset.stores.memory import MemoryStore
from tests.patience import PATIENT_SECONDS
from tests.testing.policies import Newest

# Policies run in a thread, which a jumping clock would not wait for.
pytestmark = pytest.mark.real_time

KEY, STRANGER = SecretKey(bytes(31) + b"\7"), SecretKey(bytes(31) + b"\x08")


class Crude:
    """Refuse a word, and point at it."""

    name = "crude"
    policy_class = PolicyClass.ADMISSION
    manifest = peerset.Manifest("crude", 1)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        return [self._judge(record.content.find("blast")) for record in records]

    def _judge(self, at: int) -> Verdict:
        return Accept() if at < 0 else Reject("crude", "a crude word", "blast", (at, at + 5))


class Dull(Crude):
    """Hide a word, and point at it."""

    name = "dull"
    policy_class = PolicyClass.VIEW
    manifest = peerset.Manifest("dull", 1)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        return [self._weigh(record.content.find("dull")) for record in records]

    def _weigh(self, at: int) -> Verdict:
        return Accept() if at < 0 else Reject("dull", "it says so itself", span=(at, at + 4))


async def wait_for(stream: peerset.EventStream, kind: type[Any]) -> Any:
    async with asyncio.timeout(PATIENT_SECONDS):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the stream ended without {kind.__name__}")


def by_stranger(room: peerset.Room, content: str) -> Record:
    tags = [["h", room.name.tag.hex()]]
    return sign_record(STRANGER, created_at=room._driver.now().unix, kind=1078, tags=tags, content=content)


async def test_a_refusal_is_explained_by_policy_rule_and_place() -> None:
    async with peerset.join("lobby", host=Hermit(), policies=[Crude()]) as room:
        bad = by_stranger(room, "oh blast it")
        assert await room.add([bad]) == 0
        assert await room.moderation.explain(bad.id) == Explanation(
            bad.id,
            Fate.REFUSED,
            "crude",
            PolicyClass.ADMISSION,
            Crude.manifest.id,
            "a crude word",
            "blast",
            "oh b**** it",
        )
        assert [refusal.record for refusal in room.moderation.refusals()] == [bad]


async def test_our_own_refused_record_is_explained_too() -> None:
    async with peerset.join("lobby", host=Hermit(), policies=[Crude()]) as room:
        with pytest.raises(peerset.RejectedError):
            await room.publish("blast")
        [refusal] = room.moderation.refusals()
        explanation = await room.moderation.explain(refusal.record.id)
        assert (explanation and explanation.masked) == "b****"


async def test_a_refusal_is_explained_after_a_restart_of_a_real_file(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'room.db'}"
    async with peerset.join("lobby", key=KEY, store=store, host=Hermit(), policies=[Crude()]) as room:
        bad = by_stranger(room, "oh blast it")
        await room.add([bad])
        explained = await room.moderation.explain(bad.id)
    async with peerset.join("lobby", key=KEY, store=store, host=Hermit()) as room:
        assert await room.moderation.explain(bad.id) == explained
        # Without the policy it may come in, and then there is nothing to explain.
        assert await room.add([bad]) == 1
        assert (await room.moderation.explain(bad.id), room.moderation.refusals()) == (None, [])


async def test_a_shadowed_record_is_explained() -> None:
    async with peerset.join("lobby", key=KEY, host=Hermit(), policies=[Newest()]) as room:
        written = [await room.publish(f"text {number}") for number in range(2)]
        [shown] = await room.records()
        [hidden] = [record for record in written if record != shown]
        assert await room.moderation.explain(hidden.id) == Explanation(
            hidden.id, Fate.SHADOWED, "newest", PolicyClass.SET_RULE, Newest.manifest.id, "an older one"
        )
        assert await room.moderation.explain(shown.id) is None


async def test_what_is_hidden_here_is_explained() -> None:
    async with peerset.join("lobby", key=KEY, host=Hermit(), policies=[Dull()]) as room:
        events = room.events()
        hidden = await room.publish("rather dull")
        await wait_for(events, peerset.RecordHidden)
        assert await room.moderation.explain(hidden.id) == Explanation(
            hidden.id,
            Fate.HIDDEN,
            "dull",
            PolicyClass.VIEW,
            Dull.manifest.id,
            "it says so itself",
            masked="rather d***",
        )


async def test_what_an_earlier_life_hid_has_no_manifest() -> None:
    store = MemoryStore()
    note = '{"policy": "gone", "rule": "old", "reason": "long ago", "created_at": 1, "span": [0, 2]}'
    async with peerset.join("lobby", key=KEY, store=store, host=Hermit()) as room:
        record = await room.publish("hello")
        await store.note("quarantine", record.id, note)
        kept, notes = await store.query(peerset.Filter()), await store.notes("quarantine")
    again = MemoryStore()
    await again.add(kept)
    for key, text in notes.items():
        await again.note("quarantine", key, text)
    async with peerset.join("lobby", key=KEY, store=again, host=Hermit()) as room:
        explanation = await room.moderation.explain(record.id)
        assert explanation is not None
        assert (explanation.policy, explanation.rule, explanation.manifest) == ("gone", "old", b"")
        assert explanation.masked == "h*llo"


async def test_a_muted_author_is_named() -> None:
    async with peerset.join("lobby", key=KEY, host=Hermit()) as room:
        record = by_stranger(room, "hello")
        await room.add([record])
        await room.moderation.mute(STRANGER.public_key)
        explanation = await room.moderation.explain(record.id)
        assert explanation is not None
        assert (explanation.fate, explanation.policy) == (Fate.HIDDEN, MUTE)
        assert peerset.npub(STRANGER.public_key) in explanation.reason


async def test_what_is_not_here_cannot_be_explained() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        with pytest.raises(peerset.ConfigError, match="neither here nor among"):
            await room.moderation.explain(peerset.RecordId(bytes(32)))
    with pytest.raises(peerset.RoomClosedError):
        await room.moderation.explain(peerset.RecordId(bytes(32)))


async def test_purging_a_refused_record_lets_go_of_its_copy() -> None:
    store = MemoryStore()
    async with peerset.join("lobby", store=store, host=Hermit(), policies=[Crude()]) as room:
        bad = by_stranger(room, "blast")
        await room.add([bad])
        await room.moderation.purge(bad.id)
        assert (room.moderation.refusals(), await store.notes(REFUSALS)) == ([], {})
