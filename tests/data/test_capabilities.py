"""What docs/data.md promises to who comes from elsewhere, call by call, where no other test makes these calls."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.core.action import Json
from peerset.documents.view import ViewWriter
from peerset.stores.memory import MemoryStore
from tests.data.places import alone, everything, foreign, pair, values
from tests.patience import PATIENT_SECONDS
from tests.room.streams import two_ends, two_rooms


def anything(room: peerset.Room, name: str, **options: Any) -> peerset.Collection[Any]:
    return room.collection(name, **options)


def is_new(change: peerset.Change) -> bool:
    return change.kind in ("added", "shown")


# hyperlog, hyperlog-index, hyperkv


async def test_a_log_grows_by_links_and_what_nobody_follows_are_its_heads() -> None:
    async with alone() as room:
        log = anything(room, "log")
        one = await log.add("one")
        [two, three] = [await log.add(text, follows=[one.id]) for text in ("two", "three")]
        assert values(await log.heads()) == ["three", "two"]
        four: peerset.Doc[str] = await log.append("four")
        assert set(four.follows) == {two.id, three.id}
        assert await log.heads() == [four]
        assert (four.author, four.value, four.stamp > three.stamp) == (room.key, "four", True)
        assert await log.doc(four.id) == four
        assert await room.get(four.id) == four.record
        assert values(await log.find(limit=2)) == ["four", "three"]
        assert values(await everything(log.all(order="time"))) == ["one", "two", "three", "four"]
        assert values(await log.parents(four)) == ["three", "two"]
        assert values(await log.children(one)) == ["three", "two"]
        assert values(await everything(log.ancestors(four))) == ["three", "two", "one"]
        assert await log.missing() == []
        await log.remove(one)
        assert await log.missing() == [one.id]


async def test_changes_are_read_from_a_cursor_and_then_as_they_come() -> None:
    async with alone() as room:
        log = anything(room, "log")
        docs = [await log.append(number) for number in range(3)]
        first = await everything(room.changes(live=False, limit=2))
        assert [change.record for change in first] == [doc.record for doc in docs[:2]]
        [last] = await everything(room.changes(since=first[-1].cursor, live=False))
        assert last.record == docs[2].record
        reader = aiter(room.changes(since=last.cursor, live=True))
        later = await log.append("later")
        assert (await anext(reader)).record == later.record
        assert await everything(room.changes(since="now", live=False)) == []
        mine = [change.record async for change in log.changes(live=False)]
        assert mine == [doc.record for doc in [*docs, later]]


@pytest.mark.real_time
async def test_a_view_keeps_rows_and_tables_of_its_own_and_begins_anew_with_another_version(tmp_path: Path) -> None:
    def index(tx: ViewWriter, change: peerset.Change) -> None:
        tx.execute("CREATE TABLE IF NOT EXISTS v_words_said (word TEXT, n INTEGER)")
        for word in change.record.content.strip('"').split():
            tx.execute("INSERT INTO v_words_said VALUES (?, 1)", [word])
            known = tx.get(["word", word], 0)
            assert isinstance(known, int)
            tx.put(["word", word], known + (1 if is_new(change) else -1))
        if len(tx.range(["word"])) > 2:
            tx.delete(["word", "a"])

    options = {"store": f"sqlite:{tmp_path / 'room.db'}", "key": str(tmp_path / "me.key")}
    for version, expected in ((1, [(["word", "a"], 2), (["word", "b"], 1)]), (2, [(["word", "b"], 1)])):
        async with alone(**options) as room:
            log = anything(room, "log")
            await log.add("a b" if version == 1 else "c")
            if version == 1:
                await log.add("a")
            view = room.view("words", version=version, collection="log")(index)
            await view.ready()
            rows = await view.range(["word"])
            assert rows[: len(expected)] == expected
            assert await view.get(["word", "b"]) == 1
            said = await room.sql("SELECT sum(n) AS n FROM v_words_said")
            assert said[0]["n"] == (3 if version == 1 else 4)


async def test_a_view_that_raises_keeps_its_error_and_the_others_go_on() -> None:
    def fail(_: ViewWriter, change: peerset.Change) -> None:
        raise KeyError(change.record.content)

    def count(tx: ViewWriter, change: peerset.Change) -> None:
        tx.put(["last"], change.record.content)

    async with alone() as room:
        log = anything(room, "log")
        bad, good = room.view("bad")(fail), room.view("good")(count)
        await log.append("said")
        with pytest.raises(peerset.ViewError, match="KeyError"):
            await bad.ready()
        assert isinstance(bad.error, peerset.ViewError)
        await good.ready()
        assert (await good.get(["last"]), good.error) == ('"said"', None)


async def test_what_the_log_says_is_all_there_is_and_whatever_derives_from_it_is_made_anew() -> None:
    def index(tx: ViewWriter, change: peerset.Change) -> None:
        tx.put(["last"], change.record.content)

    async with alone() as here, alone() as there:
        log = anything(here, "log")
        docs = [await log.append(number) for number in (1, 2, 3)]
        await there.add([doc.record for doc in docs])
        for room in (here, there):
            log = anything(room, "log")
            total = room.fold(log, 0, lambda state, doc: state + doc.value)
            view = room.view("last")(index)
            await total.ready()
            await view.ready()
            assert (total.state, await view.get(["last"])) == (6, "3")
            assert await log.aggregate({"n": "count"}) == [{"n": 3}]
        assert here.root == there.root


async def test_a_key_has_all_the_values_that_did_not_know_of_each_other() -> None:
    async with alone() as one, alone() as two:
        ours, theirs = (anything(room, "wiki", shared=True) for room in (one, two))
        first = await ours.put("a", "first", expected=None)
        await two.add(first.record)
        docs = [await ours.put("a", "ours", expected=first), await theirs.put("a", "theirs", expected=[first.id])]
        await one.add(docs[1].record)
        assert {doc.id for doc in await ours.heads("a")} == {doc.id for doc in docs}
        assert await ours.get("a") == docs[1]
        await ours.delete("a")
        assert await ours.get("a") is None
        assert len(await ours.history("a")) == 4
        later = foreign(one, '"late"', kind=30_078, tags=[("c", "wiki"), ("d", "wiki/a")], at=docs[1].stamp / 1e6 + 1)
        await one.add(later)
        await ours.put("b", "other")
        assert [doc.key for doc in await everything(ours.all(order="key"))][-1] == "b"
        assert await ours.count() == len(await ours.find())


# Autobase, Hypercore, OrbitDB


async def test_a_fold_is_what_apply_makes_and_what_comes_late_undoes_it() -> None:
    def said(state: Any, doc: peerset.Doc[Any]) -> Json:
        return [*state, doc.value]

    async with pair() as (one, two):
        ours, theirs = anything(one, "log"), anything(two, "log")
        fold = two.fold(theirs, [], said, name="said", version=1)
        for text in ("b", "c"):
            await ours.append(text)
        await one.synced(timeout=PATIENT_SECONDS)
        await fold.ready()
        assert (fold.state, fold.undone, fold.count) == (["b", "c"], 0, 2)
        first = (await theirs.find(order="time"))[0]
        await two.add(foreign(two, '"a"', tags=[("c", "log")], at=first.stamp / 1e6 - 1))
        await fold.ready()
        assert (fold.state, fold.undone) == (["a", "b", "c"], 2)


async def test_whoever_holds_the_same_orders_it_alike_and_says_who_knew_of_whom() -> None:
    async with alone() as one, alone() as two:
        ours, theirs = anything(one, "log"), anything(two, "log")
        first = await ours.append("first")
        await two.add(first.record)
        forks = [await ours.append("ours"), await theirs.append("theirs")]
        for room in (one, two):
            await room.add([doc.record for doc in forks])
        assert values(await everything(ours.all(order="time"))) == values(await everything(theirs.all(order="time")))
        assert [doc.id for doc in await ours.heads()] == [doc.id for doc in await theirs.heads()]
        assert {doc.id for doc in await ours.heads()} == {doc.id for doc in forks}
        joined = await theirs.append("joined")
        await one.add(joined.record)
        assert await ours.heads() == [joined]


async def test_a_room_is_replicated_over_a_stream() -> None:
    async with two_rooms() as (one, two):
        await anything(one, "log").append("ours")
        await anything(two, "log").append("theirs")
        here, there = await two_ends()
        await asyncio.gather(one.replicate(*here, live=False), two.replicate(*there, live=False))
        assert one.root == two.root
        assert values(await anything(one, "log").find()) == values(await anything(two, "log").find())


async def test_what_happens_is_told_by_queries_events_and_views() -> None:
    def count(tx: ViewWriter, change: peerset.Change) -> None:
        tx.put(["n"], 1 if is_new(change) else 0)

    async with pair() as (one, two):
        ours = anything(one, "log")
        events = one.events(peerset.RecordAdded)
        view = one.view("n")(count)
        async with await ours.live() as live:
            theirs = await anything(two, "log").append("hello")
            assert [doc for _, doc in (await anext(live)).added] == [theirs]
            told = await anext(events)
            assert isinstance(told, peerset.RecordAdded)
            assert told.record == theirs.record
        await view.ready()
        assert view.error is None


async def test_a_chat_is_followed_as_it_is_written() -> None:
    async with pair() as (one, two):
        ours, theirs = anything(one, "chat"), anything(two, "chat")
        async with await ours.live(order="time") as live:
            for text in ("hello", "anybody?"):
                await theirs.append(text)
                await anext(live)
            assert values(live.docs) == ["hello", "anybody?"]


async def test_many_entries_are_appended_one_by_one_or_together() -> None:
    async with alone() as room:
        log = anything(room, "log")
        one = await log.append(1)
        batch = room.batch()
        for number in range(2, 5):
            batch.add(log, number, follows=[one])
        await batch.commit()
        assert values(await log.find(order="time")) == [1, 2, 3, 4]


async def test_a_database_of_ones_own_is_a_view_over_a_store_of_ones_own() -> None:
    class Mine(MemoryStore):
        """A store of somebody else, as any object with its methods is."""

    def newest(tx: ViewWriter, change: peerset.Change) -> None:
        tx.put(["newest"], change.record.content)

    async with alone(store=Mine()) as room:
        view = room.view("newest")(newest)
        await room.publish("one")
        await room.publish("two")
        await view.ready()
        assert await view.get(["newest"]) == "two"
