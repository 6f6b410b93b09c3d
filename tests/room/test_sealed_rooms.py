"""Sealed rooms: who has the secret reads everything, and who has not holds it and reads nothing."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.envelope import seal_id_of
from peerset.core.record import KIND_KEYED, event_of, record_of
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.data.places import INDEXED, Place, key_number, values
from tests.patience import PATIENT_SECONDS
from tests.room.streams import meet

SEAL, NEWER = (peerset.new_seal(random.Random(seed)) for seed in (1, 2))
HIDDEN: Final = ("Tiergarten", "Berlin", "secretplaces", "hauptstadt", "greeting")


@asynccontextmanager
async def joined(swarm: MemorySwarm, number: int, seal: Any = SEAL, **options: Any) -> AsyncIterator[peerset.Room]:
    async with peerset.join("lobby", key=key_number(number), host=swarm.host(), seal=seal, **options) as room:
        yield room


async def fill(room: peerset.Room) -> peerset.Collection[Any]:
    places = room.collection("secretplaces", Place, **INDEXED)
    await places.add(Place("Tiergarten", "Berlin", 5, peerset.Point(52.51, 13.35)))
    await places.put("hauptstadt", Place("Berlin itself", "Berlin", 3))
    await places.put("hauptstadt", Place("Berlin again", "Berlin", 4))
    await room.publish("a secret greeting", tags={"t": "greeting"})
    return places


@pytest.mark.real_time
async def test_two_read_through_a_blind_seeder_all_that_it_holds_and_cannot_read(tmp_path: Path) -> None:
    swarm, path = MemorySwarm(), tmp_path / "blind.db"
    async with joined(swarm, 9, None, store=f"sqlite:{path}", seeder=True) as blind:
        async with joined(swarm, 1) as ann:
            await fill(ann)
            await asyncio.gather(ann.synced(timeout=PATIENT_SECONDS), blind.synced(timeout=PATIENT_SECONDS))
            root = ann.root
        assert blind.root == root
        assert blind.seal is None
        assert await blind.records() == []
        assert len(await blind.members()) == 4
        held = b"".join(each.read_bytes() for each in sorted(tmp_path.iterdir()))
        assert len(held) > 4_096
        assert [word for word in HIDDEN if word.encode() in held] == []
        async with joined(swarm, 2) as ben:
            await ben.synced(timeout=PATIENT_SECONDS)
            assert ben.root == root
            places = ben.collection("secretplaces", Place, **INDEXED)
            await places.ready()
            assert [doc.value.title for doc in await places.find(order="-stars")] == ["Tiergarten", "Berlin again"]
            [said] = await ben.records(tags={"t": "greeting"})
            assert (said.content, said.author) == ("a secret greeting", key_number(1).public_key)
    held = b"".join(each.read_bytes() for each in sorted(tmp_path.iterdir()))
    assert [word for word in HIDDEN if word.encode() in held] == []


@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["memory:", "sqlite:"])
async def test_everything_works_on_what_was_opened(kind: str, tmp_path: Path) -> None:
    store = kind if kind == "memory:" else f"sqlite:{tmp_path / 'room.db'}"
    async with joined(MemorySwarm(), 1, store=store) as room:
        places = await fill(room)
        assert [doc.value.city for doc in await places.find({"stars": {"gte": 4}}, order="stars")] == ["Berlin"] * 2
        assert [doc.value.title for doc in await places.find(text="tierg*")] == ["Tiergarten"]
        near = {"at": {"near": peerset.Circle(52.5, 13.4, 5_000)}}
        assert [doc.value.title for doc in await places.find(near)] == ["Tiergarten"]
        assert values(await places.history("hauptstadt")) == [
            Place("Berlin again", "Berlin", 4),
            Place("Berlin itself", "Berlin", 3),
        ]
        assert await places.aggregate({"n": "count"}, by="city") == [{"city": "Berlin", "n": 2}]
        if store != "memory:":
            assert list(await room.sql("SELECT title FROM secretplaces ORDER BY stars")) == [
                {"title": "Berlin again"},
                {"title": "Tiergarten"},
            ]

        @room.view("titles", collection="secretplaces")
        def titles(tx: peerset.ViewWriter, change: peerset.Change) -> None:
            if change.record.content:
                tx.put([json.loads(change.record.content)["title"]], change.kind.value)

        await titles.ready()
        assert [key for key, _ in await titles.range()] == [["Berlin again"], ["Tiergarten"]]
        total = room.fold(places, 0, lambda state, doc: state + doc.value.stars)
        await total.ready()
        assert total.state == 9
        async with await places.live({"city": "Berlin"}, order="-stars") as live:
            batch = room.batch()
            batch.put(places, "zoo", Place("Zoo", "Berlin", 1), expected=None)
            batch.add(places, Place("Park", "Berlin", 2))
            await batch.commit(atomic=True)
            assert [doc.value.title for _, doc in (await anext(live)).added] == ["Park", "Zoo"]
            await places.delete("zoo")
            [gone] = (await anext(live)).removed
            assert gone is not None
        changes = [change async for change in room.changes(collection="secretplaces", live=False)]
        assert {json.loads(change.record.content)["city"] for change in changes if change.record.content} == {"Berlin"}
        [said] = await room.records(tags={"t": "greeting"})
        await room.delete(said)
        assert await room.records(tags={"t": "greeting"}) == []
        assert await places.erase("hauptstadt") == 2
        assert await places.get("hauptstadt") is None
        await places.add(Place("Brief", "Berlin"), ttl=60)
        kept = room.collection("kept", keep=True, ttl=None)
        await kept.put("a", 1)
        assert await kept.get("a") is not None


async def test_a_register_replaces_by_a_hidden_key_and_a_deletion_names_that() -> None:
    async with joined(MemorySwarm(), 1) as room:
        first = await room.publish("one", kind=KIND_KEYED, tags={"d": "key"})
        second = await room.publish("two", kind=KIND_KEYED, tags={"d": "key"})
        outer = [each.envelope.tag_value("d") for each in (first, second)]
        assert outer[0] == outer[1] not in (None, "key")
        assert await room.records(kinds=KIND_KEYED) == [second]
        assert await room.records(tags={"d": "key"}) == [second]
        deletion = await room.delete(second)
        assert deletion.tag_values("a") == [f"{KIND_KEYED}:{room.key.hex()}:{outer[0]}"]
        assert await room.members(kinds=KIND_KEYED) == []


async def test_what_is_given_out_is_what_its_author_signed() -> None:
    async with joined(MemorySwarm(), 1) as room:
        record = await room.publish("secret", tags={"t": "greeting"})
        assert record.content == "secret"
        given = json.dumps(event_of(record.envelope))
        assert "secret" not in given
        assert record_of(json.loads(given)).has_valid_signature()
        async with joined(MemorySwarm(), 2) as other:
            assert await other.add([record]) == 1
            assert await other.records() == [record]
        async with joined(MemorySwarm(), 3, None) as blind:
            assert await blind.add([record]) == 1
            [held] = await blind.members()
            assert seal_id_of(held.tags) is not None
            assert "secret" not in held.content


@pytest.mark.real_time
async def test_a_new_secret_is_an_epoch_and_who_had_the_old_one_reads_both() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1) as ann, joined(swarm, 2, [NEWER, SEAL]) as ben, joined(swarm, 3, NEWER) as cleo:
        await ann.collection("log", shared=True).put("key", "old")
        await asyncio.gather(*(room.synced(timeout=PATIENT_SECONDS) for room in (ann, ben, cleo)))
        strange = cleo.events(peerset.SealUnknown)
        log = ben.collection("log", shared=True)
        assert values(await log.find()) == ["old"]
        written = await log.put("key", "new")
        assert values(await log.history("key")) == ["new", "old"]
        other = await ben.collection("log", shared=True).add("more")
        await ben.synced(timeout=PATIENT_SECONDS)
        assert values(await cleo.collection("log", shared=True).find(order="time")) == ["new", "more"]
        assert values(await ann.collection("log", shared=True).find()) == ["old"]
        assert [ann.seal, cleo.seal] == [
            peerset.SealStatus((seal_of(ann),), 2, 0, 0),
            peerset.SealStatus((seal_of(cleo),), 1, 0, 0),
        ]
        assert ben.seal == peerset.SealStatus((seal_of(cleo), seal_of(ann)), 0, 0, 0)
        strange.close()
        assert [each async for each in strange] == []
        assert {written.record.envelope.tag_value("sealed"), other.record.envelope.tag_value("sealed")} == {
            seal_of(cleo)
        }
        assert await ann.records(ids=[written.id]) == []
        [explained] = [await ann.moderation.explain(written.id)]
        assert explained is not None
        assert explained.reason == "it is sealed by another secret"


async def test_who_has_another_secret_is_told_once_and_what_is_there_is_counted() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1) as ann:
        for number in range(3):
            await ann.publish(str(number))
        async with joined(swarm, 2, NEWER) as ben:
            events = ben.events(peerset.SealUnknown)
            await ben.synced(timeout=PATIENT_SECONDS)
            assert ben.seal is not None
            assert (ben.seal.foreign, await ben.records()) == (3, [])
            events.close()
            [told] = [each async for each in events]
            assert isinstance(told, peerset.SealUnknown)
            assert (told.seal, await ben.get(told.id) is not None) == (seal_of(ann), True)


async def test_what_strangers_write_opens_for_nobody_and_is_counted() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1) as ann, joined(swarm, 9, None) as stranger:
        good = await ann.publish("ours")
        await stranger.synced(timeout=PATIENT_SECONDS)
        await stranger.publish("in the clear", collection="secretplaces")
        tags = [["sealed", seal_of(ann)]]
        await stranger.publish("garbage", tags=tags)
        await stranger.publish(good.envelope.content, tags=tags)
        await stranger.synced(timeout=PATIENT_SECONDS)
        assert await ann.records() == [good]
        assert ann.seal == peerset.SealStatus((seal_of(ann),), 0, 2, 1)
        assert ann.count == 4
        assert [change.record.id async for change in ann.changes(live=False)] == [good.id]


@pytest.mark.real_time
async def test_a_store_remembers_by_which_secret_it_was_filled_and_loses_nothing(tmp_path: Path) -> None:
    path = f"sqlite:{tmp_path / 'room.db'}"
    async with joined(MemorySwarm(), 1, store=path) as room:
        await fill(room)
    for seal, reason in [(None, "join with seal="), (NEWER, "give the right one, or both")]:
        with pytest.raises(peerset.SealError, match=reason):
            async with joined(MemorySwarm(), 1, seal, store=path):
                pass
    async with joined(MemorySwarm(), 1, [NEWER, SEAL], store=path) as room:
        assert len(await room.records()) == 3
        await room.publish("by the new one")
    with pytest.raises(peerset.SealError, match="was filled by the secret"):
        async with joined(MemorySwarm(), 1, store=path):
            pass
    async with joined(MemorySwarm(), 1, [SEAL, NEWER], store=path) as room:
        assert len(await room.records()) == 4


@pytest.mark.real_time
async def test_a_mistaken_secret_that_opened_nothing_binds_no_store(tmp_path: Path) -> None:
    swarm, path = MemorySwarm(), f"sqlite:{tmp_path / 'room.db'}"
    async with joined(swarm, 9, None, store=path) as blind, joined(swarm, 1) as ann:
        record = await ann.publish("hush")
        await ann.synced(timeout=PATIENT_SECONDS)
    async with joined(MemorySwarm(), 9, NEWER, store=path) as mistaken:
        assert (await mistaken.records(), mistaken.seal and mistaken.seal.foreign) == ([], 1)
    async with joined(MemorySwarm(), 9, None, store=path) as blind:
        assert await blind.records() == []
    async with joined(MemorySwarm(), 9, store=path) as room:
        assert await room.records() == [record]
    with pytest.raises(peerset.SealError, match="give the right one, or both"):
        async with joined(MemorySwarm(), 9, NEWER, store=path):
            pass


@pytest.mark.real_time
async def test_a_blind_store_opens_once_there_is_a_secret_and_again_with_another(tmp_path: Path) -> None:
    swarm, path = MemorySwarm(), f"sqlite:{tmp_path / 'room.db'}"
    async with joined(swarm, 9, None, store=path) as blind, joined(swarm, 1) as ann, joined(swarm, 2, NEWER) as ben:
        await fill(ann)
        await ben.publish("by another")
        await blind.publish("in the clear")
        await asyncio.gather(*(room.synced(timeout=PATIENT_SECONDS) for room in (ann, ben, blind)))
        assert [record.content for record in await blind.records()] == ["in the clear"]
        root = blind.root
    async with joined(swarm, 9, store=path) as room:
        assert room.root == root
        places = room.collection("secretplaces", Place, **INDEXED)
        await places.ready()
        assert [doc.value.title for doc in await places.find(text="tierg*")] == ["Tiergarten"]
        assert len(await room.records()) == 3
        assert room.seal == peerset.SealStatus((seal_of(room),), 1, 0, 1)
    async with joined(swarm, 9, [NEWER, SEAL], store=path) as room:
        assert room.seal is not None
        assert (room.seal.foreign, len(await room.records())) == (0, 4)
        changes = [change async for change in room.changes(live=False)]
        assert len({change.record.id for change in changes if change.kind is peerset.ChangeKind.ADDED}) >= 4
        assert room.root == root


@pytest.mark.real_time
async def test_a_store_in_memory_leaves_nothing_and_another_kind_of_store_is_refused(tmp_path: Path) -> None:
    class Other:
        async def bind(self) -> None: ...
        async def add(self) -> None: ...
        async def query(self) -> None: ...
        async def entries(self) -> None: ...
        async def aclose(self) -> None: ...

    with pytest.raises(peerset.ConfigError, match="a store such as Other opens no sealed records"):
        async with joined(MemorySwarm(), 1, store=Other()):
            pass
    async with joined(MemorySwarm(), 1) as room:
        await fill(room)
        assert list(tmp_path.iterdir()) == []


async def test_policies_of_content_shadow_alike_and_a_blind_seeder_admits_the_same() -> None:
    policies, swarm = ["words", "kinds:allow=1078"], MemorySwarm()
    async with (
        joined(swarm, 1, policies=policies) as ann,
        joined(swarm, 2, policies=policies) as ben,
        joined(swarm, 9, None, policies=["kinds:allow=1078"]) as blind,
    ):
        good, bad = await ann.publish("fine words"), await ann.publish("you asshole")
        with pytest.raises(peerset.RejectedError):
            await ann.publish("of another kind", kind=7)
        await asyncio.gather(*(room.synced(timeout=PATIENT_SECONDS) for room in (ann, ben, blind)))
        for room in (ann, ben):
            assert await room.records() == [good]
            explained = await room.moderation.explain(bad.id)
            assert explained is not None
            assert (explained.policy, explained.reason) == ("words", "its content is refused by words")
            assert not any(peer.has_other_rules for peer in room.peers)
        assert len({ann.root, ben.root, blind.root}) == 1


async def test_receipts_are_sealed_as_all_else() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1, policies=["words"], receipts=True) as ann, joined(swarm, 2, policies=["words"]) as ben:
        await ann.synced(timeout=PATIENT_SECONDS)
        subscribed = ann.subscribe(kinds=1_079)
        await ben.publish("you asshole")
        receipt = await anext(subscribed)
        assert json.loads(receipt.content)["policy"] == "words"
        assert "words" not in receipt.envelope.content
        assert receipt.envelope.tag_value("c") != "receipts"


@pytest.mark.parametrize("seal", [5, b"secret", ["a", 5], [], ["x"] * 17, "seal1", SEAL[:-1], ""])
async def test_what_is_no_seal_is_refused_before_anything_is_made(seal: Any, tmp_path: Path) -> None:
    with pytest.raises(peerset.ConfigError) as refused:
        async with joined(MemorySwarm(), 1, seal, store=f"sqlite:{tmp_path / 'room.db'}"):
            pass
    assert SEAL[:20] not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_time
async def test_a_passphrase_seals_as_a_secret_does_and_a_part_of_the_room_has_keys_of_its_own() -> None:
    swarm = MemorySwarm()
    async with joined(swarm, 1, "correct horse") as ann, joined(swarm, 2, "correct horse") as ben:
        await ann.publish("hello")
        await ann.synced(timeout=PATIENT_SECONDS)
        assert [record.content for record in await ben.records()] == ["hello"]
        async with ann.sub("photos") as part:
            record = await part.publish("a photo")
            assert record.envelope.tag_value("sealed") not in (None, seal_of(ann))


@pytest.mark.real_time
async def test_two_replicate_over_a_stream_and_documents_are_kept_sealed(tmp_path: Path) -> None:
    async with joined(MemorySwarm(), 1) as one, joined(MemorySwarm(seed=1), 2) as two:
        await fill(one)
        await meet(one, two)
        assert len(await two.collection("secretplaces", Place).find()) == 2
        [record] = [each for each in await two.members() if each.tag_value("t") == "greeting"]
        await two.moderation.purge(record)
        assert await two.fetch([]) == []
        assert await two.records(tags={"t": "greeting"}) == []


def seal_of(room: peerset.Room) -> str:
    assert room.seal is not None
    return room.seal.ids[0]


class Kept(MemoryStore):
    """A store that stays what it is when its room is left."""

    async def aclose(self) -> None:
        pass


async def test_of_a_keyed_record_one_version_is_seen_whichever_secret_sealed_it() -> None:
    kept = Kept()
    async with joined(MemorySwarm(), 1, store=kept) as before:
        old = await before.publish("old", kind=KIND_KEYED, tags={"d": "key"})
        other = await before.publish("other", kind=KIND_KEYED, tags={"d": "other key"})
    async with joined(MemorySwarm(), 1, [NEWER, SEAL], store=kept) as room:
        new = await room.publish("new", kind=KIND_KEYED, tags={"d": "key"})
        assert await room.records(kinds=KIND_KEYED) == [new, other]
        assert await room.records(tags={"d": "key"}) == [new]
    async with joined(MemorySwarm(), 1, [NEWER, SEAL], store=kept) as room:
        assert await room.records(ids=[old.id]) == []
        assert await room.records(kinds=KIND_KEYED, limit=2) == [new, other]
        explained = await room.moderation.explain(old.id)
        assert explained is not None
        assert explained.policy == "versions"
        assert room.moderation.shadowing(old.id) is not None


async def test_who_deletes_a_version_of_an_earlier_secret_keeps_the_one_that_replaced_it() -> None:
    async with joined(MemorySwarm(), 1) as before:
        old = await before.publish("old", kind=KIND_KEYED, tags={"d": "key"})
    async with joined(MemorySwarm(), 1, [NEWER, SEAL]) as room:
        new = await room.publish("new", kind=KIND_KEYED, tags={"d": "key"})
        assert await room.add([old]) == 1
        deletion = await room.delete(old)
        assert deletion.tag_values("a") == []
        assert await room.records(kinds=KIND_KEYED) == [new]
        assert len((await room.delete(new)).tag_values("a")) == 2
        assert await room.members(kinds=KIND_KEYED) == []
