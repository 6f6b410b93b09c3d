"""One SQLite file on a thread of its own; what goes wrong there comes out as a `StoreError` that says what to do."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite

from peerset.errors import ConfigError, StoreError
from peerset.stores.cache import limit_cache
from peerset.stores.indexed.asking import confine
from peerset.stores.jotter import Jotter
from peerset.stores.nearby import Nearby, Turn
from peerset.stores.place import Place
from peerset.stores.schema import check, prepare
from peerset.stores.space import limit_size

T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
"""How long a call waits for another process to let go of the file."""

CACHED_STATEMENTS: Final = 512
"""Queries ask each span of an index by a statement of its own."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_DAMAGED: Final = (
    "the file is damaged, or no SQLite database: move it away and join again, "
    "then the records come back from the other peers"
)
_HELD: Final = "another program holds the file (a second peerset with the same store?): stop it and try again"
_FORBIDDEN: Final = "the file or its folder may not be written: check their owner and permissions"

_ERRORS: Final = (sqlite3.Error, UnicodeError)
"""The module fails to say what SQLite says of a damaged file when that quotes it."""

_ADVICE: Final = {
    sqlite3.SQLITE_FULL: "the disk, or the size allowed to this store, is full: free some space and try again",
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_AUTH: _FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: _FORBIDDEN,
    sqlite3.SQLITE_IOERR: "the disk reported an error: check it, and that it is not full or unplugged",
}
"""SQLite's primary result code -> what the user can do about it."""


async def open_file(
    path: Path,
    *,
    busy_seconds: float = BUSY_SECONDS,
    size_max_bytes: int | None = None,
    is_read_only: bool = False,
) -> "SQLiteFile":
    """Open the store file at *path*, and make it unless *is_read_only*; past *size_max_bytes* it is full.

    Raises:
        ConfigError: *path* cannot be a path.
        StoreError: the file cannot be opened, or is no store that this version can use.

    """
    if is_read_only:
        connect = partial(_connect_reading, path, busy_seconds)
    else:
        connect = partial(_connect, path, busy_seconds, size_max_bytes)
    thread = _Thread(connect, iter_chunk_size=1)
    opening = asyncio.create_task(_start(thread), name=f"open {path}")
    try:
        await asyncio.wait([opening])
    except asyncio.CancelledError:
        # The thread is in the middle of it: let it finish, then undo it.
        await asyncio.wait([opening])
        if opening.exception() is None:
            await thread.close()
        raise
    opening.result()
    thread.place = Place(path, connect)
    return SQLiteFile(path, thread, busy_seconds, size_max_bytes, is_read_only=is_read_only)


class SQLiteFile:
    """An open file. Make one with `open_file`."""

    def __init__(
        self, path: Path, thread: "_Thread", busy_seconds: float, size_max_bytes: int | None, *, is_read_only: bool
    ) -> None:
        self.path = path
        self.is_read_only = is_read_only
        self._thread = thread
        self._reader = _Reader(path, partial(_connect_reading, path, busy_seconds))
        self._asker = _Reader(path, partial(_connect_asking, path, busy_seconds))
        # Whoever holds the file up is waited for elsewhere.
        self._nearby = Nearby(path, partial(_connect_reading, path, 0, is_of_many_threads=True))
        self._turn = Turn()
        connect = partial(_connect_jotting, path, size_max_bytes)
        self.jotter = Jotter(path, connect, lambda: self._run(lambda _: None), size_max_bytes)
        self._is_closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give what *work* returns; it runs on the file's thread, after all work given before.

        Work once given is done even when the caller is cancelled, so a transaction is never left half open. A file that
        was moved away or deleted meanwhile is put back first: SQLite itself would write on into what nobody sees.

        Raises:
            StoreError: the file is closed, or SQLite reports an error.

        """
        self._check_open()
        return await self._run(work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give what *work* returns, which only reads; it runs on a thread and a connection of its own.

        It sees what was written by calls of `run` that have returned, and holds up none of those to come.

        Raises:
            StoreError: the file is closed, or SQLite reports an error.

        """
        await self._settle_first()
        try:
            thread = await self._reader.thread()
            if thread is None:
                # A file that was moved away is put back by the thread that writes.
                return await self.run(work)
            return await thread.run(partial(self._read_beside, work))
        except _ERRORS as error:
            raise self._explained(error) from error

    def glance(self, work: Callable[[sqlite3.Connection], T | None]) -> T | None:
        """Give what *work*, which reads but little, returns at once; None when it is to be asked by `read`.

        It sees what `read` would. It may run in part only.
        """
        if self._is_closed or not self.jotter.is_empty or not self._turn.has_time():
            return None
        return self._nearby.ask(work)

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give what *work*, which runs SQL of the user's own, returns.

        It runs on a connection that `peerset.stores.indexed.asking.confine` prepared, on a thread of its own.

        Raises:
            StoreError: the file is closed, or SQLite reports an error.

        """
        await self._settle_first()
        try:
            thread = await self._asker.thread()
            if thread is None:
                # A file that was moved away is put back by the thread that writes.
                await self.run(lambda _: None)
                thread = await self._asker.thread()
            if thread is None:
                raise StoreError(f"the store {self.path} cannot be opened once more to be read")
            return await thread.run(work)
        except _ERRORS as error:
            raise self._explained(error) from error

    async def keep_private(self) -> None:
        """Let nobody but its owner read the file, nor those that SQLite keeps beside it.

        Raises:
            StoreError: its mode cannot be changed.

        """
        await self.run(lambda _: self._close_to_others())

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        thread = self._thread
        try:
            return await thread.run(lambda db: work(self.jotter.settled(thread.present() or db)))
        except _ERRORS as error:
            raise self._explained(error) from error

    async def _settle_first(self) -> None:
        self._check_open()
        if not self.jotter.is_empty:
            await self._run(lambda _: None)

    def _read_beside(self, work: Callable[[sqlite3.Connection], T], db: sqlite3.Connection) -> T:
        """Do *work* on the thread that reads, and open there what answers the next time."""
        if self._nearby.is_wanted and not self._is_closed:
            self._nearby.open()
        return work(db)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError(f"the store {self.path} is closed")

    def _explained(self, error: Exception) -> StoreError:
        return _explain(f"cannot use the store {self.path}", error)

    def _close_to_others(self) -> None:
        try:
            for path in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
                if path.exists() and path.stat().st_mode & OTHERS:
                    path.chmod(path.stat().st_mode & ~OTHERS)
        except OSError as error:
            raise StoreError(f"the store {self.path} cannot be kept from others: {error.strerror}") from error

    async def aclose(self) -> None:
        """Finish the work already given, then close; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        await self.jotter.aclose()
        await self._reader.aclose()
        await self._asker.aclose()
        self._nearby.close()
        await self._thread.close()


class _Thread(aiosqlite.Connection):
    """aiosqlite's connection, which runs a whole transaction as one piece of work.

    aiosqlite itself makes one hop to its thread for every statement (70-110 microseconds each, measured), and a
    caller cancelled between two of them would leave a transaction open.
    """

    stopped: "asyncio.Future[object] | None" = None
    place: "Place | None" = None

    def present(self) -> sqlite3.Connection | None:
        """Give another connection when the file is no longer where it was and had to be put back; on the thread."""
        if self.place is None or self.place.is_taken():
            return None
        self._connection = self.place.put_back(self._conn)
        return self._connection

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give what *work* returns."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call] # aiosqlite leaves it untyped
        return result

    def stop(self) -> "asyncio.Future[object] | None":
        """End the thread; remember the future that says when."""
        self.stopped = super().stop()
        return self.stopped


class _Reader:
    """A second connection to the file, on a thread of its own, opened when it is first needed."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._opening: asyncio.Task[_Thread] | None = None
        self._status: os.stat_result | None = None
        """Which file it is."""

    async def thread(self) -> _Thread | None:
        """Give the thread; None when the file is not where it was."""
        if self._opening is None:
            self._status = _status_of(self._path)
            self._opening = asyncio.create_task(self._open(), name=f"open {self._path} to read")
        if not self._opening.done():
            # Whoever is cancelled while it waits leaves the opening to the others.
            await asyncio.wait([self._opening])
        if self._opening.exception() is None and _is_same(_status_of(self._path), self._status):
            return self._opening.result()
        await self.aclose()
        return None

    async def aclose(self) -> None:
        """Finish the work already given, then close."""
        opening, self._opening = self._opening, None
        if opening is not None:
            await asyncio.wait([opening])
            if opening.exception() is None:
                await opening.result().close()

    async def _open(self) -> _Thread:
        thread = _Thread(self._connect, iter_chunk_size=1)
        await _start(thread)
        return thread


def _status_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


async def _start(thread: _Thread) -> None:
    try:
        await thread
    except BaseException:
        # aiosqlite stops its thread without waiting; one that outlives the loop would fail to report its end.
        if thread.stopped is not None:
            await thread.stopped
        raise


def _connect(
    path: Path, busy_seconds: float, size_max_bytes: int | None, *, is_of_many_threads: bool = False
) -> sqlite3.Connection:
    with _explaining(f"cannot open the store {path}"):
        _check_path(path)
        # Without an isolation level the module begins no transaction of its own.
        db = sqlite3.connect(
            path.absolute(), timeout=busy_seconds, isolation_level=None, check_same_thread=not is_of_many_threads
        )
        try:
            prepare(db)
            limit_size(db, size_max_bytes)
        except BaseException:
            db.close()
            raise
        return db


def _connect_reading(path: Path, busy_seconds: float, *, is_of_many_threads: bool = False) -> sqlite3.Connection:
    with _explaining(f"cannot open the store {path}"):
        _check_path(path)
        log = path.with_name(f"{path.name}-wal")
        # Beside what nobody can write, SQLite can keep no index of the log; without a log there is nothing to index.
        is_still = not os.access(path.absolute().parent, os.W_OK) and not (log.exists() and log.stat().st_size)
        address = f"{path.absolute().as_uri()}?{'immutable=1' if is_still else 'mode=ro'}"
        db = sqlite3.connect(
            address,
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=not is_of_many_threads,
            uri=True,
            cached_statements=CACHED_STATEMENTS,
        )
        try:
            check(db)
            limit_cache(db)
        except BaseException:
            db.close()
            raise
        return db


def _connect_jotting(path: Path, size_max_bytes: int | None) -> sqlite3.Connection:
    db = _connect(path, 0, size_max_bytes, is_of_many_threads=True)
    # What waits for the disk is done by the file's own thread.
    db.execute("PRAGMA wal_autocheckpoint = 0")
    return db


def _connect_asking(path: Path, busy_seconds: float) -> sqlite3.Connection:
    db = _connect_reading(path, busy_seconds)
    try:
        confine(db)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def _explaining(subject: str) -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        raise _explain(subject, error) from error
    except StoreError as error:
        raise StoreError(f"{subject}: {error}") from error


def _check_path(path: Path) -> None:
    if "\0" in str(path):
        raise ConfigError(f"the path {str(path)!r} has a NUL character")
    if path.is_dir():
        raise StoreError(f"it is a folder; name a file, for example {path / 'room.db'}")
    if not path.absolute().parent.is_dir():
        raise StoreError(f"the folder {path.absolute().parent} does not exist: create it first")


def _explain(subject: str, error: Exception) -> StoreError:
    # An extended result code holds the primary one in its lowest byte. Errors of the module itself have none.
    unknown = sqlite3.SQLITE_CORRUPT if isinstance(error, UnicodeError) else sqlite3.SQLITE_ERROR
    code = getattr(error, "sqlite_errorcode", unknown) & 0xFF
    return StoreError(f"{subject}: {_ADVICE.get(code, 'SQLite refused')} ({error})")
