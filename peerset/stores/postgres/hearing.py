"""One connection that hears, for all rooms of an event loop, in which schemas of a database something changed."""

import asyncio
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg

from peerset.daemon import DaemonThread
from peerset.stores.postgres.connections import CONNECT_SECONDS_MAX
from peerset.stores.postgres.shape import Cursor

CHANNEL: Final = "peerset"
TRIED_SECONDS: Final = 1.0
"""So often it is tried to hear again what cannot be heard."""

Heed = Callable[[bytes, int], object]
"""Is told who changed something, and the number of that; of nobody and 0 when something may have been missed."""


def say(cursor: Cursor, schema: str, writer: bytes, number: int) -> None:
    """Tell all who hear that *writer* made the change *number* in *schema*."""
    cursor.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{schema} {writer.hex()} {number}"))


class Hearing:
    """Listens at *address*, known there as *called*, while anybody heeds a schema."""

    def __init__(self, address: str, called: str, *, over: Callable[[], object]) -> None:
        self._over = over
        self._address = address
        self._called = called
        self._heeding: dict[str, list[Heed]] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = DaemonThread("peerset-hearing")
        self._waking, self._wakes = socket.socketpair()
        self._thread.submit(self._listen)

    def heed(self, schema: str, heed: Heed) -> None:
        """Tell *heed* of what changes in *schema*."""
        self._heeding.setdefault(schema, []).append(heed)

    def ignore(self, schema: str, heed: Heed) -> None:
        """Tell *heed* nothing more; the last one ends it."""
        self._heeding[schema].remove(heed)
        if not self._heeding[schema]:
            del self._heeding[schema]
        if not self._heeding:
            self._over()
            self._waking.close()
            self._thread.shutdown()

    def _listen(self) -> None:
        """Hear until nobody heeds; a connection that breaks is made anew."""
        with self._wakes, selectors.DefaultSelector() as waiting:
            waiting.register(self._wakes, selectors.EVENT_READ)
            while True:
                with suppress(psycopg.Error, OSError), self._connect() as connection:
                    if self._hear(connection):
                        return
                if waiting.select(TRIED_SECONDS):
                    return

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS_MAX,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            application_name=self._called,
        )

    def _hear(self, connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
        """Hand on what is heard until nobody heeds, which is True; raises what the driver does when it breaks."""
        connection.execute(f"LISTEN {CHANNEL}".encode())
        # Nobody knows what was said before.
        self._hand_on(None, b"", 0)
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._wakes, selectors.EVENT_READ)
            waiting.register(connection.fileno(), selectors.EVENT_READ)
            while True:
                while word := connection.pgconn.notifies():
                    self._read(word.extra)
                if any(key.fileobj is self._wakes for key, _ in waiting.select()):
                    return True
                connection.pgconn.consume_input()

    def _read(self, words: bytes) -> None:
        with suppress(ValueError):
            schema, writer, number = words.decode().split(" ")
            self._hand_on(schema, bytes.fromhex(writer), int(number))

    def _hand_on(self, schema: str | None, writer: bytes, number: int) -> None:
        # The loop may be closed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._tell, schema, writer, number)

    def _tell(self, schema: str | None, writer: bytes, number: int) -> None:
        named = [*self._heeding] if schema is None else [schema]
        for heed in [each for name in named for each in self._heeding.get(name, ())]:
            heed(writer, number)


# As connections are shared, so is this.
_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Hearing]] = WeakKeyDictionary()


def shared_hearing(address: str, called: str) -> Hearing:
    """Give what the running loop hears of *address* under the name *called*; whoever asks heeds it at once."""
    ours, key = _shared.setdefault(asyncio.get_running_loop(), {}), (address, called)
    if key not in ours:
        ours[key] = Hearing(address, called, over=lambda: ours.pop(key))
    return ours[key]
