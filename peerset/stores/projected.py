"""Any store as a `peerset.ports.DocumentStore`: what it lacks rests in memory, and is read when it is first asked for.

What is marked, the log of changes and collections last as long as the process; of what another process purged, only
that it is here.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.deletion import Mark, Name, Outline
from peerset.core.filter import Cursor, Filter
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId, shell_of
from peerset.core.signal import RoomTag
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import State
from peerset.ports import DocumentStore, SharedStore, Store
from peerset.protocol.inputs import Changed
from peerset.stores.change_log import LOG_BITS
from peerset.stores.viewed import Viewed

READ_AT_ONCE: Final = 1_000


async def projected(store: Store) -> DocumentStore:
    """Give *store* itself when it finds documents, or else with a projection of all its records in memory."""
    return store if isinstance(store, DocumentStore) else ProjectedStore(store)


class ProjectedStore(Viewed):
    """A store, and beside it its documents in memory. Others may write to it only if it tells what they changed."""

    def __init__(self, store: Store) -> None:
        super().__init__(random.SystemRandom().getrandbits(LOG_BITS))
        self._store = store
        self._lock = asyncio.Lock()
        """What changes the store changes the documents in the same order."""
        self._is_read = False
        """Who asks for no documents pays next to nothing for them."""
        self._came: dict[RecordId, None] = {}
        """What came before they were read, in its order."""

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Know these collections; nothing here is cut into spans.

        Raises:
            ConfigError: two of *definitions* read documents of one name, or there are too many.

        """
        await self._prepare()
        await super().define(definitions, span_seconds=span_seconds)

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here."""
        await self._prepare()
        await super().mark(ids, state, is_set=is_set)

    async def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        await self._prepare()
        return await super().marked(state)

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        """Give what changed since a bookmark, or from the beginning.

        Raises:
            CursorError: the log no longer reaches back so far, or the bookmark is one of another log.

        """
        await self._prepare()
        return await super().changes(since, limit=limit, with_untold=with_untold)

    async def last_change(self) -> Bookmark:
        """Give the bookmark of who knows everything up to now."""
        await self._prepare()
        return await super().last_change()

    async def open_view(self, name: str, version: int) -> None:
        """Have a view; another version than before begins anew.

        Raises:
            ConfigError: there are `VIEWS_MAX` others.

        """
        await self._prepare()
        await super().open_view(name, version)

    async def _prepare(self) -> None:
        async with self._lock:
            if not self._is_read:
                await self._read()
                self._is_read = True

    async def _read(self) -> None:
        """Read all that is in the store, oldest first, and what was purged last."""
        pages: list[list[Record]] = [[]]
        while found := await self._store.query(Filter(after=_last_of(pages[-1]), limit=READ_AT_ONCE)):
            pages.append(found)
        stored = [record for page in pages[::-1] for record in page[::-1]]
        arrivals = {record_id: place for place, record_id in enumerate(self._came)}
        self._came = {}
        records = sorted(stored, key=lambda record: arrivals.get(record.id, -1))
        known = {record.id for record in records}
        purged = [RecordId(record_id) for _, record_id in await self._store.entries() if record_id not in known]
        shells = [
            shell_of(each.id, each.author, each.created_at, each.kind) for each in await self._store.named(purged)
        ]
        self._documents.add([*records, *shells], ())
        self._documents.purge(purged)

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good.

        Raises:
            ConfigError: it already belongs to another room.

        """
        await self._store.bind(room_tag, is_private=is_private)

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*."""
        async with self._lock:
            await self._store.add(records, removed=removed)
            if self._is_read:
                self._let_go(removed, added=records)
            else:
                self._came |= dict.fromkeys(record.id for record in records if record.id not in self._came)

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked."""
        return await self._store.get(ids)

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        return await self._store.wires(ids)

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        return await self._store.entries()

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first."""
        return await self._store.query(query)

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        return await self._store.deleters()

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*."""
        return await self._store.named(names)

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it; nothing where none is."""
        return await self._store.marks(questions)

    async def versions(self) -> list[Outline]:
        """Give every record that has versions and is here, purged or not."""
        return await self._store.versions()

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete every record with created_at below *before*, all others than *but*; give how many."""
        async with self._lock:
            count = await self._store.expire(before, but=but)
            # Nothing is here before it was read.
            here = self._documents.records.values()
            self._let_go([each.id for each in here if each.created_at < before and each.id not in but])
        return count

    async def expired(self, until: UnixTime, *, limit: int) -> list[RecordId]:
        """Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never."""
        return await self._store.expired(until, limit=limit)

    async def weight(self) -> int:
        """Say how many bytes all of it takes where it rests."""
        return await self._store.weight()

    async def sums(self) -> list[DaySum]:
        """Give what each author wrote on each UTC day, as far as its content is here."""
        return await self._store.sums()

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone."""
        async with self._lock:
            if not self._is_read:
                for record in await self._store.get(ids):
                    self._documents.leave(record)
            await self._store.purge(ids)
            self._destroy(ids)

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here."""
        async with self._lock:
            ids = [record.id for record in records]
            wires = await self._store.wires(ids)
            here = {outline.id for outline in await self._store.named(ids)}
            filled = [each for each, wire in zip(records, wires, strict=True) if not wire and each.id in here]
            await self._store.fill(filled)
            if self._is_read:
                self._let_go([record.id for record in filled])
                self._let_go((), added=filled)

    async def changed(self) -> AsyncIterator[Changed]:
        """Give what others changed, if the store tells: what is in memory of it has changed by then."""
        if not isinstance(self._store, SharedStore):
            return
        async for event in self._store.changed():
            async with self._lock:
                self._follow(event)
            yield event

    def _follow(self, event: Changed) -> None:
        gone, here = [record_id for _, record_id, _ in event.gone], self._documents.records
        if event.expired is not None:
            before, kept = event.expired.before, event.expired.kept
            gone += [each.id for each in here.values() if each.created_at < before and each.id not in kept]
        self._destroy(event.purged)
        # What is a shell here came again.
        self._let_go([*gone, *(each.id for each in event.came if each.id in here and not here[each.id].wire)])
        if self._is_read:
            self._let_go((), added=event.came)
        else:
            self._came |= dict.fromkeys(record.id for record in event.came if record.id not in self._came)

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries* were refused under *rules*; what others refused is forgotten."""
        await self._store.refuse(entries, rules=rules)

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        return await self._store.refused(rules)

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key."""
        return await self._store.notes(kind)

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        await self._store.note(kind, key, text)

    async def aclose(self) -> None:
        """Close the store, and forget what was in memory; may be called twice."""
        self._is_closed = True
        await self._store.aclose()


def _last_of(page: Sequence[Record]) -> Cursor | None:
    return Cursor.of(page[-1]) if page else None
