"""Writes phases.json: names and places of rooms in some epochs. Run it after a change of `peerset.signaling.phases`."""

import json
from pathlib import Path
from typing import Any, Final

from peerset.core.signal import PeerId, RoomName
from peerset.signaling.phases import PhasedName

FILE: Final = Path(__file__).with_name("phases.json")
NOTE: Final = (
    "For each room, password, period_seconds and epoch: the name of the room then, its part of the places, and the "
    "alias of the peer."
)
PLACES: Final = tuple(f"torrent:wss://{letter}.example" for letter in "abcde")
ROOMS: Final = (("peerset", "lobby", ""), ("peerset", "lobby", "secret"), ("naïve", "☃", "pass:word"))
PEER: Final = PeerId("0000AaBb1Cc2Dd3Ee4Zz")
EPOCHS: Final = (0, 1, 2, 81_717)


def make() -> dict[str, Any]:
    """Give the content of the file."""
    entries = [
        _entry(PhasedName(RoomName(app, room), password, period), epoch, count)
        for app, room, password in ROOMS
        for period in (3_600, 21_600)
        for epoch in EPOCHS
        for count in (1, 3, 5)
    ]
    return {"note": NOTE, "phases": entries}


def _entry(phased: PhasedName, epoch: int, count: int) -> dict[str, Any]:
    places = PLACES[:count]
    return {
        "app": phased.room.app,
        "room": phased.room.room,
        "password": phased.password,
        "period_seconds": phased.period_seconds,
        "epoch": epoch,
        "places": places,
        "name": phased.at(epoch).room,
        "part": phased.places_at(epoch, places),
        "peer": PEER,
        "alias": phased.aliases(epoch).of(PEER),
    }


def dump(made: dict[str, Any]) -> str:
    """Write *made* with one entry a line."""
    lines = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in made["phases"])
    return f'{{\n "note": {json.dumps(made["note"])},\n "phases": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    FILE.write_text(dump(make()), "utf-8")
