"""A joined room: publish, read, listen, leave."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Unpack

from peerset.core.action import Action, Json, Missing
from peerset.core.deletion import Outline
from peerset.core.filter import Filter
from peerset.core.lookup import find_id
from peerset.core.record import KIND_RECORD, Record
from peerset.core.signal import PeerId
from peerset.core.typed import AnyId, read_kind, read_number, read_text, short_id
from peerset.data.desk import Desk
from peerset.errors import ConfigError, RoomClosedError
from peerset.moderation.expiry import Expiry
from peerset.moderation.moderator import Habits, Moderator, Ties
from peerset.moderation.rulebook import Rulebook
from peerset.moderation.shadows import Shadows
from peerset.ports import DocumentStore, Signaling, Transport
from peerset.protocol.events import Event, Happening, RecordAdded
from peerset.protocol.inputs import Compare, Input
from peerset.protocol.node import Node
from peerset.room.addressed import Directions
from peerset.room.audience import Audience, Listener, Watcher, read_event_kinds
from peerset.room.clocks import read_clocks, read_unix
from peerset.room.content import read_peers, tags_of, text_of
from peerset.room.courier import Courier
from peerset.room.devices import DEVICES, Devices
from peerset.room.driver import Driver
from peerset.room.expirations import Expirations
from peerset.room.filing import Shelf
from peerset.room.parts import Parts
from peerset.room.pinning import Pinning
from peerset.room.query import Asked, Query, read_query
from peerset.room.reader import View
from peerset.room.replication import Replicated, Replication
from peerset.room.sealing import Sealing
from peerset.room.settling import settle
from peerset.room.standing import Standing
from peerset.room.stream import EventStream
from peerset.room.subscription import Subscription
from peerset.room.writer import Writer
from peerset.transports.stream import Sink, Source

logger = logging.getLogger(__name__)


class Room(Pinning):
    """A joined room. Made by `peerset.join`; everything ends when its block does."""

    def __init__(
        self,
        directions: Directions,
        node: Node,
        store: DocumentStore,
        *,
        transport: Transport,
        signaling: Signaling,
        rulebook: Rulebook,
        shadows: Shadows,
        notes: Mapping[str, Mapping[bytes, str]],
        habits: Habits,
        writer: Writer,
        parts: "Parts[Room]",
        sealing: Sealing,
        shelf: Shelf | None = None,
    ) -> None:
        self._directions, name = directions, directions.name
        self.sub = parts
        """Joins a part of this room, such as ``room.sub("photos")``, over the same channels."""
        self._node, self._store, self._transport, self._signaling = node, store, transport, signaling
        self._audience, self._changed = Audience(), asyncio.Event()
        self._courier = Courier(lambda event: self._driver.take(event))
        self._standing = Standing(name.room)
        self._check_open = self._standing.check
        ties = Ties(writer.signer, read_clocks, self._act, self._take_event, self._bring, self._check_open, self._stir)
        self.moderation = Moderator(
            node, store, ties, room_tag=name.tag, rulebook=rulebook, shadows=shadows, notes=notes, habits=habits
        )
        """What policies and the user decide here."""
        self._shadows, self._writer, self._sealing = shadows, writer, sealing
        self._expirations = Expirations(read_unix, self._audience.take)
        self._view = View(store, shadows, self._expirations, hides=self.moderation.hides)
        hands = writer, lambda records: self._bring(*records), read_unix, self._check_open
        desk = Desk(self.key, *hands, sealing.keys, sealing.seals)
        super().__init__(store, self.moderation, desk, window_seconds=node.retention_seconds, shelf=shelf)
        self._driver = self._make_driver()
        self._driver.start()
        self._own_works()
        logger.info("joined %s", name.room)

    @property
    def devices(self) -> Devices:
        """Who writes here for us, and for whom we do."""
        return Devices(
            self._writer,
            self.name.tag,
            grant=self.grant,
            collection=lambda: self.collection(DEVICES),
            events=self.events,
            records=self.records,
            invitation=self.invitation,
            is_sealed=self.seal is not None,
        )

    # Writing.

    async def publish(
        self,
        content: Json | Mapping[str, Json] | Sequence[Json],
        *,
        kind: int = KIND_RECORD,
        tags: Iterable[Sequence[str]] | Mapping[str, str | Iterable[str]] = (),
        collection: str | None = None,
    ) -> Record:
        """Sign *content* as a record of this room and give it back once it is on disk.

        Anything but a text is written as JSON. *tags* are lists such as ``["t", "greeting"]``, or stand by name, as in
        ``{"t": "greeting"}``. *collection* adds the tag ``["c", collection]``. The record is dated after your last one
        here, and after the version that it replaces.

        Raises:
            ConfigError: JSON cannot say the content, or the kind or the tags are none.
            MalformedError: it breaks the limits or text rules of records.
            AgeError: it follows a record that is dated too far ahead of our clock.
            RejectedError: a policy refused it, or you deleted it before.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        text = text_of(content)
        extra = () if collection is None else (("c", read_text("a collection", collection)),)
        record = await self._writer.sign(read_kind(kind), [*extra, *tags_of(tags)], text)
        await self._bring(record)
        return record

    async def delete(self, record_id: AnyId) -> Record:
        """Delete a record of ours everywhere, by a deletion record (NIP-09), which is given back.

        *record_id* is an id, its first digits, or the record. With the current version go all earlier ones.

        Raises:
            ConfigError: the record is not here, or is not ours, or several begin so.
            StoreError: the deletion could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        target = await self.get(record_id)
        if target is None:
            raise ConfigError(f"there is no record {short_id(record_id)} here")
        if target.author != self.key:
            raise ConfigError(f"record {short_id(target)} is not ours: only its author can delete it")
        is_current = bool(self._shadows.versions.current([target]))
        record = await self._writer.sign_deletion(target, is_current=is_current)
        await self._bring(record)
        return record

    async def add(self, records: Record | Iterable[Record]) -> int:
        """Bring in records that anyone signed, for this room; give how many are new here.

        Signatures are checked. What is refused is told by `RecordRejected` events.

        Raises:
            ConfigError: there is something else among them.
            StoreError: some could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        before = self._node.count
        await self._courier.add([records] if isinstance(records, Record) else records, self._check_open)
        return self._node.count - before

    def send_action(
        self,
        name: str,
        payload: bytes | Json,
        *,
        to: PeerId | Iterable[PeerId] | None = None,
        metadata: Json | Missing = Missing(),  # noqa: B008 - an immutable value
    ) -> "asyncio.Future[None]":
        """Send an ordinary Trystero action to *to*, or to every peer of the room.

        Awaiting it is not needed, but sends no faster than peers read: what a channel has no room for waits here.

        Raises:
            ConfigError: the name is empty, too long or reserved, JSON cannot say the payload, or it is over 2 MiB.
            TransportError: more than 4 MiB wait for a peer; nothing was sent.
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        peers = [status.id for status in self.peers] if to is None else read_peers(to)
        return self._driver.actions.send(Action(name, payload, metadata), peers)

    # Reading.

    async def get(self, record_id: AnyId) -> Record | None:
        """Give the record with this id, or whose id begins so; None when it is not here.

        Raises:
            ConfigError: it is no id, or several begin so.

        """
        self._check_open()
        found = await find_id(record_id, self._store)
        return None if found is None else await self._view.get(found)

    async def records(self, wanted: Filter | None = None, /, **query: Unpack[Query]) -> list[Record]:
        """Give the records that match every given field of a `Query`, newest first, ties by lowest id first.

        A `Filter` may stand in its place.
        *ids*, *authors*, *kinds* and the values of *tags* are one or several; *since* and *until* are both included;
        *after* and *limit* give the next page; *collection* is short for the tag ``c``. Left out are older versions (of
        kinds 0, 3, 10000-19999 and 30000-39999), and what has expired, a rule or policy hides, or a muted author wrote.

        Raises:
            ConfigError: a field is unknown, or its value cannot be meant.

        """
        self._check_open()
        return await self._view.query(wanted or await self._read(query).resolve(self._store))

    async def members(self, **query: Unpack[Query]) -> list[Record]:
        """Give every member that matches, shadowed, hidden, expired and older versions included, newest first."""
        self._check_open()
        found = await self._store.query(await self._read(query).resolve(self._store))
        return [record for record in found if record.id not in self._guests]

    async def shells(self, **query: Unpack[Query]) -> list[Outline]:
        """Give what is left of the members that match and have no content here, nor tags: `records` passes over."""
        self._check_open()
        return await self._view.shells(await self._read(query).resolve(self._store))

    def subscribe(self, **query: Unpack[Query]) -> Subscription:
        """Follow the records that match: those here, oldest first, then each new one.

        Raises:
            ConfigError: a field is unknown, or its value cannot be meant.

        """
        self._check_open()
        asked = self._read(query)
        return Subscription(self._view, self._audience.stream((RecordAdded,)), lambda: asked.resolve(self._store))

    # Listening.

    def events(self, *kinds: type[Event]) -> EventStream:
        """Listen from now on, to events of *kinds* or to all; a slow reader is told by `Lagged` how many it missed.

        Raises:
            ConfigError: one of *kinds* is no class of events.

        """
        self._check_open()
        return self._audience.stream(read_event_kinds(kinds))

    def on(self, listener: Listener) -> Callable[[], None]:
        """Call *listener* with every event, from now on; call what is given back to stop.

        Raises:
            ConfigError: it cannot be called.

        """
        self._check_open()
        return self._audience.on(listener)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call *watcher* with every message that crosses a channel, from now on; call what is given back to stop.

        Raises:
            ConfigError: it cannot be called.

        """
        self._check_open()
        return self._audience.watch(watcher)

    async def synced(self, *, timeout: float | None = None) -> None:
        """Wait until at least one peer is established, all of them have our root, and nothing is on its way.

        Raises:
            TimeoutError: that did not happen within *timeout* seconds.
            RoomClosedError: the room was left, or failed.

        """
        seconds = None if timeout is None else read_number("a timeout", timeout)
        # Who asks again and again shall not keep records from coming.
        await asyncio.sleep(0)
        async with asyncio.timeout(seconds):
            await settle(self._is_settled, lambda: self._act(Compare()), self._changed)

    async def replicate(self, reader: Source, writer: Sink, *, live: bool = False) -> Replicated:
        """Keep the room in sync with one peer at the other end of any stream of bytes, which is closed at the end.

        It ends when the sets of both are equal, or stay apart since the rules differ, or when the stream ends; if
        *live*, only then or when the room is left. asyncio's streams will do, or what has their methods.

        Raises:
            ConfigError: *reader* or *writer* is none.
            TransportError: the stream broke, or its other end refuses us or speaks something else.
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        replication = Replication(self._driver, self._audience, self._changed, self._standing)
        return await replication.run(reader, writer, live=live)

    async def leave(self) -> None:
        """Say goodbye to every peer and close; bounded in time, and harmless when repeated."""
        if self._standing.is_left:
            return
        self._standing.check_loop()
        self._standing.is_left = True
        await self._driver.aclose()
        await self.moderation.aclose()
        self._end(RoomClosedError("the room was left"))
        self._audience.close()
        logger.info("left %s", self.name.room)

    # Inside.

    def _own_works(self) -> None:
        works = {
            "moderation": self.moderation.run(),
            "collections": self._projection.run(),
            "expirations": self._expirations.run(),
            "pins": self._guests.run(),
            "renewal of pins": self._renewal.run(),
            "renewal of devices": self.devices.run(),
            **self._works_of_files(),
        }
        for name, work in works.items():
            self._driver.own(work, name)

    def _make_driver(self) -> Driver:
        return Driver(
            self._node,
            store=self._store,
            transport=self._transport,
            signaling=self._signaling,
            judge=self.moderation.judge,
            collect=Expiry(
                self._store,
                expire=self._guests.expire,
                destroy=self.moderation.destroy,
                tell=self._audience.collected,
            ).collect,
            on_event=self._take_event,
            on_step=self._changed.set,
            on_failure=self._fail,
            audience=self._audience,
            on_blob=self._do_for_blobs,
            lens=self._sealing.lens,
        )

    def _read(self, query: Query) -> Asked:
        return read_query(query, now=self._driver.now().unix)

    def _is_settled(self) -> bool:
        self._check_open()
        return self._node.is_quiet and any(peer.state == "established" for peer in self.peers)

    async def _bring(self, *records: Record) -> None:
        self._check_open()
        await self._courier.publish(*self._sealing.prepare(records))

    def _take_event(self, event: Happening) -> None:
        event = self._sealing.opened(event)
        self.moderation.take(event)
        self._projection.take(event)
        self._take_for_blobs(event)
        self._writer.take(event)
        self._courier.take(event)
        self._audience.take(event)
        self._expirations.take(event)
        self._guests.take(event)
        for strange in self._sealing.news():
            self._audience.take(strange)

    def _act(self, event: Input) -> None:
        self._driver.take(event)

    def _fail(self, error: RoomClosedError) -> None:
        if self._standing.failure is None:
            self._standing.failure = error
            self._end(error)
            self._audience.fail(error)

    def _end(self, error: RoomClosedError) -> None:
        self._projection.fail(error)
        self._fail_blobs(error)
        self.moderation.close()
        self._courier.fail(error)
        self._driver.actions.fail(error)
        self._changed.set()
