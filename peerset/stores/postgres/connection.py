"""The way to a room's schema in a PostgreSQL database, on a thread of its own."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import psycopg

from peerset.errors import StoreError
from peerset.stores.postgres.place import Place
from peerset.stores.postgres.shape import MIGRATIONS, Cursor, Migration, check_lease, is_committed, lock, prepare

CONNECT_SECONDS_MAX: Final = 10
AWAY_TRIES_MAX: Final = 90
"""Of a call whose database went away: one a second, and those that take longer."""

logger = logging.getLogger(__name__)

T = TypeVar("T")


class PostgresSchema:
    """A schema, and one connection to it, which is made anew when it breaks."""

    def __init__(self, place: Place, *, migrations: Sequence[Migration] = MIGRATIONS, called: str = "") -> None:
        self._place = place
        self._called = called or place.holder or "peerset"
        self._migrations = migrations
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="peerset-postgres")
        self._closing = threading.Event()

    @property
    def name(self) -> str:
        """What it is called in the database."""
        return self._place.schema

    def __str__(self) -> str:
        """Name it without what is secret in its address."""
        return f"store in PostgreSQL, schema {self.name}"

    async def open(self) -> None:
        """Reach the database, and make the tables.

        Raises:
            StoreError: it cannot be reached, or what is there is no store of this version.

        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._explained, self._connect)
        # Whoever had it before, and writes at this moment, is waited for.
        await self.write(lambda _: None)

    async def aclose(self) -> None:
        """Finish what was asked, then part from the database; may be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            await asyncio.get_running_loop().run_in_executor(self._thread, self._part)
            self._thread.shutdown(wait=False)

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Give what *sql* gives."""
        return await self.read(lambda cursor: cursor.execute(sql.encode(), parameters).fetchall())

    async def write(self, work: Callable[[Cursor], T]) -> T:
        """Do *work* in one transaction, while nobody else writes to this schema; what was saved is not done twice.

        Raises:
            StoreError: the database is away for too long, or refuses; another node has the room; or this is closed.

        """
        tried: list[tuple[int, T]] = []

        def locked(cursor: Cursor) -> T:
            # Whoever has the lock waited for the end of the transaction whose answer was lost.
            number = lock(cursor)
            if tried and is_committed(cursor, tried[-1][0]):
                return tried[-1][1]
            if self._place.holder:
                check_lease(cursor, self._place.fleet, self._place.holder)
            answer = work(cursor)
            tried.append((number, answer))
            return answer

        return await self.read(locked)

    async def read(self, work: Callable[[Cursor], T]) -> T:
        """Do *work* in one transaction; it may be done twice.

        Raises:
            StoreError: the database is away for too long, or refuses; or this is closed.

        """
        if self._closing.is_set():
            raise StoreError(f"the {self} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._explained, self._persist, work)

    def _explained(self, work: Callable[..., T], *arguments: object) -> T:
        try:
            return work(*arguments)
        except psycopg.Error as error:
            raise StoreError(f"the {self}: {_advice(error)} ({_first_line(error)})") from error
        except StoreError as error:
            raise StoreError(f"the {self}: {error}") from error

    def _persist(self, work: Callable[[Cursor], T]) -> T:
        for tries in range(AWAY_TRIES_MAX):
            try:
                return self._try(work)
            except (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout) as error:
                connection = self._connection
                if connection is not None and not connection.closed:
                    raise
                if not tries:
                    logger.warning("the %s is away: it is waited for (%s)", self, _first_line(error))
                if self._closing.wait(1):
                    raise
        return self._try(work)

    def _try(self, work: Callable[[Cursor], T]) -> T:
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connect()
        with connection.transaction(), connection.cursor() as cursor:
            return work(cursor)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        self._connection = None
        connection = psycopg.connect(
            self._place.address,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS_MAX,
            tcp_user_timeout=30_000,
            application_name=self._called,
        )
        try:
            with connection.transaction(), connection.cursor() as cursor:
                prepare(cursor, self.name, self._migrations)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _part(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _advice(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.DiskFull):
        return "the disk of the database is full: free some space"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "its user may not do this: let it own the schema, or create it"
    if isinstance(error, psycopg.OperationalError):
        return "the database cannot be reached: see that it runs, and that address and password are right"
    return "the database refused"


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
