"""Writes ``credit.json``: what neighbours push and how it is dealt with, and what is credited for it."""

import json
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import LIVE_ID_BYTES, RECORD_BYTES_MAX
from peerset.protocol.inlet import Inlet, cost_of

FOLDER: Final = Path(__file__).parent

Step = dict[str, Any]

STORIES: Final[dict[str, list[Step]]] = {
    "64 small records and no more": [{"records": 64, "size": 100}, {"records": 1, "size": 100}],
    "256 KiB of large ones and no more": [
        {"records": 4, "size": RECORD_BYTES_MAX},
        {"records": 1, "size": 1},
        {"ids": 1},
    ],
    "ids go a quarter further": [{"records": 64, "size": 4_096}, {"ids": 1_023}, {"ids": 2}, {"ids": 1}],
    "a quarter at a time": [
        {"records": 40, "size": 100},
        {"dealt": 15, "size": 100},
        {"dealt": 1, "size": 100},
        {"dealt": 10, "size": 5_000},
        {"dealt": 14, "size": 100},
    ],
    "ids are dealt with when they are read": [{"ids": 64}, {"ids": 959}, {"ids": 1}, {"ids": 5_000}, {"ids": 5_121}],
    "what was refused comes back slowly": [
        {"records": 64, "size": 100},
        {"refused": 48, "size": 100},
        {"dealt": 16, "size": 100},
        {"wait": 3.5},
        {"wait": 0.5},
        {"records": 33, "size": 100},
        {"records": 32, "size": 100},
        {"refused": 8, "size": 100},
        {"wait": 4.0},
        {"wait": 4.0},
        {"wait": 4.0},
        {"wait": 4.0},
    ],
    "after a burst so much a second": [
        {"dealt": 8, "size": RECORD_BYTES_MAX},
        {"records": 4, "size": RECORD_BYTES_MAX},
        {"dealt": 4, "size": RECORD_BYTES_MAX},
        {"records": 4, "size": RECORD_BYTES_MAX},
        {"records": 1, "size": 1},
        {"wait": 0.125},
        {"records": 1, "size": RECORD_BYTES_MAX},
        {"records": 1, "size": 1},
        {"dealt": 1, "size": RECORD_BYTES_MAX},
        {"wait": 0.0625},
        {"wait": 0.0625},
        {"wait": 0.5},
        {"wait": 0.125},
        {"records": 4, "size": RECORD_BYTES_MAX},
        {"refused": 4, "size": RECORD_BYTES_MAX},
        {"wait": 4.0},
        {"wait": 4.0},
    ],
    "what is much work comes later, and is credited whole": [
        {"records": 60, "size": 4_300},
        {"dealt": 12, "size": 4_300, "toll": 390_000},
        {"dealt": 8, "size": 4_300, "toll": 260_000},
        {"dealt": 20, "size": 4_300, "toll": 0},
        {"wait": 0.25},
        {"wait": 0.5},
        {"records": 10, "size": 4_300},
        {"wait": 2.0},
        {"records": 10, "size": 4_300},
    ],
}
"""Each step is what the neighbour sends (records of a size, or ids), or what becomes of it, or that time passes.

What is dealt with may be as much work as a *toll* of bytes more.
"""


def make() -> dict[str, str]:
    """Make the file; give its text by its name."""
    stories = []
    for name, steps in STORIES.items():
        lines = ",\n".join(f"  {json.dumps(step)}" for step in _play(steps))
        stories.append(f' {{"name": {json.dumps(name)}, "steps": [\n{lines}\n ]}}')
    return {"credit.json": "[\n" + ",\n".join(stories) + "\n]\n"}


def _play(steps: list[Step]) -> list[Step]:
    """Add to each of *steps* what comes of it: whether it "fits", and the "credit" that is told, null when none is."""
    inlet = Inlet()
    seconds = 0.0
    played = []
    for step in steps:
        seconds += step.get("wait", 0.0)
        now = Moment(Monotonic(seconds), UnixTime(0))
        fits, credit = True, None
        match step:
            case {"records": count, "size": size}:
                fits = inlet.take_records([bytes(size)] * count)
            case {"ids": count}:
                fits = inlet.take_ids(count)
                credit = inlet.dealt(count * LIVE_ID_BYTES, 0, now) if fits else None
            case {"dealt": count, "size": size}:
                credit = inlet.dealt(count * cost_of(0, bytes(size)), 0, now, toll=step.get("toll", 0))
            case {"refused": count, "size": size}:
                credit = inlet.dealt(count * cost_of(0, bytes(size)), count * cost_of(0, bytes(size)), now)
            case _:
                credit = inlet.tick(now)
        played.append({**step, "fits": fits, "credit": credit})
    return played


if __name__ == "__main__":
    for file, text in make().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
