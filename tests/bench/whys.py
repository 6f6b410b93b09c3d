"""Why a figure is missed, where that is known: each sentence of whys.txt, by the figure that it is of."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("whys.txt")
COLUMNS: Final = 3


@dataclass(frozen=True, slots=True)
class Why:
    """What a missed figure is made of."""

    figure: str
    """The word of a goal and its figure, ``large: degree``; or the name of an attack."""
    found: str
    """At which commit, and when."""
    text: str


@cache
def whys() -> dict[str, Why]:
    """Read all, by their figures.

    Raises:
        ValueError: a line is none.

    """
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    return {why.figure: why for why in map(_why, lines)}


def why_of(figure: str) -> str:
    """Say why *figure* is missed, and at which commit that was found."""
    why = whys().get(figure)
    return "nobody has looked yet" if why is None else f"{why.text} (found at {why.found})"


def _why(line: str) -> Why:
    fields = [field.strip() for field in line.split("|", COLUMNS - 1)]
    if len(fields) != COLUMNS or not all(fields):
        raise ValueError(f"a reason is a figure, a commit and a sentence, not {line}")
    return Why(*fields)
