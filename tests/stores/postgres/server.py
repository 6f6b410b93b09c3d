"""A real PostgreSQL server in a temporary folder, reached by a socket in it alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from peerset.stores.postgres.store import PostgresStore, open_postgres

OWNER = "nobody"
"""Who runs it when the tests are root's: the server refuses to."""


def find_server() -> Path | None:
    """Give the folder of the server's programs, the newest; None when it is not installed."""
    found = shutil.which("postgres")
    folders = [Path(found).parent] if found else list(Path("/usr/lib/postgresql").glob("*/bin"))
    return max((each for each in folders if (each / "initdb").exists()), default=None)


def do_without(environment: Mapping[str, str], *, user: int) -> NoReturn:
    """Skip the test that needs a server; fail for root, who may fetch one, and in CI, where skips are not read."""
    words = "PostgreSQL is not installed: as root, `make networks` fetches it"
    if environment.get("CI") or user == 0:
        pytest.fail(words)
    pytest.skip(words)


@dataclass(frozen=True)
class Server:
    """A cluster of databases in a folder."""

    programs: Path
    folder: Path

    @property
    def address(self) -> str:
        """Give where it is; ``&schema=`` may be added."""
        return f"postgresql://peerset@/postgres?host={self.folder}"

    def make(self) -> None:
        """Write the cluster."""
        self._run("initdb", "-U", "peerset", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Begin to serve; done when it takes connections."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c shared_buffers=16MB"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "data" / "server.log"), "-o", options, "start")

    def stop(self, how: str) -> None:
        """End it: ``fast`` hangs up, ``immediate`` is a crash."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        user = OWNER if os.geteuid() == 0 else None
        with (self.folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.folder, user=user)


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Run a server."""
    server = Server(programs, Path(tempfile.mkdtemp(prefix="peerset-pg-")))
    if os.geteuid() == 0:
        shutil.chown(server.folder, OWNER)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(server.folder)


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
