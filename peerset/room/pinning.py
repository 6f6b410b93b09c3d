"""The pins of a room: records that outlast its window, since a member says so (docs/protocol.md, "Pins")."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.expiration import has_expired
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.pin import pin_content, pin_tags, pinned_in
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId
from peerset.core.stamp import stamp_of
from peerset.core.typed import AnyId, short_id
from peerset.data.desk import Desk, Draft
from peerset.data.renewal import age_seconds, look_after, look_seconds
from peerset.errors import ConfigError, MalformedError
from peerset.moderation.moderator import Moderator
from peerset.ports import DocumentStore
from peerset.protocol.events import RecordDeleted, RecordsAdded
from peerset.protocol.tombstones import Tombstones, questions_about
from peerset.room.expirations import Expirations
from peerset.room.filing import Shelf
from peerset.room.guests import Guests
from peerset.room.membership import Membership

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pin:
    """One author's pin of one record."""

    id: RecordId
    """Of the record that pins, of kind 1081."""
    author: PublicKey
    """Who pins."""
    created_at: UnixTime
    record: Record
    """What is pinned, signed by its own author."""


class Pinning(Membership):
    """The part of a room that pins."""

    _expirations: Expirations

    def __init__(
        self,
        store: DocumentStore,
        moderation: Moderator,
        desk: Desk,
        *,
        window_seconds: int,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(store, moderation, desk, window_seconds=window_seconds, shelf=shelf)
        self._guests = Guests(store, purged=moderation.purged, show=self._show, hide=self._hide)
        self._renewal = Renewal(store, desk, window_seconds=window_seconds)

    async def pin(self, record_id: AnyId) -> Record:
        """Keep a record for longer than the room's window: a pin of ours, which is given back, holds it whole.

        Readers see the record as before once the window let it go, until we `unpin` it, its author deletes it, or it
        expires. While the room is joined, the pin is renewed. One that we pinned already is not pinned again.

        Raises:
            ConfigError: the record is not here, or several begin so.
            MalformedError: it is longer than 32 KiB, or a deletion, a pin or an ephemeral record.
            RejectedError: the room's policies do not let us pin (`pins:allow=`), or refuse the record.
            StoreError: the pin could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        target = await self._found(record_id)
        for pin in await self.pins():
            if pin.record.id == target.id and pin.author == self.key:
                [known] = await self._projection.store.get([pin.id])
                return known
        draft = Draft(KIND_PIN, pin_tags(target), pin_content(target))
        record = await self._desk.writer.sign_after(draft, after=stamp_of(target))
        await self._desk.publish([record])
        return record

    async def unpin(self, record_id: AnyId) -> Record:
        """Withdraw our pins of a record, by a deletion (NIP-09), which is given back; others' pins stay.

        Raises:
            ConfigError: we have not pinned it, or several begin so.
            StoreError: the deletion could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        target = await self._found(record_id)
        own = [pin for pin in await self.pins() if target.id == pin.record.id and pin.author == self.key]
        if not own:
            raise ConfigError(f"record {short_id(target)} is not pinned by us")
        return await self._renewal.withdraw(own)

    async def pins(self) -> list[Pin]:
        """Give every pin that is here, the newest first; several may hold one record.

        Raises:
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        found = await pins_in(self._projection.store)
        return [replace(pin, record=self._sealing.read(pin.record)) for pin in found]

    def _show(self, records: list[Record]) -> None:
        event = RecordsAdded(tuple((self._sealing.read(record), None) for record in records))
        self.moderation.show(event)
        self._projection.take(event)
        self._audience.take(event)
        self._expirations.take(event)

    def _hide(self, record_id: RecordId, pin: RecordId) -> None:
        event = RecordDeleted(record_id, pin)
        self.moderation.take(event)
        self._projection.take(event)
        self._audience.take(event)
        self._expirations.take(event)


class Renewal:
    """Makes pins of ours anew before the window lets them go, and withdraws those whose record its author deleted."""

    def __init__(self, store: DocumentStore, desk: Desk, *, window_seconds: int) -> None:
        self._store = store
        self._desk = desk
        self._age_seconds = age_seconds(window_seconds)
        self._look_seconds = look_seconds(window_seconds)

    async def run(self) -> None:
        """Look after them now and once an hour or oftener, for ever; what cannot be written now is tried again."""
        await look_after("pins of ours", lambda: self.look(self._desk.now()), seconds=self._look_seconds)

    async def look(self, now: UnixTime) -> None:
        """Renew and withdraw what is due."""
        pins = await pins_in(self._store, author=self._desk.key)
        # The content of what has expired goes here as everywhere.
        own = [pin for pin in pins if not has_expired(pin.record, now)]
        covering = Tombstones()
        covering.learn(await self._store.marks(questions_about([pin.record for pin in own])))
        for pin in own:
            if covering.covering(outline_of(pin.record)) is not None:
                await self.withdraw([pin])
            elif pin.created_at < now - self._age_seconds:
                await self._renew(pin)

    async def withdraw(self, pins: Sequence[Pin]) -> Record:
        """Delete *pins* of ours, of one record; give the deletion."""
        [record] = await self._desk.writer.sign_together([_deletion(pins)], after=0)
        await self._desk.publish([record])
        return record

    async def _renew(self, pin: Pin) -> None:
        fresh = Draft(KIND_PIN, pin_tags(pin.record), pin_content(pin.record))
        await self._desk.publish(await self._desk.writer.sign_together([fresh, _deletion([pin])], after=0))


async def pins_in(store: DocumentStore, *, author: PublicKey | None = None) -> list[Pin]:
    """Give the pins in *store*, of *author* or of all, the newest first."""
    authors = None if author is None else frozenset([author])
    found = []
    for record in await store.query(Filter(kinds=frozenset([KIND_PIN]), authors=authors)):
        try:
            found.append(Pin(record.id, record.author, record.created_at, pinned_in(record)))
        except MalformedError:
            # Nobody who keeps the rules of the room has such a one.
            continue
    return found


def _deletion(pins: Sequence[Pin]) -> Draft:
    return Draft(KIND_DELETION, [*(("e", pin.id.hex()) for pin in pins), ("k", str(KIND_PIN))], "")
