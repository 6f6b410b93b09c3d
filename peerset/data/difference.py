"""What makes one list of documents into another: what a live query tells."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Place(Generic[D]):
    """A document in a list; *identity* is equal for versions of one register, and *version* for one of them alone."""

    identity: Hashable
    version: Hashable
    doc: D


@dataclass(frozen=True, slots=True)
class Move(Generic[D]):
    """A register whose newest version stands somewhere else."""

    before: int
    after: int
    doc: D


@dataclass(frozen=True, slots=True)
class Difference(Generic[D]):
    """What makes the list of before into the list of after, as `apply` does it.

    Take out what is at the indexes of *removed* and at those of *moved* before; put in what *added* and *moved* say, in
    the order of their indexes afterwards; put *changed* in place of what is at its indexes then.
    """

    added: tuple[tuple[int, D], ...] = ()
    """By their indexes in the list of after."""
    removed: tuple[tuple[int, D], ...] = ()
    """By their indexes in the list of before."""
    moved: tuple[Move[D], ...] = ()
    changed: tuple[tuple[int, D], ...] = ()
    """Registers that have a newer version and stand where they stood, by their indexes in the list of after."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.changed)

    def apply(self, docs: Sequence[D]) -> list[D]:
        """Give the list of after, from that of before."""
        gone = {index for index, _ in self.removed} | {move.before for move in self.moved}
        found = [doc for index, doc in enumerate(docs) if index not in gone]
        for index, doc in sorted([*self.added, *((move.after, move.doc) for move in self.moved)], key=_index):
            found.insert(index, doc)
        for index, doc in self.changed:
            found[index] = doc
        return found


def difference_of(before: Sequence[Place[D]], after: Sequence[Place[D]]) -> Difference[D]:
    """Say what makes *before* into *after*."""
    olds, news = _indexes(before), _indexes(after)
    removed = tuple((index, before[index].doc) for name, index in olds.items() if name not in news)
    added = tuple((index, after[index].doc) for name, index in news.items() if name not in olds)
    common = [name for name in olds if name in news]
    stays = {name for name in common if before[olds[name]].version == after[news[name]].version}
    renewed = [name for name in common if name not in stays]
    moved: tuple[Move[D], ...] = ()
    changed: tuple[tuple[int, D], ...] = ()
    if renewed:
        still = _still(common, [name for name in news if name in olds], stays)
        moving, others = [n for n in news if n in olds and n not in still], still - stays
        moved = tuple(Move(olds[name], news[name], after[news[name]].doc) for name in moving)
        changed = tuple((news[name], after[news[name]].doc) for name in news if name in others)
    return Difference(added, removed, moved, changed)


def _still(before: Sequence[Hashable], after: Sequence[Hashable], stays: set[Hashable]) -> set[Hashable]:
    """Give those of what is in both that need not move; *stays* do not, and stand in one order in both."""
    old, new = _gaps(before, stays), _gaps(after, stays)
    still = set(stays)
    for gap, names in old.items():
        here = [name for name in names if name in new.get(gap, ())]
        there = [name for name in new.get(gap, ()) if name in names]
        if here == there:
            still |= {*here}
    return still


def _gaps(names: Sequence[Hashable], stays: set[Hashable]) -> dict[Hashable, list[Hashable]]:
    """Give what stands after each of *stays*, and what before all of them."""
    found: dict[Hashable, list[Hashable]] = {}
    gap: Hashable = None
    for name in names:
        if name in stays:
            gap = (name,)
        else:
            found.setdefault(gap, []).append(name)
    return found


def _indexes(places: Sequence[Place[D]]) -> dict[Hashable, int]:
    """Give where what stands; two versions of one register, which may meet for a moment, by their versions."""
    counts = Counter(place.identity for place in places)
    return {
        place.identity if counts[place.identity] == 1 else (place.identity, place.version): index
        for index, place in enumerate(places)
    }


def _index(each: tuple[int, D]) -> int:
    return each[0]
