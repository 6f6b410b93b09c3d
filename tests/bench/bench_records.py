"""What one record costs on one core: ``python -m tests.bench.bench_records``."""

import random
import timeit
from collections.abc import Callable
from itertools import cycle
from typing import Final

from coincurve import PublicKeyXOnly

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey, verify
from peerset.core.record import Record, decode_record, event_of, record_of, sign_record
from peerset.core.schnorr import PARSED_KEYS_CACHED

KEY: Final = SecretKey(bytes([1]) * 32)
TAGS: Final = (("h", "00112233445566778899aabbccddeeff"), ("c", "notes"))
CONTENT: Final = '{"text":"' + "a note of some words " * 6 + 'a few"}'
REPEATS: Final = 5


def run() -> list[tuple[str, float, str]]:
    """Measure each step; give name, figure and unit. Bare coincurve of the same signature is the reference."""
    record = sign_note()
    event = event_of(record)
    parsed = PublicKeyXOnly(record.author)
    # One more than the cache of parsed keys holds: taken in turn, each is new again. A signature that is not
    # theirs costs as much to check as one that is.
    strangers = cycle([key.public_key for key in draw_keys(PARSED_KEYS_CACHED + 1)])
    bare = measure(lambda: parsed.verify(record.signature, record.id), 500)
    known = measure(record.has_valid_signature, 500)
    new = measure(lambda: verify(next(strangers), record.id, record.signature), PARSED_KEYS_CACHED)
    decode = measure(lambda: decode_record(record.wire), 5_000)
    return [
        ("record on the wire", float(len(record.wire)), "bytes"),
        ("bare coincurve verify (reference)", bare, "us"),
        ("verify, author known", known, "us"),
        ("verify, author new", new, "us"),
        ("decode and id", decode, "us"),
        ("decode, id and verify, by reference", (decode + known) / bare, "x"),
        ("sign", measure(sign_note, 200), "us"),
        ("event to record", measure(lambda: record_of(event), 5_000), "us"),
        ("record to event", measure(lambda: event_of(record), 5_000), "us"),
    ]


def sign_note() -> Record:
    """Sign a record of 300 bytes."""
    return sign_record(KEY, created_at=UnixTime(1_790_000_000), kind=1_078, tags=TAGS, content=CONTENT)


def draw_keys(count: int) -> list[SecretKey]:
    """Draw *count* keys, always the same."""
    rng = random.Random(1)
    return [SecretKey.generate(rng) for _ in range(count)]


def measure(step: Callable[[], object], calls: int) -> float:
    """Give the microseconds of one *step*, at its best of several repeats."""
    return min(timeit.repeat(step, number=calls, repeat=REPEATS)) / calls * 1e6


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:40} {figure:10.2f} {unit}")
