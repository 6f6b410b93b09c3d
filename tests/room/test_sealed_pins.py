"""Pins in sealed rooms: who has the secret reads what outlasts the window, and who has none keeps it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES, OpenedRecord, seal_id_of
from peerset.core.record import KIND_KEYED, KIND_PIN
from peerset.core.seal import Seal, read_seal_text
from peerset.errors import MalformedError
from peerset.testing.memory import MemorySwarm
from tests.data.places import key_number
from tests.room.test_pinning import DAY, MAY_PIN, PINNER, added_in, old, told_of
from tests.sealed import sign_sealed

SEAL: Final = peerset.new_seal()
OPTIONS: Final[dict[str, Any]] = {"retention": DAY, "policies": MAY_PIN}


@asynccontextmanager
async def joined(swarm: MemorySwarm, **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", host=swarm.host(), **OPTIONS | {"seal": SEAL} | options) as room:
        yield room


def ancient(room: peerset.Room, content: str) -> OpenedRecord:
    """Give a document of *room* that is older than its window."""
    tags = (("h", room.name.tag.hex()), ("c", "secretplaces"), ("d", "secretplaces/hauptstadt"))
    seal, then = Seal(read_seal_text(SEAL), room.name.tag), UnixTime(int(time.time()) - 30 * DAY)
    return sign_sealed(
        key_number(2), seal, created_at=then, kind=KIND_KEYED, tags=tags, content=content, nonce=bytes(NONCE_BYTES)
    )


async def test_what_outlived_the_window_is_read_by_who_has_the_secret_and_kept_by_who_has_not() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, seal=None) as blind:
        async with joined(swarm, key=PINNER) as pinner:
            kept = ancient(pinner, '"Berlin"')
            await old(pinner, kept)
            assert [each.value for each in await pinner.collection("secretplaces").find()] == ["Berlin"]
            await pinner.synced(timeout=60)
        assert (await blind.records(kinds=KIND_KEYED), blind.count) == ([], 1)
        async with joined(swarm) as late:
            events = added_in(late)
            await late.synced(timeout=60)
            await told_of(events, kept)
            assert await late.records(kinds=KIND_KEYED) == [kept]
            assert [each.value for each in await late.collection("secretplaces").find()] == ["Berlin"]
            assert [each.record for each in await late.pins()] == [kept]
            assert late.root == blind.root


async def test_a_pin_is_not_sealed_and_shows_nothing_that_is() -> None:
    async with joined(MemorySwarm(), key=PINNER) as room:
        record = await room.publish("hush!", tags={"t": "hush!"})
        pin = await room.pin(record)
        assert seal_id_of(pin.tags) is None
        assert room.seal == peerset.SealStatus(room.seal.ids if room.seal else (), 0, 0, 0)
        assert [each.record for each in await room.pins()] == [record]
        assert [await room.get(pin.id), await room.pin(record)] == [pin, pin]
        with pytest.raises(MalformedError, match="in a sealed room it has no tag 't'"):
            await room.publish("x", kind=KIND_PIN, tags={"pin": record.id.hex(), "t": "hush!"})
        with pytest.raises(peerset.RejectedError, match="the content of a pin is not base64"):
            await room.publish("hush!", kind=KIND_PIN, tags={"pin": record.id.hex()})


async def test_what_a_policy_of_content_refuses_is_not_shown_by_a_pin_either() -> None:
    async with joined(MemorySwarm(), key=PINNER, policies=[MAY_PIN, "words:languages=en"]) as room:
        kept = ancient(room, '"fuck"')
        await old(room, kept)
        assert await room.records(kinds=KIND_KEYED) == []
        explained = await room.moderation.explain(kept.id)
        assert explained is not None
        assert explained.policy == "words"
