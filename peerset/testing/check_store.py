"""The acceptance suite of stores: what every `peerset.ports.Store` must do.

async def test_my_store_keeps_the_contract() -> None:
    await check_store(MyStore.open_new)
"""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import Mark, Outline, address_of, address_text, outline_of
from peerset.core.filter import Cursor, Filter
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, decode_record, sign_record
from peerset.core.signal import RoomTag
from peerset.core.stamp import newest_first
from peerset.errors import ConfigError, StoreError
from peerset.ports import ColumnStore, Store
from peerset.testing.check_shells import check_expired, check_filling, check_purging, check_sums, check_weight

NOON: Final = UnixTime(20_000 * DAY_SECONDS + DAY_SECONDS // 2)
"""The time around which the suite's records were made."""

IDS_ASKED: Final = 40_000
"""More than the variables that one SQL statement may have."""

Make = Callable[[], Awaitable[Store]]


async def check_store(make: Make) -> None:
    """Put stores through every promise of the port; *make* opens a new, empty store at each call.

    Raises:
        AssertionError: a promise is broken; the message names it.

    """
    checks = (
        _check_adding,
        _check_removing,
        _check_entries,
        _check_queries,
        _check_limits,
        _check_pages,
        _check_large_sets,
        _check_versions,
        _check_named,
        _check_marks,
        _check_expiry,
        _check_refused,
        _check_notes,
        _check_concurrent_calls,
        _check_binding,
        _check_closing,
    )
    for check in checks:
        async with _opened(make) as store:
            await check(store)
    for check_shells in (check_purging, check_filling, check_weight, check_sums, check_expired):
        async with _opened(make) as store:
            await check_shells(store, sample_records())


def sample_records() -> list[Record]:
    """Give 24 signed records: 2 authors, 3 kinds, 4 days, tags, and pairs that were made in one second."""
    rng = random.Random(7)
    keys = [SecretKey.generate(rng), SecretKey.generate(rng)]
    times = [NOON + day * DAY_SECONDS + second for day in range(4) for second in (0, 0, 1, 30, 30, 3_600)]
    kinds = (KIND_RECORD, KIND_KEYED, KIND_DELETION)
    records = []
    for place, created_at in enumerate(times):
        tags = [["h", "00" * 16], ["c", ("places", "péople", "")[place % 3]], ["d", str(place % 4)], ["long", "x"]]
        if place % 5 == 0:
            tags += [["c", "both"], ["c", "both"], ["e", "ab" * 32], ["m"]]
        if place % 6 in (1, 3):
            # Pairs of one second, told apart by their microseconds, on some days against the order of their ids.
            tags.append(["us", str(10 + place)])
        kind = kinds[place % 7 % 3]
        content = f"record {place}: \u2028 \U0001f30d"
        key = keys[place % 2]
        records.append(sign_record(key, created_at=UnixTime(created_at), kind=kind, tags=tags, content=content))
    return records


@asynccontextmanager
async def _opened(make: Make) -> AsyncIterator[Store]:
    store = await make()
    try:
        yield store
    finally:
        await store.aclose()


async def _check_adding(store: Store) -> None:
    records = sample_records()
    await store.add([])
    await store.add(records[:10])
    await store.add([*records[5:], records[0], records[23]])
    asked = [records[3].id, _absent(0), records[20].id, records[0].id]
    found = await store.get(asked)
    assert found == [records[3], records[20], records[0]], "get gives what is there, in the order asked"
    assert all(record.wire == decode_record(record.wire).wire for record in found), "records keep their wire form"
    wires = await store.wires(asked)
    expected = [records[3].wire, b"", records[20].wire, records[0].wire]
    assert wires == expected, "wires gives a wire form for each id, in order, and an empty one for what is not here"
    assert len(await store.entries()) == len(records), "a record that is already there is left alone"
    assert await store.get([]) == [], "nothing asked, nothing given"


async def _check_removing(store: Store) -> None:
    records = sample_records()
    await store.add(records[:20])
    await store.add(records[18:], removed=[records[0].id, _absent(1), records[23].id])
    assert await store.entries() == _entries(records[1:23]), "what is removed is gone, even when added by the same call"
    assert await store.get([records[0].id, records[23].id]) == [], "what is removed is not given"
    tagged = Filter(tags={"c": frozenset(("both",))})
    assert records[0] not in await store.query(tagged), "what is removed is not found by its tags"
    await store.add([records[0]])
    assert records[0] in await store.query(tagged), "what was removed can be added again"


async def _check_entries(store: Store) -> None:
    assert await store.entries() == [], "a new store is empty"
    records = sample_records()
    await store.add(records[::-1])
    assert await store.entries() == _entries(records), "entries come by (created_at, id)"
    if isinstance(store, ColumnStore):
        columns: list[tuple[list[int], bytes]] = []
        await store.columns(lambda times, ids: columns.append((list(times), ids)))
        days = sorted({created_at // DAY_SECONDS for created_at, _ in _entries(records)})
        assert [times[0] // DAY_SECONDS for times, _ in columns] == days, "columns come a day at a time"
        assert [time for times, _ in columns for time in times] == [each[0] for each in _entries(records)]
        assert b"".join(ids for _, ids in columns) == b"".join(each[1] for each in _entries(records))


async def _check_queries(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    for query in _queries(records):
        expected = _newest_first(record for record in records if query.matches(record))
        assert await store.query(query) == expected, f"the answer to {query} is every match, newest first"


async def _check_limits(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    newest = _newest_first(records)
    for limit in (0, 1, 2, 7, 24, 1_000):
        assert await store.query(Filter(limit=limit)) == newest[:limit], f"limit {limit} gives the newest, ties by id"
    ids = frozenset(record.id for record in records)
    assert await store.query(Filter(ids=ids, limit=3)) == newest[:3], "a limit holds for ids too"


async def _check_pages(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    newest = sorted(records, key=newest_first)
    for place, record in enumerate(newest):
        rest = await store.query(Filter(after=Cursor.of(record)))
        assert rest == newest[place + 1 :], "a page begins after its cursor, ties by id"
    pages: list[Record] = []
    while page := await store.query(Filter(after=Cursor.of(pages[-1]) if pages else None, limit=5)):
        pages += page
    assert pages == newest, "pages neither lose a record nor give one twice"


async def _check_large_sets(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    absent = [_absent(number) for number in range(IDS_ASKED)]
    asked = [*absent[:50], records[1].id, *absent[50:], records[0].id]
    assert await store.get(asked) == [records[1], records[0]], f"{IDS_ASKED} ids can be asked for at once"
    by_ids = await store.query(Filter(ids=frozenset(asked)))
    assert by_ids == _newest_first(records[:2]), f"a filter may have {IDS_ASKED} ids"
    by_tags = await store.query(Filter(tags={"d": frozenset((*map(str, range(4, IDS_ASKED)), "3"))}))
    assert by_tags == _newest_first(records[3::4]), f"a filter may have {IDS_ASKED} tag values"


async def _check_versions(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    keyed = _by_id(map(outline_of, records))
    keyed = [outline for outline in keyed if outline.address is not None]
    assert _by_id(await store.versions()) == keyed, "versions gives the outline of every keyed record"
    await store.add([], removed=[keyed[0].id])
    assert _by_id(await store.versions()) == keyed[1:], "what is removed is no version"


async def _check_named(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    keyed = next(record for record in records if record.kind == KIND_KEYED)
    asked = [records[5].id, address_of(keyed) or b"", records[0].id, _absent(3), *map(_absent, range(10, IDS_ASKED))]
    found = [each for each in map(outline_of, records) if not set(each.names).isdisjoint(asked)]
    assert _by_id(await store.named(asked)) == _by_id(found), "named gives what is here by id and by address"
    assert await store.named(asked[-3:]) == [], "named gives nothing for what is not here"
    few = [records[5].id, keyed.id]
    assert [each.id for each in _by_id(await store.named(few))] == sorted(few), "a few can be asked for, too"


async def _check_marks(store: Store) -> None:
    keys = [SecretKey(bytes(31) + bytes([number])) for number in (1, 2)]
    one, two = (key.public_key for key in keys)
    assert (await store.deleters(), await store.marks([(_absent(0), one)])) == (set(), []), "a new store has no marks"
    own, foreign = (address_text(KIND_KEYED, author, "a:b") for author in (one, two))
    tags = [["e", _absent(0).hex()], ["e", _absent(0).hex()], ["a", own], ["a", foreign]]
    deletions = [_deletion(keys[0], NOON + at, [*tags, ["x", str(at)]]) for at in (0, 9, 9, 5)]
    deletions[2] = _deletion(keys[0], NOON + 9, tags)
    stranger = _deletion(keys[1], NOON + 20, tags[:1])
    await store.add(deletions)
    await store.add([*deletions, stranger])
    newest = min(deletions[1:3], key=lambda deletion: deletion.id)
    address, other = (hashlib.sha256(text.encode()).digest() for text in (own, foreign))
    asked = [(_absent(0), one), (address, one), (other, one), (_absent(0), two), (_absent(1), one)]
    expected = [Mark(name, one, newest.created_at, newest.id) for name in (_absent(0), address)]
    expected.append(Mark(_absent(0), two, stranger.created_at, stranger.id))
    assert await store.marks(asked) == expected, "marks gives the newest deletion by each author, ties by lowest id"
    assert await store.deleters() == {one, two}, "deleters gives the authors of deletions"
    await store.purge([newest.id])
    assert await store.marks(asked) == expected, "deletions are not purged, and their marks stay"
    await store.expire(UnixTime(NOON + 10))
    assert (await store.marks(asked), await store.deleters()) == (expected[2:], {two}), "marks go with their deletions"


async def _check_expiry(store: Store) -> None:
    records = sample_records()
    await store.add(records)
    edge = UnixTime(NOON + DAY_SECONDS + 30)
    kept = [record for record in records if record.created_at >= edge]
    assert await store.expire(UnixTime(0)) == 0, "nothing is older than 1970"
    spared = records[0]
    assert spared.created_at < edge
    assert await store.expire(edge, but={spared.id}) == len(records) - len(kept) - 1, "expire leaves what it is told to"
    assert await store.get([spared.id]) == await store.query(Filter(until=edge - 1)) == [spared], "and that is found"
    assert await store.expire(edge) == 1, "expire counts what is older than the edge"
    assert await store.entries() == _entries(kept), "expire deletes what is older than the edge, and nothing else"
    assert await store.query(Filter(until=edge - 1)) == [], "what expired is not found"
    assert await store.expire(edge) == 0, "nothing expires twice"


async def _check_refused(store: Store) -> None:
    records = sample_records()
    await store.add(records[:1])
    entries, ours, theirs = _entries(records), bytes(32), bytes(31) + b"\x01"
    assert await store.refused(ours) == [], "a new store has refused nothing"
    await store.refuse([], rules=ours)
    await store.refuse(entries[:0:-1], rules=ours)
    await store.refuse(entries[:3], rules=ours)
    assert await store.refused(ours) == entries, "what is refused is given by (created_at, id), each once"
    assert await store.refused(theirs) == [], "other rules refused nothing"
    assert await store.entries() == _entries(records[:1]), "what is refused is no record"
    edge = entries[10][0]
    assert await store.expire(UnixTime(edge)) == 1, "expire counts records alone"
    assert await store.refused(ours) == [entry for entry in entries if entry[0] >= edge], "refusals expire by their age"
    await store.refuse(entries[-1:], rules=theirs)
    assert (await store.refused(theirs), await store.refused(ours)) == (entries[-1:], []), "other rules begin anew"


async def _check_notes(store: Store) -> None:
    assert await store.notes("muted") == {}, "a new store has no notes"
    await store.note("muted", b"\x00key", "{}")
    await store.note("muted", b"other", "péople \u2028 \0")
    await store.note("strikes", b"other", "elsewhere")
    await store.note("muted", b"\x00key", "again")
    assert await store.notes("muted") == {b"\x00key": "again", b"other": "péople \u2028 \0"}, "notes by kind and key"
    await store.note("muted", b"other", None)
    await store.note("muted", b"never", None)
    assert await store.notes("muted") == {b"\x00key": "again"}, "None removes a note"
    assert await store.notes("strikes") == {b"other": "elsewhere"}, "kinds are apart"
    assert await store.entries() == [], "a note is no record"
    illegal = (("Muted", b"k", ""), ("muted", b"", ""), ("muted", b"k", "é" * 2_049), ("muted", b"k", "\ud800"))
    errors = await asyncio.gather(*(store.note(*note) for note in illegal), return_exceptions=True)
    assert all(isinstance(error, ConfigError) for error in errors), "an illegal note is refused with a ConfigError"


async def _check_concurrent_calls(store: Store) -> None:
    records = sample_records()
    await asyncio.gather(*(store.add([record, records[0]]) for record in records), store.query(Filter()))
    assert await store.entries() == _entries(records), "calls made at the same time all take effect"


async def _check_binding(store: Store) -> None:
    await store.bind(RoomTag(bytes(16)))
    await store.bind(RoomTag(bytes(16)))
    (error,) = await asyncio.gather(store.bind(RoomTag(bytes(15) + b"\x01")), return_exceptions=True)
    assert isinstance(error, ConfigError), "a store bound to one room refuses another with a ConfigError"


async def _check_closing(store: Store) -> None:
    await store.aclose()
    await store.aclose()
    errors = await asyncio.gather(
        store.add(sample_records()),
        store.get([]),
        store.wires([]),
        store.entries(),
        store.query(Filter()),
        store.deleters(),
        store.versions(),
        store.marks([]),
        store.expire(NOON),
        store.purge([_absent(0)]),
        store.named([]),
        store.refuse([], rules=bytes(32)),
        store.refused(bytes(32)),
        store.notes("muted"),
        store.note("muted", b"key", "text"),
        store.bind(RoomTag(bytes(16))),
        return_exceptions=True,
    )
    assert all(isinstance(error, StoreError) for error in errors), "a closed store refuses every call with a StoreError"


def _queries(records: Sequence[Record]) -> list[Filter]:
    author, stranger = records[0].author, type(records[0].author)(bytes(32))
    return [
        Filter(),
        Filter(ids=frozenset((records[0].id, records[9].id, _absent(0)))),
        Filter(ids=frozenset()),
        Filter(ids=frozenset((records[0].id,)), kinds=frozenset((1,))),
        Filter(authors=frozenset((author,))),
        Filter(authors=frozenset((author, stranger)), since=NOON + DAY_SECONDS),
        Filter(authors=frozenset((stranger,))),
        Filter(kinds=frozenset((KIND_RECORD, KIND_DELETION))),
        Filter(kinds=frozenset()),
        Filter(since=NOON + 30, until=NOON + DAY_SECONDS),
        Filter(since=NOON + DAY_SECONDS, until=NOON),
        Filter(since=-(2**70), until=2**70),
        Filter(tags={"c": frozenset(("places", "both"))}),
        Filter(tags={"c": frozenset(("péople",)), "d": frozenset(("1", "2"))}),
        Filter(tags={"c": frozenset(("",))}),
        Filter(tags={"C": frozenset(("places",))}),
        Filter(tags={"h": frozenset(("00" * 16,))}),
        Filter(tags={"h": frozenset(("01" * 16,))}),
        Filter(tags={"e": frozenset(("ab" * 32,))}),
        Filter(tags={"e": frozenset(("ab" * 32, "AB" * 32, "places", ""))}, kinds=frozenset((KIND_DELETION,))),
        Filter(tags={"e": frozenset(("AB" * 32, "places"))}),
        Filter(tags={"m": frozenset(("",))}),
        Filter(tags={"d": frozenset(("3",))}, authors=frozenset((author,)), kinds=frozenset((KIND_KEYED,)), since=NOON),
    ]


def _newest_first(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=newest_first)


def _entries(records: Iterable[Record]) -> list[tuple[int, bytes]]:
    return sorted((record.created_at, record.id) for record in records)


def _absent(number: int) -> RecordId:
    return RecordId(hashlib.sha256(number.to_bytes(4, "big")).digest())


def _by_id(outlines: Iterable[Outline]) -> list[Outline]:
    return sorted(outlines, key=lambda outline: outline.id)


def _deletion(key: SecretKey, created_at: int, tags: Sequence[Sequence[str]]) -> Record:
    return sign_record(key, created_at=UnixTime(created_at), kind=KIND_DELETION, tags=tags, content="")
