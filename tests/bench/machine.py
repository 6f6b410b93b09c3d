"""How busy a machine is while something is measured, and how fast it verifies."""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coincurve import PrivateKey, PublicKeyXOnly

CALLS: Final = 50
REPEATS: Final = 10
STAT: Final = Path("/proc/stat")
IDLE: Final = (3, 4)
"""Of a line of proc(5) stat: idle, and idle while a disk works."""


def verification_microseconds() -> float:
    """Give the processor time of one verification by coincurve, at its best."""
    key, message = PrivateKey(bytes(31) + b"\x09"), bytes(32)
    signature, author = key.sign_schnorr(message, message), PublicKeyXOnly.from_secret(key.secret)
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        for _ in range(CALLS):
            author.verify(signature, message)
        best = min(best, time.process_time() - started)
    return best / CALLS * 1e6


@dataclass(frozen=True, slots=True)
class Busy:
    """What the machine had done at a moment: seconds of it, of all its processors, and of us and our children."""

    at: float
    all_seconds: float
    own_seconds: float

    def others_since(self, before: "Busy") -> float:
        """Give how many processors others kept busy since *before*."""
        spent = (self.all_seconds - before.all_seconds) - (self.own_seconds - before.own_seconds)
        return max(0.0, spent) / max(1e-9, self.at - before.at)


def busy() -> Busy:
    """Read it now; where a system does not tell, others do nothing."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own = sum(each.ru_utime + each.ru_stime for each in spent)
    return Busy(time.monotonic(), _all_seconds() if STAT.exists() else own, own)


def _all_seconds() -> float:
    ticks = [int(field) for field in STAT.read_text("ascii").partition("\n")[0].split()[1:9]]
    return sum(count for at, count in enumerate(ticks) if at not in IDLE) / os.sysconf("SC_CLK_TCK")


def load() -> float:
    """Give the load of the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
