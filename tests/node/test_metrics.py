"""What a node tells of itself to Prometheus."""

import re

import peerset
from peerset.core.signal import RoomName
from peerset.node.keeper import Standing, State
from peerset.node.metrics import FAMILIES, exposition
from peerset.testing.memory import MemorySwarm

LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-z_]+)(\{{{LABEL}(?:,{LABEL})*\}})? (\S+)")


def figures(text: str) -> dict[str, float]:
    """Read the samples of *text*, of which every line is a comment or a sample."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = SAMPLE.fullmatch(line)
        assert match is not None, line
        name = f"{match[1]}{match[2] or ''}"
        assert name not in found
        found[name] = float(match[3])
    return found


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
        told = figures(exposition(standings, [room, odd]))
    own = 'app="peerset",room="lobby"'
    assert told['peerset_rooms{state="open"}'] == 2
    assert told['peerset_rooms{state="failed"}'] == 1
    assert told[f"peerset_room_records{{{own}}}"] == 1
    assert told[f'peerset_room_peers{{{own},state="established"}}'] == 1
    assert told[f"peerset_room_peers_synced{{{own}}}"] == 1
    assert told[f'peerset_room_budget_limit{{{own},budget="disk"}}'] > 0
    assert told['peerset_room_records{app="peerset",room="a \\"room\\"\\\\ of mine"}'] == 0


def test_names_are_as_prometheus_has_them_and_without_rooms_all_are_said() -> None:
    text = exposition([], [])
    for family in FAMILIES:
        assert (family.kind == "counter") == family.name.endswith("_total")
        assert f"# HELP {family.name} {family.about}\n# TYPE {family.name} {family.kind}\n" in text
    assert figures(text)['peerset_rooms{state="open"}'] == 0
