"""Which records a reader asks for, as people say it."""

import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.filter import Cursor, Filter
from peerset.core.keys import SecretKey, npub
from peerset.core.record import sign_record
from peerset.errors import ConfigError
from peerset.room.query import read_query
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm

KEY = SecretKey(bytes(31) + b"\7")
NOW = 1_790_000_000
VECTORS: Final = Path(__file__).parents[1] / "vectors"
MAKER: Final = runpy.run_path(str(VECTORS / "make_queries.py"))
QUERIES: Final[dict[str, Any]] = json.loads((VECTORS / "queries.json").read_text(encoding="utf-8"))


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MAKER["make"]() == (VECTORS / "queries.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", QUERIES["queries"])
def test_both_languages_read_a_query_alike(vector: Mapping[str, Any]) -> None:
    if vector["filter"] is None:
        with pytest.raises(ConfigError):
            read_query(vector["query"], now=QUERIES["now"])
    else:
        assert MAKER["written"](read_query(vector["query"], now=QUERIES["now"]).filter) == vector["filter"]


def test_a_query_is_read_with_single_values_and_texts() -> None:
    asked = read_query(
        {"authors": npub(KEY.public_key), "kinds": 1078, "tags": {"t": "a"}, "collection": "feed", "since": "2h"},
        now=NOW,
    )
    assert asked.filter == Filter(
        authors=frozenset([KEY.public_key]),
        kinds=frozenset([1078]),
        tags={"t": frozenset(["a"]), "c": frozenset(["feed"])},
        since=NOW - 7_200,
    )


def test_fields_that_are_none_match_everything() -> None:
    assert read_query({"authors": None, "limit": None}, now=NOW).filter == Filter()


def test_a_key_is_one_author() -> None:
    for author in (KEY, KEY.public_key, [KEY.public_key.hex()]):
        assert read_query({"authors": author}, now=NOW).filter.authors == frozenset([KEY.public_key])


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"author": KEY}, "did you mean 'authors'"),
        ({"colour": "red"}, "there are: ids, authors"),
        ({"limit": -1}, "not -1"),
        ({"limit": "5"}, "not '5'"),
        ({"authors": "nobody"}, "not 'nobody'"),
        ({"authors": 5}, "authors cannot be 5"),
        ({"ids": 5}, "ids cannot be 5"),
        ({"ids": ["xyz"]}, "not 'xyz'"),
        ({"kinds": "1078"}, "not '1078'"),
        ({"tags": {"topic": "a"}}, "not 'topic'"),
        ({"collection": 5}, "not 5"),
        ({"since": "soon"}, "not 'soon'"),
        ({"after": 5}, "not 5"),
    ],
)
def test_what_cannot_be_meant_is_named(query: dict[str, object], reason: str) -> None:
    with pytest.raises(peerset.ConfigError, match=reason):
        read_query(query, now=NOW)


async def test_beginnings_of_ids_are_looked_up() -> None:
    store = MemoryStore()
    one, two = (sign_record(KEY, created_at=NOW, kind=1, tags=(), content=text) for text in "ab")  # type: ignore[arg-type]  # a plain number
    await store.add([one, two])
    found = await read_query({"ids": [one.id.hex()[:8], two, "0" * 40]}, now=NOW).resolve(store)
    assert found.ids == frozenset([one.id, two.id])
    assert (await read_query({"after": one.id.hex()[:8]}, now=NOW).resolve(store)).after == Cursor.of(one)
    with pytest.raises(peerset.ConfigError, match="no page begins after '00000000'"):
        await read_query({"after": bytes(32)}, now=NOW).resolve(store)


async def test_a_room_takes_what_people_type() -> None:
    async with peerset.join("lobby", key=KEY, host=MemorySwarm().host()) as room:
        record = await room.publish("hello", tags={"t": "greeting"}, collection="feed")
        hidden = await room.publish("other", kind=1)
        assert (
            await room.get(record.id.hex()) == await room.get(record.id.hex()[:8]) == await room.get(record) == record
        )
        assert await room.get("ffff" if record.id.hex()[:4] != "ffff" else "eeee") is None
        assert await room.records(authors=npub(KEY.public_key), kinds=1078) == [record]
        assert await room.records(tags={"c": "feed"}) == await room.records(ids=record) == [record]
        assert await room.records(authors=KEY) == await room.members() == [hidden, record]
        assert (await room.delete(record.id.hex()[:8])).tags[-2] == ("e", record.id.hex())
        await room.moderation.mute(npub(SecretKey(bytes(31) + b"\1").public_key))
        await room.moderation.purge(hidden.id.hex()[:8])
        with pytest.raises(peerset.ConfigError, match="limit"):
            await room.records(limit=-1)


async def test_pages_neither_stick_nor_lose_records_of_one_second() -> None:
    async with peerset.join("lobby", key=KEY, host=MemorySwarm().host()) as room:
        now = room._driver.now().unix
        tags = [["h", room.name.tag.hex()]]
        await room.add(
            sign_record(KEY, created_at=now, kind=1078, tags=tags, content=f"record {number}") for number in range(60)
        )
        read: list[peerset.Record] = []
        while page := await room.records(limit=10, after=read[-1] if read else None):
            assert len(page) == 10
            read += page
        assert read == await room.records()
        assert len({record.id for record in read}) == 60
        assert await room.records(after=read[49].id.hex()[:16]) == read[50:]
        # A page goes on where its last record has gone, too.
        await room.delete(read[49])
        assert [each for each in await room.records(after=read[49]) if each.kind == 1078] == read[50:]
