"""What a store has of each day: its members, and which of them have no content."""

from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from peerset.archive.day_digest import DayDigest, DaySet
from peerset.core.bucket import day_bound, day_of
from peerset.core.clock import DAY_SECONDS
from peerset.core.merkle import Index
from peerset.core.record import ID_BYTES, Record, shell_of
from peerset.ports import ColumnStore, Store
from peerset.stores.shells import shells_of


@dataclass(frozen=True, slots=True)
class Entries:
    """The members of one day in the order of created_at and id, in 40 bytes each."""

    times: "array[int]"
    ids: bytes

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give (created_at, id) of each."""
        for at, created_at in enumerate(self.times):
            yield created_at, self.ids[at * ID_BYTES : (at + 1) * ID_BYTES]


NO_ENTRIES: Final = Entries(array("q"), b"")


async def survey(store: Store, *, until_day: int) -> dict[int, DaySet]:
    """Give the members of each day of *store* before *until_day*, ascending.

    Raises:
        StoreError: the store cannot be read.

    """
    found: dict[int, DaySet] = {}

    def take(times: "array[int]", ids: bytes) -> None:
        day = day_of(times[0])
        if day < until_day:
            index = Index()
            index.append(times, ids)
            found[day] = DaySet(len(times), index.digest(day_bound(day), day_bound(day + 1)))

    await _by_day(store, take)
    return dict(sorted(found.items()))


async def entries_of(store: Store, days: Collection[int]) -> dict[int, Entries]:
    """Give the entries of *days*.

    Raises:
        StoreError: the store cannot be read.

    """
    found: dict[int, Entries] = {}

    def take(times: "array[int]", ids: bytes) -> None:
        if (day := day_of(times[0])) in days:
            found[day] = Entries(times, ids)

    await _by_day(store, take)
    return found


async def shells_on(store: Store, day: int) -> dict[bytes, Record]:
    """Give what is here of *day* without content, by id."""
    outlines = await shells_of(store, day * DAY_SECONDS, (day + 1) * DAY_SECONDS - 1)
    return {each.id: shell_of(each.id, each.author, each.created_at, each.kind) for each in outlines}


def digest_of(shells: dict[bytes, Record]) -> bytes:
    """Compute R of *shells*, all of one day."""
    digest = DayDigest()
    for created_at, record_id in sorted((each.created_at, each.id) for each in shells.values()):
        digest.add(created_at, record_id)
    return digest.result().digest


async def _by_day(store: Store, take: Callable[["array[int]", bytes], None]) -> None:
    if isinstance(store, ColumnStore):
        await store.columns(lambda times, ids: take(times, ids) if times else None)
        return
    for _, entries in groupby(await store.entries(), key=lambda entry: day_of(entry[0])):
        day = list(entries)
        take(array("q", [created_at for created_at, _ in day]), b"".join([each for _, each in day]))
