"""What a node tells of itself to Prometheus, read as Prometheus' own library reads it."""

import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

import peerset
from peerset.core.signal import RoomName
from peerset.node.keeper import Standing, State
from peerset.node.metrics import FAMILIES, exposition
from peerset.testing.memory import MemorySwarm

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(text: str) -> Figures:
    """Read the samples of *text* by their names and labels."""
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = (sample.name, frozenset(sample.labels.items()))
            assert name not in found
            found[name] = sample.value
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
        told = figures(exposition(standings, [room, odd]).decode())
    own = {"app": "peerset", "room": "lobby"}
    assert figure(told, "peerset_rooms", state="open") == 2
    assert figure(told, "peerset_rooms", state="failed") == 1
    assert figure(told, "peerset_room_records", **own) == 1
    assert figure(told, "peerset_room_peers", **own, state="established") == 1
    assert figure(told, "peerset_room_peers_synced", **own) == 1
    assert figure(told, "peerset_room_budget_limit", **own, budget="disk") > 0
    assert figure(told, "peerset_room_records", app="peerset", room=evil) == 0


def test_names_are_as_prometheus_has_them_and_without_rooms_all_are_said() -> None:
    text = exposition([], []).decode()
    for family in FAMILIES:
        kind = "counter" if family.name.endswith("_total") else "gauge"
        assert f"# HELP {family.name} {family.about}\n# TYPE {family.name} {kind}\n" in text
    assert figure(figures(text), "peerset_rooms", state="open") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the library reads what Linux says of processes")
def test_the_process_is_told_of_too() -> None:
    told = figures(exposition([], []).decode())
    assert figure(told, "process_cpu_seconds_total") > 0
    assert figure(told, "process_resident_memory_bytes") > 1_000_000
