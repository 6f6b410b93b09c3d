"""Writes trees.json: sets of entries with their digests, roots and cuts. Run it after a change of the digests."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DIGEST_IDS_MAX, DIGEST_PART_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Bound
from peerset.core.ranges import day_cells, fingerprint, make_salt, short_id
from peerset.core.signal import RoomTag
from peerset.core.window import first_bound, first_step, window_days

FILE: Final = Path(__file__).with_name("trees.json")
NOTE: Final = (
    "Bytes are hex, bounds are [created_at, id prefix]. Each set: root is over the days from first_day and the "
    "entries below upto; days are [day, count, R] of the days that have entries in the window, ranges are R of "
    "[lower, upper), and fingerprint is R keyed by the salt; cells are the Days message's, [count, fingerprint]; cuts "
    "are the bounds that cut [lower, upper) into at most so many parts. Crowds are such sets of count entries, of "
    "which entry k, from 0, has the id SHA-256(label, a space, k in decimal) and the time start + u32(its first 4 "
    "bytes) mod seconds."
)

Entry = tuple[int, bytes]

DAY: Final = 20_743
START: Final = DAY * DAY_SECONDS
NONCES: Final = (hashlib.sha256(b"nonce a").digest(), hashlib.sha256(b"nonce b").digest())
SALT: Final = make_salt(*NONCES)


def octets(label: str, size: int = 32) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(label.encode()).digest(size)


def spread(label: str, count: int, *, seconds: int, until: int) -> list[Entry]:
    """Entries at times that look random, within *seconds* before *until*."""
    return [
        (until - 1 - int.from_bytes(octets(f"{label} time {number}", 6), "big") % seconds, octets(f"{label} {number}"))
        for number in range(count)
    ]


def tied() -> list[Entry]:
    """Many of one second, ids that share up to 31 bytes."""
    stem = octets("stem")
    alike = [stem[:length] + octets(f"tail {length}", 32 - length) for length in range(4, 32)]
    return [(START + 7, record_id) for record_id in alike] + [(START + 8, stem), (START + 6, stem)]


def crowd(label: str, count: int, start: int, seconds: int) -> list[Entry]:
    """Entries that are told by a rule, for files that list them would be long."""
    ids = [hashlib.sha256(f"{label} {number}".encode()).digest() for number in range(count)]
    return [(start + int.from_bytes(record_id[:4], "big") % seconds, record_id) for record_id in ids]


def midnights() -> list[Entry]:
    times = (START - 1, START, START + DAY_SECONDS - 1, START + DAY_SECONDS, START + DAY_SECONDS + 59)
    return [(created_at, octets(f"midnight {created_at}")) for created_at in times]


SETS: Final[tuple[tuple[str, int, int, list[Entry]], ...]] = (
    ("nothing", DAY - 90, START + 40_020, []),
    ("no days", DAY, START, [(START, octets("later"))]),
    ("one", DAY - 90, START + 40_020, [(START + 5, octets("one"))]),
    ("midnights, the last one cut off", DAY - 1, START + DAY_SECONDS + 59, midnights()),
    ("upto at midnight", DAY - 1, START + DAY_SECONDS, midnights()),
    ("one second, long prefixes", DAY, START + 60, tied()),
    ("a busy day", DAY - 90, START + DAY_SECONDS, spread("busy", 200, seconds=DAY_SECONDS, until=START + DAY_SECONDS)),
    ("91 days", DAY - 90, START + 40_020, spread("window", 150, seconds=91 * DAY_SECONDS, until=START + 80_000)),
    ("an hour", first_step(START + 39_000), START + 41_400, spread("hour", 80, seconds=5_000, until=START + 41_500)),
    (
        "a day from step to step",
        first_step(START + 1_500),
        START + DAY_SECONDS + 1_400,
        [
            *spread("steps", 80, seconds=2 * DAY_SECONDS, until=START + 100_000),
            *((START + 1_500 + second, octets(f"step {second}")) for second in (-1, 0, 1)),
        ],
    ),
    ("midnight, as a step", first_step(START), START + 60, midnights()),
    ("92 days", DAY - 91, START + 1, spread("long", 92, seconds=92 * DAY_SECONDS, until=START + DAY_SECONDS)),
)


CROWDS: Final[tuple[tuple[str, int, int, int, int], ...]] = (
    ("as many as one digest covers", 2_048, START, DAY_SECONDS, START + DAY_SECONDS),
    ("one more than that", 2_049, START, DAY_SECONDS, START + DAY_SECONDS),
    ("two days, up to the middle of a quarter", 6_000, START - DAY_SECONDS, 2 * DAY_SECONDS, START + 80_000),
    ("two days, up to a quarter", 6_000, START - DAY_SECONDS, 2 * DAY_SECONDS, START + 81_000),
    ("one quarter of an hour", 2_500, START + 1_800, 900, START + DAY_SECONDS),
    ("one second", 2_500, START + 1_800, 1, START + DAY_SECONDS),
    ("the first and last minute of quarters", 3_000, START + 3_540, 120, START + DAY_SECONDS),
)
"""Name, which is the label too, count, start, seconds and upto."""


def plain_bound(bound: Bound) -> list[Any]:
    return [bound[0], bound[1].hex()]


def plain_set(name: str, first_day: int, upto: UnixTime, entries: list[Entry]) -> dict[str, Any]:
    listed = [[created_at, record_id.hex()] for created_at, record_id in entries]
    return {"name": name, "entries": listed, **plain_sums(name, first_day, upto, entries)}


def plain_crowd(name: str, count: int, start: int, seconds: int, upto: int) -> dict[str, Any]:
    entries = crowd(name, count, start, seconds)
    rule = {"name": name, "label": name, "count": count, "start": start, "seconds": seconds}
    return {**rule, **plain_sums(name, DAY - 1, UnixTime(upto), entries)}


def plain_sums(name: str, first_day: int, upto: UnixTime, entries: list[Entry]) -> dict[str, Any]:
    index = Index.bulk(entries)
    room_tag = RoomTag(octets(f"room {name}", 16))
    root = index.root(room_tag, first_day, upto)
    lower, upper = first_bound(first_day), (upto, b"")
    return {
        "room_tag": room_tag.hex(),
        "first_day": first_day,
        "upto": upto,
        "root": {"count": root.count, "digest": root.digest.hex()},
        "days": plain_days(index, first_day, upto),
        "ranges": [plain_range(index, *bounds) for bounds in ranges_of(index, lower, upper)],
        "cells": [
            [count, digest.hex()]
            for count, digest in day_cells(index, SALT, first_day=first_day, upto=upto, cell_days=8)
        ],
        "cuts": [plain_cut(index, *bounds, parts) for bounds in cut_ranges(lower, upper) for parts in (2, 16, 64)],
    }


def plain_days(index: Index, first_day: int, upto: UnixTime) -> list[list[Any]]:
    days = []
    for day in window_days(first_day, upto):
        bounds = max(first_bound(first_day), day_bound(day)), min(day_bound(day + 1), (upto, b""))
        if count := index.count(*bounds):
            days.append([day, count, index.digest(*bounds).hex()])
    return days


def ranges_of(index: Index, lower: Bound, upper: Bound) -> list[tuple[Bound, Bound]]:
    entries = list(index.entries(lower, upper))
    if not entries:
        return [(lower, upper)]
    middle = entries[len(entries) // 2]
    around = [(lower, upper), (lower, middle), (middle, upper), ((middle[0], b""), (middle[0], middle[1][:2]))]
    if len(entries) <= DIGEST_IDS_MAX:
        return around
    edge = entries[0][0] // DIGEST_PART_SECONDS * DIGEST_PART_SECONDS
    beyond = (edge + 70 * DIGEST_PART_SECONDS, b"")
    inside = [((edge, b""), beyond), ((edge, b"\x80"), beyond), ((edge + 900, b""), (beyond[0], b"\x01"))]
    return [*around, *inside, ((edge + 901, b""), beyond), ((edge + 1, b""), (beyond[0] + 1, b""))]


def plain_range(index: Index, lower: Bound, upper: Bound) -> dict[str, Any]:
    digest = index.digest(lower, upper)
    return {
        "lower": plain_bound(lower),
        "upper": plain_bound(upper),
        "count": index.count(lower, upper),
        "digest": digest.hex(),
        "fingerprint": fingerprint(SALT, digest).hex(),
    }


def cut_ranges(lower: Bound, upper: Bound) -> list[tuple[Bound, Bound]]:
    """The whole window, and its last day alone."""
    return [(lower, upper), (max(lower, day_bound((upper[0] - 1) // DAY_SECONDS)), upper)]


def plain_cut(index: Index, lower: Bound, upper: Bound, parts: int) -> dict[str, Any]:
    bounds = [plain_bound(bound) for bound in index.cut(lower, upper, parts)]
    return {"lower": plain_bound(lower), "upper": plain_bound(upper), "parts": parts, "bounds": bounds}


def make() -> str:
    """Give the file's text."""
    ids = [octets(f"short {number}") for number in range(4)]
    head = {
        "note": NOTE,
        "nonces": [nonce.hex() for nonce in NONCES],
        "salt": SALT.hex(),
        "short_ids": [[record_id.hex(), short_id(SALT, record_id).hex()] for record_id in ids],
    }
    sets = [json.dumps(plain_set(name, day, UnixTime(upto), entries)) for name, day, upto, entries in SETS]
    crowds = [json.dumps(plain_crowd(*each)) for each in CROWDS]
    # One line a key and one a set: small enough to read, apart enough for a diff to say what changed.
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    return "\n".join(
        ["{", *lines, '"sets": [', ",\n".join(sets), "],", '"crowds": [', ",\n".join(crowds), "]", "}", ""]
    )


if __name__ == "__main__":
    FILE.write_text(make(), "utf-8")
