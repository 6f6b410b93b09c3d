"""What was measured, part by part, kept in a file: so one part can be measured again without the others."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.goals import Row


@dataclass(frozen=True, slots=True)
class Part:
    """One bench: its rows, and how they came about."""

    rows: list[Row]
    failed: str = ""
    """Why there are no more of them."""
    seconds: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)
    """Of the machine, before and after."""
    others: float = 0.0
    """How many processors others kept busy."""
    verified: float = 0.0
    """Microseconds of a verification, right before."""
    commit: str = ""
    date: str = ""


@dataclass(slots=True)
class Measured:
    """All parts so far."""

    machine: list[str] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)

    def rows(self, part: str) -> list[Row]:
        """Give the rows of a part."""
        return self.parts[part].rows if part in self.parts else []

    def save(self, path: Path) -> None:
        """Write everything to a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = {name: asdict(part) for name, part in self.parts.items()}
        path.write_text(json.dumps({"machine": self.machine, "parts": parts}, indent=1), encoding="utf-8")


def read(path: Path) -> Measured:
    """Read what was saved; nothing where nothing was."""
    if not path.exists():
        return Measured()
    kept = json.loads(path.read_text("utf-8"))
    return Measured(kept["machine"], {name: _part(each) for name, each in kept["parts"].items()})


def _part(kept: dict[str, Any]) -> Part:
    rows = [(label, figure, unit) for label, figure, unit in kept["rows"]]
    before, after = kept["load"]
    return Part(**{**kept, "rows": rows, "load": (before, after)})
