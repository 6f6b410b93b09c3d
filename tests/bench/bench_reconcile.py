"""What two shipped machines say to find how their sets differ, beside Negentropy on the same sets.

Machines have sketches, budgets and further rounds, as in a room; what a session says before them, hello and proof, is
measured apart. Messages are counted as they are (*said*) and as they cross a channel (*framed*), records apart.
Negentropy is its own JavaScript, run by node. Its bytes are those of all its versions, but sets are lists here that it
reads anew at each level; where they are trees, as in C++, it takes a fraction of a millisecond for one record.
"""

import json
import random
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Hello, Message, Proof
from peerset.core.signal import PeerId
from peerset.protocol.retention import window
from peerset.testing.meter import framed
from tests.bench import engines
from tests.bench.bench_sketch import Timed
from tests.bench.sizes import sized
from tests.protocol.large import Entry, Meeting, Nodes, draw
from tests.protocol.pair import START, Member

Row = tuple[str, float, str]
Case = tuple[str, list[Entry], list[Entry]]
"""Its name, and what only one side has."""

SIZE: Final = sized(1_000_000, 20_000)
HALVES: Final = sized(1_000_000, 10_000)
"""How many records either side has where half of them differ."""
QUIET_SECONDS: Final = 8_000
"""So long ago the last record was written that all have: a thousand newer ones fit in between at the same pace."""
REPEATS: Final = 3
ENTRY: Final = struct.Struct(">I32s")
NEGENTROPY_PART: Final = 10
"""Where most of the records differ, it compares this part of ours: with all of them it takes minutes."""


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    rng = random.Random(0)
    yield "records a side", SIZE, ""
    yield "a session: hello and proof of both, framed", session_bytes(), "bytes"
    entries = [(created_at - QUIET_SECONDS, record_id) for created_at, record_id in draw(SIZE, rng, days=87.8)]
    half = HALVES // 2
    halves = [draw(half, rng, days=87.8) for _ in range(3)]
    cases = list(_cases(rng))
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), "base", entries, cases)
        least, some = [side[: half // NEGENTROPY_PART] for side in halves], entries[: SIZE // NEGENTROPY_PART]
        _write(Path(folder), "halves", least[0], [("half differing", least[1], least[2])])
        _write(Path(folder), "nothing", [], [("empty peer", [], some), ("full peer", some, [])])
        sets = [_sketched(entries) for _ in range(2)]
        for name, ours, theirs in cases:
            yield from _timed(name, sets, ours, theirs, rng)
        del sets
        yield from _converged("half differing", halves[0] + halves[1], halves[0] + halves[2])
        yield from _converged("empty peer", [], entries)
        yield from _converged("full peer", entries, [])
        names = [f"base={name}" for name, _, _ in cases]
        yield from _negentropy(
            Path(folder), [*names, "halves=half differing", "nothing=empty peer", "nothing=full peer"]
        )


def _cases(rng: random.Random) -> Iterator[Case]:
    for name, one, other in (("equal", 0, 0), ("1 differing", 0, 1), ("100 differing", 50, 50)):
        yield name, draw(one, rng), draw(other, rng)
    yield "1,000 differing", draw(500, rng), draw(500, rng)
    yield "newest 1,000", draw(1_000, rng, days=(QUIET_SECONDS - 200) / DAY_SECONDS), []


def session_bytes() -> int:
    """Count what two nodes that meet say before they compare."""
    nodes = _Heard([], [])
    nodes.meet()
    return nodes.said


class _Heard(Nodes):
    said = 0

    def _send(self, member: Member, peer: PeerId, message: Message) -> None:
        if isinstance(message, Hello | Proof):
            self.said += framed(len(wire.encode(message)))
        super()._send(member, peer, message)


def _sketched(entries: list[Entry]) -> Index:
    index = Index.bulk(entries)
    summary = index.summarise(window(START).first_day)
    while summary.is_behind:
        summary.work()
    return index


def _timed(name: str, sets: list[Index], ours: list[Entry], theirs: list[Entry], rng: random.Random) -> Iterator[Row]:
    """Let two machines compare; records like those given, as their ids are none of the next repeat's."""
    best = float("inf")
    # The newest stay so but once: between them, those of a repeat would not be.
    for number in range(1 if name.startswith("newest") else REPEATS):
        fresh = [[(at, rng.randbytes(32)) for at, _ in side] if number else side for side in (ours, theirs)]
        meeting = _Timed(sets, fresh, rng)
        meeting.run()
        best = min(best, max(meeting.seconds))
    yield f"{name}: said", sum(meeting.said_bytes), "bytes"
    yield f"{name}: framed", _framed(meeting), "bytes"
    if ours or theirs:
        yield f"{name}: half trips", meeting.chain, ""
    yield f"{name}: a side", best * 1e3, "ms"


class _Timed(Timed):
    """A round of two sets, which get what only one has."""

    def __init__(self, sets: list[Index], fresh: list[list[Entry]], rng: random.Random) -> None:
        self._given = fresh
        super().__init__(sets, 0, 0, rng)

    def __post_init__(self) -> None:
        self.fresh = self._given[0], self._given[1]
        for index, entries in zip(self.sets, self.fresh, strict=True):
            for entry in entries:
                index.add(*entry)
        super().__post_init__()


def _framed(meeting: Meeting) -> int:
    return sum(framed(len(wire.encode(message))) for _, message in meeting.said)


def _converged(name: str, ours: list[Entry], theirs: list[Entry]) -> Iterator[Row]:
    """Let two sides sync until their sets are equal."""
    meeting = Meeting(ours, theirs, has_sketches=True)
    meeting.run()
    differing = 2 * len(meeting.times) - len(ours) - len(theirs)
    yield f"{name}: said", sum(meeting.said_bytes), "bytes"
    yield f"{name}: said a record", sum(meeting.said_bytes) / differing, "bytes"
    yield f"{name}: framed", _framed(meeting), "bytes"
    yield f"{name}: rounds", meeting.rounds, ""
    yield f"{name}: strikes", meeting.strikes, ""
    yield f"{name}: longest step", meeting.longest_seconds * 1e3, "ms"


def _write(folder: Path, base: str, both: Sequence[Entry], cases: Sequence[Case]) -> None:
    files = {f"{base}.both": both}
    for name, ours, theirs in cases:
        files |= {f"{name}.ours": ours, f"{name}.theirs": theirs}
    for file, entries in files.items():
        (folder / file).write_bytes(b"".join(ENTRY.pack(at, record_id) for at, record_id in entries))


def _negentropy(folder: Path, names: list[str]) -> Iterator[Row]:
    """Let Negentropy find the same; nothing, and why, where it cannot be installed or run."""
    command = ["node", "--max-old-space-size=8192", str(engines.FOLDER / "negentropy.mjs"), str(folder), *names]
    try:
        engines.install()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield from _negentropy_rows(*json.loads(line))
    except (OSError, subprocess.SubprocessError) as error:
        print(f"  Negentropy is left out, it cannot be installed or run: {error}", file=sys.stderr)


def _negentropy_rows(name: str, sizes: list[int], spent: list[float], lacking: list[int]) -> Iterator[Row]:
    yield f"{name}: Negentropy, said", sum(sizes), "bytes"
    yield f"{name}: Negentropy, framed", sum(map(framed, sizes)), "bytes"
    if differing := sum(lacking):
        yield f"{name}: Negentropy, said a record", sum(sizes) / differing, "bytes"
        # What the last answer calls for, records or their ids, is one more.
        yield f"{name}: Negentropy, half trips", len(sizes) + 1, ""
    yield f"{name}: Negentropy, a side", max(spent), "ms"


if __name__ == "__main__":
    for label, value, unit in run():
        print(f"{label:60} {value:14,.2f} {unit}", flush=True)
