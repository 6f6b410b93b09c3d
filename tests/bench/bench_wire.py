"""How fast messages become bytes and back: ``python -m tests.bench.bench_wire``."""

import random
import timeit
from collections.abc import Callable
from functools import partial
from typing import Final

import msgpack

from peerset.core.clock import UnixTime
from peerset.core.message import Fingerprint, Message, Ranges, Records, Root
from peerset.core.wire import decode, encode

REPEATS: Final = 5
CALLS: Final = 200


def cases() -> list[tuple[str, Message]]:
    rng = random.Random(1)
    records = Records(1, tuple(rng.randbytes(300) for _ in range(150)))
    branches = tuple(Fingerprint((1_792_195_200 + 1_350 * number, b""), rng.randbytes(8)) for number in range(1, 65))
    root = Root(1, 20_653, UnixTime(1_792_281_540), 100_000, rng.randbytes(16))
    return [("150 records of 300 bytes", records), ("64 fingerprints", Ranges(1, branches)), ("a root", root)]


def run() -> list[tuple[str, float, str]]:
    """Measure each case; give name, figure and unit. Bare msgpack of the same bytes stands beside as the reference."""
    rows: list[tuple[str, float, str]] = []
    for name, message in cases():
        data = encode(message)
        array = msgpack.unpackb(data)
        rows += [
            (f"{name}: size", float(len(data)), "bytes"),
            (f"{name}: encode", microseconds(partial(encode, message)), "us"),
            (f"{name}: decode", microseconds(partial(decode, data)), "us"),
            (f"{name}: bare msgpack, write", microseconds(partial(msgpack.packb, array)), "us"),
            (f"{name}: bare msgpack, read", microseconds(partial(msgpack.unpackb, data)), "us"),
        ]
    return rows


def microseconds(call: Callable[[], object]) -> float:
    """Time one *call*: the best of some rounds, each long enough to measure."""
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:45} {figure:10.1f} {unit}")
