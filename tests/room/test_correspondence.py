"""What two keys say to each other in a room."""

import asyncio

import pytest

import peerset
from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.linking import LINK_SECONDS_MAX
from peerset.protocol.events import RecordAdded
from peerset.room.clocks import read_unix
from peerset.room.correspondence import Correspondence, waited

ONE, OTHER, THIRD = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3))


async def test_what_is_said_is_read_by_the_other_key_alone_and_the_last_word_counts() -> None:
    async with (
        peerset.join("lobby", key=ONE, signaling=[]) as here,
        peerset.join("lobby", key=OTHER, signaling=[]) as there,
    ):
        until = UnixTime(read_unix() + LINK_SECONDS_MAX)
        one = Correspondence(ONE, OTHER.public_key, lambda: here.collection("talk"), until)
        other, third = (
            Correspondence(key, ONE.public_key, lambda: there.collection("talk"), until) for key in (OTHER, THIRD)
        )
        assert await other.heard() is None
        for text in ("hush", "hush hush"):
            await one.say(text)
        await there.add(await here.records())
        assert (await other.heard(), await third.heard()) == ("hush hush", None)
        assert not any(b"hush" in record.wire for record in await here.records())


async def test_nonsense_is_nothing() -> None:
    async with peerset.join("lobby", key=ONE, signaling=[]) as room:
        talk = Correspondence(OTHER, ONE.public_key, lambda: room.collection("talk"), read_unix())
        nonsenses: list[Json] = [{"sealed": "hush"}, {"sealed": 7}, ["sealed"], {}]
        for nonsense in nonsenses:
            await room.collection("talk").put(OTHER.public_key.hex(), nonsense)
            assert await talk.heard() is None


async def test_what_is_waited_for_is_looked_for_after_each_event_until_it_is_too_late() -> None:
    async with peerset.join("lobby", key=ONE, signaling=[]) as room:

        async def second() -> int | None:
            return 2 if room.count == 2 else None

        until = UnixTime(read_unix() + 60)
        waiting = asyncio.create_task(waited(second, room.events(RecordAdded), until))
        for text in ("one", "two"):
            await room.publish(text)
        assert await waiting == 2
        with pytest.raises(TimeoutError):
            await waited(lambda: asyncio.sleep(0, None), room.events(RecordAdded), until)
