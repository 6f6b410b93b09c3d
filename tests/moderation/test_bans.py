"""Strikes and bans over restarts."""

import asyncio
import json
import random
from collections.abc import Mapping

import pytest

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import BAN_SECONDS, STRIKE_HALF_LIFE_SECONDS
from peerset.core.signal import PeerId
from peerset.errors import StoreError
from peerset.moderation.bans import SAVE_DELAY_SECONDS, STRIKES, Ban, Ledger
from peerset.protocol.events import RecordKnown, StrikeCounted
from peerset.protocol.inputs import KeyBanned
from peerset.protocol.node import Node
from peerset.protocol.strikes import SavedStrike
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import ROOM, START, key, make_record

KEY = key(2).public_key
PEER = PeerId("0000peer")


class Life:
    """A node with its ledger, at a time that the test moves."""

    def __init__(self, store: MemoryStore, *, saved: Mapping[bytes, str] | None = None, at: int = START) -> None:
        self.now = Moment(Monotonic(at - START + 7.0), UnixTime(at))
        rng = random.Random(1)
        self.node = Node(PeerId("0000me"), key(1), room=ROOM, rng=rng)
        self.ledger = Ledger(store, self.node, now=lambda: self.now, saved=saved or {})

    def pass_time(self, seconds: int) -> None:
        self.now = Moment(Monotonic(self.now.monotonic + seconds), UnixTime(self.now.unix + seconds))

    def ban(self, subject: object, seconds: float, reason: str) -> None:
        self.ledger.explain(subject, reason)  # type: ignore[arg-type]  # keys and addresses alike
        self.node.receive(KeyBanned(subject, seconds), self.now)  # type: ignore[arg-type]  # keys and addresses alike


class WatchedStore(MemoryStore):
    """Counts writes, and may refuse them."""

    writes = 0
    is_full = False

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        if self.is_full:
            raise StoreError("the disk is full")
        self.writes += 1
        await super().note(kind, key, text)


async def test_a_ban_is_there_after_a_restart_and_ends_by_itself() -> None:
    store = MemoryStore()
    first = Life(store)
    first.ban(KEY, 1_000, "spam")
    first.ban("192.0.2.1", 500, "flood")
    await first.ledger.save()

    second = Life(store, saved=await store.notes(STRIKES), at=START + 600)
    assert second.ledger.bans() == [Ban(KEY, UnixTime(START + 1_000), "spam")]
    await second.ledger.save()
    assert len(await store.notes(STRIKES)) == 1
    second.pass_time(400)
    assert second.ledger.bans() == []
    await second.ledger.save()
    assert await store.notes(STRIKES) == {}


async def test_points_of_the_warned_fade_over_a_restart() -> None:
    store = MemoryStore()
    first = Life(store)
    first.node.restore_strikes([SavedStrike(KEY, 8.0, START, None)], first.now)
    await first.ledger.save()
    second = Life(store, saved=await store.notes(STRIKES), at=START + int(STRIKE_HALF_LIFE_SECONDS))
    assert second.node.saved_strikes(second.now) == (SavedStrike(KEY, 4.0, second.now.unix, None),)
    assert second.ledger.bans() == []


async def test_only_what_changed_is_written() -> None:
    store = WatchedStore()
    life = Life(store)
    life.node.restore_strikes([SavedStrike(KEY, 8.0, START, None)], life.now)
    life.ban("192.0.2.1", 500, "flood")
    await life.ledger.save()
    life.pass_time(60)
    await life.ledger.save()
    assert store.writes == 2
    life.ban(KEY, BAN_SECONDS, "enough")
    await life.ledger.save()
    assert store.writes == 3
    life.ban(KEY, 2 * BAN_SECONDS, "enough")
    await life.ledger.save()
    assert store.writes == 4


async def test_strikes_that_come_together_are_saved_together() -> None:
    store = WatchedStore()
    life = Life(store)
    life.node.restore_strikes([SavedStrike(KEY, 8.0, START, None)], life.now)
    for _ in range(100):
        life.ledger.take(StrikeCounted(PEER, KEY, "forged", "warned"))
    life.ledger.take(StrikeCounted(PEER, None, "no proof", "warned"))
    life.ledger.take(StrikeCounted(PEER, KEY, "small", "clear"))
    life.ledger.take(RecordKnown(make_record().id))
    assert store.writes == 0
    await running_for(life, 2 * SAVE_DELAY_SECONDS)
    assert store.writes == 1
    [text] = (await store.notes(STRIKES)).values()
    assert json.loads(text)["reason"] == "forged"


async def test_the_reason_is_remembered_for_key_and_address() -> None:
    life = Life(MemoryStore())
    life.ledger.take(StrikeCounted(PEER, KEY, "a flood", "banned", "192.0.2.1"))
    for subject in (KEY, "192.0.2.1"):
        life.node.receive(KeyBanned(subject, 500), life.now)
    await life.ledger.notebook.aclose()
    assert [ban.reason for ban in life.ledger.bans()] == ["a flood", "a flood"]


async def test_a_full_store_is_tried_again() -> None:
    store = WatchedStore()
    life = Life(store)
    life.ban(KEY, 500, "spam")
    store.is_full = True
    life.ledger.take(StrikeCounted(PEER, KEY, "forged", "banned"))
    await running_for(life, 2 * SAVE_DELAY_SECONDS)
    await life.ledger.notebook.aclose()
    assert store.writes == 0
    store.is_full = False
    life.ledger.take(StrikeCounted(PEER, KEY, "forged", "banned"))
    await life.ledger.notebook.aclose()
    assert store.writes == 1


async def running_for(life: Life, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await life.ledger.notebook.run()
    except TimeoutError:
        return


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (b"k" + KEY, "[" * 100_000),
        (b"k" + KEY, "no json"),
        (b"k" + KEY, "[]"),
        (b"k" + KEY, '{"points": 1}'),
        (b"k" + KEY, '{"points": NaN, "at": 1, "banned_until": null, "reason": ""}'),
        (b"k" + KEY, '{"points": "1", "at": 1, "banned_until": null, "reason": ""}'),
        (b"k" + KEY, '{"points": 5, "at": 1e9, "banned_until": null, "reason": ""}'),
        (b"k" + KEY, '{"points": 5, "at": -1, "banned_until": null, "reason": ""}'),
        (b"k" + KEY, '{"points": 5, "at": 1, "banned_until": "x", "reason": ""}'),
        (b"k" + KEY, '{"points": 5, "at": 1, "banned_until": null, "reason": 5}'),
        (b"k" + KEY[1:], '{"points": 5, "at": 1, "banned_until": null, "reason": ""}'),
        (b"a", '{"points": 5, "at": 1, "banned_until": null, "reason": ""}'),
        (b"a\xff", '{"points": 5, "at": 1, "banned_until": null, "reason": ""}'),
        (b"x", '{"points": 5, "at": 1, "banned_until": null, "reason": ""}'),
    ],
)
def test_notes_that_make_no_sense_are_left_out(subject: bytes, text: str) -> None:
    life = Life(MemoryStore(), saved={subject: text})
    assert life.node.saved_strikes(life.now) == ()


async def test_a_long_reason_fits_into_a_note() -> None:
    store = MemoryStore()
    life = Life(store)
    life.ban(KEY, 500, "\U0001f30d" * 5_000)
    await life.ledger.save()
    assert len(await store.notes(STRIKES)) == 1
