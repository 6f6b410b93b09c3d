"""How fast the store in PostgreSQL takes records, beside SQLite and COPY: ``python -m tests.bench postgres``.

A real server, which loses nothing when the machine fails, in a temporary folder. COPY writes the same rows, ready in
memory, into the same tables with their indexes, as many in a transaction; and into a table without any.

``python -m tests.bench.bench_postgres --records 1000000 --processes 3`` has processes write a room each, at once.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psycopg

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.record import Record
from peerset.ports import Store
from peerset.stores.postgres.rows import COLUMNS, row_of
from peerset.stores.postgres.store import open_postgres
from peerset.stores.sqlite import open_sqlite
from tests.bench.sizes import sized
from tests.bench.unsigned import BATCH, in_batches
from tests.stores.postgres.server import Server, ask, find_server, running

RECORDS: Final = sized(60_000, 4_000)
PACE: Final = "records/s"

Row = tuple[str, float, str]


def run() -> list[Row]:
    """Measure the stores; give name, figure and unit."""
    programs = find_server()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: as root, `make networks` fetches it")
    batches = list(in_batches(RECORDS))
    with running(programs, is_durable=True) as server, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(server, Path(folder) / "room.db", batches))


async def measure(server: Server, path: Path, batches: Sequence[Sequence[Record]]) -> list[Row]:
    """Fill each store with *batches*."""
    store = await open_postgres(place(server, "room"))
    # A record of each day: to make its table is measured by itself.
    days = {record.created_at // DAY_SECONDS: record for batch in batches for record in batch}
    before = time.perf_counter()
    await store.add(list(days.values()))
    made = (time.perf_counter() - before) / len(days)
    added = await filled(store, batches)
    size = sum(size_of(server, "room").values())
    before = time.perf_counter()
    await store.expire(UnixTime((batches[0][0].created_at // DAY_SECONDS + 1) * DAY_SECONDS))
    dropped = time.perf_counter() - before
    await store.aclose()
    # The tables of a store, in which nothing was.
    await (await open_postgres(place(server, "copied"))).aclose()
    for day in days:
        ask(server.address, f"CREATE TABLE copied.record_{day} PARTITION OF copied.record FOR VALUES IN ({day})")
    ask(server.address, "CREATE TABLE copied.bare AS SELECT * FROM copied.record")
    copied, bare = copy(server, "record", batches), copy(server, "bare", batches)
    sqlite = await open_sqlite(str(path))
    in_file = await filled(sqlite, batches)
    await sqlite.aclose()
    return [
        (f"PostgreSQL: add, {BATCH} a batch", added, PACE),
        (f"SQLite: add, {BATCH} a batch", in_file, PACE),
        (f"COPY of the same rows into the same tables, {BATCH} a transaction", copied, PACE),
        ("COPY of the same rows into a table without indexes", bare, PACE),
        ("PostgreSQL: bytes on disk", size / RECORDS, "bytes/record"),
        ("SQLite: bytes on disk", path.stat().st_size / RECORDS, "bytes/record"),
        ("PostgreSQL: make the table of a day", made * 1e3, "ms"),
        ("PostgreSQL: drop a day", dropped * 1e3, "ms"),
    ]


async def filled(store: Store, batches: Sequence[Sequence[Record]]) -> float:
    """Give how many records a second *store* takes."""
    before = time.perf_counter()
    for batch in batches:
        await store.add(batch)
    return sum(map(len, batches)) / (time.perf_counter() - before)


def copy(server: Server, table: str, batches: Sequence[Sequence[Record]]) -> float:
    """Give how many rows a second plain COPY writes into *table*."""
    rows = [[row_of(record) for record in batch] for batch in batches]
    with psycopg.connect(server.address, autocommit=True) as connection, connection.cursor() as cursor:
        before = time.perf_counter()
        for batch in rows:
            with (
                connection.transaction(),
                cursor.copy(f"COPY copied.{table} ({COLUMNS}) FROM STDIN".encode()) as writer,
            ):
                for row in batch:
                    writer.write_row(row)
        return sum(map(len, rows)) / (time.perf_counter() - before)


def place(server: Server, schema: str) -> str:
    """Say where the store in *schema* is."""
    return f"{server.address}&schema={schema}".removeprefix("postgresql:")


def size_of(server: Server, schema: str) -> dict[str, int]:
    """Give what each table of *schema* takes with its indexes, in bytes."""
    tables = f"FROM pg_tables WHERE schemaname = '{schema}'"
    sizes = f"SELECT tablename, pg_total_relation_size('{schema}.' || tablename) {tables}"
    return {str(name): int(str(size)) for name, size in ask(server.address, sizes)}


def write(address: str, count: int) -> None:
    """Fill a room, as one process of several."""

    async def writing() -> None:
        store = await open_postgres(address)
        for batch in in_batches(count):
            await store.add(batch)
        await store.aclose()

    asyncio.run(writing())


def main() -> None:
    """Let processes write, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_postgres", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, metavar="N", help="in all")
    parser.add_argument("--processes", type=int, default=3, metavar="N", help="each fills a room")
    options = parser.parse_args()
    programs = find_server()
    if programs is None:
        parser.error("PostgreSQL is not installed: as root, `make networks` fetches it")
    count = options.records // options.processes
    with running(programs, is_durable=True) as server:
        rooms = [f"room{number}" for number in range(options.processes)]
        writing = [multiprocessing.Process(target=write, args=(place(server, room), count)) for room in rooms]
        before = time.perf_counter()
        for process in writing:
            process.start()
        for process in writing:
            process.join()
        spent = time.perf_counter() - before
        size = sum(sum(size_of(server, room).values()) for room in rooms)
        print(f"{count * options.processes:,} records by {options.processes} processes: {spent:,.0f} s,", end=" ")
        print(
            f"{count * options.processes / spent:,.0f} records/s, {size / count / options.processes:,.0f} bytes/record"
        )
        print(asyncio.run(dropping(server, rooms[0])))


async def dropping(server: Server, room: str) -> str:
    """Let the first full day of a room expire, and say what that took."""
    store = await open_postgres(place(server, room))
    days = sorted(each.day for each in {each.day: each for each in await store.sums()}.values())
    before = time.perf_counter()
    count = await store.expire(UnixTime((days[1] + 1) * DAY_SECONDS))
    spent = time.perf_counter() - before
    await store.aclose()
    return f"two days of {count:,} records dropped in {spent * 1e3:,.0f} ms"


if __name__ == "__main__":
    main()
