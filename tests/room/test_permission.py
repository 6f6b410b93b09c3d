"""Who may write in a room: owners, whom they let, and nobody else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.grant import read_grant
from peerset.core.key_signer import KeySigner
from peerset.core.record import sign_record
from peerset.testing.memory import MemorySwarm
from tests.patience import until

OWNER, WRITER, STRANGER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3))
OWNED = f"writers:owners={peerset.npub(OWNER.public_key)}"
PLACES = f"{OWNED},collections=places"


@dataclass(frozen=True)
class Place:
    stars: int


@asynccontextmanager
async def alone(key: Any, policies: Any = (OWNED,), **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", key=key, policies=policies, signaling=[], **options) as room:
        yield room


async def granted(**options: Any) -> str:
    async with alone(OWNER) as room:
        return room.grant(WRITER.public_key, **options)


async def test_an_owner_a_granted_writer_and_a_stranger_in_one_room() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=OWNER, policies=[PLACES], host=swarm.host()) as owner,
        peerset.join(
            "lobby",
            key=WRITER,
            policies=[PLACES],
            grants=owner.grant(peerset.npub(WRITER.public_key), collections="places"),
            host=swarm.host(),
        ) as writer,
        peerset.join("lobby", key=STRANGER, policies=[PLACES], host=swarm.host()) as stranger,
    ):
        assert [bool(await room.may_write("places")) for room in (owner, writer, stranger)] == [True, True, False]
        assert all([await room.may_write("chat") for room in (owner, writer, stranger)])
        await owner.publish({"name": "Lido"}, collection="places")
        await writer.publish({"name": "Zoo"}, collection="places")
        await stranger.publish("hello", collection="chat")
        with pytest.raises(peerset.RejectedError, match=f"ask {peerset.npub(OWNER.public_key)}"):
            await stranger.publish({"name": "Casino"}, collection="places")
        await until(lambda: {room.count for room in (owner, writer, stranger)} == {3})
        assert owner.root == writer.root == stranger.root


async def test_a_writer_without_a_grant_is_told_whom_to_ask_before_anything_is_written() -> None:
    async with alone(STRANGER) as room:
        permission = await room.may_write()
        assert (permission.is_given, permission.policy) == (False, "writers")
        assert permission.reason == f"it carries no grant: ask {peerset.npub(OWNER.public_key)}"
        assert room.count == 0
        assert room.moderation.refusals() == []
        with pytest.raises(peerset.RejectedError, match="it carries no grant"):
            await room.collection("places").add({"name": "Casino"})


async def test_a_collection_writes_registers_logs_and_batches_by_a_grant_for_it() -> None:
    text = await granted(collections=["places"])
    async with alone(WRITER, grants=[text]) as room:
        places = room.collection("places", Place)
        await places.put("lido", Place(4))
        await places.update("lido", lambda old: Place(5) if old == Place(4) else Place(0))
        await places.append(Place(3))
        batch = room.batch()
        batch.put(places, "zoo", Place(1))
        await batch.commit(atomic=True)
        assert [doc.value for doc in await places.find(order="stars")] == [Place(1), Place(3), Place(5)]
        with pytest.raises(peerset.RejectedError, match="not for this collection"):
            await room.collection("notes").add({})
        assert not await room.may_write("notes")
        assert not await room.may_write()


async def test_what_was_written_by_a_grant_is_deleted_without_one_at_hand(tmp_path: Any) -> None:
    text = await granted()
    options = {"store": f"sqlite:{tmp_path / 'lobby.db'}"}
    async with alone(WRITER, grants=text, **options) as room:
        record = await room.publish("hello")
        places = room.collection("places")
        doc = await places.add({"name": "Zoo"})
        await places.put("lido", {"stars": 4})
    async with alone(WRITER, **options) as room:
        places = room.collection("places")
        assert not await room.may_write("places")
        deletion = await room.delete(record)
        assert deletion.tag_value("grant") == text
        await places.remove(doc)
        await places.erase("lido")
        assert await places.count() == 0
        assert await room.records(kinds=1_078) == []


async def test_a_grant_holds_for_its_days_from_as_long_ago_as_clocks_may_be_wrong() -> None:
    grant = read_grant(await granted(collections=("places", "notes"), days=2))
    assert (grant.owner, grant.writer, grant.collections) == (OWNER.public_key, WRITER.public_key, "places notes")
    assert grant.until - grant.since == 2 * 86_400 + 900
    assert read_grant(await granted()).collections == "*"


async def test_a_grant_that_has_run_out_is_said_to_have() -> None:
    text = await granted(days=0.001)
    grant = read_grant(text)
    async with alone(WRITER, grants=text) as room:
        record = sign_record(
            WRITER,
            created_at=UnixTime(grant.until + 1),
            kind=1_078,
            tags=[("h", room.name.tag.hex()), ("grant", text)],
            content="",
        )
        assert await room.add(record) == 0
        (refusal,) = room.moderation.refusals()
        assert (refusal.rule, refusal.reason.partition(":")[0]) == ("expired", "its grant had run out by then")


async def test_who_owns_nothing_lets_nobody_write() -> None:
    async with alone(STRANGER, [PLACES]) as room:
        for names in ("places", ["chat", "places"]):
            with pytest.raises(peerset.ConfigError, match=f"we are no owner, ask {peerset.npub(OWNER.public_key)}"):
                room.grant(WRITER.public_key, collections=names)
        assert read_grant(room.grant(WRITER.public_key, collections="chat")).owner == STRANGER.public_key


@pytest.mark.parametrize(
    ("writer", "options", "named"),
    [
        ("me", {}, "a key"),
        (WRITER.public_key, {"days": 0}, "number of days above 0"),
        (WRITER.public_key, {"days": -1}, "number of days above 0"),
        (WRITER.public_key, {"days": 1e300}, "number of days above 0"),
        (WRITER.public_key, {"days": "many"}, "days"),
        (WRITER.public_key, {"collections": "two words "}, "single spaces"),
        (WRITER.public_key, {"collections": [7]}, "a collection"),
    ],
)
async def test_a_grant_that_cannot_be_meant_is_refused(writer: Any, options: dict[str, Any], named: str) -> None:
    async with alone(OWNER) as room:
        with pytest.raises(peerset.ConfigError, match=named):
            room.grant(writer, **options)


async def test_a_room_is_not_joined_with_a_grant_that_is_for_another_room_or_key(tmp_path: Any) -> None:
    text = await granted()
    path = tmp_path / "lobby.db"
    with pytest.raises(peerset.ConfigError, match="or is for another room"):
        async with peerset.join("attic", key=WRITER, grants=text, store=path, signaling=[]):
            pass
    with pytest.raises(peerset.ConfigError, match="but you write as a new key"):
        async with peerset.join("lobby", grants=text, store=path, signaling=[]):
            pass
    assert not path.exists()


async def test_who_signs_records_alone_cannot_grant_but_may_write() -> None:
    key = KeySigner(OWNER)

    class Elsewhere:
        public_key = OWNER.public_key
        sign = key.sign

    async with alone(Elsewhere()) as room:
        with pytest.raises(peerset.ConfigError, match="grant by a key that is here"):
            room.grant(WRITER.public_key)
        assert await room.may_write()


async def test_a_part_has_grants_of_its_own() -> None:
    async with alone(OWNER) as whole, whole.sub("photos") as part:
        texts = [room.grant(WRITER.public_key) for room in (whole, part)]
    async with alone(WRITER, grants=texts[0]) as whole:
        async with whole.sub("photos") as part:
            assert not await part.may_write()
        async with whole.sub("photos", grants=texts[1]) as part:
            assert await part.may_write()


async def test_policies_that_look_at_what_is_said_are_not_asked_whether_one_may_write() -> None:
    asked: list[str] = []

    @peerset.admission("picky", version=1)
    def picky(record: peerset.Record) -> str | None:
        asked.append(record.content)
        return None if json.loads(record.content).get("name") else "it has no name"

    async with alone(OWNER, [OWNED, picky]) as room:
        assert await room.may_write("places")
        assert asked == []


async def test_in_a_sealed_room_a_grant_is_for_all_collections() -> None:
    swarm, secret = MemorySwarm(), peerset.new_seal()
    whole = f"writers:owners={peerset.npub(OWNER.public_key)}"
    async with peerset.join("lobby", key=OWNER, policies=[whole], seal=secret, host=swarm.host()) as owner:
        with pytest.raises(peerset.ConfigError, match="a sealed room hides the names of collections"):
            owner.grant(WRITER.public_key, collections="places")
        text = owner.grant(WRITER.public_key)
        own: dict[str, Any] = {"policies": [whole], "seal": secret, "host": swarm.host()}
        async with peerset.join("lobby", key=WRITER, grants=text, **own) as writer:
            record = await writer.publish({"name": "Zoo"}, collection="places")
            await until(lambda: owner.count == 1)
            found = await owner.get(record.id)
            assert found is not None
            assert found.content == '{"name": "Zoo"}'
        async with peerset.join("lobby", key=STRANGER, **own) as stranger:
            with pytest.raises(peerset.RejectedError, match="it carries no grant"):
                await stranger.publish({"name": "Casino"}, collection="places")
