"""The part of the acceptance suite of stores that is about shells: what is destroyed, and given back, and weighed."""

import random
from collections.abc import Iterable

from peerset.core.clock import UnixTime
from peerset.core.day_sum import sums_of
from peerset.core.deletion import address_of, outline_of
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.limits import INTEGER_MAX
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.core.stamp import newest_first
from peerset.ports import ShellStore, Store


async def check_purging(store: Store, records: list[Record]) -> None:
    """Destroy content, for good as far as adding goes."""
    await store.add(records)
    gone, stays = records[0], next(record for record in records if record.kind == KIND_DELETION)
    await store.purge([gone.id, stays.id, RecordId(bytes(32))])
    await store.purge([gone.id])
    left = [record for record in records if record != gone]
    await store.add([gone])
    assert await store.entries() == entries_of(records), "what is purged stays among the entries"
    assert await store.get([gone.id, stays.id]) == [stays], "what is purged is never given; deletions stay"
    assert await store.wires([gone.id]) == [b""], "what is purged has no wire form"
    assert await store.query(Filter()) == sorted(left, key=newest_first), "what is purged is not found, nor added again"
    assert gone not in await store.query(Filter(tags={"c": frozenset(("both",))})), "nor by its tags"
    assert await store.named([gone.id]) == [outline_of(gone)], "of what is purged the outline is left"
    if isinstance(store, ShellStore):
        at = gone.created_at
        found = [await store.shells(*span) for span in ((0, INTEGER_MAX), (at, at), (at + 1, at + 9), (-9, at - 1))]
        assert found == [[outline_of(gone)]] * 2 + [[]] * 2, "what is purged is found by its time"
    keyed = [record for record in records if record.kind == KIND_KEYED][-1]
    await store.purge([records[1].id, keyed.id])
    assert outline_of(keyed) in await store.named([address_of(keyed) or b""]), "what is purged keeps its address"
    await store.add([], removed=[records[1].id])
    assert await store.expire(UnixTime(gone.created_at + 1)) == 1, "what is purged expires, and is removed, as records"
    assert await store.named([gone.id, records[1].id]) == [], "what is purged and gone is not named"


async def check_filling(store: Store, records: list[Record]) -> None:
    """Give content back to what was purged."""
    await store.add(records)
    tagged = Filter(tags={"c": frozenset(("both",))})
    found = await store.query(tagged)
    shells = [record for record in records if record.kind != KIND_DELETION][:6]
    await store.purge([record.id for record in shells])
    at = records[0].created_at
    strange = sign_record(
        SecretKey.generate(random.Random(3)),
        created_at=at,
        kind=KIND_RECORD,
        tags=[],
        content="x",
    )
    await store.fill([*shells[:4], records[-1], strange])
    assert await store.entries() == entries_of(records), "nothing is added by filling, nor twice"
    whole = [record for record in records if record not in shells[4:]]
    assert await store.query(Filter()) == sorted(whole, key=newest_first), "what is filled is found again"
    assert await store.get([shells[0].id]) == [shells[0]], "and given"
    await store.fill(shells)
    assert await store.query(tagged) == found, "what is filled is found by its tags"
    outlines = {each.id: each for each in await store.named([record.id for record in shells])}
    assert all(outlines[record.id] == outline_of(record) for record in shells), "by its id"
    await store.purge([shells[0].id])
    assert await store.get([shells[0].id]) == [], "what was filled can be purged again"
    await store.fill([])


async def check_weight(store: Store, records: list[Record]) -> None:
    """Weigh what is here."""
    empty = await store.weight()
    at = records[0].created_at
    key = SecretKey.generate(random.Random(9))
    long = [
        sign_record(
            key,
            created_at=at,
            kind=KIND_RECORD,
            tags=[],
            content=f"{number}" * 60_000,
        )
        for number in range(8)
    ]
    await store.add([*records, *long])
    full = await store.weight()
    assert full >= empty + 8 * 60_000, "what is added has a weight"
    await store.purge([record.id for record in long])
    assert await store.weight() <= full - 7 * 60_000, "what is purged weighs next to nothing"
    await store.add([], removed=[record.id for record in records])
    assert await store.weight() <= full - 7 * 60_000, "nor does what is removed"


async def check_sums(store: Store, records: list[Record]) -> None:
    """Sum up by author and UTC day what is here, whatever comes and goes."""
    assert await store.sums() == [], "nothing has no sums"
    await store.add([*records, records[0]])
    await store.add(records[:3])
    assert await store.sums() == sums_of(records), "what is added is summed up, once"
    shell = next(record for record in records if record.kind == KIND_RECORD)
    deletion = next(record for record in records if record.kind == KIND_DELETION)
    await store.purge([shell.id, deletion.id])
    await store.purge([shell.id])
    left = [record for record in records if record != shell]
    assert await store.sums() == sums_of(left), "what is purged is not, once"
    await store.add([shell], removed=[deletion.id])
    left.remove(deletion)
    assert await store.sums() == sums_of(left), "nor is what is removed"
    await store.fill([shell, shell])
    left.append(shell)
    assert await store.sums() == sums_of(left), "what is filled is again"
    await store.purge([shell.id])
    left.remove(shell)
    edge = sorted(record.created_at for record in records)[len(records) // 2]
    await store.expire(UnixTime(edge))
    left = [record for record in left if record.created_at >= edge]
    assert await store.sums() == sums_of(left), "what expired is not"


def entries_of(records: Iterable[Record]) -> list[tuple[int, bytes]]:
    """Give what `Store.entries` gives of *records*."""
    return sorted((record.created_at, record.id) for record in records)


async def check_expired(store: Store, records: list[Record]) -> None:
    """Find what expires by its time, as long as it is here whole."""
    key = SecretKey.generate(random.Random(5))
    at = records[0].created_at

    def expiring(*times: str, kind: int = KIND_RECORD) -> Record:
        tags = [("expiration", each) for each in times]
        return sign_record(key, created_at=at, kind=kind, tags=tags, content="x")

    one, two, three = (expiring(str(time)) for time in (0, 20, 30))
    never = [expiring(time, "1") for time in ("-1", "1e1", "", str(INTEGER_MAX + 1), "9" * 31)]
    last = expiring(str(INTEGER_MAX), "1")
    await store.add([*records, three, *never, expiring("1", kind=KIND_DELETION), two, last, one])
    await store.add([one])
    found = [await store.expired(UnixTime(until), limit=9) for until in (-1, 19, 20, 99)]
    assert found == [[], [one.id], [one.id, two.id], [one.id, two.id, three.id]], "what expires is found by its time"
    assert await store.expired(UnixTime(99), limit=2) == [one.id, two.id], "the first to first, and no more than asked"
    assert await store.expired(UnixTime(INTEGER_MAX), limit=9) == [one.id, two.id, three.id, last.id], "only what does"
    await store.purge([one.id, last.id])
    await store.add([one], removed=[two.id])
    assert await store.expired(UnixTime(INTEGER_MAX), limit=9) == [three.id], "not what was purged, nor removed"
    await store.fill([one])
    assert await store.expired(UnixTime(99), limit=9) == [one.id, three.id], "what is filled is found again"
    await store.expire(UnixTime(at + 1))
    assert await store.expired(UnixTime(99), limit=9) == [], "what is too old is gone"
