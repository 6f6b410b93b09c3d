"""One room as its faces show it: what readers see, what is new, and a way in for records that strangers signed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from enum import Enum
from json.encoder import encode_basestring
from typing import Final, Protocol, TypeVar

from peerset.core.cause import Cause
from peerset.core.clock import Monotonic
from peerset.core.envelope import seal_id_of
from peerset.core.filter import Cursor
from peerset.core.record import Record, RecordId
from peerset.errors import PeersetError
from peerset.faces.filters import Wanted
from peerset.faces.limits import FaceLimits
from peerset.faces.pace import Pace
from peerset.protocol.events import Event, RecordAdded, RecordKnown, RecordPostponed, RecordRejected
from peerset.room.room import Room
from peerset.room.subscription import Subscription

PAGE_RECORDS: Final = 128
"""So many are read at a time, and sent before the next are read."""
QUERIES_AT_ONCE: Final = 4
BATCH_RECORDS_MAX: Final = 512

logger = logging.getLogger(__name__)


class Outcome(Enum):
    """What became of a record that a client brought."""

    TAKEN = "taken"
    KNOWN = "known"
    """It was here."""
    POSTPONED = "postponed"
    """It is dated ahead of our clock, and kept until it is due."""
    INVALID = "invalid"
    """It is no record of this room."""
    REFUSED = "refused"
    """A policy, its author's deletion, or the like."""
    FAILED = "failed"
    """It could not be saved, or the room ended: that may change."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one record."""

    outcome: Outcome
    reason: str = ""
    source: str = ""
    """The policy's name, where one refused it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was asked for."""

    records: list[Record]
    places: list[Cursor]
    """That of each among what readers see."""
    last: Cursor | None
    """The place of what was looked at last; None where nothing comes after it."""


class Follower(Protocol):
    """Who follows what is new."""

    def added(self, record: Record, text: str) -> None:
        """Take that *record* is new; *text* says it as JSON."""

    def missed(self) -> None:
        """Take that more was new at once than could be told."""


T = TypeVar("T")

_BAD: Final = frozenset({Cause.AGE, Cause.SIGNATURE, Cause.ROOM})
_PARTED: Final = Fate(Outcome.FAILED, "the room was left")


class Facade:
    """Shows *room*; `aclose` ends what it does beside."""

    def __init__(self, room: Room, limits: FaceLimits) -> None:
        self.room = room
        self.tag = room.name.tag.hex()
        self.comparisons = 0
        """How many clients compare what they have with ours now."""
        self.ended = asyncio.Event()
        """The room is left, or failed."""
        self._is_sealed = room.seal is not None
        self._limits = limits
        self._pace = Pace(limits.records_per_second, limits.records_burst)
        self._reading = Pace(limits.records_read_per_second, limits.records_read_burst)
        self._turns = asyncio.Semaphore(QUERIES_AT_ONCE)
        self._comparing = asyncio.Lock()
        self._followers: dict[object, Follower] = {}
        self._brought: dict[RecordId, tuple[Record, asyncio.Future[Fate]]] = {}
        self._fates: dict[RecordId, Fate] = {}
        self._comes = asyncio.Event()
        self._stop_hearing = room.on(self._hear)
        self._news = room.subscribe(limit=0)
        self._tasks = [
            asyncio.create_task(self._follow(self._news), name=f"news of {room.name.room} for its faces"),
            asyncio.create_task(self._carry(), name=f"records for {room.name.room} from its faces"),
        ]

    async def pages(
        self, wanted: Wanted, *, count_max: int = 0, size: int = PAGE_RECORDS
    ) -> AsyncIterator[list[Record]]:
        """Give what is *wanted* of what readers see, newest first, *size* at a time, each as its author signed it.

        It ends after *count_max*, or after its own limit where that is 0.

        Raises:
            StoreError: it cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        left, looked_at, after = count_max or wanted.limit, 0, None
        while left > 0 and (not wanted.words or looked_at < self._limits.records_searched):
            most = size if wanted.words else min(left, size)
            page = await self.page(wanted, after=after, size=most)
            yield page.records[:left]
            if page.last is None:
                return
            left, looked_at, after = left - len(page.records), looked_at + most, page.last

    async def page(self, wanted: Wanted, *, after: Cursor | None, size: int) -> Page:
        """Look at so many of the records that readers see, after the place *after*, and give those that are *wanted*.

        Raises:
            StoreError: they cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        async with self._turns:
            found = await self.room.records(replace(wanted.filter, after=after, limit=size))
        # An empty answer takes time as well.
        await asyncio.sleep(self._reading.take(1 + len(found), _now()))
        # Of what was opened here the envelope is what all may see, and what is asked for.
        shown = [(each.envelope, Cursor.of(each)) for each in found if wanted.matches(each.envelope)]
        last = None if len(found) < size else Cursor.of(found[-1])
        return Page([record for record, _ in shown], [place for _, place in shown], last)

    async def compare(self, work: Callable[[], T]) -> T:
        """Do *work* on a thread of its own, one after the other: what clients have compared takes time."""
        async with self._comparing:
            return await asyncio.to_thread(work)

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Tell *follower* of each new record that readers see, until what is given back is called."""
        place = object()
        self._followers[place] = follower

        def stop() -> None:
            self._followers.pop(place, None)

        return stop

    async def bring(self, record: Record) -> Fate:
        """Bring in *record*, and say what became of it; who brings more than all may in a second waits."""
        if record.tag_value("h") != self.tag:
            return Fate(Outcome.INVALID, f'a record of this room has the tag ["h", "{self.tag}"]')
        if self._is_sealed and seal_id_of(record.tags) is None:
            return Fate(Outcome.REFUSED, "the room is sealed, and this is not")
        await asyncio.sleep(self._pace.take(1, _now()))
        _, fate = self._brought.setdefault(record.id, (record, asyncio.get_running_loop().create_future()))
        self._comes.set()
        # Several may bring one record, and one of them may go.
        return _PARTED if self.ended.is_set() else await asyncio.shield(fate)

    async def aclose(self) -> None:
        """Show nothing any more; may be called twice."""
        self._stop_hearing()
        self._news.close()
        self.ended.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._give_up(_PARTED)

    async def _follow(self, news: Subscription) -> None:
        lost = 0
        try:
            async for record in news:
                if news.lost > lost:
                    lost = news.lost
                    for follower in list(self._followers.values()):
                        follower.missed()
                envelope = record.envelope
                if self._followers:
                    text = text_of(envelope)
                    for follower in list(self._followers.values()):
                        follower.added(envelope, text)
                    # Many that come at once leave others their turn.
                    await asyncio.sleep(0)
        except PeersetError as error:
            logger.warning("the faces of %s show it no more: %s", self.room.name.room, error)
        self.ended.set()
        self._give_up(_PARTED)

    async def _carry(self) -> None:
        """Bring what clients bring into the room, all that came meanwhile at once."""
        while True:
            await self._comes.wait()
            self._comes.clear()
            while batch := [record for record, _ in list(self._brought.values())[:BATCH_RECORDS_MAX]]:
                try:
                    await self.room.add(batch)
                except PeersetError as error:
                    failed = Fate(Outcome.FAILED, str(error))
                    self._fates |= {record.id: failed for record in batch if record.id not in self._fates}
                for record in batch:
                    self._settle(record.id)

    def _hear(self, event: Event) -> None:
        match event:
            case RecordAdded(record) if record.id in self._brought:
                self._fates[record.id] = Fate(Outcome.TAKEN)
            case RecordKnown(record_id) if record_id in self._brought:
                self._fates[record_id] = Fate(Outcome.KNOWN)
            case RecordPostponed(record_id, seconds) if record_id in self._brought:
                self._fates[record_id] = Fate(Outcome.POSTPONED, f"it is dated {seconds} s ahead, and kept until then")
            case RecordRejected(record_id, cause, source, reason) if record_id in self._brought:
                outcome = Outcome.INVALID if cause in _BAD else Outcome.REFUSED
                self._fates[record_id] = Fate(outcome, reason, source if cause is Cause.POLICY else "")
            case _:
                pass

    def _settle(self, record_id: RecordId) -> None:
        _, waiting = self._brought.pop(record_id, (None, None))
        # What a peer brought meanwhile, and was refused, nobody tells one by one.
        found = self._fates.pop(record_id, Fate(Outcome.REFUSED, "it was refused as a peer brought it"))
        if waiting is not None and not waiting.done():
            waiting.set_result(found)

    def _give_up(self, fate: Fate) -> None:
        for _, waiting in self._brought.values():
            if not waiting.done():
                waiting.set_result(fate)
        self._brought.clear()


def text_of(record: Record) -> str:
    """Say *record* as the JSON of a NIP-01 event, in a third of the time that a JSON writer takes."""
    tags = ",".join([f"[{','.join(map(encode_basestring, tag))}]" for tag in record.tags])
    return (
        f'{{"id":"{record.id.hex()}","pubkey":"{record.author.hex()}","created_at":{record.created_at}'
        f',"kind":{record.kind},"tags":[{tags}],"content":{encode_basestring(record.content)}'
        f',"sig":"{record.signature.hex()}"}}'
    )


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
