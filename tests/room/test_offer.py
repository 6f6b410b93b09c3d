"""One code links a device: it is opened there, asks, and is answered where the key is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.grant import sign_grant
from peerset.core.linking import LinkRequest
from peerset.core.linking_code import LinkingCode, parse_code
from peerset.room.correspondence import Correspondence
from peerset.room.devices import DEVICES
from peerset.room.offer import Offer
from peerset.testing.memory import MemorySwarm
from tests.patience import until

OWNER, DEVICE, OTHER, PERSON = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3, 4))
OWNED: Final = f"writers:owners={peerset.npub(OWNER.public_key)}"
PAGE: Final = "https://chat.example/"
SEAL: Final = "seal1edhyu35cpr8hxdmyqpmq2r9sw5w5yqmkla4yz05wec9r70cy4q0q2zw2uj"


class World:
    """A room of an owner, who shows a code, and how others come."""

    def __init__(self, **options: Any) -> None:
        self.swarm = MemorySwarm()
        self.options = {"policies": [OWNED], **options}

    def join(self, room: str = "lobby", **options: Any) -> Any:
        return peerset.join(room, host=self.swarm.host(), **{**self.options, **options})

    async def ask(self, code: LinkingCode, key: peerset.SecretKey = DEVICE, name: str = "phone") -> peerset.Link:
        async with self.join(code.asking, key=code.key) as asking:
            link: peerset.Link = await asking.devices.ask_by(code, name, key=key)
            await asking.synced()
            return link


@asynccontextmanager
async def offered(minutes: float = 10, **options: Any) -> AsyncIterator[tuple[World, peerset.Room, Offer, LinkingCode]]:
    world = World(**options)
    async with world.join(key=OWNER) as owner:
        offer = owner.devices.offer(minutes=minutes, page=PAGE)
        yield world, owner, offer, parse_code(offer.text)


@pytest.mark.parametrize("options", [{}, {"seal": SEAL}], ids=["open", "sealed"])
async def test_who_opens_a_code_asks_and_writes_once_its_owner_says_yes(options: Any) -> None:
    async with offered(**options) as (world, owner, offer, code):
        assert (code.owner, code.until, code.page) == (OWNER.public_key, offer.until, PAGE)
        asking = asyncio.create_task(world.ask(code))
        request = await offer.asked()
        assert (request.name, request.device) == ("phone", DEVICE.public_key)
        made = await offer.accept(request, days=3)
        link = await asking
        await offer.taken()
        assert (link.owner, link.name, link.grant) == (OWNER.public_key, "phone", made.grant)
        async with world.join(code.room, key=DEVICE, grants=[link.grant]) as device:
            await device.publish("by the phone")
            await until(lambda: owner.root == device.root)
        assert "by the phone" in [each.content for each in await owner.records(authors=DEVICE.public_key)]


@pytest.mark.real_time
async def test_of_a_linked_device_who_cannot_read_sees_the_key_and_no_name_and_no_disk_has_the_code(
    tmp_path: Path,
) -> None:
    blind_store, own_store = tmp_path / "blind.db", tmp_path / "own.db"
    world = World(seal=SEAL)
    async with (
        world.join(key=OWNER, store=own_store) as owner,
        world.join(seal=None, store=blind_store) as blind,
    ):
        offer = owner.devices.offer()
        code = parse_code(offer.text)
        asking = asyncio.create_task(world.ask(code, name="the telephone"))
        await offer.accept(await offer.asked())
        link = await asking
        await offer.taken()
        async with world.join(code.room, key=DEVICE, grants=[link.grant]) as device:
            record = await device.publish("by the phone")
            await owner.collection("notes").put("monday", "dear diary")
            await until(lambda: owner.root == device.root == blind.root)
        assert record.id in [each.id for each in await blind.members(authors=DEVICE.public_key)]
    kept = [b"".join(path.read_bytes() for path in sorted(tmp_path.glob(f"{name}*"))) for name in ("blind", "own")]
    assert [bytes(DEVICE.public_key) in each for each in kept] == [True, True]
    assert not any(word in kept[0] for word in (b"telephone", b"by the phone", b"dear diary"))
    # What is looked for is found where it is.
    assert b"dear diary" in kept[1]
    for secret in (code.key.secret, OWNER.secret, DEVICE.secret, SEAL.encode()):
        assert not any(word in each for each in kept for word in (secret, secret.hex().encode()))


async def test_who_is_refused_is_told_so_and_writes_nothing() -> None:
    async with offered() as (world, owner, offer, code):
        asking = asyncio.create_task(world.ask(code))
        await offer.asked()
        await offer.refuse()
        with pytest.raises(peerset.ConfigError, match="the other device said no"):
            await asking
        assert await owner.devices.all() == []


async def test_a_code_that_was_used_is_of_no_use_to_another_device() -> None:
    async with offered() as (world, owner, offer, code):
        asking = asyncio.create_task(world.ask(code))
        await offer.accept(await offer.asked())
        await asking
        with pytest.raises(peerset.ConfigError, match="used already: have the other device show a new one"):
            await world.ask(code, OTHER, "thief")
        assert [each.name for each in await owner.devices.all()] == ["phone"]


async def test_a_code_holds_no_secret_of_its_owner_and_lets_nobody_write_anything_else() -> None:
    async with offered() as (world, _, offer, code):
        assert OWNER.to_nsec() not in offer.text
        assert OWNER.secret.hex() not in offer.text
        async with world.join(code.asking, key=code.key) as thief:
            for collection in (None, "notes"):
                with pytest.raises(peerset.RejectedError):
                    await thief.publish("spam", collection=collection)


async def test_where_nobody_asks_or_answers_in_time_it_is_said() -> None:
    async with offered(minutes=1) as (world, _, offer, code):
        with pytest.raises(TimeoutError):
            await world.ask(code)
        grant = sign_grant(
            OWNER,
            code.key.public_key,
            room_tag=code.address.name.tag,
            since=UnixTime(1),
            until=UnixTime(2),
            collections=(DEVICES,),
            is_on_behalf=False,
        )
        old = replace(code, address=replace(code.address, grants=(grant.text,)))
        with pytest.raises(TimeoutError, match="has run out"):
            await world.ask(old)
        with pytest.raises(TimeoutError):
            await offer.taken()


async def test_nonsense_under_a_code_is_no_question() -> None:
    async with offered(minutes=1) as (world, owner, offer, code), world.join(code.asking, key=code.key) as thief:
        talk = Correspondence(code.key, OWNER.public_key, lambda: thief.collection(DEVICES), code.until)
        for nonsense in ("", "peerset-link:AAAA", "done"):
            if nonsense:
                await talk.say(nonsense)
            await until(lambda: owner.root == thief.root)
        with pytest.raises(TimeoutError):
            await offer.asked()


async def test_the_owner_itself_and_a_bad_name_are_told_at_once() -> None:
    async with offered() as (world, _, __, code):
        with pytest.raises(peerset.ConfigError, match="this device has the key already"):
            await world.ask(code, OWNER)
        with pytest.raises(peerset.ConfigError, match="called by 1 to 64 bytes"):
            await world.ask(code, name=" ")


async def test_who_cannot_let_codes_ask_is_told_what_to_do() -> None:
    async with offered() as (world, owner, _, __):
        granted = owner.grant(PERSON.public_key)
        spoken = owner.grant(DEVICE.public_key, on_behalf=True)
        async with world.join(key=PERSON, grants=[granted]) as person:
            with pytest.raises(
                peerset.ConfigError, match=r"no device can ask by a code of ours.*npub1.*Accept the text"
            ):
                person.devices.offer()
        async with world.join(key=DEVICE, grants=[spoken]) as device:
            with pytest.raises(peerset.ConfigError, match=r"this device writes for npub1.*link others"):
                device.devices.offer()
        for minutes in (0, 61):
            with pytest.raises(peerset.ConfigError, match="at most 60 minutes"):
                owner.devices.offer(minutes=minutes)
        with pytest.raises(peerset.ConfigError, match="a page has an address"):
            owner.devices.offer(page="chat")


async def test_the_device_of_somebody_who_was_granted_writes_by_two_grants() -> None:
    async with offered(policies=[OWNED]) as (world, owner, _, __):
        granted = owner.grant(PERSON.public_key)
        async with world.join(key=PERSON, grants=[granted]) as person, world.join(key=DEVICE) as device:
            request: LinkRequest = device.devices.ask("phone")
            waiting = asyncio.create_task(device.devices.answered(request))
            await person.devices.accept(request)
            link = await waiting
        async with world.join(key=DEVICE, grants=[link.grant]) as device:
            assert not await device.may_write()
        both = [link.grant, owner.grant(DEVICE.public_key)]
        async with world.join(key=DEVICE, grants=both) as device:
            assert await device.may_write()
