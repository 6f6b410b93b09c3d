"""What SQL gives: rows of cells, by the names of their columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

Cell: TypeAlias = int | float | str | bytes | None
Parameters: TypeAlias = Sequence[Cell] | Mapping[str, Cell]
"""What SQL's ``?`` stand for, or by name its ``:city``."""


@dataclass(frozen=True, slots=True)
class Rows(Sequence[dict[str, Cell]]):
    """The rows of one query, each a dict by the names of the columns."""

    columns: tuple[str, ...]
    """Their names; where the query gives one twice, the second is ``name:1``."""
    cells: tuple[tuple[Cell, ...], ...]
    """The same rows as tuples, in the order of the columns."""

    def __len__(self) -> int:
        return len(self.cells)

    @overload
    def __getitem__(self, place: int) -> dict[str, Cell]: ...

    @overload
    def __getitem__(self, place: slice) -> "Rows": ...

    def __getitem__(self, place: int | slice) -> "dict[str, Cell] | Rows":
        if isinstance(place, slice):
            return Rows(self.columns, self.cells[place])
        return dict(zip(self.columns, self.cells[place], strict=True))

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.cells)


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Give names that are all different, as SQLite itself does for the columns of views."""
    found: dict[str, None] = {}
    for name in names:
        number, own = 0, name
        while own in found:
            number += 1
            own = f"{name}:{number}"
        found[own] = None
    return tuple(found)
