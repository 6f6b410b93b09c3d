"""Which rooms a node keeps: those of flags, of a file and of orders."""

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import peerset
from peerset.cli.node_rooms import Writer
from peerset.cli.nodekeeping import ADDED_NAME, Nodekeeper
from peerset.cli.options import RoomOptions
from peerset.cli.sight import Sight
from peerset.errors import ConfigError
from peerset.node.systemd import ServiceManager
from peerset.room import clocks

NOWHERE = ["ws://127.0.0.1:9"]


@pytest.fixture
def writer(home: Path) -> Writer:
    """What makes entries of rooms that meet nobody."""
    return Writer(RoomOptions(signaling=NOWHERE, store="memory:"), home)


def kept(node: Nodekeeper) -> dict[str, str]:
    return {each.name.room: each.state.value for each in node.keeper.standings}


async def test_a_file_that_is_read_again_counts_as_it_is_now(home: Path, writer: Writer) -> None:
    file = home / "rooms.toml"
    file.write_text('[[rooms]]\nroom = "a"\n[[rooms]]\nroom = "b"\n', "utf-8")
    node = Nodekeeper(writer, [writer.entry("flagged", {})], file)
    await node.settle(node.read())
    assert set(kept(node)) == {"a", "b", "flagged"}
    while set(kept(node).values()) != {"open"}:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.1)
    file.write_text('[[rooms]]\nroom = "b"\n[[rooms]]\nroom = "c"\n', "utf-8")
    await node.reload(ServiceManager({}))
    # What did not change was not left for a moment.
    assert kept(node) | {"c": ""} == {"b": "open", "flagged": "open", "c": ""}
    file.write_text('[[rooms]]\nroom = "b"\nretention = "30d"\n', "utf-8")
    await node.reload(ServiceManager({}))
    assert kept(node) == {"flagged": "open", "b": "waiting"}
    file.write_text("[[rooms", "utf-8")
    await node.reload(ServiceManager({}))
    assert set(kept(node)) == {"flagged", "b"}
    # A slip of who edits it ends no room: nobody can tell which was meant.
    file.write_text('[[rooms]]\nroom = "c"\n[[rooms]]\nroom = "b"\nretention = soon\n', "utf-8")
    await node.reload(ServiceManager({}))
    assert set(kept(node)) == {"flagged", "b", "c"}
    await node.keeper.aclose()


async def test_a_room_is_kept_at_once_though_another_is_still_being_left(writer: Writer) -> None:
    node = Nodekeeper(writer, [], None)
    old, new = writer.entry("old", {}), writer.entry("new", {})
    await node.settle({old.name: old})
    async with asyncio.TaskGroup() as group:
        for wanted in ({}, {new.name: new}, {new.name: new, old.name: old}):
            group.create_task(node.settle(wanted))
            await asyncio.sleep(0)
        assert set(kept(node)) == {"old", "new"}
        assert node._leaving.keys() == {old.name}
    # It was left all the same, and is kept anew.
    assert list(kept(node)) == ["new", "old"]
    await node.keeper.aclose()


async def test_orders_add_and_remove_rooms(home: Path, writer: Writer) -> None:
    node = Nodekeeper(writer, [writer.entry("flagged", {})], None)
    await node.settle(node.read())
    added = await node.obey({"verb": "add", "room": "lobby", "options": {"retention": "30d"}})
    assert added == {"app": "peerset", "room": "lobby"}
    with pytest.raises(ConfigError, match="kept already"):
        await node.obey({"verb": "add", "room": "flagged", "options": {}})
    rows = await node.obey({"verb": "list"})
    assert isinstance(rows, list)
    assert [(row["room"], row["records"], row["peers"]) for row in rows] == [("flagged", 0, 0), ("lobby", 0, 0)]
    for into in ({}, {"app": "peerset", "room": "lobby"}):
        sight = Sight.read(json.loads(json.dumps(await node.obey({"verb": "look", **into}))))
        assert [row.room for row in sight.rooms] == ["flagged", "lobby"]
    again = Nodekeeper(writer, [], None)
    await again.settle(again.read())
    assert set(kept(again)) == {"lobby"}
    await again.keeper.aclose()
    assert await node.obey({"verb": "remove", "room": "lobby", "options": {}}) == added | {"returns": False}
    gone = await node.obey({"verb": "remove", "room": "flagged", "options": {}})
    assert gone == {"app": "peerset", "room": "flagged", "returns": True}
    assert kept(node) == {}
    assert (home / ADDED_NAME).read_text("utf-8") == "[]"


async def test_the_file_of_a_room_that_a_node_keeps_has_nothing_of_what_expired_meanwhile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.time()
    monkeypatch.setattr(clocks, "time", SimpleNamespace(time=lambda: began + asyncio.get_running_loop().time()))
    writer = Writer(RoomOptions(signaling=NOWHERE), home / "n")
    entry = writer.entry("lobby", {})
    (home / "n" / "rooms").mkdir(parents=True)
    async with peerset.join("lobby", app="peerset", signaling=[], store=entry.options.store) as room:
        await room.publish("stays")
        await room.collection("log").add("secret words", ttl=60)

    def holds(text: bytes) -> bool:
        return any(text in file.read_bytes() for file in (home / "n").rglob("*") if file.is_file())

    node = Nodekeeper(writer, [entry], None)
    await node.settle(node.read())
    assert holds(b"secret words")
    await asyncio.sleep(61 + 600)
    assert (holds(b"secret words"), holds(b"stays")) == (False, True)
    rows = await node.obey({"verb": "list"})
    assert isinstance(rows, list)
    assert [(row["state"], row["records"]) for row in rows] == [("open", 2)]
    await node.keeper.aclose()


@pytest.mark.parametrize(
    "order", [{}, {"verb": "dance"}, {"verb": "add"}, {"verb": "add", "room": "a", "options": 3}, {"verb": "remove"}]
)
async def test_what_is_no_order_is_refused(writer: Writer, order: dict[str, object]) -> None:
    node = Nodekeeper(writer, [], None)
    with pytest.raises(ConfigError, match="list, look, add or remove"):
        await node.obey(order)


async def test_what_cannot_be_removed_is_said(writer: Writer) -> None:
    node = Nodekeeper(writer, [], None)
    with pytest.raises(ConfigError, match="no room 'lobby' of 'peerset' is kept"):
        await node.obey({"verb": "remove", "room": "lobby", "options": {}})


async def test_more_rooms_than_a_node_keeps_are_left_out_and_the_others_kept(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("peerset.node.keeper.ROOMS_MAX", 1)
    node = Nodekeeper(writer, [writer.entry("a", {}), writer.entry("b", {})], None)
    await node.settle(node.read())
    assert set(kept(node)) == {"a"}
    assert "room b is left out: a node keeps 1 rooms at most" in caplog.text
    await node.keeper.aclose()
