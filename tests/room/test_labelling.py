"""Labels in a room: what moderators hide, and until when."""

from contextlib import AbstractAsyncContextManager
from typing import Final

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.label import HIDDEN, KIND_LABEL, RECORD_TAG, label_tags
from peerset.core.record import sign_record
from peerset.core.verdict import seat_of
from peerset.testing.memory import MemorySwarm
from tests.patience import until

MODERATOR, WRITER, READER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3))
MODERATED: Final = f"moderators:{peerset.npub(MODERATOR.public_key)}"


async def test_what_a_moderator_labels_is_hidden_everywhere_until_the_label_is_deleted() -> None:
    swarm = MemorySwarm()

    def enter(key: peerset.SecretKey) -> AbstractAsyncContextManager[peerset.Room]:
        return peerset.join("lobby", key=key, policies=[MODERATED], host=swarm.host())

    async with enter(MODERATOR) as moderator, enter(WRITER) as writer, enter(READER) as reader:
        rooms = (moderator, writer, reader)
        spam = await writer.publish("buy this")
        await until(lambda: {room.count for room in rooms} == {1})
        label = await moderator.label(spam.id.hex()[:12], "an advertisement")
        await until(lambda: writer.count == 2)
        await writer.label(label, "I protest")
        await until(lambda: {room.count for room in rooms} == {3})
        assert [spam in await room.records() for room in rooms] == [False, False, False]
        assert label in await reader.records()
        why = await reader.moderation.explain(spam.id)
        assert why is not None
        moderated = f"the moderator {peerset.npub(MODERATOR.public_key)} hid it: an advertisement"
        assert (why.fate, why.policy, why.reason) == (peerset.Fate.SHADOWED, "moderators", moderated)
        await moderator.delete(label)
        await until(lambda: {room.count for room in rooms} == {3})
        await until(lambda: all(room.moderation.shadowing(spam.id) is None for room in rooms))
        assert all([spam in await room.records() for room in rooms])
        assert moderator.root == writer.root == reader.root


async def test_a_label_is_dated_after_what_it_names_and_names_what_is_here() -> None:
    async with peerset.join("lobby", key=MODERATOR, policies=[MODERATED], signaling=[]) as room:
        spam = await room.publish("a")
        label = await room.label(spam, "b")
        assert seat_of(label) > seat_of(spam)
        with pytest.raises(peerset.ConfigError, match="no record"):
            await room.label("ab" * 32, "nothing")
        with pytest.raises(peerset.ConfigError, match="a reason"):
            await room.label(spam, 5)  # type: ignore[arg-type]


async def test_a_label_of_another_room_and_a_moderator_of_another_room_hide_nothing_here() -> None:
    elsewhere = f"moderators:{peerset.npub(READER.public_key)}"
    async with (
        peerset.join("lobby", key=MODERATOR, policies=[MODERATED], signaling=[]) as lobby,
        peerset.join("attic", key=READER, policies=[elsewhere], signaling=[]) as attic,
    ):
        spam = await lobby.publish("buy this")
        for room, key, taken in ((attic, MODERATOR, 0), (lobby, READER, 1)):
            label = sign_record(
                key,
                created_at=UnixTime(spam.created_at + 1),
                kind=KIND_LABEL,
                tags=[("h", room.name.tag.hex()), *label_tags(HIDDEN, RECORD_TAG, spam.id)],
                content="\u202eno\U0001f600",
            )
            assert await lobby.add(label) == taken
            assert lobby.moderation.shadowing(spam.id) is None
        assert spam in await lobby.records()
