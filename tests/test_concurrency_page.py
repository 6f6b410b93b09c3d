"""docs/concurrency.md: each row of its table is a test, whose docstring is the situation."""

import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.record import KIND_DELETION, KIND_KEYED, Record
from peerset.errors import ConflictError
from peerset.testing.memory import MemorySwarm
from tests.data.places import foreign, key_number

PAGE: Final = (Path(__file__).resolve().parents[1] / "docs" / "concurrency.md").read_text("utf-8")
WIKI: Final[dict[str, Any]] = {"shared": True}


@asynccontextmanager
async def apart(*, author: int = 2) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Join one room twice, by the authors 1 and *author*, with nothing between them but `trade`."""
    async with (
        peerset.join("lobby", key=key_number(1), signaling=[], host=MemorySwarm().host()) as one,
        peerset.join("lobby", key=key_number(author), signaling=[], host=MemorySwarm().host()) as two,
    ):
        yield one, two


async def trade(one: peerset.Room, two: peerset.Room, *docs: peerset.Doc[Any]) -> None:
    """Give both what either of them wrote."""
    for room in (one, two):
        await room.add([doc.record for doc in docs])


def at(room: peerset.Room, seconds: float, value: str, *, author: int = 7, name: str = "wiki") -> Record:
    """Sign a version of the register ``k``, dated so many seconds from now."""
    tags: list[tuple[str, ...]] = [("c", name), ("d", f"{name}/k")]
    return foreign(room, f'"{value}"', tags=tags, at=time.time() + seconds, author=author, kind=KIND_KEYED)


async def test_registers_of_two_authors() -> None:
    """two authors put one key, not shared"""
    async with apart() as (one, two):
        mine, theirs = one.collection("notes"), two.collection("notes")
        await trade(one, two, await mine.put("k", "a"), await theirs.put("k", "b"))
        for notes in (mine, theirs):
            assert {doc.value for doc in await notes.find()} == {"a", "b"}
        found = await mine.get("k", author=two.key)
        assert found is not None
        assert found.value == "b"


async def test_the_later_of_two_that_know_of_each_other() -> None:
    """two authors put one key, shared, one saw the other's"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        first = await mine.put("k", "a")
        await trade(one, two, first)
        second = await theirs.put("k", "b")
        await trade(one, two, second)
        for wiki in (mine, theirs):
            assert await wiki.get("k") == second
            assert await wiki.heads("k") == [second]
            assert await wiki.history("k") == [second, first]


async def test_two_heads_until_the_next_version() -> None:
    """two authors put one key, shared, neither saw the other's"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        docs = [await mine.put("k", "a"), await theirs.put("k", "b")]
        await trade(one, two, *docs)
        ranked = sorted(docs, key=lambda doc: (-doc.stamp, doc.id))
        for wiki in (mine, theirs):
            assert await wiki.heads("k") == ranked
            assert await wiki.get("k") == ranked[0]
        ending = await theirs.put("k", "c")
        await trade(one, two, ending)
        assert await mine.heads("k") == [ending]
        assert {*ending.follows} == {doc.id for doc in docs}


async def test_one_author_on_two_devices() -> None:
    """one author on two devices puts one key"""
    async with apart(author=1) as (one, two):
        mine, theirs = one.collection("notes"), two.collection("notes")
        docs = [await mine.put("k", "phone"), await theirs.put("k", "laptop")]
        await trade(one, two, *docs)
        for notes in (mine, theirs):
            assert len(await notes.heads("k")) == 2
        ending = await mine.put("k", "both")
        await trade(one, two, ending)
        assert await theirs.heads("k") == [ending]


@pytest.mark.parametrize("is_delete_later", [True, False])
async def test_a_deletion_beside_an_edit(is_delete_later: bool) -> None:
    """put and delete, neither saw the other"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        await trade(one, two, await mine.put("k", "a"))
        if is_delete_later:
            edit = await theirs.put("k", "b")
            gone = await mine.delete("k")
        else:
            gone = await mine.delete("k")
            edit = await theirs.put("k", "b")
        await trade(one, two, edit, gone)
        for wiki in (mine, theirs):
            assert {doc.id for doc in await wiki.heads("k")} == {edit.id, gone.id}
            assert await wiki.get("k") == (None if edit.stamp < gone.stamp else edit)


async def test_stamps_of_one_writer_rise() -> None:
    """two edits in one second, even in one microsecond"""
    async with apart() as (one, _):
        notes = one.collection("wiki", **WIKI)
        docs = [await notes.put("k", number) for number in range(20)]
        assert [doc.stamp for doc in docs] == sorted({doc.stamp for doc in docs})
        moment = time.time() + 60
        same = [
            foreign(one, f'"{each}"', tags=[("c", "wiki"), ("d", "wiki/k")], at=moment, author=each, kind=KIND_KEYED)
            for each in (5, 6)
        ]
        await one.add(same)
        found = await notes.get("k")
        assert found is not None
        assert found.id == min(record.id for record in same)


async def test_a_fast_clock_is_followed_to_a_limit() -> None:
    """a writer's clock is ten minutes fast"""
    async with apart() as (one, two):
        wiki = one.collection("wiki", **WIKI)
        await one.add(at(one, 600, "fast"))
        after = await wiki.put("k", "after")
        assert await wiki.get("k") == after
        assert after.stamp > (time.time() + 590) * 1_000_000
        assert await two.add(at(two, 1_000, "faster")) == 0
        assert await two.collection("wiki", **WIKI).get("k") is None


async def test_an_older_version_that_comes_late() -> None:
    """an older version arrives late"""
    async with apart() as (one, _):
        wiki = one.collection("wiki", **WIKI)
        doc = await wiki.put("k", "new")
        await one.add(at(one, -500, "old"))
        assert await wiki.get("k") == doc
        assert [each.value for each in await wiki.history("k")] == ["new", "old"]


async def test_a_version_before_what_it_follows() -> None:
    """a version arrives before what it follows"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        first = await mine.put("k", "a")
        second = await mine.put("k", "b")
        await two.add(second.record)
        assert await theirs.get("k") == second
        assert await theirs.missing() == [first.id]
        await two.add(first.record)
        assert await theirs.heads("k") == [second]
        assert await theirs.missing() == []


async def test_deletions_of_a_version() -> None:
    """the newest version is deleted by its author (NIP-09)"""
    async with apart() as (one, two):
        mine, theirs = one.collection("notes"), two.collection("notes")
        old, new = await mine.put("k", "old"), await mine.put("k", "new")
        by_e_alone = foreign(one, "", tags=[("e", new.id.hex())], at=time.time() + 1, author=1, kind=KIND_DELETION)
        await two.add([old.record, new.record, by_e_alone])
        assert await theirs.get("k", author=one.key) == old
        await one.delete(new.record)
        assert await mine.get("k") is None
        await mine.put("k", "again")
        assert await mine.erase("k") == 1
        assert await mine.history("k") == []


async def test_a_head_that_is_hidden() -> None:
    """a head is hidden by a rule, a policy or a mute"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        first = await mine.put("k", "a")
        await trade(one, two, first)
        second = await theirs.put("k", "b")
        await trade(one, two, second)
        await one.moderation.mute(two.key)
        assert await mine.get("k") == first
        assert await theirs.get("k") == second
        await one.moderation.unmute(two.key)
        assert await mine.get("k") == second


async def test_what_was_expected_and_replaced() -> None:
    """a writer expects what was replaced meanwhile"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        first = await mine.put("k", "a")
        await trade(one, two, first)
        second = await theirs.put("k", "b")
        await trade(one, two, second)
        before = one.count
        with pytest.raises(ConflictError) as caught:
            await mine.put("k", "c", expected=first)
        assert caught.value.heads == (second.id,)
        assert one.count == before
        await mine.put("k", "c", expected=second)


async def test_what_two_expect() -> None:
    """two writers expect the same, neither saw the other"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        docs = [await mine.put("k", "a", expected=None), await theirs.put("k", "b", expected=None)]
        await trade(one, two, *docs)
        assert {doc.id for doc in await mine.heads("k")} == {doc.id for doc in docs}


async def test_anyone_writes() -> None:
    """a shared collection without a policy of who may write"""
    async with apart() as (one, two):
        mine, theirs = one.collection("wiki", **WIKI), two.collection("wiki", **WIKI)
        await trade(one, two, await mine.put("k", "mine"))
        await trade(one, two, await theirs.put("k", "nothing at all"))
        assert [doc.value for doc in await mine.history("k")] == ["nothing at all", "mine"]


def test_every_row_is_a_test() -> None:
    rows = re.findall(r"(?m)^\| ([^|]*) \| [^|]* \|$", PAGE)[1:]
    here = vars(sys.modules[__name__]).items()
    told = [function.__doc__ for name, function in here if name.startswith("test_") and function.__doc__]
    assert rows == told
