"""A function of SQL that adds fractions alike in every order."""

import sqlite3
from typing import Final

from peerset.documents.sums import sum_of

EXACT_SUM: Final = "exact_sum"


class _Sum:
    """Adds numbers, alike in every order."""

    def __init__(self) -> None:
        self._numbers: list[float] = []

    def step(self, number: float | None, /) -> None:
        if number is not None:
            self._numbers.append(number)

    def finalize(self) -> float | None:
        return sum_of(self._numbers) if self._numbers else None


def add_sums(db: sqlite3.Connection) -> None:
    """Have exact sums on a connection."""
    db.create_aggregate(EXACT_SUM, 1, _Sum)  # type: ignore[arg-type] # typeshed knows whole numbers alone
