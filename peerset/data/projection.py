"""A room's data side: which collections there are, their indexes, and what readers may see of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

from peerset.core.clock import UnixTime
from peerset.core.deletion import address_text, digest_of
from peerset.core.limits import COLLECTIONS_MAX
from peerset.core.record import KIND_KEYED
from peerset.data.agreement import Agreement
from peerset.data.expiry import PURGE_SECONDS
from peerset.data.feed import Feed
from peerset.data.keepsake import KIND, read_keepsake, write_keepsake
from peerset.data.marks import Marks, Veil
from peerset.data.statistics import Statistics
from peerset.data.together import Together
from peerset.documents.definition import Definition
from peerset.documents.document import Version
from peerset.documents.plan import Slot
from peerset.errors import ConfigError, PeersetError, StoreError
from peerset.ports import DocumentStore
from peerset.protocol.events import Event

SPANS_PER_WINDOW: Final = 6
"""So many spans the indexes of a store are cut into over the window of a room."""
SWEEP_SECONDS: Final = float(PURGE_SECONDS)
"""How often expired documents are looked for when nobody reads."""

logger = logging.getLogger(__name__)

Follower = Callable[[], Awaitable[None]]
Chore = Callable[[UnixTime], Awaitable[object]]
"""Is done now and then, by its own measure."""


@dataclass(slots=True)
class _Standing:
    """How a collection stands."""

    definition: Definition
    is_defined: bool = False
    is_built: bool = False
    turned: asyncio.Event = field(default_factory=asyncio.Event)
    """It was built, or that failed."""
    failure: PeersetError | None = None


class Projection:
    """The collections of one room, which *store* keeps; *veil* says what is hidden, *now* what has expired.

    *on_progress* is told how many records are left to be indexed, 0 at the end.
    """

    def __init__(
        self,
        store: DocumentStore,
        veil: Veil,
        *,
        window_seconds: int,
        now: Callable[[], UnixTime],
        on_progress: Callable[[int], None],
    ) -> None:
        self.store = store
        self.veil = veil
        self.statistics = Statistics()
        self._marks = Marks(store, veil)
        self._span_seconds = max(window_seconds // SPANS_PER_WINDOW, 1)
        self._now = now
        self._on_progress = on_progress
        self._chores: dict[str, Chore] = {}
        self._standings: dict[str, _Standing] = {}
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self.agreement = Agreement()
        self.feed = Feed(store)
        """Its live queries."""
        self._followers: dict[Follower, None] = {self.feed.follow: None}
        self._is_read = False
        """Somebody reads what changes, whatever collections there are."""
        self._versions = Together(store.register_versions)
        self._swept = UnixTime(0)
        self._sweeping: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._failure: PeersetError | None = None

    # What the room says.

    def declare(self, definition: Definition) -> Definition:
        """Have a collection: it is defined and its indexes are built in the background; give what is known by its name.

        Raises:
            ConfigError: the name stands for another collection already, or there are too many.

        """
        known = self._standings.get(definition.name)
        if known is not None:
            if known.definition.digest != definition.digest:
                raise ConfigError(
                    f"the collection {definition.name!r} is there already, with another model or other indexes"
                )
            return known.definition
        claimed = set(definition.names)
        for other in self._standings.values():
            if both := claimed.intersection(other.definition.names):
                raise ConfigError(
                    f"the documents of {', '.join(sorted(both))} are those of {other.definition.name!r} already"
                )
        if len(self._standings) >= COLLECTIONS_MAX:
            raise ConfigError(f"a room has at most {COLLECTIONS_MAX} collections")
        self._standings[definition.name] = _Standing(definition)
        self._wake.set()
        return definition

    def take(self, event: Event) -> None:
        """Follow what happens in the room, after moderation did."""
        self.agreement.take(event, self._now())
        if self._is_used:
            self._marks.take(event)
            # What is hidden is marked by who reads next, if nobody is told of what happens.
            if len(self._followers) > 1 or not self.feed.is_idle:
                self._wake.set()

    def lock(self, name: str, key: str) -> asyncio.Lock:
        """Give what who writes a register holds meanwhile, so that what it expected holds until it has written."""
        lock = self._locks.get((name, key))
        if lock is None:
            lock = self._locks[name, key] = asyncio.Lock()
        return lock

    def stir(self) -> None:
        """Look again at what is hidden."""
        self._wake.set()

    def fail(self, error: PeersetError) -> None:
        """Let nobody wait any more."""
        self._failure = error
        # Who leaves ends what reads; a room that fails has a cause.
        self.feed.end(error if error.__cause__ is not None else None)
        for standing in self._standings.values():
            standing.turned.set()

    @property
    def is_over(self) -> bool:
        """The room was left.

        Raises:
            RoomClosedError: it failed.

        """
        # Who leaves ends what reads; a room that fails has a cause.
        if self._failure is not None and self._failure.__cause__ is not None:
            raise self._failure
        return self._failure is not None

    async def run(self) -> None:
        """Define, index, mark and tell followers, for ever."""
        while True:
            try:
                async with asyncio.timeout(SWEEP_SECONDS if self._is_used else None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if self._is_used:
                await self._work()

    # What readers ask.

    async def remembered(self, name: str) -> Definition | None:
        """Give a collection as it is, or was declared here last; None when it never was."""
        known = self._standings.get(name)
        if known is not None:
            return known.definition
        text = (await self.store.notes(KIND)).get(name.encode())
        return None if text is None else read_keepsake(name, text)

    async def remembered_names(self) -> list[str]:
        """Give what is declared, and what was declared here before, those first that read older ones' documents."""
        notes = await self.store.notes(KIND)
        found = {name.decode(): read_keepsake(name.decode(), text) for name, text in notes.items()}
        found |= {name: standing.definition for name, standing in self._standings.items()}
        known = [each for each in found.values() if each is not None]
        return [each.name for each in sorted(known, key=lambda each: (-len(each.older), each.name))]

    @property
    def definitions(self) -> list[Definition]:
        """What is declared."""
        return [standing.definition for standing in self._standings.values()]

    async def ready(self, name: str) -> None:
        """Wait until a collection is indexed.

        Raises:
            ConfigError: the store cannot have it.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        standing = self._standings[name]
        while not standing.is_built:
            if self._failure is not None:
                raise self._failure
            await standing.turned.wait()
            if standing.failure is not None:
                failure, standing.failure = standing.failure, None
                standing.turned.clear()
                self._wake.set()
                raise failure

    async def settled(self, name: str) -> DocumentStore:
        """Wait until a collection is indexed and says no more than readers may see, and give the store."""
        await self.ready(name)
        await self._marks.settle()
        await self._sweep()
        return self.store

    async def versions(self, name: str, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first, when the collection is settled.

        Who asks while another question is being answered is answered together with all others that do.
        """
        await self.settled(name)
        definition = self._standings[name].definition
        here = [slot for slot in slots if self._may_be_here(definition, slot)]
        if len(here) == len(slots):
            return await self._versions.ask(name, slots)
        # The room knows by heart which keyed records there are: of what is new the store need not be asked.
        found = dict(zip(here, await self._versions.ask(name, here), strict=True)) if here else {}
        return [found.get(slot, []) for slot in slots]

    async def settled_log(self) -> None:
        """Wait until the store's log of changes says no more than readers may see; from here on it is kept so.

        Raises:
            StoreError: the store cannot be read or written.

        """
        self._is_read = True
        await self._marks.settle()
        await self._sweep()

    def do(self, name: str, chore: Chore) -> None:
        """Have *chore* done after each batch of what happens, and now and then when nothing does; one of each name."""
        self._chores.setdefault(name, chore)
        self._wake.set()

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Call *follower* after each batch of what happens; call what is given back to stop."""
        self._followers[follower] = None
        self._wake.set()
        return lambda: self._followers.pop(follower, None) and None

    # Inside.

    @property
    def _is_used(self) -> bool:
        return bool(self._standings) or self._is_read

    def _may_be_here(self, definition: Definition, slot: Slot) -> bool:
        """Say whether versions of a register may be here; of which author is not known, only the store can tell."""
        if slot.author is None:
            return True
        texts = [address_text(KIND_KEYED, slot.author, f"{name}/{slot.key}") for name in definition.names]
        return any(self.veil.has_versions(digest_of(text)) for text in texts)

    async def _work(self) -> None:
        try:
            await self._define()
            await self._marks.settle()
            await self._sweep()
            await self._build()
            for chore in list(self._chores.values()):
                await chore(self._now())
        except PeersetError as error:
            logger.warning("collections: %s", error)
            self._give_up(error)
            return
        for follower in list(self._followers):
            try:
                await follower()
            except Exception:
                # Whatever one of them raises is no reason to end the room, nor to tell the others nothing.
                logger.exception("collections: what follows the room failed")

    async def _define(self) -> None:
        pending = [standing for standing in self._standings.values() if not standing.is_defined]
        if pending:
            await self.store.define([each.definition for each in pending], span_seconds=self._span_seconds)
        for standing in pending:
            standing.is_defined = True
            # A longer definition is not remembered, nor is anything by a store that may not be written.
            with suppress(ConfigError, StoreError):
                await self.store.note(KIND, standing.definition.name.encode(), write_keepsake(standing.definition))

    async def _build(self) -> None:
        pending = [standing for standing in self._standings.values() if not standing.is_built]
        if not pending:
            return
        while left := await self.store.build():
            self._on_progress(left)
        self._on_progress(0)
        for standing in pending:
            if standing.is_defined:
                standing.is_built = True
                standing.turned.set()

    async def _sweep(self) -> None:
        """Let the store hide what has expired: once a second, for nothing expires in between."""
        while self._now() > self._swept:
            if self._sweeping is not None:
                # All who wait go on at once: one after the other they would hardly write anything together.
                await asyncio.wait([self._sweeping])
                continue
            sweeping = self._sweeping = asyncio.get_running_loop().create_future()
            try:
                now = self._now()
                await self.store.sweep(now)
                self._swept = now
            finally:
                self._sweeping = None
                sweeping.set_result(None)

    def _give_up(self, error: PeersetError) -> None:
        for standing in self._standings.values():
            if not standing.is_built:
                standing.failure = error
                standing.turned.set()
