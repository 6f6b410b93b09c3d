"""Linked devices: one text asks, a grant answers it through the room, and no secret leaves its device."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import pytest

import peerset
from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.grant import read_grant, sign_grant
from peerset.core.linking import LinkAnswer, encode_answer, read_link, sign_link
from peerset.core.nip44 import conversation_key, seal_text
from peerset.core.signal import RoomName
from peerset.data.renewal import LOOK_SECONDS
from peerset.room.clocks import read_unix
from peerset.room.devices import DEVICES
from peerset.testing.memory import MemorySwarm
from tests.patience import until

OWNER, DEVICE, STRANGER, PERSON = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3, 4))
OWNED: Final = f"writers:owners={peerset.npub(OWNER.public_key)},collections=notes"


@asynccontextmanager
async def alone(key: Any, room: str = "lobby", **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join(room, key=key, signaling=[], **options) as joined:
        yield joined


async def test_a_device_shows_one_text_and_writes_by_the_grant_that_answers_it() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", key=OWNER, policies=[OWNED], host=swarm.host()) as owner:
        async with peerset.join("lobby", key=DEVICE, policies=[OWNED], host=swarm.host()) as device:
            with pytest.raises(peerset.RejectedError, match="carries no grant"):
                await device.publish("no", collection="notes")
            asked = device.devices.ask("phone")
            shown = owner.devices.read(asked.text)
            assert (shown.name, shown.device) == ("phone", DEVICE.public_key)
            waiting = asyncio.create_task(device.devices.answered(asked))
            made = await owner.devices.accept(asked.text, collections="notes", days=30)
            link = await waiting
            assert (link.owner, link.name, link.until) == (OWNER.public_key, "phone", made.until)
            assert await device.devices.links() == [link]
            assert await owner.devices.all() == [made]
        async with peerset.join(
            "lobby", key=DEVICE, policies=[OWNED], grants=[link.grant], host=swarm.host()
        ) as device:
            await device.publish("yes", collection="notes")
            await until(lambda: owner.root == device.root)
            assert [record.content async for record in _records(owner, "notes")] == ["yes"]


async def _records(room: peerset.Room, collection: str) -> AsyncIterator[peerset.Record]:
    for record in await room.records(tags={"c": [collection]}):
        yield record


async def test_nothing_of_the_answer_is_read_by_others_and_no_secret_is_in_it() -> None:
    async with alone(OWNER) as owner, alone(DEVICE) as device:
        await owner.devices.accept(device.devices.ask("Annas Telefon").text)
        [record] = await owner.records(tags={"c": [DEVICES]})
        await device.add(record)
        assert [link.name for link in await device.devices.links()] == ["Annas Telefon"]
        for secret in (b"Annas", OWNER.secret.hex().encode(), DEVICE.secret.hex().encode()):
            assert secret not in record.wire
        assert OWNER.to_nsec() not in (await device.devices.links())[0].grant


async def test_what_is_forged_foreign_old_or_ones_own_is_refused_with_a_word() -> None:
    async with alone(OWNER) as owner, alone(DEVICE) as device, alone(DEVICE, room="attic") as attic:
        asked = device.devices.ask("phone")
        now = read_unix()
        tag = RoomName("peerset", "lobby").tag
        late, long = (
            sign_link(DEVICE, room_tag=tag, nonce=bytes(16), until=UnixTime(now + seconds), name="phone").text
            for seconds in (-1, 9_999)
        )
        forged = read_link(asked.text).text.replace(asked.text[60:64], "AAAA")
        for text, word in (
            (forged, "no device signed this|public key|damaged"),
            (attic.devices.ask("phone").text, "asks in another room"),
            (late, "has run out: have the device show a new one"),
            (long, "asks for longer than it may"),
            (owner.devices.ask("phone").text, "this is the device that asks"),
            ("peerset:peerset/lobby", "begins with peerset-link:"),
            ("peerset-link:" + "A" * 9_999, "at most 512 characters"),
        ):
            with pytest.raises(peerset.ConfigError, match=word):
                await owner.devices.accept(text)
        assert owner.count == 0
        assert await owner.devices.all() == []


async def test_a_text_is_accepted_once_and_a_new_one_takes_the_place_of_the_old() -> None:
    async with alone(OWNER) as owner, alone(DEVICE) as device:
        asked = device.devices.ask("phone")
        await owner.devices.accept(asked)
        with pytest.raises(peerset.ConfigError, match="accepted already, for 'phone'"):
            await owner.devices.accept(asked)
        await owner.devices.accept(device.devices.ask("telephone"), days=1)
        assert [each.name for each in await owner.devices.all()] == ["telephone"]


async def test_an_answer_of_another_text_or_another_key_s_grant_does_not_count() -> None:
    async with alone(DEVICE) as device, alone(STRANGER) as stranger:
        asked = device.devices.ask("phone", minutes=1)
        await device.add(await _answered(stranger, asked.text, nonce=bytes(16)))
        with pytest.raises(TimeoutError):
            await device.devices.answered(asked)
        tag, now = RoomName("peerset", "lobby").tag, read_unix()
        # One is of somebody else, and one lets the device write, but not for who gave it.
        for giver, is_on_behalf in ((OWNER, True), (STRANGER, False)):
            grant = sign_grant(
                giver,
                DEVICE.public_key,
                room_tag=tag,
                since=UnixTime(now),
                until=UnixTime(now + 99),
                is_on_behalf=is_on_behalf,
            )
            await device.add(await _answered(stranger, asked.text, nonce=asked.nonce, grant=grant.text))
            assert await device.devices.links() == []
        nonsensical: list[Json] = [{"sealed": "x"}, {"sealed": 1}, "x", {}]
        for nonsense in nonsensical:
            await stranger.collection(DEVICES).put(DEVICE.public_key.hex(), nonsense)
            await device.add(await stranger.records(tags={"c": [DEVICES]}))
        assert await device.devices.links() == []


async def _answered(room: peerset.Room, text: str, *, nonce: bytes, grant: str | None = None) -> list[peerset.Record]:
    asked = read_link(text)
    answer = LinkAnswer(grant or room.grant(asked.device, on_behalf=True), asked.name, nonce)
    rng = random.Random(1)
    sealed = seal_text(encode_answer(answer), conversation_key(STRANGER, asked.device), nonce=rng.randbytes(32))
    await room.collection(DEVICES).put(asked.device.hex(), {"sealed": sealed})
    return list(await room.records(tags={"c": [DEVICES]}))


async def test_the_device_of_who_was_merely_granted_writes_for_them_by_two_grants() -> None:
    swarm = MemorySwarm()

    def enter(key: peerset.SecretKey, *grants: str) -> AbstractAsyncContextManager[peerset.Room]:
        return peerset.join("lobby", key=key, policies=[OWNED], grants=grants, host=swarm.host())

    async with enter(OWNER) as owner:
        letter = owner.grant(PERSON.public_key, collections="notes")
        async with enter(PERSON, letter) as person:
            notes = person.collection("notes", on_behalf=True)
            # Who was let write speaks for nobody else.
            assert (await notes.put("monday", "by hand")).author == PERSON.public_key
            async with enter(DEVICE) as device:
                asked = device.devices.ask("phone")
                await person.devices.accept(asked, collections="notes")
                link = await device.devices.answered(asked)
            async with enter(DEVICE, link.grant) as device:
                refused = await device.may_write("notes")
                whom = f"its grant is by nobody who owns this room: ask {peerset.npub(OWNER.public_key)}"
                assert (refused.is_given, refused.reason) == (False, whom)
            with pytest.raises(peerset.ConfigError, match="but you write as"):
                async with enter(DEVICE, link.grant, letter):
                    pass
            async with enter(DEVICE, link.grant, owner.grant(DEVICE.public_key, collections="notes")) as device:
                await until(lambda: device.count == 2)
                doc = await device.collection("notes", on_behalf=True).update(
                    "monday", lambda text: f"{text}, by phone"
                )
                assert (doc.author, doc.signer) == (PERSON.public_key, DEVICE.public_key)
                await until(lambda: {room.count for room in (owner, person, device)} == {3})
                found = await owner.collection("notes", on_behalf=True).find({"key": "monday"})
                assert [(each.author, each.value) for each in found] == [(PERSON.public_key, "by hand, by phone")]


async def test_what_has_little_time_left_is_granted_anew_and_an_unlinked_device_is_not() -> None:
    async with alone(OWNER) as owner, alone(DEVICE) as device, alone(STRANGER) as other:
        # Grants begin as long ago as clocks may be wrong: of this one most is over.
        first = await owner.devices.accept(device.devices.ask("phone"), collections="notes", days=0.001)
        second = await owner.devices.accept(other.devices.ask("tablet"), days=90)
        [renewed] = await owner.devices.renew(days=30)
        assert (renewed.key, renewed.name) == (DEVICE.public_key, "phone")
        assert renewed.until > first.until + 29 * 86_400
        assert await owner.devices.renew() == []
        assert read_grant(renewed.grant).collections == "notes"
        await owner.devices.unlink(renewed)
        assert await owner.devices.all() == [second]
        with pytest.raises(peerset.ConfigError, match="is no device of ours"):
            await owner.devices.unlink(DEVICE.public_key)


async def pass_by(hours: int, owner: peerset.Room, device: peerset.Room) -> None:
    """Let hours pass, and bring what one says of devices to the other after each."""
    for _ in range(hours):
        await asyncio.sleep(LOOK_SECONDS)
        await device.add(await owner.records(tags={"c": [DEVICES]}))


@pytest.mark.usefixtures("wall")
async def test_grants_are_renewed_while_owner_and_device_are_there_and_not_once_it_is_unlinked() -> None:
    async with alone(OWNER) as owner:
        async with alone(DEVICE) as phone:
            made = await owner.devices.accept(phone.devices.ask("phone"), collections="notes", days=0.125)
        async with alone(DEVICE, policies=[OWNED], grants=[made.grant]) as device:
            await pass_by(5, owner, device)
            await device.publish("still", collection="notes")
            await owner.devices.unlink(DEVICE.public_key)
            await pass_by(5, owner, device)
            with pytest.raises(peerset.RejectedError, match="had run out"):
                await device.publish("no", collection="notes")


async def test_nobody_who_has_left_is_warned_that_nothing_is_renewed_any_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with alone(OWNER) as owner:
        pass
    async with asyncio.timeout(60):
        await owner.devices.run()
    assert caplog.text == ""


@pytest.mark.usefixtures("wall")
async def test_a_stranger_who_grants_something_does_not_make_a_device_carry_it() -> None:
    async with alone(OWNER) as owner, alone(STRANGER) as stranger:
        async with alone(DEVICE) as phone:
            made = await owner.devices.accept(phone.devices.ask("phone"), days=30)
            await stranger.devices.accept(phone.devices.ask("phone"), days=90)
        async with alone(DEVICE, grants=[made.grant]) as device:
            await pass_by(2, stranger, device)
            assert [link.owner for link in await device.devices.links()] == [STRANGER.public_key]
            doc = await device.collection("diary", on_behalf=True).put("monday", 1)
            assert doc.author == OWNER.public_key


async def test_a_device_is_linked_and_writes_in_collections_on_behalf_of_its_owner_whom_everybody_sees() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=OWNER, host=swarm.host()) as owner,
        peerset.join("lobby", key=STRANGER, host=swarm.host()) as reader,
    ):
        async with peerset.join("lobby", key=DEVICE, host=swarm.host()) as device:
            asked = device.devices.ask("phone")
            waiting = asyncio.create_task(device.devices.answered(asked))
            await owner.devices.accept(asked.text)
            link = await waiting
        diary = owner.collection("diary", on_behalf=True)
        await diary.put("monday", "at home")
        async with peerset.join("lobby", key=DEVICE, grants=[link.grant], host=swarm.host()) as device:
            await until(lambda: device.root == owner.root)
            theirs = device.collection("diary", on_behalf=True)
            await theirs.update("monday", lambda said: f"{said}, and away")
            await until(lambda: device.root == owner.root == reader.root)
        [doc] = (await reader.collection("diary", on_behalf=True).find()).docs
        assert (doc.value, doc.author, doc.signer) == ("at home, and away", OWNER.public_key, DEVICE.public_key)
        assert (found := await diary.get("monday")) is not None
        assert found.value == "at home, and away"


async def test_who_has_no_name_no_time_or_no_key_here_does_not_ask() -> None:
    async with alone(DEVICE) as device:
        for name, minutes, word in (("", 10, "called by"), ("phone", 0, "at most 60 minutes"), ("phone", 61, "60")):
            with pytest.raises(peerset.ConfigError, match=word):
                device.devices.ask(name, minutes=minutes)
