"""What pins show of a room: records older than its window, which a member has inside (docs/protocol.md, "Pins").

They rest in the store beside the members, so whatever reads it finds them; they are older than every root, and in none.
"""

import asyncio
import logging
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.filter import Filter
from peerset.core.pin import pinned_in
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId
from peerset.errors import MalformedError, StoreError
from peerset.ports import Store
from peerset.protocol.events import Happening, RecordDeleted, RecordsAdded, RecordsExpired, StorageEvicted
from peerset.protocol.inputs import Expired
from peerset.protocol.tombstones import Tombstones, questions_about

_PINS: Final = Filter(kinds=frozenset([KIND_PIN]))
_STIRRING: Final = (KIND_DELETION, KIND_PIN)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Pin:
    """What is known of a pin without its content."""

    id: RecordId
    created_at: UnixTime
    held: RecordId
    held_at: UnixTime
    """When that was made."""


class Guests:
    """Keeps them in *store*, but for what is *purged*; *show* is told of those that come in, *hide* of those that go.

    *hide* is told as well by which pin they were seen last.
    """

    def __init__(
        self,
        store: Store,
        *,
        purged: Container[RecordId],
        show: Callable[[list[Record]], None],
        hide: Callable[[RecordId, RecordId], None],
    ) -> None:
        self._store = store
        self._purged = purged
        self._show = show
        self._hide = hide
        self._pins: dict[RecordId, _Pin] = {}
        self._is_loaded = False
        self._before = UnixTime(0)
        """What is older was collected."""
        self._here: dict[RecordId, RecordId] = {}
        """What is here, by a pin that shows it."""
        self._is_doubtful = False
        """Whether some of it may be a shell since: the disk was full."""
        self._deleted: set[RecordId] = set()
        """What pins hold, and its author deleted."""
        self._wake = asyncio.Event()

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._here

    def take(self, event: Happening) -> None:
        """Follow what comes and goes."""
        match event:
            case RecordsAdded():
                # Nothing else changes what pins show, and most that is added is something else.
                if not any(each.kind in _STIRRING for each in event.members):
                    return
                self._add(event.members)
            case RecordDeleted(record_id):
                self._pins.pop(record_id, None)
                self._here.pop(record_id, None)
                self._deleted.add(record_id)
            case RecordsExpired(before):
                self._pins = {each.id: each for each in self._pins.values() if each.created_at >= before}
                # Deletions grow old as well.
                self._deleted.clear()
            case StorageEvicted():
                self._is_doubtful = True
                return
            case _:
                return
        if self._pins or self._here:
            self._wake.set()
        else:
            self._deleted.clear()

    async def expire(self, before: UnixTime) -> Expired:
        """Let the store collect what is older than *before*, but for what pins show from then on.

        Raises:
            StoreError: it cannot be read or written.

        """
        await self._load()
        self._before = before
        wanted = self._wanted()
        known = set() if self._is_doubtful else wanted.keys() & self._here.keys()
        self._is_doubtful = False
        whole = await self._whole(sorted(wanted.keys() - known))
        kept = {held: pin for held, pin in wanted.items() if held in known or held in whole}
        count = await self._store.expire(before, but=kept.keys())
        self._here = {held: pin for held, pin in self._here.items() if held not in wanted} | kept
        self._wake.set()
        return Expired(count, frozenset(self._here))

    async def _whole(self, ids: Sequence[RecordId]) -> set[RecordId]:
        """Give those of *ids* whose content is here: as a rule of what has grown old since the last collection.

        A shell goes, as of a full disk or a narrow window, so that what is inside the pin takes its place.
        """
        if not ids:
            return set()
        wires = await self._store.wires(ids)
        return {record_id for record_id, wire in zip(ids, wires, strict=True) if wire}

    async def run(self) -> None:
        """Bring in what pins show and is not here, and let go of what none shows any more, for ever."""
        while True:
            await self.work()
            await self._wake.wait()
            self._wake.clear()

    async def work(self) -> None:
        """Do what is to be done; what the store cannot do now is tried again after the next pin or collection."""
        try:
            await self.settle()
        except StoreError as error:
            logger.warning("what pins show could not be read or written: %s", error)

    async def _load(self) -> None:
        if not self._is_loaded:
            self._add(await self._store.query(_PINS))
            self._is_loaded = True

    def _add(self, records: Iterable[Record]) -> None:
        for pin in records:
            if pin.kind != KIND_PIN:
                continue
            try:
                held = pinned_in(pin)
            except MalformedError:
                continue
            self._pins[pin.id] = _Pin(pin.id, pin.created_at, held.id, held.created_at)

    def _wanted(self) -> dict[RecordId, RecordId]:
        """Give what is to be here, each by the first of the pins that show it."""
        pins = sorted(self._pins.values(), key=lambda each: (each.created_at, each.id), reverse=True)
        shown = {each.held: each.id for each in pins if each.held_at < self._before}
        return {held: pin for held, pin in shown.items() if held not in self._deleted and held not in self._purged}

    async def settle(self) -> None:
        """Let what is here be what pins show.

        Raises:
            StoreError: the store cannot be read or written.

        """
        await self._load()
        wanted = self._wanted()
        for record_id in sorted(self._here.keys() - wanted.keys()):
            await self._store.add([], removed=[record_id])
            self._hide(record_id, self._here.pop(record_id))
        for record_id in sorted(wanted.keys() - self._here.keys()):
            await self._bring(record_id, wanted[record_id])

    async def _bring(self, record_id: RecordId, pin: RecordId) -> None:
        held = [pinned_in(each) for each in await self._store.get([pin])]
        if await self._store.named([record_id]) or not await self._are_wanted(held):
            return
        await self._store.add(held)
        # A deletion may have come in between.
        if await self._are_wanted(held):
            self._here[record_id] = pin
            self._show(held)
        else:
            await self._store.add([], removed=[record_id])

    async def _are_wanted(self, held: list[Record]) -> bool:
        """Say whether there is anything, and no deletion by its author covers it."""
        covering = Tombstones()
        covering.learn(await self._store.marks(questions_about(held)))
        covered = {each.id for each in held if covering.covering(outline_of(each)) is not None}
        self._deleted |= covered
        return bool(held) and not covered
