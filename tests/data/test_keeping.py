"""Documents of our own are renewed before the room lets them go."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

import peerset
from peerset.core.action import Json
from peerset.core.record import KIND_DELETION
from peerset.data import keeping
from peerset.data.keeping import Keeper
from peerset.data.renewal import LOOK_SECONDS
from tests.data.places import Place, alone, key_number, version

DAY = 86_400
pytestmark = pytest.mark.usefixtures("wall")


async def pass_by(seconds: int) -> None:
    """Let time pass in steps in which rooms do what is due."""
    for _ in range(seconds // LOOK_SECONDS):
        await asyncio.sleep(LOOK_SECONDS)


@pytest.mark.parametrize("seal", [None, peerset.new_seal()], ids=["open", "sealed"])
async def test_documents_and_registers_outlive_the_window_and_others_do_not(seal: str | None) -> None:
    async with alone(retention=DAY, seal=seal) as room:
        kept = room.collection("kept", Place, keep=True)
        plain = room.collection("plain", Place)
        first = await kept.add(Place("document", "Berlin"))
        await kept.put("k", Place("register", "Berlin"))
        await kept.put("gone", Place("x", "Berlin"))
        await kept.delete("gone")
        await kept.add(Place("brief", "Berlin"), ttl=DAY)
        await plain.add(Place("document", "Berlin"))
        await pass_by(3 * DAY)
        assert sorted((doc.key or "", doc.value.title) for doc in await kept.find()) == [
            ("", "document"),
            ("k", "register"),
        ]
        assert await kept.doc(first.id) is None
        assert list(await plain.find()) == []
        deletions = await room.records(kinds=KIND_DELETION)
        assert 0 < len(deletions) <= 3


async def test_what_another_wrote_is_left_to_them() -> None:
    async with alone(retention=DAY) as room:
        places = room.collection("places", Place, shared=True, keep=True)
        first = await places.put("a", Place("ours", "Berlin"))
        await places.put("c", Place("ours", "Berlin"))
        content = first.record.content.replace("ours", "theirs")
        for key, later in (("b", 1), ("c", 2)):
            await room.add(version(room, f"places/{key}", content, at=first.stamp / 1e6 + later))
        await pass_by(DAY * 3 // 4)
        assert sorted((doc.key, doc.value.title, doc.author == room.key) for doc in await places.find()) == [
            ("a", "ours", True),
            ("b", "theirs", False),
            ("c", "theirs", False),
        ]
        await pass_by(DAY)
        assert [doc.key for doc in await places.find()] == ["a"]


async def test_fields_that_the_model_does_not_know_are_kept() -> None:
    async with alone(retention=DAY) as room:
        await room.publish('{"title":"t","city":"Berlin","later":1}', tags=[("c", "places")])
        places = room.collection("places", Place, keep=True)
        await pass_by(2 * DAY)
        (doc,) = await places.find()
        assert '"later":1' in doc.record.content


async def test_older_collections_are_renewed_as_what_reads_them() -> None:
    def upgrade(value: Json) -> Json:
        assert isinstance(value, dict)
        return {"title": value["name"], "city": "Berlin"}

    async with alone(retention=DAY, key=key_number(3)) as room:
        await room.publish('{"name":"t"}', tags=[("c", "spots")])
        places = room.collection("places", Place, keep=True, also=[peerset.Older("spots", upgrade)])
        await pass_by(2 * DAY)
        assert [doc.value for doc in await places.find()] == [Place("t", "Berlin")]
        assert await places.misfits() == []


async def test_what_cannot_be_written_now_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(records: Sequence[peerset.Record]) -> None:
        raise peerset.RecordError(f"{len(records)} too many")

    async with alone(retention=DAY) as room:
        places = room.collection("places", Place)
        doc = await places.add(Place("t", "Berlin"))
        desk = replace(room._desk, publish=refuse)
        keeper = Keeper(places.definition, room._projection, desk, window_seconds=0)
        await asyncio.sleep(5)
        await keeper.look(room._desk.now())
        assert "cannot renew what is ours: 2 too many" in caplog.text
        again = Keeper(places.definition, room._projection, room._desk, window_seconds=0)
        await again.look(room._desk.now())
        await again.look(room._desk.now())
        (renewed,) = await places.find()
        assert (renewed.value, renewed.id == doc.id) == (doc.value, False)


async def test_no_more_than_so_many_are_renewed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RENEWED_AT_ONCE", 2)
    async with alone(retention=DAY) as room:
        places = room.collection("places", Place)
        for number in range(5):
            await places.add(Place(f"{number}", "Berlin"))
        before = {doc.id for doc in await places.find()}
        await asyncio.sleep(5)
        keeper = Keeper(places.definition, room._projection, room._desk, window_seconds=3)
        for left in (3, 1, 0):
            await keeper.look(room._desk.now())
            assert len(before & {doc.id for doc in await places.find()}) == left


async def test_keep_is_a_flag() -> None:
    async with alone() as room:
        with pytest.raises(peerset.ConfigError, match="keep is True or False, not 'yes'"):
            room.collection("places", Place, keep="yes")  # type: ignore[call-overload] # that is what is tried
