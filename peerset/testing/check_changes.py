"""What every `peerset.ports.DocumentStore` must tell of what changes; part of `check_documents`."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import CHANGES_KEPT_SECONDS
from peerset.core.record import Record, RecordId, shell_of
from peerset.documents.change import Bookmark, ChangeKind, Changes, read_bookmark
from peerset.documents.document import State
from peerset.errors import CursorError
from peerset.ports import DocumentStore
from peerset.testing.sample_documents import (
    ANN,
    ANYTHING,
    BOB,
    NOON,
    PLACES,
    SPAN_SECONDS,
    commit,
    deletion,
    document,
    sample_places,
)

ALL: Final = 1_000_000
NONCE: Final = "0e" * 16

CAME: Final = (ChangeKind.ADDED, ChangeKind.SHOWN)


class Follower:
    """A reader of a log of changes, and what it was told."""

    def __init__(self, store: DocumentStore, since: Bookmark | None = None) -> None:
        self._store = store
        self._since = since
        self.seen: dict[RecordId, Record] = {}

    async def read(self, limit: int = ALL) -> list[tuple[ChangeKind, Record]]:
        """Read the next page, apply it, and give it."""
        page = await self._store.changes(self._since, limit=limit)
        assert len(page.changes) <= limit, "changes keeps its limit"
        assert page.is_last or page.changes, "a page without changes is the last"
        for change in page.changes:
            if change.kind in CAME:
                assert change.record.id not in self.seen, "nothing comes that was told already"
                self.seen[change.record.id] = change.record
            else:
                assert self.seen.pop(change.record.id, None), "nothing goes that was not told"
        self._since = page.end
        return [(change.kind, change.record) for change in page.changes]

    async def read_all(self) -> list[tuple[ChangeKind, Record]]:
        """Read to the end."""
        found, page = [], await self.read()
        while page:
            found += page
            page = await self.read()
        return found


async def _check_kinds(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    assert (await store.changes(None, limit=ALL)).changes == (), "a new store has no changes"
    reader = Follower(store, await store.last_change())
    one, two, plain = _place(1), _place(2), document(ANN, 9, {}, collection=ANYTHING)
    misfit, tombstone = document(ANN, 0, {}), document(ANN, 8, None, key="t")
    await store.add([plain, one, misfit, tombstone])
    added = ChangeKind.ADDED
    assert await reader.read() == [(added, plain), (added, one)], "what is added and seen is told, in the order given"
    await store.add([one, two])
    assert await reader.read() == [(ChangeKind.HIDDEN, one), (added, two)], "what is replaced is hidden"
    oldest = _place(0)
    await store.add([oldest])
    assert await reader.read() == [], "what is not seen is not told"
    await store.mark([two.id, plain.id], State.HIDDEN, is_set=True)
    hidden, shown = {(ChangeKind.HIDDEN, two), (ChangeKind.HIDDEN, plain)}, (ChangeKind.SHOWN, one)
    told = await reader.read()
    assert ({*told[:2]}, told[2:]) == (hidden, [shown]), "what is marked is hidden, what it replaced is shown"
    await store.mark([two.id], State.HIDDEN, is_set=False)
    assert await reader.read() == [(ChangeKind.HIDDEN, one), (ChangeKind.SHOWN, two)], "and back again"
    await store.mark([one.id, misfit.id], State.SHADOWED, is_set=True)
    await store.mark([plain.id], State.SHADOWED, is_set=True)
    assert await reader.read() == [], "what was not seen before and is not now is not told"
    await store.add([], removed=[two.id])
    gone = await _shells(reader)
    assert gone == [(ChangeKind.REMOVED, two.id), (ChangeKind.SHOWN, oldest.id)], "what is removed is told"
    brief, since = document(BOB, 5, {"title": "brief"}), await store.last_change()
    await store.add([brief], removed=[brief.id])
    assert await reader.read() == [], "what comes and goes at once is not told"
    await store.add([brief])
    await store.add([], removed=[brief.id])
    assert await reader.read() == [], "what comes and goes between two pages is not told"
    untold = (await store.changes(since, limit=ALL, with_untold=True)).changes
    assert brief.id in [change.record.id for change in untold], "unless what was not told is asked for"
    assert not any(change.is_told for change in untold), "and then it is said that it was not told"
    since = await store.last_change()
    await store.add([], removed=[oldest.id])
    [gone_since] = (await store.changes(since, limit=ALL, with_untold=True)).changes
    assert gone_since.is_told, "what was told as come is told as that"


async def _check_endings(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    brief = document(ANN, 1, {"title": "brief"}, expires_at=NOON + 5)
    one, two, last = _place(1), _place(2), document(BOB, DAY_SECONDS * 10**6, {"title": "last"})
    part, other = (document(ANN, 3, {"title": title}, batch=NONCE) for title in "ab")
    await store.add([brief, one, two, last, part, commit(ANN, NONCE, [part.id, other.id])])
    reader = Follower(store)
    await reader.read()
    await store.sweep(UnixTime(NOON + 5))
    assert await reader.read() == [(ChangeKind.REMOVED, brief)], "what expires is removed, and its content still here"
    await store.purge([two.id, brief.id])
    shell = shell_of(two.id, two.author, two.created_at, two.kind)
    assert await reader.read() == [(ChangeKind.REMOVED, shell)], "of what is purged a shell is told"
    await store.add([other])
    told = await reader.read()
    assert told == [(ChangeKind.ADDED, other), (ChangeKind.SHOWN, part)], f"a batch that is complete is told: {told}"
    await store.expire(UnixTime(NOON + 1))
    told = await reader.read()
    assert {kind for kind, _ in told} == {ChangeKind.REMOVED}, "what is too old is removed"
    assert {*reader.seen} == {last.id}, "what is too old is removed"


async def _check_building(store: DocumentStore) -> None:
    old, new, misfit = _place(1), _place(2), document(ANN, 3, {})
    await store.add([new, old, misfit])
    reader = Follower(store)
    assert [record for _, record in await reader.read()] == [new, old, misfit], "from the beginning: all that is seen"
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    while await store.build():
        pass
    await reader.read_all()
    assert {*reader.seen} == {new.id}, "what is found to be replaced or a misfit is hidden"
    await store.drop(["places"])
    await reader.read_all()
    assert {*reader.seen} == {new.id, old.id, misfit.id}, "and shown when nothing says so any more"


async def _check_pages(store: DocumentStore) -> None:
    """Readers that begin at any time and read pages of any length agree in the end."""
    rng = random.Random(11)
    records, here = sample_places(), list[Record]()
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    readers: list[Follower] = []
    for round_number in range(60):
        match rng.randrange(4):
            case 0 if here:
                gone = [here.pop(rng.randrange(len(here))) for _ in range(min(3, len(here)))]
                await store.add([], removed=[each.id for each in gone])
                records += gone
            case 1 if here:
                some = rng.sample(here, min(4, len(here)))
                await store.mark([each.id for each in some], State.HIDDEN, is_set=rng.random() < 0.6)
            case _:
                rng.shuffle(records)
                came, records = records[:5], records[5:]
                here += came
                await store.add(came)
        if round_number % 6 == 0:
            readers.append(Follower(store))
        for reader in readers:
            if rng.random() < 0.5:
                await reader.read(rng.randint(1, 6))
    fresh = Follower(store)
    for reader in [fresh, *readers]:
        while await reader.read(3):
            pass
        assert reader.seen == fresh.seen, "readers agree, wherever their pages ended"
    hidden = {*await store.marked(State.HIDDEN)}
    assert not hidden & {*fresh.seen}, "what is hidden is not told"
    assert {*fresh.seen} <= {each.id for each in here}, "what is gone is not told"


async def _check_bookmarks(store: DocumentStore) -> None:
    records = sample_places()[:20]
    await store.add(records)
    begin: Changes = await store.changes(None, limit=4)
    assert ([each.record for each in begin.changes], begin.is_last) == (records[:4], False), "a page of four"
    assert begin.end == begin.changes[-1].bookmark, "a page ends after its last change"
    for place, change in enumerate((await store.changes(None, limit=ALL)).changes):
        rest = await store.changes(change.bookmark, limit=ALL)
        assert [each.record for each in rest.changes] == records[place + 1 :], "each change can be read on from"
        assert read_bookmark(str(change.bookmark)) == change.bookmark, "bookmarks are texts, too"
    last = await store.last_change()
    end = await store.changes(last, limit=ALL)
    assert end == Changes((), last, is_last=True), "nothing changed since the last change"
    await store.add([deletion(ANN, records[0])], removed=[each.id for each in records[:3]])
    page = await store.changes(last, limit=2)
    assert ([each.record.id for each in page.changes], page.is_last) == (
        [each.id for each in records[:2]],
        False,
    ), "what goes is told by pages"
    foreign = (Bookmark(last.log ^ 1, 0, 0), Bookmark(last.log, 0, last.known + 1_000))
    errors = await asyncio.gather(*(store.changes(each, limit=1) for each in foreign), return_exceptions=True)
    assert all(isinstance(error, CursorError) for error in errors), "a bookmark of another log is a CursorError"


async def _check_forgetting(store: DocumentStore) -> None:
    records = sample_places()[:20]
    await store.sweep(NOON)
    await store.add(records)
    early = await store.last_change()
    await store.add([], removed=[each.id for each in records[:5]])
    await store.sweep(UnixTime(NOON + CHANGES_KEPT_SECONDS))
    assert len((await store.changes(early, limit=ALL)).changes) == 5, "what went is kept for a while"
    late = await store.last_change()
    await store.add([], removed=[records[5].id])
    await store.sweep(UnixTime(NOON + CHANGES_KEPT_SECONDS + 1))
    (error,) = await asyncio.gather(store.changes(early, limit=ALL), return_exceptions=True)
    assert isinstance(error, CursorError), "a bookmark that the log does not reach is a CursorError"
    assert len((await store.changes(late, limit=ALL)).changes) == 1, "a later one is good still"
    fresh = Follower(store)
    while await fresh.read(2):
        pass
    assert list(fresh.seen.values()) == records[6:], "who begins anew is told everything"


CHECKS: Final[tuple[Callable[[DocumentStore], Awaitable[None]], ...]] = (
    _check_kinds,
    _check_endings,
    _check_building,
    _check_pages,
    _check_bookmarks,
    _check_forgetting,
)


def _place(number: int) -> Record:
    return document(ANN, number, {"title": str(number)}, key="k")


async def _shells(reader: Follower) -> list[tuple[ChangeKind, RecordId]]:
    return [(kind, record.id) for kind, record in await reader.read()]
