"""What is to be reached: each piece of work, the bench whose row measures it, and what stands beside it.

`docs/performance.md` has a line for each of goals.txt, and the pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

VERIFIED_MICROSECONDS: Final = 27.0
"""What one verification by coincurve took where the goals were set."""
TABLE: Final = Path(__file__).with_name("goals.txt")
COLUMNS: Final = 7

Row = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A row of a bench: the bench, and how its label begins; a ``*`` in it stands for any size."""

    part: str
    label: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure shall be."""

    limit: float
    is_least: bool
    """The figure shall be so large at least; or so small at most."""
    is_scaled: bool
    """A slower machine takes longer, or does less in a second, by what verification takes there."""

    def on(self, slowness: float) -> float:
        """Give the limit on a machine that is slower by a factor."""
        if not self.is_scaled:
            return self.limit
        return self.limit / slowness if self.is_least else self.limit * slowness

    def word(self, figure: float, slowness: float) -> str:
        """Say whether *figure* reaches it: as it stands, or when it is scaled to this machine."""
        if self._holds(figure, self.limit):
            return "yes"
        return "yes, scaled" if self._holds(figure, self.on(slowness)) else "**no**"

    def _holds(self, figure: float, limit: float) -> bool:
        return figure >= limit if self.is_least else figure <= limit


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure of a piece of work."""

    work: str
    """Figures of one piece of work stand below each other."""
    what: str
    unit: str
    """As the bench has it; a reference in another unit gives no ratio."""
    target: Target | None
    """None: it is measured for comparison only."""
    measured: Source
    reference: Source | None
    beside: str
    """What the reference is."""

    @property
    def figure(self) -> str:
        """What it is called where it is said why it is missed."""
        return f"{self.work}: {self.what}"


@cache
def goals() -> Sequence[Goal]:
    """Read all goals."""
    lines = TABLE.read_text("utf-8").splitlines()
    return tuple(_goal(line) for line in lines if line.strip() and not line.startswith("#"))


def _goal(line: str) -> Goal:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != COLUMNS:
        raise ValueError(f"{len(fields)} columns in place of {COLUMNS}: {line}")
    work, what, unit, target, measured, reference, beside = fields
    return Goal(work, what, unit, _target(target), _source(measured), _source(reference) if reference else None, beside)


def _target(text: str) -> Target | None:
    if not text:
        return None
    sense, limit, *scaled = text.split()
    if sense not in ("<=", ">=") or scaled not in ([], ["scaled"]):
        raise ValueError(f"a goal is `<= 1` or `>= 1 scaled`, not {text}")
    return Target(float(limit), sense == ">=", bool(scaled))


def _source(text: str) -> Source:
    part, separator, label = text.partition(": ")
    if not separator:
        raise ValueError(f"a row is a bench, a colon and the beginning of a label, not {text}")
    return Source(part, label)


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves of one unit: of each, the label before `` at 1,000`` and its name."""

    title: str
    part: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Curves of cost against one size."""

    file: str
    """In docs/images."""
    title: str
    size: str
    """What grows."""
    panels: tuple[Panel, ...]


def _panel(part: str, title: str, label: str) -> Panel:
    return Panel(title, part, ((label, ""),))


PICTURES: Final = (
    Picture(
        "performance-records.svg",
        "Cost against the records of a room",
        "records",
        (
            _panel("growth", "one record differs: processor a side", "1 differing: a side"),
            _panel("growth", "one record differs: said", "1 differing: said"),
            _panel("growth", "the root after one more record", "root"),
            _panel("growth", "open a store until its index is there", "open"),
            _panel("growth", "the newest 20 of a store", "newest 20"),
            _panel("growth", "memory of the index, a record", "index"),
        ),
    ),
    Picture(
        "performance-members.svg",
        "Cost against the members of a swarm",
        "members",
        (
            _panel("swarms", "framed, a live record and peer", "framed"),
            _panel("swarms", "framed, a peer while nobody writes", "idle"),
            Panel("a record's way, virtual time", "swarms", (("way, p50", "p50"), ("way, p99", "p99"))),
        ),
    ),
    Picture(
        "performance-rooms.svg",
        "Cost against the rooms of a process",
        "rooms",
        (
            _panel("rooms", "open descriptors", "descriptors"),
            _panel("rooms", "memory, beyond that of no room", "memory"),
            _panel("rooms", "to join one more", "joining"),
        ),
    ),
)

PARTS: Final = (
    "verify",
    "start",
    "reconcile",
    "ingest",
    "room",
    "publish",
    "relay",
    "transport",
    "files",
    "givers",
    "seal",
    "million",
    "rooms",
    "node",
    "faces",
    "archive",
    "postgres",
    "backup",
    "tracker",
    "page",
    "page_alone",
    "seal_page",
    "swarms",
    "growth",
    "million_synced",
)
"""The benches of a whole run, in this order."""


def sources() -> Iterator[Source]:
    """Give every row that a goal or a picture asks for."""
    for goal in goals():
        yield goal.measured
        if goal.reference is not None:
            yield goal.reference
    for panel in (panel for picture in PICTURES for panel in picture.panels):
        yield from (Source(panel.part, f"{label} at ") for label, _ in panel.lines)


def find(rows: Sequence[Row], label: str, unit: str) -> Row | None:
    """Give the first of *rows* whose label begins with *label*, in that unit; of any size, ``*``, the last."""
    found = [row for row in rows if fnmatchcase(row[0], f"{label}*") and row[2] == unit]
    return None if not found else found[-1 if "*" in label else 0]


def curve(rows: Sequence[Row], label: str) -> list[tuple[int, float]]:
    """Give the sizes and figures of the rows called ``label at 1,000``, by size."""
    points = [(row[0].removeprefix(f"{label} at "), row[1]) for row in rows if row[0].startswith(f"{label} at ")]
    return sorted((int(size.replace(",", "")), figure) for size, figure in points)
