"""Other programs read a store's file while a room writes: SQLite itself, pandas and datasette."""

import asyncio
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import peerset
from tests.data.places import INDEXED, Place, alone
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


@dataclass(frozen=True)
class Tagged(Place):
    tags: list[str] = field(default_factory=list)


READ_BY_SQLITE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
counts = []
while len(set(counts)) < 4:
    counts.append(db.execute("SELECT count(*) FROM places").fetchone()[0])
    assert db.execute("SELECT count(*) FROM records").fetchone()[0] >= counts[-1]
    assert db.execute('SELECT count(*) FROM "places tags"').fetchone()[0] >= counts[-1]
assert counts == sorted(counts)
for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall():
    db.execute(f'SELECT * FROM "{name}"').fetchall()
assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
print(db.execute("SELECT title FROM places ORDER BY stamp LIMIT 1").fetchone()[0])
"""

READ_BY_PANDAS = """
import sqlite3, sys
import pandas
frame = pandas.read_sql("SELECT * FROM places ORDER BY stamp", sqlite3.connect(sys.argv[1]), parse_dates=["time"])
assert frame.groupby("city")["stars"].mean()["Berlin"] >= 0, frame
assert str(frame.dtypes["time"]).startswith("datetime64"), frame.dtypes
print(frame["title"].iloc[0])
"""


@asynccontextmanager
async def busy(path: Path) -> AsyncIterator[peerset.Room]:
    """Give a room that writes all the while."""
    async with alone(store=f"sqlite:{path}") as room:
        options = {**INDEXED, "indexes": ["city", "-stars", "tags[]"]}
        places = room.collection("places", Tagged, **options)
        await places.add(Tagged("first", "Berlin", tags=["a"]))

        async def write() -> None:
            for number in count():
                await places.add(Tagged(f"café {number}", "Berlin", number % 5, peerset.Point(52, 13), ["a", "b"]))

        writing = asyncio.create_task(write())
        try:
            yield room
            assert not writing.done(), writing.exception()
        finally:
            writing.cancel()
            await asyncio.wait([writing])


async def run(program: str, path: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()


async def test_sqlite_reads_what_a_room_writes(tmp_path: Path) -> None:
    async with busy(tmp_path / "room.db"):
        assert await run(READ_BY_SQLITE, tmp_path / "room.db") == "first"


async def test_pandas_reads_what_a_room_writes(tmp_path: Path) -> None:
    async with busy(tmp_path / "room.db") as room:
        assert await run(READ_BY_PANDAS, tmp_path / "room.db") == "first"
        rows = await room.sql("SELECT title, stars FROM places ORDER BY stamp LIMIT 1")
        assert list(rows) == [{"title": "first", "stars": 0}]


async def test_datasette_serves_every_table_and_view_while_a_room_writes(tmp_path: Path) -> None:
    async with busy(tmp_path / "room.db"), serving(tmp_path / "room.db") as address:
        found = await fetch(f"{address}/room.json")
        names = [each["name"] for each in (*found["tables"], *found["views"])]
        assert {"places", "places tags", "records", "doc_1", "item_1"} <= set(names)
        for name in names:
            # Datasette writes + for a blank.
            page = await fetch(f"{address}/room/{name.replace(' ', '+')}.json?_size=2&_shape=objects")
            assert "rows" in page, name
        page = await fetch(f"{address}/room/places.json?_shape=objects&_sort=stamp&city=Berlin&_size=2")
        assert page["rows"][0]["title"] == "first"
        asked = urllib.parse.quote("SELECT city, count(*) AS n FROM places GROUP BY city")
        (row,) = (await fetch(f"{address}/room.json?sql={asked}&_shape=objects"))["rows"]
        assert row["city"] == "Berlin"
        assert row["n"] >= 1


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[str]:
    """Serve a file by datasette on loopback; give its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "datasette", "serve", str(path), "--host", "127.0.0.1", "--port", "0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = ""
        while (found := re.search(r"http://127\.0\.0\.1:\d+", said)) is None:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
        reading = asyncio.create_task(process.stdout.read())
        yield found[0]
    finally:
        process.terminate()
        await process.wait()
    await reading


async def fetch(address: str) -> Any:
    def get() -> bytes:
        try:
            with urllib.request.urlopen(address, timeout=PATIENT_SECONDS) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{address}: {error.read().decode()}") from error

    return json.loads(await asyncio.to_thread(get))
