"""What came of seeds that were played one after the other, read from what the commands print for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"(?:\w+ )?\d+ (ok|FAILED)\b.*")
_NEWCOMER: Final = re.compile(r"newcomer (\d+)")
_FILES: Final = re.compile(r"files at most (\d+\.\d+) times")


@dataclass(frozen=True, slots=True)
class World:
    """Seeds of one kind."""

    name: str
    """Also that of the file, ``holes-150.txt``, in which they are."""
    what: str
    command: str


WORLDS: Final = (
    World("holes", "15 honest, 60 holes that dial as often as others", "python -m peerset.testing.holes"),
    World(
        "holes-tracker", "the same, one of two trackers hostile", "python -m peerset.testing.holes --hostile-trackers 1"
    ),
    World("holes-150", "15 honest, 150 holes", "python -m peerset.testing.holes --holes 150"),
    World(
        "holes-often",
        "15 honest, 60 holes that dial 15 times as often",
        "python -m peerset.testing.holes --dial-seconds 0.87",
    ),
    World(
        "halfyear",
        "180 virtual days of churn, expiry, deletion, budgets",
        "python -m peerset.testing.simulator --scenario halfyear",
    ),
)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of them."""

    seeds: int
    failed: int
    worst: str
    """The figure of the worst seed."""

    @property
    def line(self) -> str:
        """Say it in a line."""
        return f"{self.seeds} played, {self.failed} failed{self.worst and f', {self.worst}'}"


def read_seeds(text: str) -> Played | None:
    """Read what the seeds in *text* came to, as far as they ended; None when none did."""
    lines = [line for line in text.splitlines() if _LINE.fullmatch(line)]
    if not lines:
        return None
    return Played(len(lines), sum(" FAILED" in line for line in lines), _worst(lines))


def _worst(lines: Sequence[str]) -> str:
    newcomers = [int(found[1]) for line in lines if (found := _NEWCOMER.search(line))]
    files = [float(found[1]) for line in lines if (found := _FILES.search(line))]
    if newcomers:
        return f"the poorest newcomer has {min(newcomers)} honest neighbours after a minute"
    return f"files take {max(files):.2f} times what lives at worst" if files else ""
