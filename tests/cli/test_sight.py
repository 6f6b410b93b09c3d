"""What a node shows of its rooms, and how that is read again."""

import json
from pathlib import Path

import pytest

import peerset
from peerset.cli.sight import DECISIONS_SHOWN, PeerRow, RoomRow, Sight, look, look_at_disk
from peerset.core.clock import UnixTime
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import Standing, State
from peerset.protocol.health import Budget
from peerset.testing.memory import MemorySwarm

LOBBY, GONE = RoomName("peerset", "lobby"), RoomName("peerset", "gone")


async def test_it_tells_how_rooms_stand_and_of_one_whom_it_meets() -> None:
    swarm = MemorySwarm()
    standings = [Standing(LOBBY, State.OPEN), Standing(GONE, State.FAILED, "ws://me:secret@place is full")]
    async with (
        peerset.join("lobby", host=swarm.host(), policies=["links"]) as room,
        peerset.join("lobby", host=swarm.host(), policies=["links"]) as other,
    ):
        await other.publish("hello")
        await room.synced()
        for number in range(DECISIONS_SHOWN):
            with pytest.raises(peerset.RejectedError):
                await room.publish(f"https://spam.example/{number}")
        budgets = [Budget("memory", 20, 10, UnixTime(0), 3), Budget("places", 1, 500, None, 0)]
        far, near = look(standings, [room], budgets=budgets), look(standings, [room], LOBBY, budgets=budgets)
    assert far.notes == ["! memory: 20 of 10 since 1970-01-01 00:00:00, 3 so far"]
    assert not any("memory" in note for note in near.notes)
    lobby, gone = far.rooms
    assert (lobby.state, lobby.records, lobby.peers, lobby.synced, lobby.refused) == ("open", 1, 1, 1, DECISIONS_SHOWN)
    assert lobby.received_bytes > 0 < lobby.sent_bytes
    assert gone == RoomRow("peerset", "gone", "failed", "ws://***@place is full")
    assert (far.peers, len(far.decisions)) == ((), 32)
    assert "refused (links)" in far.decisions[-1].text
    assert [(peer.peer, peer.state) for peer in near.peers] == [(other.peer_id, "established")]
    # As it crosses the socket.
    for sight in (far, near):
        again = Sight.read(json.loads(json.dumps(sight.row())))
        assert json.dumps(again.row()) == json.dumps(sight.row())


@pytest.mark.parametrize("row", [None, [], {}, {"rooms": [{}], "decisions": [], "peers": [], "notes": []}])
def test_what_another_version_tells_is_refused(row: object) -> None:
    with pytest.raises(ConfigError, match="another version"):
        Sight.read(row)
    assert PeerRow.read({"peer": "a", "author": "b", "state": "c", "route": "d"} | FIGURES).gained == 1


FIGURES = {"lag_seconds": None, "is_synced": True, "gained": 1, "given": 2}


def test_of_what_is_stored_the_files_are_shown(tmp_path: Path) -> None:
    assert look_at_disk(tmp_path) == Sight([])
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "lobby-0123.db").write_bytes(bytes(2_000))
    assert look_at_disk(tmp_path).rooms == [RoomRow("", "lobby-0123", "stored", "2,000 bytes")]
