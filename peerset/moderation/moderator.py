"""The court of a room: what its policies say of records, and what its user decides for this peer alone.

Quarantine, mutes, purges and bans are kept over restarts; what the policies decided is explained.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Moment
from peerset.core.keys import PublicKey
from peerset.core.lookup import find_id
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.core.signal import RoomTag
from peerset.core.typed import (
    AnyId,
    AnyKey,
    read_key,
    read_subject,
    read_text,
    read_whole_id,
    short_id,
)
from peerset.core.verdict import Reject, Verdict
from peerset.errors import ConfigError
from peerset.moderation.bans import STRIKES, Ban, Ledger, read_ban_seconds
from peerset.moderation.curtain import KINDS, Curtain, Hidden
from peerset.moderation.explanation import Explainer, Explanation
from peerset.moderation.fetcher import Fetcher
from peerset.moderation.notary import Notary
from peerset.moderation.panel import Panel
from peerset.moderation.pinned import Gate
from peerset.moderation.refilling import Refilling
from peerset.moderation.refusals import REFUSALS, Refusal, Refusals, refusals_of
from peerset.moderation.rulebook import Rulebook
from peerset.moderation.shadows import Shadows
from peerset.moderation.thinning import Thinning
from peerset.moderation.thrift import Thrift
from peerset.moderation.veil import Veil
from peerset.ports import RecordSigner, Store
from peerset.protocol.claims import Claims
from peerset.protocol.events import Event, Happening, RecordDeleted, RecordsAdded, RecordsExpired
from peerset.protocol.inputs import Input, KeyBanned, Purged
from peerset.protocol.node import Node

PURGED: Final = "purged"
"""The kind of the notes that hold what the user destroyed for good."""
KINDS_OF_NOTES: Final = (STRIKES, REFUSALS, PURGED, *KINDS)
"""What a moderator wants to know of the store when a room is joined."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What a moderator may ask of its room."""

    signer: RecordSigner
    """Signs what the room's user writes."""
    now: Callable[[], Moment]
    act: Callable[[Input], None]
    """Let the node take an input at once."""
    tell: Callable[[Event], None]
    publish: Callable[[Record], Awaitable[None]]
    check_open: Callable[[], None]
    """Raise `RoomClosedError` when the room was left, or failed."""
    stir: Callable[[], None]
    """Something else is hidden, or gone, though nothing happened in the room."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a peer goes about it."""

    receipts: bool
    """Whether it writes receipts of what it refuses or shadows."""
    disk_bytes: int
    """What its store may take."""
    is_thinning: bool = False
    """Whether it destroys the content of what is older than its window, and fetches what a narrower one destroyed."""


class Moderator:
    """Moderates one room: the room asks it to `judge`, tells it what happens by `take`, and gives it time by `run`.

    *notes* are those of an earlier life, by kind.
    """

    def __init__(
        self,
        node: Node,
        store: Store,
        ties: Ties,
        *,
        room_tag: RoomTag,
        rulebook: Rulebook,
        shadows: Shadows,
        notes: Mapping[str, Mapping[bytes, str]],
        habits: Habits,
    ) -> None:
        self._node = node
        self._store = store
        self._signer = ties.signer
        self.purged = {RecordId(key) for key in notes[PURGED]}
        """What the user destroyed here, and is never fetched again."""
        self.fetcher = Fetcher(store, node.claims, purged=self.purged, act=ties.act, check_open=ties.check_open)
        """Asks for the content of shells."""
        self._ties = ties
        self._shadows = shadows
        self._manifests = {policy.name: policy.manifest for policy in rulebook.admission}
        self._gate = Gate(rulebook.admission)
        self._panel = Panel(rulebook.admission)
        views = Panel(rulebook.views)
        self._curtain = Curtain(store, views, notes=notes, on_event=ties.tell, key_of=node.key_of)
        self.veil = Veil(shadows, self._curtain)
        """What readers do not see, for who marks it."""
        self._ledger = Ledger(store, node, now=ties.now, saved=notes[STRIKES])
        self._refusals = Refusals(store, saved=notes[REFUSALS])
        self.thrift = self._make_thrift(habits.disk_bytes)
        """What the store may take, and what it gave up for that."""
        self._thinning = self._make_thinning(node.claims) if habits.is_thinning and node.claims is not None else None
        self._refilling = self._make_refilling(node.claims) if habits.is_thinning else None
        self._explainer = Explainer(
            rulebook, store, refusals=self._refusals, shadows=shadows, curtain=self._curtain, now=ties.now
        )
        self._notary = self._appoint_notary(room_tag) if habits.receipts else None

    def __repr__(self) -> str:
        return f"<Moderator: {len(self.quarantine())} hidden, {len(self.muted())} muted>"

    # What the room asks and tells.

    async def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        """Give what the admission policies say of *records*, in order, and remember what they refuse."""
        refused = [self._gate.refusal_of(record) for record in records]
        asked = [record for record, refusal in zip(records, refused, strict=True) if refusal is None]
        judged = iter(await self._panel.judge(asked))
        verdicts = [refusal or next(judged) for refusal in refused]
        refusals = refusals_of(records, verdicts, manifests=self._manifests)
        self._refusals.add(refusals)
        if self._notary is not None:
            self._notary.consider(refusals)
        return verdicts

    async def judge_envelope(self, record: Record) -> Verdict:
        """Give what those admission policies say that look at no content; nothing is remembered."""
        return await self._panel.judge_envelope(record)

    def take(self, event: Happening) -> None:
        """Follow what happens in the room."""
        match event:
            case RecordsAdded():
                self._shadows.add(event.members)
            case RecordDeleted(record_id):
                self._shadows.remove(record_id)
            case RecordsExpired(before, _, kept):
                self._shadows.remove_before(before, but=kept)
            case _:
                pass
        self._curtain.take(event)
        self._ledger.take(event)
        self._refusals.take(event)
        self.thrift.take(event)
        self.fetcher.take(event)
        if self._refilling is not None:
            self._refilling.take(event)
        if self._notary is not None:
            self._notary.take(event)

    def show(self, shown: RecordsAdded) -> None:
        """Take in what pins show: of rules over sets, those that say so and that of versions see it; views do."""
        self._shadows.show(shown.members)
        self._curtain.take(shown)

    def hides(self, record: Record) -> bool:
        """Say whether a view policy or a mute hides *record* from readers here."""
        return self._curtain.hides(record)

    async def run(self) -> None:
        """Judge views, save what is remembered and write receipts, for ever."""
        try:
            async with asyncio.TaskGroup() as works:
                works.create_task(self._curtain.run(), name="peerset-views")
                works.create_task(self.thrift.run(), name="peerset-disk")
                works.create_task(self._ledger.notebook.run(), name="peerset-bans")
                works.create_task(self._refusals.notebook.run(), name="peerset-refusals")
                works.create_task(self._shadows.opener.run(self._ties.stir), name="peerset-budget")
                if self._thinning is not None:
                    works.create_task(self._thinning.run(), name="peerset-window")
                if self._refilling is not None:
                    works.create_task(self._refilling.run(), name="peerset-refilling")
                if self._notary is not None:
                    works.create_task(self._notary.run(), name="peerset-receipts")
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    def close(self) -> None:
        """Let nobody wait for view policies or content any more, and those end."""
        self.fetcher.close()
        self._curtain.close()

    async def aclose(self) -> None:
        """Let the policies end, and save a last time; takes a few seconds at most."""
        self.close()
        self._panel.close()
        await self._ledger.notebook.aclose()
        await self._refusals.notebook.aclose()

    # What the policies decided.

    def refusals(self) -> list[Refusal]:
        """Give the latest records that admission policies refused here, the newest last."""
        return self._refusals.latest()

    async def explain(self, record_id: AnyId) -> Explanation | None:
        """Say why a record is refused, shadowed or hidden here; None when readers see it.

        Raises:
            ConfigError: the record is neither here nor among the latest that were refused, or several begin so.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._ties.check_open()
        return await self._explainer.explain(await self._find(record_id))

    async def judged(self) -> None:
        """Wait until the view policies have seen every record that is here.

        Raises:
            RoomClosedError: the room was left, or failed.

        """
        self._ties.check_open()
        await self._curtain.judged()
        self._ties.check_open()

    def shadowing(self, record_id: AnyId) -> Reject | None:
        """Give the set rule that hides a member from readers, with its reason; None when it is seen.

        Raises:
            ConfigError: it is no whole id.

        """
        return self._shadows.shadowing(read_whole_id(record_id))

    # What the user decides.

    def quarantine(self) -> list[Hidden]:
        """Give what view policies hide here, oldest first; `get` still gives such a record."""
        return self._curtain.quarantine()

    async def release(self, record_id: AnyId) -> None:
        """Show a quarantined record, now and after every restart.

        Raises:
            ConfigError: it is not in quarantine.

        """
        self._ties.check_open()
        if not await self._curtain.release(await self._find(record_id)):
            raise ConfigError(f"record {short_id(record_id)} is not in quarantine")
        self._ties.stir()

    async def purge(self, record_id: AnyId) -> None:
        """Destroy a record's content here, for good; its id stays in the set, so it is never fetched again.

        Of a refused record, what is kept to explain the refusal goes.

        Raises:
            ConfigError: the record is not here, or is a deletion, which must stay.

        """
        self._ties.check_open()
        record_id = await self._find(record_id)
        if self._refusals.get(record_id) is not None:
            self._refusals.forget([record_id])
            await self._refusals.save()
            return
        found = await self._store.get([record_id])
        if not found:
            raise ConfigError(f"there is no record {record_id.hex()[:8]} here")
        if found[0].kind == KIND_DELETION:
            raise ConfigError(
                f"record {record_id.hex()[:8]} is a deletion: without it, what it deletes would come back"
            )
        await self._store.note(PURGED, record_id, str(found[0].created_at))
        self.purged.add(record_id)
        await self.destroy([record_id])
        self._ties.stir()

    async def destroy(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content of members, wherever it rests."""
        await self._store.purge(ids)
        self._ties.act(Purged(tuple(ids)))
        for record_id in ids:
            self._shadows.purge(record_id)
            self._curtain.forget(record_id)

    async def _give_up(self, ids: Sequence[RecordId]) -> None:
        await self.destroy(ids)
        self._ties.stir()

    async def mute(self, author: AnyKey) -> None:
        """Hide everything by *author*."""
        self._ties.check_open()
        await self._curtain.mute(read_key(author))
        self._ties.stir()

    async def unmute(self, author: AnyKey) -> None:
        """Show what *author* writes again."""
        self._ties.check_open()
        await self._curtain.unmute(read_key(author))
        self._ties.stir()

    def muted(self) -> list[PublicKey]:
        """Give the authors that are muted."""
        return self._curtain.muted()

    def bans(self) -> list[Ban]:
        """Give whose sessions are refused, the first ban to end first."""
        return self._ledger.bans()

    async def ban(self, subject: AnyKey, *, seconds: float, reason: str = "banned by the user") -> None:
        """End every session of a key, or of a network address, and refuse new ones for *seconds*.

        Raises:
            ConfigError: *seconds* are none, or more than a hundred years, or *subject* can be nobody else's.

        """
        self._ties.check_open()
        seconds = read_ban_seconds(seconds)
        who = read_subject(subject)
        if who in (self._node.key.public_key, self._signer.public_key):
            raise ConfigError("our own key cannot be banned")
        self._ledger.explain(who, read_text("a reason", reason))
        self._ties.act(KeyBanned(who, seconds))
        await self._ledger.save()

    async def lift(self, subject: AnyKey) -> None:
        """End a ban early."""
        self._ties.check_open()
        self._ties.act(KeyBanned(read_subject(subject), 0))
        await self._ledger.save()

    async def _find(self, record_id: AnyId) -> RecordId:
        refused = [refusal.record.id for refusal in self._refusals.latest()]
        found = await find_id(record_id, self._store, also=refused)
        if found is None:
            raise ConfigError(f"there is no record {short_id(record_id)} here")
        return found

    def _make_thrift(self, bytes_max: int) -> Thrift:
        node = self._node
        return Thrift(
            self._store,
            node.index,
            self._shadows,
            bytes_max=bytes_max,
            own=self._signer.public_key,
            knows=lambda: [peer.key for peer in node.peers if peer.key is not None and peer.state == "established"],
            destroy=self._give_up,
            tell=self._ties.tell,
            now=lambda: self._ties.now().unix,
        )

    def _make_thinning(self, claims: Claims) -> Thinning:
        return Thinning(
            self._store,
            own=self._signer.public_key,
            edge=lambda: claims.edge(self._ties.now().unix),
            destroy=self._give_up,
        )

    def _make_refilling(self, claims: Claims | None) -> Refilling:
        return Refilling(
            self._store,
            edge=lambda: 0 if claims is None else claims.edge(self._ties.now().unix),
            purged=self.purged,
            has_room=lambda: self.thrift.has_room,
            fetch=self.fetcher.bring,
        )

    def _appoint_notary(self, room_tag: RoomTag) -> Notary:
        return Notary(
            self._store,
            self._shadows,
            self._panel,
            signer=self._signer,
            room_tag=room_tag,
            now=self._ties.now,
            publish=self._ties.publish,
        )
