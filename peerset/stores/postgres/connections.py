"""Connections to a database, which the rooms of an event loop share: few, however many rooms there are."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import psycopg

from peerset.errors import StoreError
from peerset.stores.postgres.shape import STALLED_SECONDS_MAX, Cursor

CONNECTIONS_MAX: Final = 4
"""To one database, under one name; what is asked beyond them waits for its turn."""
CONNECT_SECONDS_MAX: Final = 10

T = TypeVar("T")

_Connection = psycopg.Connection[tuple[Any, ...]]


class LostError(StoreError):
    """The database cannot be reached, or went away in the middle: what was saved is not known."""


class Connections:
    """Up to *most* connections to *address*, made when they are wanted; the database knows each as *called*."""

    def __init__(self, address: str, called: str, *, most: int = CONNECTIONS_MAX) -> None:
        self._address = address
        self._called = called
        self._threads = ThreadPoolExecutor(max_workers=most, thread_name_prefix="peerset-postgres")
        self._idle: list[_Connection] = []
        self._users = 0

    def enter(self) -> "Connections":
        """Count one more who uses them."""
        self._users += 1
        return self

    async def leave(self) -> None:
        """Count one less; the last one hangs up."""
        self._users -= 1
        if not self._users:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._hang_up)
            self._threads.shutdown(wait=False)

    @property
    def is_used(self) -> bool:
        """Somebody has not left."""
        return self._users > 0

    async def transact(self, work: Callable[[Cursor], T]) -> T:
        """Do *work* in one transaction, on one of the connections; it is done whole even when its caller is cancelled.

        Raises:
            LostError: the database is not there, or went away; its cause is the driver's error.
            psycopg.Error: the database refuses.

        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[Cursor], T]) -> T:
        connection = self._take()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                return work(cursor)
        except (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout) as error:
            if connection.closed:
                # The others are most likely gone, too.
                self._hang_up()
                raise LostError(str(error)) from error
            raise
        finally:
            if not connection.closed:
                self._idle.append(connection)

    def _take(self) -> _Connection:
        with suppress(IndexError):
            return self._idle.pop()
        try:
            connection = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS_MAX,
                tcp_user_timeout=30_000,
                application_name=self._called,
            )
            stalled = f"{STALLED_SECONDS_MAX}s"
            connection.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", (stalled,))
        except psycopg.OperationalError as error:
            raise LostError(str(error)) from error
        return connection

    def _hang_up(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


# A piece of module state, as `peerset.room.host` has one: rooms joined by separate calls share them.
_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Connections]] = WeakKeyDictionary()


def shared_connections(address: str, called: str) -> Connections:
    """Give the running loop's connections to *address* under the name *called*; who was given them leaves them."""
    ours = _shared.setdefault(asyncio.get_running_loop(), {})
    found = ours.get((address, called))
    if found is None or not found.is_used:
        found = ours[address, called] = Connections(address, called)
    return found.enter()
