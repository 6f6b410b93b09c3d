"""Carries records between a room of ours and the one that pages of the original app are in."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from peerset.bridge.effects import BridgeEffect, Say, Take
from peerset.bridge.exchange import Exchange
from peerset.bridge.limits import RECORDS_HELD_MAX
from peerset.bridge.original import Original
from peerset.bridge.partner import RECORDS
from peerset.bridge.translation import UUID_TAG, is_ours, original_of, sign_original
from peerset.core.clock import Monotonic
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_RECORD, Record, RecordId
from peerset.errors import MalformedError, TransportError
from peerset.protocol.events import (
    ActionReceived,
    ForeignPeerJoined,
    ForeignPeerLeft,
    RecordAdded,
    RecordDeleted,
    RecordHidden,
)
from peerset.room.query import Query
from peerset.room.room import Room

THEIR_APP: Final = "peerset.DB"
THEIR_ROOM: Final = "sdfjow02039ru"
THEIR_TRACKERS: Final = (
    "wss://tracker.webtorrent.dev",
    "wss://tracker.openwebtorrent.com",
    "wss://tracker.btorrent.xyz",
)
"""Those of Trystero 0.21.7, which the app leaves as they are."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a bridge has done since it began."""

    pages: int
    """Of the original app that it speaks with now."""
    taken: int = 0
    """Records of theirs that are new in our room."""
    given: int = 0
    """Records sent to pages; what several ask for counts several times."""
    refused: int = 0
    """Records of theirs that our room does not take, or that are none."""


class Bridge:
    """Joins *theirs*, the room of the app, to *ours*, in which *key* signs what comes, within *collection*.

    *tell* is called with what was done, whenever that grew. What is in *ours* already is never taken again: a record's
    id follows from what it says there, and from the key.
    """

    def __init__(
        self, theirs: Room, ours: Room, key: SecretKey, *, collection: str, tell: Callable[[Carried], None]
    ) -> None:
        self._theirs = theirs
        self._ours = ours
        self._key = key
        self._collection = collection
        self._tell = tell
        self._exchange = Exchange()
        self._uuids: dict[RecordId, str] = {}
        self._changed = asyncio.Event()
        self._taken = self._given = self._refused = 0

    @property
    def carried(self) -> Carried:
        """What was done until now."""
        return Carried(len(self._exchange.partners), self._taken, self._given, self._refused)

    async def run(self) -> None:
        """Carry until cancelled, or until one of the rooms ends.

        Raises:
            RoomClosedError: a room was left, or failed.
            StoreError: what came could not be saved.

        """
        steps = (self._follow_ours, self._follow_theirs, self._keep_time)
        loops = [asyncio.create_task(step(), name=f"bridge {step.__name__}") for step in steps]
        try:
            done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)

    async def _follow_ours(self) -> None:
        events = self._ours.events(RecordAdded, RecordDeleted, RecordHidden)
        await self._read_ours()
        async for event in events:
            match event:
                case RecordAdded(record):
                    self._hold([record])
                case RecordDeleted() | RecordHidden():
                    self._exchange.drop(self._uuids.pop(event.id, ""))
                case _:
                    # We were too slow, and some of it was passed over.
                    await self._read_ours()

    async def _read_ours(self) -> None:
        """Hold what our room has: of what the bridge signed also what is hidden, which is known all the same."""
        asked = Query(kinds=KIND_RECORD, collection=self._collection, limit=RECORDS_HELD_MAX)
        own = self._key.public_key
        members = await self._ours.members(**asked)
        self._hold(record for record in members if record.author == own and record.tag_values(UUID_TAG))
        self._hold(await self._ours.records(**asked))

    def _hold(self, records: Iterable[Record]) -> None:
        held: list[Original] = []
        for record in records:
            original = original_of(record, self._key.public_key)
            if original is not None and record.has_tag("c", {self._collection}):
                self._uuids[record.id] = original.uuid
                held.append(original)
        self._exchange.hold(held, self._now())
        self._changed.set()

    async def _follow_theirs(self) -> None:
        async for event in self._theirs.events(ActionReceived, ForeignPeerJoined, ForeignPeerLeft):
            now = self._now()
            match event:
                case ActionReceived(peer, action):
                    await self._perform(self._exchange.receive(peer, action, now))
                case ForeignPeerJoined(peer):
                    await self._perform(self._exchange.meet(peer, now))
                case _:
                    self._part()
            self._changed.set()

    async def _keep_time(self) -> None:
        while True:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._exchange.deadline):
                    await self._changed.wait()
            if self._now() >= self._exchange.deadline:
                self._part()
                await self._perform(self._exchange.tick(self._now()))

    def _part(self) -> None:
        self._exchange.part(status.id for status in self._theirs.peers)

    async def _perform(self, effects: Iterable[BridgeEffect]) -> None:
        for effect in effects:
            match effect:
                case Say():
                    self._say(effect)
                case Take():
                    await self._save(effect)

    def _say(self, said: Say) -> None:
        try:
            self._theirs.send_action(said.name, said.payload, to=said.peer)
        except TransportError as error:
            # It asks again for what it lacks still.
            logger.debug("page %.8s reads too slowly: %s", said.peer, error)
            return
        if said.name == RECORDS and isinstance(said.payload, dict):
            self._given += len(said.payload)
            self._tell(self.carried)

    async def _save(self, taken: Take) -> None:
        """Bring what a page gave into our room, which judges it as it judges any record."""
        records: dict[str, Record] = {}
        for original in taken.originals:
            with suppress(MalformedError):
                if not is_ours(original):
                    records[original.uuid] = self._sign(original)
        await self._ours.add(records.values())
        found = await self._ours.members(ids=[record.id for record in records.values()]) if records else []
        here = {record.id for record in found}
        saved = [each for each in taken.originals if each.uuid in records and records[each.uuid].id in here]
        self._uuids.update((records[original.uuid].id, original.uuid) for original in saved)
        kept = {original.uuid for original in saved}
        ignored = [each.uuid for each in taken.originals if each.uuid not in kept]
        self._taken += len(saved)
        self._refused += len(taken.refused) + sum(not is_ours(each) for each in taken.originals) - len(saved)
        self._tell(self.carried)
        await self._perform(self._exchange.settle(taken.peer, saved, [*taken.refused, *ignored], self._now()))

    def _sign(self, original: Original) -> Record:
        return sign_original(original, self._key, room_tag=self._ours.name.tag, collection=self._collection)

    def _now(self) -> Monotonic:
        return Monotonic(asyncio.get_running_loop().time())
