"""Registers are read: by key, several together, their versions, as of a time."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.record import record_of
from peerset.errors import ConfigError
from peerset.stores.memory import MemoryStore
from tests.data.places import Place, alone, foreign, version

VECTORS: Final[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors" / "diffs.json").read_text("utf-8"))


@pytest.mark.parametrize("is_shared", [False, True])
async def test_two_times_differ_as_everywhere(is_shared: bool) -> None:
    store, records = MemoryStore(), [record_of(event) for event in VECTORS["versions"]]
    await store.add(records)
    places = {record.id: place for place, record in enumerate(records)}
    async with alone(store=store, retention=None) as room:
        notes: peerset.Collection[Any] = room.collection("notes", shared=is_shared)
        for each in VECTORS["diffs"]:
            if (each["author"] is None) == is_shared:
                asked = {"prefix": each["prefix"], "author": each["author"]}
                found = [
                    [key, old and places[old.id], new and places[new.id]]
                    async for key, old, new in notes.diff(each["before"], each["after"], **asked)
                ]
                assert found == each["read"]


async def test_registers_are_read_one_by_one_or_together() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        for number in range(5):
            await places.put(f"k{number}", Place(f"t{number}", "c"))
        await places.delete("k3")
        found = await places.get_many(["k4", "k3", "none", "k0", "k4"])
        assert {key: doc.value.title for key, doc in found.items()} == {"k4": "t4", "k0": "t0"}
        assert list(found) == ["k4", "k0"]
        assert [doc.is_deleted for doc in await places.history("k3")] == [True, False]
        assert [doc.value.title for doc in await places.find({"key": {"prefix": "k"}}, order="key")] == [
            "t0",
            "t1",
            "t2",
            "t4",
        ]
        assert list(await places.get_many("k4")) == ["k4"]
        with pytest.raises(ConfigError, match="a key is a text"):
            await places.get_many(["k4", 3])  # type: ignore[list-item]


async def test_a_register_is_read_as_of_its_versions_though_these_are_of_one_second() -> None:
    async with alone() as room:
        places = room.collection("places", shared=True)
        second = int(room._driver.now().unix) - 10
        said = [version(room, "places/a", f'"{us}"', at=second + us / 1e6) for us in (0, 1, 24)]
        await room.add(said)
        for record in said:
            doc = await places.get("a", at=record)
            assert doc is not None
            assert doc.record == record
            assert await places.get("a", at=doc) == doc
        assert [key async for key, _, _ in places.diff(said[0], said[0])] == []
        assert [key async for key, _, _ in places.diff(said[0], said[1])] == ["a"]


async def test_a_register_is_read_as_of_a_time_and_compared_between_two() -> None:
    async with alone() as room:
        places = room.collection("places", shared=True)
        now = float(room._driver.now().unix)
        await room.add(
            [
                version(room, "places/a", '"a1"', at=now - 100),
                version(room, "places/a", '"a2"', at=now - 50),
                version(room, "places/b", '"b1"', at=now - 50),
                version(room, "places/c", '"c1"', at=now - 100),
                version(room, "places/d", '"d1"', at=now - 100),
            ]
        )
        await room.add(
            [foreign(room, "", tags=[("c", "places"), ("d", "places/d"), ("void",)], at=now - 40, kind=30078)]
        )
        doc = await places.get("a", at=now - 60)
        assert doc is not None
        assert doc.value == "a1"
        assert await places.get("b", at=now - 60) is None
        changed = [
            (key, old and old.value, new and new.value) async for key, old, new in places.diff(now - 60, now - 10)
        ]
        assert changed == [("a", "a1", "a2"), ("b", None, "b1"), ("d", "d1", None)]
        assert [key async for key, _, _ in places.diff(now - 60, now - 10, prefix="a")] == ["a"]
        assert [key async for key, _, _ in places.diff(now - 10, now - 10)] == []
