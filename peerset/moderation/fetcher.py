"""The content of shells, fetched again: what was given up for lack of space, and not what our user destroyed."""

import asyncio
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.lookup import find_id
from peerset.core.record import Record, RecordId
from peerset.core.typed import AnyId, several, short_id
from peerset.errors import ConfigError
from peerset.ports import Store
from peerset.protocol.claims import Claims
from peerset.protocol.events import FetchFailed, Happening, RecordDeleted, RecordRejected, RecordsAdded, SaveDelayed
from peerset.protocol.inputs import Input, Wanted

FETCHED_AT_ONCE: Final = 256


class Fetcher:
    """Asks neighbours for the content of shells of *store*, by *act*, and hears by `take` what becomes of it.

    *claims* are what is known by name alone.
    """

    def __init__(
        self,
        store: Store,
        claims: Claims | None,
        *,
        purged: Container[RecordId],
        act: Callable[[Input], None],
        check_open: Callable[[], None],
    ) -> None:
        self._store = store
        self._claims = claims
        self._purged = purged
        self._act = act
        self._check_open = check_open
        self._waiting: dict[asyncio.Event, set[RecordId]] = {}
        """What each call still waits for."""

    async def fetch(self, ids: AnyId | Iterable[AnyId]) -> list[Record]:
        """Ask for the content of *ids*; give those that are whole now.

        Raises:
            ConfigError: one is not here, or was purged by our user, or several begin so.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        asked = [await self._find(each) for each in several("ids", ids, singles=(str, bytes, Record))]
        for start in range(0, len(asked), FETCHED_AT_ONCE):
            await self.bring(asked[start : start + FETCHED_AT_ONCE])
            self._check_open()
        return await self._store.get(asked)

    async def bring(self, ids: Sequence[RecordId]) -> None:
        """Ask for the content of those of *ids* that have none here, and wait until each came or comes no more.

        Raises:
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        wires = await self._store.wires(ids)
        shells = await self._store.named([each for each, wire in zip(ids, wires, strict=True) if not wire])
        entries = tuple((shell.created_at, shell.id) for shell in shells if shell.id in ids)
        claimed = () if self._claims is None else self._claims.all
        entries += tuple((UnixTime(created_at), RecordId(each)) for created_at, each in claimed if each in ids)
        self._check_open()
        if not entries:
            return
        done = asyncio.Event()
        self._waiting[done] = {record_id for _, record_id in entries}
        try:
            self._act(Wanted(entries))
            await done.wait()
        finally:
            del self._waiting[done]

    def take(self, event: Happening) -> None:
        """Follow what comes, and what comes no more."""
        if self._waiting:
            ended = _ended(event)
            for done, left in self._waiting.items():
                left.difference_update(ended)
                if not left:
                    done.set()

    def close(self) -> None:
        """Let nobody wait any more."""
        for done in self._waiting:
            done.set()

    async def _find(self, given: object) -> RecordId:
        claimed = [] if self._claims is None else [RecordId(record_id) for _, record_id in self._claims.all]
        found = await find_id(given, self._store, also=claimed)
        if found is None or not (found in claimed or await self._store.named([found])):
            raise ConfigError(f"there is no record {short_id(given)} here")
        if found in self._purged:
            raise ConfigError(f"record {found.hex()[:8]} was purged here, for good")
        return found


def _ended(event: Happening) -> tuple[RecordId, ...]:
    """Give what came, or comes no more, by *event*."""
    match event:
        case RecordsAdded(news):
            return tuple([record.id for record, _ in news])
        case RecordRejected(record_id) | RecordDeleted(record_id):
            return (record_id,)
        case FetchFailed(ids) | SaveDelayed(_, ids):
            return ids
        case _:
            return ()
