"""What a room's user decides for this peer alone: quarantine, mutes, purges and bans, all kept over restarts.

And what the policies decided, explained.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from peerset.core.clock import Moment
from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.record import KIND_DELETION, RecordId
from peerset.errors import ConfigError, RoomClosedError
from peerset.moderation.bans import STRIKES, Ban, Ledger
from peerset.moderation.curtain import Curtain, Hidden
from peerset.moderation.explanation import Explainer, Explanation
from peerset.moderation.refusals import REFUSALS, Refusal, Refusals
from peerset.moderation.rulebook import Rulebook
from peerset.moderation.shadows import Shadows
from peerset.ports import Store
from peerset.protocol.inputs import Input, KeyBanned, Purged
from peerset.protocol.node import Node

BAN_SECONDS_MAX: Final = 100 * 365 * 86_400.0
SUBJECT_LENGTH_MAX: Final = 64
"""A key has 32 bytes, the longest text of an IPv6 address with its zone fewer than these."""


class Driver(Protocol):
    """What performs the node's effects, as far as moderation needs it."""

    def take(self, event: Input) -> None:
        """Let the node take *event* at once."""

    def now(self) -> Moment:
        """Read both clocks."""


class Moderated:
    """The part of a `peerset.Room` that moderates it here."""

    def __init__(
        self,
        node: Node,
        driver: Driver,
        *,
        store: Store,
        rulebook: Rulebook,
        shadows: Shadows,
        curtain: Curtain,
        notes: Mapping[str, Mapping[bytes, str]],
    ) -> None:
        self._node = node
        self._driver = driver
        self._store = store
        self._shadows = shadows
        self._curtain = curtain
        self._ledger = Ledger(store, node, now=driver.now, saved=notes[STRIKES])
        self._refusals = Refusals(store, saved=notes[REFUSALS])
        self._explainer = Explainer(rulebook, store, refusals=self._refusals, shadows=shadows, curtain=curtain)
        self._failure: RoomClosedError | None = None
        self._is_left = False

    def refusals(self) -> list[Refusal]:
        """Give the latest records that admission policies refused here, the newest last."""
        return self._refusals.latest()

    async def explain(self, record_id: RecordId) -> Explanation | None:
        """Say why a record is refused, shadowed or hidden here; None when readers see it.

        Raises:
            ConfigError: the record is neither here nor among the latest that were refused.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        return await self._explainer.explain(record_id)

    async def judged(self) -> None:
        """Wait until the view policies have seen every record that is here.

        Raises:
            RoomClosedError: the room was left, or failed.

        """
        self._check_open()
        await self._curtain.judged()
        self._check_open()

    def quarantine(self) -> list[Hidden]:
        """Give what view policies hide here, oldest first; `get` still gives such a record."""
        return self._curtain.quarantine()

    async def release(self, record_id: RecordId) -> None:
        """Show a quarantined record, now and after every restart.

        Raises:
            ConfigError: it is not in quarantine.

        """
        self._check_open()
        if not await self._curtain.release(record_id):
            raise ConfigError(f"record {record_id.hex()[:8]} is not in quarantine")

    async def purge(self, record_id: RecordId) -> None:
        """Destroy a record's content here, for good; its id stays in the set, so it is never fetched again.

        Of a refused record, what is kept to explain the refusal goes.

        Raises:
            ConfigError: the record is not here, or is a deletion, which must stay.

        """
        self._check_open()
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
        await self._store.purge([record_id])
        self._driver.take(Purged((record_id,)))
        self._shadows.remove(record_id)
        self._curtain.forget(record_id)

    async def mute(self, author: PublicKey) -> None:
        """Hide everything by *author*."""
        self._check_open()
        await self._curtain.mute(author)

    async def unmute(self, author: PublicKey) -> None:
        """Show what *author* writes again."""
        self._check_open()
        await self._curtain.unmute(author)

    def muted(self) -> list[PublicKey]:
        """Give the authors that are muted."""
        return self._curtain.muted()

    def bans(self) -> list[Ban]:
        """Give whose sessions are refused, the first ban to end first."""
        return self._ledger.bans()

    async def ban(self, subject: PublicKey | str, *, seconds: float, reason: str = "banned by the user") -> None:
        """End every session of a key, or of a network address, and refuse new ones for *seconds*.

        Raises:
            ConfigError: *seconds* are none, or more than a hundred years, or *subject* can be nobody else's.

        """
        self._check_open()
        if not 0 < seconds <= BAN_SECONDS_MAX:
            raise ConfigError(f"a ban lasts more than 0 and at most {BAN_SECONDS_MAX:.0f} seconds, not {seconds}")
        if not 0 < len(subject) <= SUBJECT_LENGTH_MAX or (isinstance(subject, bytes) and len(subject) != KEY_BYTES):
            raise ConfigError(f"{subject!r} is neither a key of {KEY_BYTES} bytes nor a network address")
        if subject == self._node.key.public_key:
            raise ConfigError("our own key cannot be banned")
        self._ledger.explain(subject, reason)
        self._driver.take(KeyBanned(subject, seconds))
        await self._ledger.save()

    async def lift(self, subject: PublicKey | str) -> None:
        """End a ban early."""
        self._check_open()
        self._driver.take(KeyBanned(subject, 0))
        await self._ledger.save()

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._is_left:
            raise RoomClosedError("the room was left")
