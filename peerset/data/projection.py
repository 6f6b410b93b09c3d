"""A room's data side: its collections, and what readers may see of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import address_text, digest_of
from peerset.core.record import KIND_KEYED, Record
from peerset.data.agreement import Agreement
from peerset.data.declarations import Declarations
from peerset.data.desk import Desk
from peerset.data.difference import D
from peerset.data.feed import Feed
from peerset.data.live import LiveQuery
from peerset.data.marks import Marks, Veil
from peerset.data.own_heads import OwnHeads
from peerset.data.statistics import Statistics
from peerset.data.together import Together
from peerset.data.turns import Turns
from peerset.documents.definition import Definition
from peerset.documents.document import Row, Version
from peerset.documents.plan import Plan, Slot
from peerset.errors import ConfigError, PeersetError
from peerset.ports import DocumentStore
from peerset.protocol.events import Happening

SPANS_PER_WINDOW: Final = 6
"""So many spans the indexes of a store are cut into over the window of a room."""
SWEEP_SECONDS: Final = 120.0
"""How often expired documents are looked for when nobody reads: before their content goes, so that views read on."""

logger = logging.getLogger(__name__)

Follower = Callable[[], Awaitable[None]]
Chore = Callable[[UnixTime], Awaitable[object]]
"""Is done now and then, by its own measure."""


class Projection:
    """The collections of one room, which *store* keeps; *veil* says what is hidden, *now* what has expired.

    *on_progress* is told how many records are left to be indexed, 0 at the end; *keys* says as what the key of a keyed
    record may stand where all can see it.
    """

    def __init__(
        self,
        store: DocumentStore,
        veil: Veil,
        *,
        window_seconds: int,
        now: Callable[[], UnixTime],
        on_progress: Callable[[int], None],
        keys: Callable[[str], Sequence[str]] = lambda key: (key,),
    ) -> None:
        self.store = store
        self.veil = veil
        self.statistics = Statistics()
        self._marks = Marks(store, veil)
        self._now = now
        self._keys = keys
        self._chores: dict[str, Chore] = {}
        self.turns = Turns()
        """Of who writes registers."""
        self.own_heads = OwnHeads()
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
        self.declarations = Declarations(
            store,
            span_seconds=max(window_seconds // SPANS_PER_WINDOW, 1),
            wake=self._wake.set,
            on_progress=on_progress,
            on_drop=self.feed.end_of,
        )

    # What the room says.

    def take(self, event: Happening) -> None:
        """Follow what happens in the room, after moderation did."""
        self.agreement.take(event, self._now)
        if self._is_used:
            self.own_heads.take(event)
            self._marks.take(event)
            # What is hidden is marked by who reads next, if nobody is told of what happens.
            if len(self._followers) > 1 or not self.feed.is_idle:
                self._wake.set()

    def stir(self) -> None:
        """Look again at what is hidden."""
        self.own_heads.clear()
        self._wake.set()

    def fail(self, error: PeersetError) -> None:
        """Let nobody wait any more."""
        self.declarations.fail(error)
        # Who leaves ends what reads; a room that fails has a cause.
        self.feed.end(error if error.__cause__ is not None else None)

    @property
    def is_over(self) -> bool:
        """The room was left.

        Raises:
            RoomClosedError: it failed.

        """
        failure = self.declarations.failure
        if failure is not None and failure.__cause__ is not None:
            raise failure
        return failure is not None

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

    async def settled(self, definition: Definition) -> DocumentStore:
        """Wait until a collection is indexed and says no more than readers may see, and give the store.

        Raises:
            ConfigError: the store cannot have it, or it was dropped.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        if not (self.declarations.is_built(definition) and self._marks.is_settled):
            await self.declarations.ready(definition)
            await self._mark()
        await self._sweep()
        self.declarations.check(definition)  # It may have been dropped meanwhile.
        return self.store

    async def latest(self, definition: Definition, slots: Sequence[Slot], *, in_turn: bool) -> list[list[Version]]:
        """Give what a new version of each register has to know of others: its heads, and perhaps more."""
        await self.settled(definition)
        name = definition.name
        self.own_heads.ask([(name, slot.key) for slot in slots] if in_turn else ())
        found = [self.own_heads.get((name, slot.key)) for slot in slots]
        if None not in found:
            return [[each] for each in found if each is not None]
        return await self.versions(definition, slots)

    async def publish(self, desk: Desk, written: Sequence[tuple[Definition, Record]], *closing: Record) -> None:
        """Save what was written by what `latest` gave, each record with its collection, and then *closing*.

        Raises:
            ConfigError: a collection was dropped.

        """
        records = [record for _, record in written]
        for definition, record in written:
            self.declarations.check(definition)
            self.own_heads.expect(definition, record)
        try:
            await desk.publish([*records, *closing])
        finally:
            self.own_heads.let_go(records)

    async def versions(self, definition: Definition, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first, when the collection is settled.

        Who asks while another question is being answered is answered together with all others that do.
        """
        await self.settled(definition)
        # The room knows by heart which keyed records there are: of what is new the store need not be asked.
        # Not so where others sign what is meant.
        here = [slot for slot in slots if definition.is_on_behalf or self._may_be_here(definition.names, slot)]
        if not here:
            return [[] for _ in slots]
        answers = await self._versions.ask(definition.name, here)
        self.declarations.check(definition)  # Another one's may be shared, or not.
        if len(here) == len(slots):
            return answers
        found = dict(zip(here, answers, strict=True))
        return [found.get(slot, []) for slot in slots]

    async def live(self, definition: Definition, plan: Plan, make: Callable[[Record, Row], D | None]) -> LiveQuery[D]:
        """Begin a live query, as `Feed.open` does.

        Raises:
            ConfigError: there are too many, or the collection was dropped.

        """
        await self.settled(definition)
        found = await self.feed.open(definition, plan, make)
        try:
            self.declarations.check(definition)
        except ConfigError:
            found.close()
            raise
        return found

    async def settled_log(self) -> None:
        """Wait until the store's log of changes says no more than readers may see; from here on it is kept so.

        Raises:
            StoreError: the store cannot be read or written.

        """
        self._is_read = True
        await self._mark()
        await self._sweep()

    async def drop(self, name: str) -> None:
        """Forget a collection here, with its indexes and how it was declared; who waits for it gives up.

        Raises:
            StoreError: the store cannot be written.

        """
        self._chores.pop(f"keep {name}", None)
        self.own_heads.clear()
        await self.declarations.drop(name)

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
        return bool(self.declarations) or self._is_read

    def _may_be_here(self, names: Sequence[str], slot: Slot) -> bool:
        """Say whether versions of a register may be here; of which author is not known, only the store can tell."""
        if slot.author is None:
            return True
        has_versions = self.veil.has_versions
        for name in names:
            for key in self._keys(f"{name}/{slot.key}"):
                if has_versions(digest_of(address_text(KIND_KEYED, slot.author, key))):
                    return True
        return False

    async def _work(self) -> None:
        try:
            await self.declarations.define()
            await self._mark()
            await self._sweep()
            await self.declarations.build()
            for chore in list(self._chores.values()):
                await chore(self._now())
        except PeersetError as error:
            logger.warning("collections: %s", error)
            self.declarations.give_up(error)
            return
        for follower in list(self._followers):
            try:
                await follower()
            except Exception:
                # Whatever one of them raises is no reason to end the room, nor to tell the others nothing.
                logger.exception("collections: what follows the room failed")

    async def _mark(self) -> None:
        """Let the store hide what readers do not see; which heads there are may depend on it."""
        if not self._marks.is_settled:
            try:
                await self._marks.settle()
            finally:
                self.own_heads.clear()

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
                if await self.store.sweep(now):
                    self.own_heads.clear()
                self._swept = now
            finally:
                self._sweeping = None
                sweeping.set_result(None)
