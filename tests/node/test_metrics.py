"""What a node tells of itself to Prometheus, read as Prometheus' own library reads it."""

import asyncio
import random
import sys
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial

import pytest
from prometheus_client.parser import text_string_to_metric_families

import peerset
from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.faces.tally import FaceTally
from peerset.node.keeper import ROOMS_MAX, Keeper, Standing, State
from peerset.node.memory import Memory
from peerset.node.metrics import FAMILIES, SERIES_OF_A_ROOM_MAX, exposition, sample
from peerset.node.purse import Purse
from peerset.protocol.events import RecordRejected
from peerset.testing.memory import MemorySwarm

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(text: str) -> Figures:
    """Read the samples of *text* by their names and labels."""
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            name = (each.name, frozenset(each.labels.items()))
            assert name not in found
            found[name] = each.value
    return found


def figure(told: Figures, name: str, **labels: str) -> float:
    """Find one of them."""
    return told[name, frozenset(labels.items())]


async def test_each_room_tells_what_it_has_and_whom_it_meets() -> None:
    swarm, evil = MemorySwarm(), 'a "room"\\ of mine'
    async with (
        peerset.join("lobby", host=swarm.host()) as room,
        peerset.join("lobby", host=swarm.host()) as other,
        peerset.join(evil, signaling=[]) as odd,
    ):
        await other.publish("hello")
        await room.synced()
        names = [RoomName("peerset", "lobby"), RoomName("peerset", evil), RoomName("peerset", "gone")]
        standings = [Standing(name, State.OPEN) for name in names[:2]] + [Standing(names[2], State.FAILED)]
        unequal = room.tally.unequal
        told = figures(exposition(await sample(standings, [room, odd])).decode())
    own = {"app": "peerset", "room": "lobby"}
    assert figure(told, "peerset_rooms", state="open") == 2
    assert figure(told, "peerset_rooms", state="failed") == 1
    assert figure(told, "peerset_room_records", **own) == 1
    assert figure(told, "peerset_room_peers", **own, state="established") == 1
    assert figure(told, "peerset_room_peers_synced", **own) == 1
    assert figure(told, "peerset_room_budget_limit", **own, budget="disk") > 0
    assert figure(told, "peerset_room_records", app="peerset", room=evil) == 0
    assert figure(told, "peerset_room_sessions_total", **own) == 1
    assert figure(told, "peerset_room_rounds_total", **own, end="equal") >= 1
    assert figure(told, "peerset_room_rounds_total", **own, end="unequal") == unequal
    assert figure(told, "peerset_room_records_added_total", **own) == 1
    assert figure(told, "peerset_room_message_bytes_total", **own, direction="in") > 100
    assert figure(told, "peerset_room_collections_total", **own) == 1
    assert figure(told, "peerset_room_last_collection_timestamp_seconds", **own) > 0


async def test_whoever_comes_a_room_has_so_many_figures_and_none_names_a_peer() -> None:
    swarm = MemorySwarm()
    async with AsyncExitStack() as stack:
        rooms = [await stack.enter_async_context(peerset.join("lobby", host=swarm.host())) for _ in range(6)]
        await rooms[0].synced()
        # As policies may say that strangers wrote.
        for number in range(1_000):
            refused = RecordRejected(RecordId(bytes(32)), Cause.POLICY, f"rule {number}", "so", rooms[1].peer_id)
            rooms[0].tally.take(refused, UnixTime(number))
        text = exposition(await sample([], rooms[:1])).decode()
    told = [labels for name, labels in figures(text) if name.startswith("peerset_room_")]
    assert len(told) < SERIES_OF_A_ROOM_MAX
    assert not any(each.peer_id in text or each.key.hex() in text for each in rooms)


async def test_faces_tell_who_asks_and_who_is_refused() -> None:
    tally = FaceTally()
    tally.open, tally.answered, tally.refused = 3, Counter({101: 5, 401: 2}), Counter({"invalid": 4})
    told = figures(exposition(await sample([], [], {"nostr": tally})).decode())
    assert figure(told, "peerset_face_requests_open", face="nostr") == 3
    assert figure(told, "peerset_face_requests_total", face="nostr", code="401") == 2
    assert figure(told, "peerset_face_refusals_total", face="nostr", reason="invalid") == 4


async def test_what_all_rooms_may_have_together_is_told() -> None:
    kept = Keeper(rng=random.Random(1), places=Purse(500, 1), disk=Purse(1 << 30, 1), memory=Memory(1_000, lambda: 70))
    kept.add(RoomName("peerset", "lobby"), partial(peerset.join, "lobby", signaling=[]))
    sharing = asyncio.create_task(kept.share(), name="sharing")
    await asyncio.sleep(60)
    told = figures(exposition(await sample([], [], budgets=kept.budgets)).decode())
    limits = {"rooms": ROOMS_MAX, "places": 500, "disk": 1 << 30, "memory": 1_000}
    assert {name: figure(told, "peerset_node_budget_limit", budget=name) for name in limits} == limits
    assert figure(told, "peerset_node_budget_used", budget="rooms") == 1
    assert figure(told, "peerset_node_budget_used", budget="memory") == 70
    assert figure(told, "peerset_node_budget_exceeded_total", budget="places") == 0
    sharing.cancel()
    await kept.aclose()


async def test_names_are_as_prometheus_has_them_and_without_rooms_all_are_said() -> None:
    text = exposition(await sample([], [])).decode()
    for family in FAMILIES:
        kind = "counter" if family.name.endswith("_total") else "gauge"
        assert f"# HELP {family.name} {family.about}\n# TYPE {family.name} {kind}\n" in text
    assert figure(figures(text), "peerset_rooms", state="open") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the library reads what Linux says of processes")
async def test_the_process_is_told_of_too() -> None:
    told = figures(exposition(await sample([], [])).decode())
    assert figure(told, "process_cpu_seconds_total") > 0
    assert figure(told, "process_resident_memory_bytes") > 1_000_000
