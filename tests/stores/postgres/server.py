"""A real PostgreSQL server in a temporary folder, reached by a socket in it alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg

from peerset.stores.postgres.store import PostgresStore, open_postgres

OWNER = "nobody"
"""Who runs it when the tests are root's: the server refuses to."""


def find_server() -> Path | None:
    """Give the folder of the server's programs, the newest; None when it is not installed."""
    found = shutil.which("postgres")
    folders = [Path(found).parent] if found else list(Path("/usr/lib/postgresql").glob("*/bin"))
    return max((each for each in folders if (each / "initdb").exists()), default=None)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server; the value is its address, to which ``&schema=`` may be added."""
    folder = Path(tempfile.mkdtemp(prefix="peerset-pg-"))
    is_root = os.geteuid() == 0
    if is_root:
        shutil.chown(folder, OWNER)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        with (folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=folder, user=OWNER if is_root else None)

    try:
        run("initdb", "-U", "peerset", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        run("pg_ctl", "-w", "-l", str(data / "server.log"), "-o", options, "start")
        try:
            yield f"postgresql://peerset@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[PostgresStore]:
    store = await open_postgres(address.removeprefix("postgresql:"))
    try:
        yield store
    finally:
        await store.aclose()


def ask(server: str, sql: str) -> list[tuple[object, ...]]:
    """Ask the database behind the store's back."""
    with psycopg.connect(server.partition("&schema")[0], autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []
