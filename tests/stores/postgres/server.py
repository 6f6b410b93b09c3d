"""A real PostgreSQL server in a temporary folder, reached by a socket in it alone."""

import os
import pwd
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
SMALL = "small"
TABLES = ("meta", "record", "mark", "note", "refused", "day_sum", "change")
"""What holds anything of a store."""


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
    prelude: tuple[str, ...] = ()
    """What runs the command that starts it."""
    is_durable: bool = False
    """What is saved survives a crash of the machine, as nobody's tests need."""

    @property
    def address(self) -> str:
        """Give where it is; ``&schema=`` may be added."""
        return f"postgresql://peerset@/postgres?host={self.folder}"

    def make(self) -> None:
        """Write the cluster."""
        self._run("initdb", "-U", "peerset", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Begin to serve; done when it takes connections."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder}"
        options += " -c shared_buffers=128MB" if self.is_durable else " -c fsync=off -c shared_buffers=16MB"
        log = str(self.folder / "data" / "server.log")
        self._run("pg_ctl", "-w", "-l", log, "-o", options, "start", prelude=self.prelude)

    def stop(self, how: str) -> None:
        """End it: ``fast`` hangs up, ``immediate`` is a crash."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str, prelude: tuple[str, ...] = ()) -> None:
        command = [*prelude, str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        user = OWNER if os.geteuid() == 0 and not prelude else None
        with (self.folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.folder, user=user)


@contextmanager
def running(programs: Path, *, small_bytes: int = 0, is_durable: bool = False) -> Iterator[Server]:
    """Run a server; with *small_bytes*, for root alone, one that sees a disk of that size at `SMALL` of its folder."""
    folder = Path(tempfile.mkdtemp(prefix="peerset-pg-"))
    prelude = _with_small_disk(folder / SMALL, small_bytes) if small_bytes else ()
    server = Server(programs, folder, prelude, is_durable=is_durable)
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


def may_mount() -> bool:
    """Tell whether disks can be made here that end with who sees them."""
    return os.geteuid() == 0 and not subprocess.run(["unshare", "--mount", "true"], check=False).returncode


def _with_small_disk(place: Path, size_bytes: int) -> tuple[str, ...]:
    """Give what runs a command as `OWNER`, who alone sees the disk at *place*: it is gone when the command is."""
    place.mkdir()
    disk = f"size={size_bytes},uid={pwd.getpwnam(OWNER).pw_uid}"
    script = f'mount -t tmpfs -o {disk} tmpfs {place} && exec setpriv --reuid={OWNER} --clear-groups "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh")


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[PostgresStore]:
    store = await open_postgres(address.removeprefix("postgresql:"))
    try:
        yield store
    finally:
        await store.aclose()


class Emptied:
    """Opens empty stores, each in a schema of its own: those of stores that were closed are emptied and used again."""

    def __init__(self, server: str, name: str) -> None:
        self._server, self._name = server, name
        self._stores: list[PostgresStore] = []

    async def open(self) -> PostgresStore:
        """Open one; to make a schema takes ten times as long as to empty it."""
        closed = (place for place, store in enumerate(self._stores) if store._schema._closing.is_set())
        place = next(closed, len(self._stores))
        schema = f"{self._name}_{place}"
        store = await open_postgres(f"{self._server}&schema={schema}".removeprefix("postgresql:"))
        if place < len(self._stores):
            await store._schema.write(
                lambda cursor: [cursor.execute(f"DELETE FROM {each}".encode()) for each in TABLES]
            )
        self._stores[place : place + 1] = [store]
        return store


def ask(server: str, sql: str) -> list[tuple[object, ...]]:
    """Ask the database behind the store's back."""
    with psycopg.connect(server.partition("&schema")[0], autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []
