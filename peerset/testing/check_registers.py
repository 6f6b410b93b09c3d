"""What every `peerset.ports.DocumentStore` must do with registers, links and batches; part of `check_documents`."""

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.grant import Grant
from peerset.core.keys import SecretKey
from peerset.core.record import Record
from peerset.core.stamp import stamp_of
from peerset.documents.definition import Definition
from peerset.documents.document import State, Version, parents_of
from peerset.documents.plan import Link, Slot, plan
from peerset.ports import DocumentStore
from peerset.testing.sample_documents import (
    ANN,
    ANYTHING,
    BOB,
    DIARY,
    NOON,
    PLACES,
    SPAN_SECONDS,
    WIKI,
    commit,
    deletion,
    document,
    grant,
)

SEEN: Final = State(0)
NONCE: Final = "0f" * 16


async def _check_own_registers(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    first, second, third = (_place(number) for number in (1, 2, 3))
    theirs, other = document(BOB, 0, {"title": "theirs"}, key="k"), document(ANN, 0, {"title": "other"}, key="l")
    await store.add([second, theirs, other])
    await store.add([first])
    assert await _found(store) == [second, *_by_id(theirs, other)], "an older version that arrives late is not seen"
    await store.add([third])
    assert await _found(store) == [third, *_by_id(theirs, other)], "a newer version replaces the one before"
    (versions,) = await store.register_versions("places", [Slot("k", ANN.public_key)])
    expected = [_version(third), *(_version(each, State.SUPERSEDED) for each in (second, first))]
    assert versions == expected, f"register_versions gives them all, newest first: {versions}"
    both, none = await store.register_versions("places", [Slot("k", None), Slot("m", None)])
    assert ([each.id for each in both], none) == ([third.id, second.id, first.id, theirs.id], []), "by key alone, too"
    await store.add([], removed=[third.id])
    assert await _found(store) == [second, *_by_id(theirs, other)], "what a version replaced is seen when it is gone"


async def _check_shared_registers(store: DocumentStore) -> None:
    await store.define([WIKI], span_seconds=SPAN_SECONDS)
    records = [document(author, at, {"text": f"{at}"}, collection=WIKI, key="k") for at, author in ((1, ANN), (2, BOB))]
    await store.add(records)
    assert await _found(store, WIKI) == [records[1]], "a shared register has one value"
    # Two of one moment: that of the lowest id counts.
    ties = [document(author, 3, {"text": "tie"}, collection=WIKI, key="k") for author in (ANN, BOB)]
    await store.add(ties)
    assert await _found(store, WIKI) == [min(ties, key=lambda each: each.id)], "ties by lowest id"
    await store.mark([each.id for each in ties], State.SHADOWED, is_set=True)
    assert await _found(store, WIKI) == [records[1]], "what is shadowed replaces nothing"


async def _check_registers_on_behalf(store: DocumentStore) -> None:
    await store.define([DIARY], span_seconds=SPAN_SECONDS)
    given = grant(ANN, BOB, "diary")
    mine = _entry(ANN, 1, "mine")
    by_device, without = _entry(BOB, 2, "by my device", given), _entry(BOB, 3, "my device's own")
    late = _entry(BOB, 61_000_000, "when it has run out", given)
    for record in (by_device, mine, without):
        await store.add([record])
    assert await _found(store, DIARY) == [without, by_device], "who has a grant writes the register of who gave it"
    asked = [plan(DIARY, author=each.public_key, now=NOON) for each in (ANN, BOB)]
    assert [await store.find(each) for each in asked] == [[by_device], [without]], "and is found by that author"
    assert [await store.count(each) for each in asked] == [1, 1]
    assert await store.heads("diary", limit=9) == [without, by_device, mine]
    (versions,) = await store.register_versions("diary", [Slot("k", ANN.public_key)])
    assert versions == [_version(by_device), _version(mine, State.SUPERSEDED)], "a version says who signed it"
    await store.add([late])
    assert await _found(store, DIARY) == [late, by_device], "a grant that has run out lets nobody speak for another"
    await store.purge([by_device.id])
    assert await _found(store, DIARY) == [late], "what was purged replaces what came before still"
    await store.drop(["diary"])
    await store.define([DIARY], span_seconds=SPAN_SECONDS)
    while await store.build():
        pass
    (versions,) = await store.register_versions("diary", [Slot("k", ANN.public_key)])
    purged = _version(by_device, State.VOID)
    assert versions == [purged, _version(mine, State.SUPERSEDED)], "also when its collection is declared anew"


async def _check_any_order_of_arrival(store: DocumentStore) -> None:
    await store.define([PLACES, WIKI], span_seconds=SPAN_SECONDS)
    for number, order in enumerate(permutations(range(4))):
        key, stamp = f"r{number}", number * 1_000
        one = document(ANN, stamp, {"text": "1"}, collection=WIKI, key=key)
        two = document(BOB, stamp + 1, {"text": "2"}, collection=WIKI, key=key, follows=[one])
        three = document(ANN, stamp + 2, None, collection=WIKI, key=key, follows=[one])
        four = document(BOB, stamp + 3, {"text": "4"}, collection=WIKI, key=key, follows=[three])
        records = [one, two, three, four]
        for place in order:
            await store.add([records[place]])
        (versions,) = await store.register_versions("wiki", [Slot(key, None)])
        states = [each.state for each in versions]
        superseded = [State.SUPERSEDED, State.SUPERSEDED | State.VOID, State.SUPERSEDED, State.SUPERSEDED]
        assert states == [State(0), *superseded[1:]], f"states do not depend on the order of arrival {order}: {states}"
        heads = [each for each in await store.heads("wiki", limit=1_000) if each in records]
        assert heads == [four, two], "heads do not depend on the order of arrival"


async def _check_tombstones(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    first, tombstone, second = _place(1), document(ANN, 2, None, key="k"), _place(3)
    await store.add([first, tombstone])
    assert await _found(store) == [], "a tombstone hides what it replaces, and is not seen"
    assert await store.heads("places", limit=9) == [tombstone, first], "a tombstone is a head"
    await store.add([second])
    assert await _found(store) == [second], "what comes after a tombstone is seen"
    await store.purge([second.id])
    assert await _found(store) == [], "what is purged is not seen, and replaces what it did"
    (versions,) = await store.register_versions("places", [Slot("k", ANN.public_key)])
    assert versions[0].state == State.VOID, f"what is purged is a version still: {versions}"
    await store.add([second])
    assert await _found(store) == [], "what is purged is not added again"
    assert second not in await store.heads("places", limit=9), "of what is purged there is nothing to give"
    alone = document(ANN, 9, {"title": "alone"})
    await store.add([alone])
    await store.purge([alone.id])
    assert await _found(store) == [], "a document that is purged is not seen"


async def _check_marks(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    old, new, plain = _place(1), _place(2), document(ANN, 3, {}, collection=ANYTHING)
    await store.add([old, new, plain])
    absent = deletion(ANN, old).id
    await store.mark([new.id, plain.id, absent], State.HIDDEN, is_set=True)
    await store.mark([new.id], State.SHADOWED, is_set=True)
    assert await _found(store) == [old], "what is hidden is as if it were not there"
    assert await store.marked(State.HIDDEN) == _ids(new, plain), "marked gives what has a bit, documents or not, by id"
    assert await store.marked(State.SHADOWED | State.SEALED) == [new.id], "any bit will do"
    await store.mark([new.id], State.HIDDEN, is_set=False)
    assert await _found(store) == [old], "one bit is enough"
    await store.mark([new.id, old.id], State.SHADOWED, is_set=False)
    assert await _found(store) == [new], "what is shown again replaces what it did"
    await store.mark([old.id], State.HIDDEN, is_set=True)
    await store.add([], removed=[new.id])
    assert await _found(store) == [], "what is hidden stays hidden"
    await store.add([], removed=[old.id])
    await store.add([old])
    assert await store.marked(State.HIDDEN) == [plain.id], "marks go with what they are of"
    assert await _found(store) == [old], "marks go with what they are of"
    early = document(ANN, 7, {"title": "early"}, collection=WIKI)
    await store.add([early])
    await store.mark([early.id], State.HIDDEN, is_set=True)
    await store.define([WIKI], span_seconds=SPAN_SECONDS)
    while await store.build():
        pass
    assert await _found(store, WIKI) == [], "marks are kept when a collection is defined afterwards"
    await store.drop(["wiki"])
    assert await store.marked(State.HIDDEN) == _ids(plain, early), "and when it is dropped"


async def _check_sweeping(store: DocumentStore) -> None:
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    before = _place(0)
    expiring = [_place(number, expires_at=NOON + number) for number in (1, 2, 3)]
    alone = document(ANN, 9, {"title": "alone"}, expires_at=NOON + 2)
    await store.add([before, *expiring, alone])
    assert await store.sweep(UnixTime(NOON)) == [], "nothing expires before its time"
    assert await store.sweep(UnixTime(NOON + 2)) == _ids(*expiring[:2], alone), "what expires is given, by id"
    assert await _found(store) == [expiring[2]], "what expired is not seen"
    assert await store.sweep(UnixTime(NOON + 1)) == [], "time does not go back"
    assert await store.sweep(UnixTime(NOON + 3)) == [expiring[2].id], "everything expires once"
    assert await _found(store) == [], "what expired replaces what came before"
    late = document(ANN, 10, {"title": "late"}, expires_at=NOON + 3)
    await store.add([late])
    assert await _found(store) == [], "what comes after its time is not seen"
    assert await store.marked(State.EXPIRED) == _ids(*expiring, alone, late), "what expired is marked"


async def _check_links(store: DocumentStore) -> None:
    await store.define([PLACES, WIKI], span_seconds=SPAN_SECONDS)
    one = document(ANN, 1, {"title": "1"})
    two = document(BOB, 2, {"title": "2"}, follows=[one])
    three = document(ANN, 3, {"title": "3"}, follows=[two, one])
    register = document(ANN, 4, {"title": "r"}, key="k", follows=[three])
    answer = document(BOB, 5, {"title": "a"}, follows=[register])
    backward = document(BOB, 0, {"title": "b"}, follows=[answer])
    elsewhere = document(BOB, 6, {"text": "e"}, collection=WIKI, follows=[answer])
    await store.add([three, one, register, elsewhere])
    assert await store.heads("places", limit=9) == [register, three], "a link to what is not here means nothing"
    await store.add([two, answer, backward])
    heads = await store.heads("places", limit=9)
    assert heads == [answer, three, backward], f"heads are what nobody follows; wrong links mean nothing: {heads}"
    assert await store.heads("places", limit=2) == [answer, three], "heads have a limit"
    asked = [one.id, two.id, elsewhere.id]
    links = [Link(two.id, three.id), Link(one.id, two.id), Link(one.id, three.id)]
    assert await store.links(asked, of_parents=True) == sorted(links, key=_both), "links of parents"
    links = [Link(one.id, two.id), Link(answer.id, elsewhere.id)]
    assert await store.links(asked, of_parents=False) == sorted(links, key=_both), "links of children"
    await store.mark([answer.id], State.HIDDEN, is_set=True)
    assert await store.heads("places", limit=9) == [register, three, backward], "what is hidden follows nothing"
    await store.add([], removed=[three.id])
    assert await store.links([three.id], of_parents=False) == [], "links go with who follows"
    assert await store.links([three.id], of_parents=True) == [Link(three.id, register.id)], "and stay without the other"
    await store.mark([answer.id], State.HIDDEN, is_set=False)
    await store.purge([answer.id])
    assert await store.heads("places", limit=9) == [two, backward], "what is purged follows what it did"


async def _check_batches(store: DocumentStore) -> None:
    await store.define([PLACES, WIKI], span_seconds=SPAN_SECONDS)
    before = document(ANN, 0, {"text": "before"}, collection=WIKI, key="k")
    one = document(ANN, 1, {"title": "one"}, batch=NONCE)
    two = document(ANN, 1, {"text": "two"}, collection=WIKI, key="k", batch=NONCE)
    stranger = document(BOB, 1, {"title": "stranger"}, batch=NONCE)
    unlisted = document(ANN, 2, {"title": "unlisted"}, batch=NONCE)
    both = commit(ANN, NONCE, [one.id, two.id])
    await store.add([before, one, stranger, unlisted, both, commit(BOB, NONCE, [one.id, two.id])])
    assert (await _found(store), await _found(store, WIKI)) == ([], [before]), "part of a batch is not seen"
    await store.add([two])
    assert (await _found(store), await _found(store, WIKI)) == ([one], [two]), "a complete batch is seen, and replaces"
    await store.add([], removed=[both.id])
    assert (await _found(store), await _found(store, WIKI)) == ([], [before]), "without its commit, no more"
    await store.add([both], removed=[one.id])
    assert (await _found(store), await _found(store, WIKI)) == ([], [before]), "nor when something is missing"
    gone = deletion(ANN, one)
    await store.add([deletion(BOB, one)])
    assert await _found(store, WIKI) == [before], "what another author deletes is missing still"
    await store.add([gone])
    assert (await _found(store), await _found(store, WIKI)) == ([], [two]), "unless its author deleted it"
    await store.add([], removed=[gone.id])
    assert await _found(store, WIKI) == [before], "and the deletion is here"
    await store.add([commit(ANN, NONCE, [two.id])])
    assert await _found(store, WIKI) == [two], "any commit will do"
    nonsense = [document(ANN, 4, {"title": "never"}, batch=each) for each in ("", "0f", "0F" * 16)]
    await store.add([*nonsense, *(commit(ANN, each, [nonsense[0].id]) for each in ("", "0f", "0F" * 16))])
    assert await _found(store) == [], "a nonce is 16 bytes in hex"


CHECKS: Final[tuple[Callable[[DocumentStore], Awaitable[None]], ...]] = (
    _check_own_registers,
    _check_shared_registers,
    _check_registers_on_behalf,
    _check_any_order_of_arrival,
    _check_tombstones,
    _check_marks,
    _check_sweeping,
    _check_links,
    _check_batches,
)


def _place(number: int, *, expires_at: int | None = None) -> Record:
    return document(ANN, number, {"title": str(number)}, key="k", expires_at=expires_at)


def _entry(author: SecretKey, stamp: int, text: str, granted: Grant | None = None) -> Record:
    return document(author, stamp, {"text": text}, collection=DIARY, key="k", granted=granted)


async def _found(store: DocumentStore, definition: Definition = PLACES) -> list[Record]:
    return await store.find(plan(definition, now=NOON))


def _version(record: Record, state: State = SEEN) -> Version:
    return Version(record.id, record.author, stamp_of(record), state, parents_of(record))


def _by_id(*records: Record) -> list[Record]:
    return sorted(records, key=lambda each: each.id)


def _ids(*records: Record) -> list[object]:
    return [each.id for each in _by_id(*records)]


def _both(link: Link) -> tuple[bytes, bytes]:
    return link.parent, link.child
