"""Writes budgets.json: what the set rule `budget` keeps of the records of one day. Run it after a change."""

import itertools
import json
import random
from pathlib import Path
from typing import Any, Final

from peerset.core.day_sum import DaySum
from peerset.core.keys import PublicKey
from peerset.core.record import RecordId
from peerset.core.verdict import Seat
from peerset_moderation.budget import AUTHOR_BYTES, DELETIONS, ROOM_BYTES, BudgetRule

FILE: Final = Path(__file__).with_name("budgets.json")
NOTE: Final = (
    "Seats of one day, in any order, and the ids that the rule of these parameters keeps of them, sorted; and whether "
    "it is sure to keep all of a day, by the bytes, records and names of one author and of all."
)
NOON: Final = 1_790_000_000
FIGURES: Final[tuple[dict[str, int], ...]] = (
    {},
    {"author": 65_536, "room": 262_144},
    {"author": 131_072, "room": 131_072, "deletions": 64},
    {"author": 1_048_576, "room": 2_097_152, "deletions": 100},
)


def make() -> str:
    """Give the text of the file."""
    rng = random.Random(6)
    cases = [_case(figures, rng) for figures in FIGURES]
    lines = ",\n".join(f"  {json.dumps(case)}" for case in cases)
    return f'{{\n "note": {json.dumps(NOTE)},\n "cases": [\n{lines}\n ]\n}}\n'


def _case(figures: dict[str, int], rng: random.Random) -> dict[str, Any]:
    rule = BudgetRule(**figures)
    seats = [_seat(rng) for _ in range(60)]
    return {
        "figures": figures,
        "parameters": rule.manifest.parameters,
        "manifest": rule.manifest.id.hex(),
        "seats": [_plain(seat) for seat in seats],
        "kept": sorted(record_id.hex() for record_id in rule.keep(seats)),
        "fits": _fits(rule, figures),
    }


def _fits(rule: BudgetRule, figures: dict[str, int]) -> list[dict[str, Any]]:
    """Give what one author and all wrote on days that just hold it, or just do not, and whether all of it is kept."""
    said = []
    for over in itertools.product((0, 1), repeat=3):
        size = figures.get("author", AUTHOR_BYTES) + over[0]
        names = figures.get("deletions", DELETIONS) + over[1]
        author, whole = [size, 9, names], [figures.get("room", ROOM_BYTES) + over[2], 20, 2 * names]
        sums = [DaySum(7, PublicKey(bytes(32)), *each) for each in (author, whole)]
        said.append({"author": author, "whole": whole, "fits": rule.fits(*sums)})
    return said


def _seat(rng: random.Random) -> Seat:
    address = rng.choice([None, None, rng.choice([b"one", b"two"]).ljust(32, b".")])
    names = 0 if address or rng.random() < 0.5 else rng.randrange(1, 64)
    return Seat(
        NOON + rng.randrange(5),
        rng.randrange(3),
        RecordId(rng.randbytes(32)),
        address,
        author=PublicKey(bytes([rng.randrange(1, 5)]) * 32),
        size=rng.randrange(200, 20_000),
        names=names,
    )


def _plain(seat: Seat) -> dict[str, Any]:
    return {
        "id": seat.id.hex(),
        "author": seat.author.hex(),
        "created_at": seat.created_at,
        "microseconds": seat.microseconds,
        "address": None if seat.address is None else seat.address.hex(),
        "size": seat.size,
        "names": seat.names,
    }


if __name__ == "__main__":
    FILE.write_text(make())
