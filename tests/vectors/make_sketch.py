"""Writes sketch.json: items, walks, symbols, differences, and rounds by sketch. Run it after a change of these."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any, Final

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS
from peerset.core.sketch import add_entries, guess, item_of, pack_symbols, solve, subtract, walk
from tests.protocol.large import Entry, Meeting
from tests.protocol.pair import START

FILE: Final = Path(__file__).with_name("sketch.json")
NOTE: Final = (
    "Record number k has the id SHA-256 of the ASCII text 'record k', and was created so many seconds before start: 10 "
    "and the last four bytes of the id, a big-endian number, modulo spread. Sets are lists of [first, last + 1] of "
    "numbers. items: [created_at, id, item, walk before 2,048]. sums: the symbols of a set. differences: ours less "
    "theirs, as [created_at, first bytes of the id]; null where it cannot be read, guessed is how many there might be. "
    "broken: symbols that are no difference of sets. rounds: what two sides say, first ours, which opens the rounds: "
    "[0 for us or 1, the type, the length, and the first 8 bytes of the SHA-256 of the message]."
)
SYMBOLS: Final = (1, 8, 40, 200)
Numbers = tuple[tuple[int, int], ...]

DIFFERENCES: Final[tuple[tuple[str, int, Numbers, Numbers, int], ...]] = (
    ("one of ours", DAY_SECONDS, ((0, 51),), ((0, 50),), 8),
    ("one of theirs", DAY_SECONDS, ((0, 50),), ((0, 51),), 1),
    ("a few of each", 88 * DAY_SECONDS, ((0, 105),), ((0, 100), (200, 204)), 32),
    ("more than can be read", 88 * DAY_SECONDS, ((0, 180),), ((0, 100), (200, 290)), 32),
    ("more of ours than can be read", 88 * DAY_SECONDS, ((0, 400),), ((0, 200),), 32),
    ("many, in one second", 1, ((0, 60),), ((30, 100),), 200),
    ("nothing", DAY_SECONDS, ((0, 10),), ((0, 10),), 16),
)
ROUNDS: Final[tuple[tuple[str, int, Numbers, Numbers], ...]] = (
    ("one lacks a record", 88 * DAY_SECONDS, ((0, 400),), ((0, 401),)),
    ("the other lacks a record", 88 * DAY_SECONDS, ((0, 401),), ((0, 400),)),
    ("each lacks some", 88 * DAY_SECONDS, ((0, 1_005),), ((0, 1_000), (2_000, 2_006))),
    ("more symbols are needed", 88 * DAY_SECONDS, ((0, 1_060),), ((0, 1_000), (2_000, 2_050))),
    ("all in a few seconds", 5, ((0, 310),), ((0, 300), (400, 411))),
    ("a hundred of one side", 88 * DAY_SECONDS, ((0, 1_000),), ((0, 1_100),)),
    ("too much differs for a sketch", 88 * DAY_SECONDS, ((0, 600), (1_000, 1_300)), ((0, 600), (2_000, 2_290))),
    ("counts too far apart", 88 * DAY_SECONDS, ((0, 700),), ((0, 300),)),
    ("so few that lists are shorter", 88 * DAY_SECONDS, ((0, 20),), ((0, 21),)),
)


def entry(number: int, spread: int) -> Entry:
    """Give record *number*, created within *spread* seconds."""
    record_id = hashlib.sha256(f"record {number}".encode()).digest()
    return START - 10 - int.from_bytes(record_id[-4:], "big") % spread, record_id


def entries(numbers: Numbers, spread: int) -> list[Entry]:
    return [entry(number, spread) for first, stop in numbers for number in range(first, stop)]


def symbols_of(numbers: Numbers, spread: int, count: int) -> list[int]:
    symbols = [0] * count
    add_entries(symbols, entries(numbers, spread))
    return symbols


def plain_difference(name: str, spread: int, ours: Numbers, theirs: Numbers, count: int) -> dict[str, Any]:
    left = subtract(symbols_of(ours, spread, count), symbols_of(theirs, spread, count))
    apart = len(entries(ours, spread)) - len(entries(theirs, spread))
    return {
        "name": name,
        "spread": spread,
        "ours": ours,
        "theirs": theirs,
        "symbols": pack_symbols(left).hex(),
        "apart": apart,
        "guessed": guess(left, apart),
        "read": plain_places(left),
    }


def plain_places(symbols: list[int]) -> dict[str, Any] | None:
    found = solve(symbols)
    if found is None:
        return None
    return {
        "ours": [[created_at, prefix.hex()] for created_at, prefix in found.ours],
        "theirs": [[created_at, prefix.hex()] for created_at, prefix in found.theirs],
    }


def broken() -> list[dict[str, Any]]:
    """Symbols that nobody honest says: noise, an item alone, one item over and over."""
    rng = random.Random(0)
    item = item_of(*entry(0, DAY_SECONDS))
    cases = {
        "noise": [rng.getrandbits(104) for _ in range(40)],
        "counts of one": [rng.getrandbits(96) << 8 | 1 for _ in range(40)],
        "an item where it does not belong": [0, *([item] * 20)],
        "the same item everywhere": [item] * 20,
        "ours and theirs in turn": [item if at % 2 else 2**104 - item for at in range(20)],
    }
    return [
        {
            "name": name,
            "symbols": pack_symbols(symbols).hex(),
            "guessed": guess(symbols, 3),
            "read": plain_places(symbols),
        }
        for name, symbols in cases.items()
    ]


def plain_round(name: str, spread: int, ours: Numbers, theirs: Numbers) -> dict[str, Any]:
    meeting = Meeting(entries(ours, spread), entries(theirs, spread), has_sketches=True)
    meeting.run()
    assert not meeting.strikes
    said = [[side, type(message).__name__, *plain_message(wire.encode(message))] for side, message in meeting.said]
    return {"name": name, "spread": spread, "ours": ours, "theirs": theirs, "said": said}


def plain_message(data: bytes) -> tuple[int, str]:
    return len(data), hashlib.sha256(data).digest()[:8].hex()


def drawn() -> list[tuple[str, int, Numbers, Numbers]]:
    """Sets that look random: of any size up to 1,500, of which up to 120 differ on each side."""
    rng = random.Random(7)
    cases: list[tuple[str, int, Numbers, Numbers]] = []
    for number in range(12):
        shared, spread = rng.randrange(1_500), rng.choice((60, DAY_SECONDS, 88 * DAY_SECONDS))
        ours, theirs = (int(120 * rng.random() ** 3) for _ in range(2))
        own: Numbers = ((0, shared), (5_000, 5_000 + ours))
        cases.append((f"drawn {number}", spread, own, ((0, shared), (6_000, 6_000 + theirs))))
    return cases


def make() -> str:
    """Give the file's text."""
    items = []
    for number in range(6):
        created_at, record_id = entry(number, 88 * DAY_SECONDS)
        item = item_of(created_at, record_id)
        items.append([created_at, record_id.hex(), f"{item:026x}", walk(item, 2_048)])
    sums = [[80, count, pack_symbols(symbols_of(((0, 80),), DAY_SECONDS, count)).hex()] for count in SYMBOLS]
    parts: dict[str, list[Any]] = {
        "items": items,
        "sums": sums,
        "differences": [plain_difference(*case) for case in DIFFERENCES],
        "broken": broken(),
        "rounds": [plain_round(*case) for case in (*ROUNDS, *drawn())],
    }
    lists = [
        f"{json.dumps(name)}: [\n" + ",\n".join([json.dumps(row) for row in rows]) + "\n]"
        for name, rows in parts.items()
    ]
    return "{\n" + f'"note": {json.dumps(NOTE)},\n"start": {START},\n' + ",\n".join(lists) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(make(), "utf-8")
