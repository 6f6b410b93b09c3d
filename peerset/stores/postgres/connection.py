"""The way to a room's schema in a PostgreSQL database: one transaction after the other, and again what was lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg

from peerset.errors import StoreError
from peerset.stores.postgres.connections import Connections, LostError, shared_connections
from peerset.stores.postgres.hearing import Hearing, shared_hearing
from peerset.stores.postgres.place import Place
from peerset.stores.postgres.shape import MIGRATIONS, Cursor, Migration, check, enter, is_committed, lock, prepare

AWAY_SECONDS_MAX: Final = 90.0
"""For so long a call waits for a database that went away, and for others who write to the schema."""
TRIED_SECONDS: Final = 1.0
"""So often it is tried whether it is back."""

PROGRAM: Final = "peerset"
"""What the database knows those connections as that are no node's."""

logger = logging.getLogger(__name__)

T = TypeVar("T")


class PostgresSchema:
    """A schema, reached by *connections*, those of the event loop without any: what is asked of it is done in order."""

    def __init__(
        self, place: Place, *, migrations: Sequence[Migration] = MIGRATIONS, connections: Connections | None = None
    ) -> None:
        self._place = place
        self._migrations = migrations
        self._connections = (
            connections.enter() if connections else shared_connections(place.address, place.holder or PROGRAM)
        )
        self._turns = asyncio.Lock()
        self._calls: set[asyncio.Task[Any]] = set()
        self._closing = asyncio.Event()

    @property
    def name(self) -> str:
        """What it is called in the database."""
        return self._place.schema

    def hear(self) -> Hearing:
        """Give what is heard of its database; whoever asks heeds it at once."""
        return shared_hearing(self._place.address, self._place.holder or PROGRAM)

    def __str__(self) -> str:
        """Name it without what is secret in its address."""
        return f"store in PostgreSQL, schema {self.name}"

    async def open(self) -> None:
        """Reach the database, and make the tables.

        Raises:
            StoreError: it cannot be reached, or what is there is no store of this version.

        """
        await self._own(self._prepare())
        # Whoever had it before, and writes at this moment, is waited for.
        await self.write(lambda _: None)

    async def aclose(self) -> None:
        """Finish what was asked, then part from the database; may be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            if self._calls:
                await asyncio.wait(self._calls)
            await self._connections.leave()

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Give what *sql* gives."""
        return await self.read(lambda cursor: cursor.execute(sql.encode(), parameters).fetchall())

    async def write(
        self, work: Callable[[Cursor], T], *, then: Callable[[T], Callable[[Cursor], object] | None] = lambda _: None
    ) -> T:
        """Do *work* in one transaction, while nobody else writes to this schema; what was saved is not done twice.

        What *then* gives of its answer is tried once it is saved, in a transaction of its own.

        Raises:
            StoreError: the database is away for too long, or refuses; another node has the room; or this is closed.

        """
        tried: list[tuple[int, T]] = []

        def locked(cursor: Cursor) -> T:
            # Whoever has the lock waited for the end of the transaction whose answer was lost.
            number = lock(cursor, self.name)
            if tried and is_committed(cursor, tried[-1][0]):
                return tried[-1][1]
            check(cursor, self._migrations, self._place.fleet, self._place.holder)
            answer = work(cursor)
            tried.append((number, answer))
            return answer

        return await self._call(locked, then)

    async def read(self, work: Callable[[Cursor], T]) -> T:
        """Do *work* in one transaction; it may be done twice.

        Raises:
            StoreError: the database is away for too long, or refuses; or this is closed.

        """

        def entered(cursor: Cursor) -> T:
            enter(cursor, self.name)
            return work(cursor)

        return await self._call(entered)

    async def _call(
        self, work: Callable[[Cursor], T], then: Callable[[T], Callable[[Cursor], object] | None] = lambda _: None
    ) -> T:
        """Do *work* after what was asked before; it comes to its end even when its caller is cancelled."""
        if self._closing.is_set():
            raise StoreError(f"the {self} is closed")
        return await self._own(self._persist(work, then))

    async def _own(self, work: Coroutine[Any, Any, T]) -> T:
        """Bring *work* to its end, which `aclose` waits for, though its caller be cancelled."""
        call = asyncio.create_task(work, name="asking a database")
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.shield(call)

    async def _prepare(self) -> None:
        try:
            await self._connections.transact(lambda cursor: prepare(cursor, self.name, self._migrations))
        except (StoreError, psycopg.Error) as error:
            raise self._explained(error) from error

    async def _persist(self, work: Callable[[Cursor], T], then: Callable[[T], Callable[[Cursor], object] | None]) -> T:
        async with self._turns:
            answer = await self._try(work)
            if (rest := then(answer)) is not None:
                with suppress(StoreError, psycopg.Error):
                    await self._connections.transact(rest)
            return answer

    async def _try(self, work: Callable[[Cursor], T]) -> T:
        clock, is_first = asyncio.get_running_loop().time, True
        until = clock() + AWAY_SECONDS_MAX
        while True:
            try:
                return await self._connections.transact(work)
            except psycopg.errors.LockNotAvailable as error:
                # Others had their turn at the connection meanwhile.
                if clock() >= until or self._closing.is_set():
                    raise self._explained(error) from error
            except LostError as error:
                if clock() >= until or self._closing.is_set():
                    raise self._explained(error) from error
                if is_first:
                    logger.warning("the %s is away: it is waited for (%s)", self, _first_line(error))
                is_first = False
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), TRIED_SECONDS)
            except (StoreError, psycopg.Error) as error:
                raise self._explained(error) from error

    def _explained(self, error: StoreError | psycopg.Error) -> StoreError:
        if isinstance(error, LostError):
            return StoreError(f"the {self}: {_AWAY} ({_first_line(error)})")
        if isinstance(error, StoreError):
            return StoreError(f"the {self}: {error}")
        return StoreError(f"the {self}: {_advice(error)} ({_first_line(error)})")


_AWAY: Final = "the database cannot be reached: see that it runs, and that address and password are right"


def _advice(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.DiskFull):
        return "the disk of the database is full: free some space"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "its user may not do this: let it own the schema, or create it"
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return "others write to it for too long, or read what is to go: see what they do"
    return "the database refused"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
