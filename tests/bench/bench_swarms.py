"""What a live record, and silence, cost the members of a swarm of shipped nodes in virtual time, by how many there are.

Each swarm is a run of ``python -m peerset.testing swarm``, two at a time. The one of 50 members, which has the goals,
has five minutes to settle before nobody writes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

from tests.bench.sizes import sized

Row = tuple[str, float, str]

SETTLED: Final = 50
SETTLING_SECONDS: Final = sized(300, 30)
LARGEST: Final = sized(1_000, 25)
SMALLER: Final = sized((2, 10, 25, 100, 300), (2, 10))
PLAN: Final = ("--records", str(sized(10, 3)), "--meet-seconds", str(sized(60, 15)))


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    largest = _begin(LARGEST)
    try:
        settling = ("--meet-seconds", str(SETTLING_SECONDS), "--records", str(sized(40, 3)))
        yield from _rows(SETTLED, _begin(SETTLED, *settling))
        for members in SMALLER:
            yield from _rows(members, _begin(members))
        yield from _rows(LARGEST, largest)
    finally:
        largest.kill()


def _begin(members: int, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "peerset.testing", "swarm", "--members", str(members), *PLAN, *arguments, "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _rows(members: int, process: "subprocess.Popen[str]") -> Iterator[Row]:
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"in a swarm of {members} members a promise was broken")
    found: dict[str, Any] = json.loads(told)
    yield f"framed at {members:,}", found["framed_bytes"], "bytes"
    yield f"idle at {members:,}", found["idle_bytes_per_second"], "bytes/s"
    yield f"copies at {members:,}", found["copies"], ""
    yield f"way, p50 at {members:,}", found["p50_seconds"], "s"
    yield f"way, p99 at {members:,}", found["p99_seconds"], "s"
    yield f"neighbours at {members:,}", found["degree"], ""
    yield f"members of {members:,} who have every record", found["converged"] * 100, "%"
