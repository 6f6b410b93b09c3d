"""Writes ``places.json``: who of some neighbours goes when there are too many, and who stays whatever comes."""

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from peerset.core.signal import PeerId
from peerset.protocol.eviction import Standing, choose, protect

FOLDER: Final = Path(__file__).parent
CASES: Final = 60
STANDINGS_MAX: Final = 36
SEED: Final = "places"


def make() -> dict[str, str]:
    """Make the file; give its text by its name."""
    rng = random.Random(SEED)
    return {"places.json": "[\n" + ",\n".join(json.dumps(_case(rng)) for _ in range(CASES)) + "\n]\n"}


def _case(rng: random.Random) -> dict[str, Any]:
    """Draw neighbours, of whom many are alike, so that the last thing that tells them apart matters, too.

    Each is written as the values of its fields, in the order in which they are declared.
    """
    networks = rng.choice(([""], ["", "here"], ["", *map(str, range(30))]))
    is_busy = rng.random() < 0.7
    standings = [
        _draw(rng, number, rng.choice(networks), is_busy=is_busy) for number in range(rng.randrange(STANDINGS_MAX))
    ]
    rng.shuffle(standings)
    peers = [standing.peer for standing in standings]
    rivals = sorted(rng.sample(peers, rng.randrange(len(peers) + 1))) if rng.random() < 0.3 else None
    return {
        "standings": [[*asdict(standing).values()] for standing in standings],
        "rivals": rivals,
        "protected": sorted(protect(standings)),
        "goes": choose(standings, rivals),
    }


def _draw(rng: random.Random, number: int, network: str, *, is_busy: bool) -> Standing:
    chances = rng.choice((0.0, 2.0, 7.5, 8.0, 20.25, 100.0)) if is_busy else 0.0
    return Standing(
        PeerId(f"peer{number:02}"),
        network,
        float(rng.randrange(12)),
        min(chances, rng.choice((0.0, 0.0, 0.0, 0.1, 0.25, 1.0, 5.5, 30.0))),
        chances,
        rng.choice((None, 0.01, 0.02, 0.25)),
        is_ours=rng.random() < 0.3,
        is_acquainted=rng.random() < 0.1,
        is_safe=rng.random() < 0.2,
    )


if __name__ == "__main__":
    for name, text in make().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
