"""What is hidden from this peer's readers alone: by its view policies, or because its user muted the author.

Hidden records stay in the set and on disk. What was hidden, released or muted is noted in the store, so that it
survives a restart; nothing of it is told to anyone.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.limits import RECORD_BYTES_MAX
from peerset.core.record import ID_BYTES, Record, RecordId
from peerset.core.signal import PeerId
from peerset.core.verdict import FAILED, Reject, sane_span
from peerset.errors import StoreError
from peerset.moderation.panel import Panel, Sender
from peerset.ports import Store
from peerset.protocol.events import Event, Happening, RecordDeleted, RecordHidden, RecordsAdded, RecordsExpired

QUARANTINE: Final = "quarantine"
RELEASED: Final = "released"
MUTED: Final = "muted"
KINDS: Final = (QUARANTINE, RELEASED, MUTED)
"""The kinds of the notes that hold what is hidden."""
JUDGED_AT_ONCE: Final = 256
NAME_CHARACTERS_MAX: Final = 64
REASON_CHARACTERS_MAX: Final = 200
"""Of what a policy says, so that it fits into a note: as JSON, each character may take 12 bytes."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A record that a view policy hides here."""

    id: RecordId
    created_at: UnixTime
    policy: str
    reason: str
    rule: str = ""
    span: tuple[int, int] | None = None
    """Where in the content, in code points."""


class Curtain:
    """Hides records of one room; *notes* are those of an earlier life, by kind."""

    def __init__(
        self,
        store: Store,
        panel: Panel,
        *,
        notes: Mapping[str, Mapping[bytes, str]],
        on_event: Callable[[Event], None],
        key_of: Callable[[PeerId], PublicKey | None],
    ) -> None:
        self._store = store
        self._panel = panel
        self._on_event = on_event
        self._key_of = key_of
        self._quarantine = {hidden.id: hidden for hidden in _read_quarantine(notes.get(QUARANTINE, {}))}
        self._released = dict(_read_released(notes.get(RELEASED, {})))
        self._muted = {PublicKey(key) for key in notes.get(MUTED, {}) if len(key) == KEY_BYTES}
        self.turns = 0
        """How often the user decided what is hidden."""
        self._waiting: deque[tuple[RecordId, Sender]] = deque()
        """What the policies have not seen, and who brought it."""
        self._stale: deque[tuple[str, RecordId]] = deque()
        """Notes about records that are gone."""
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()

    # What readers ask.

    def hides(self, record: Record) -> bool:
        """Say whether readers here are not shown *record*."""
        return record.id in self._quarantine or record.author in self._muted

    @property
    def is_open(self) -> bool:
        """Whether it hides nothing."""
        return not self._quarantine and not self._muted

    def quarantine(self) -> list[Hidden]:
        """Give what view policies hide, oldest first."""
        return sorted(self._quarantine.values(), key=lambda hidden: (hidden.created_at, hidden.id))

    def muted(self) -> list[PublicKey]:
        """Give the authors that are muted."""
        return sorted(self._muted)

    async def judged(self) -> None:
        """Wait until the view policies have seen every record that is here, or the curtain is closed."""
        await self._idle.wait()

    # What the user decides.

    async def release(self, record_id: RecordId) -> bool:
        """Show a record again and for good; say whether it was hidden."""
        hidden = self._quarantine.get(record_id)
        if hidden is None:
            return False
        await self._store.note(RELEASED, record_id, str(hidden.created_at))
        await self._store.note(QUARANTINE, record_id, None)
        self._released[record_id] = hidden.created_at
        self._quarantine.pop(record_id, None)
        self.turns += 1
        return True

    async def mute(self, author: PublicKey) -> None:
        """Hide everything by *author*."""
        await self._store.note(MUTED, author, "")
        self._muted.add(author)
        self.turns += 1

    async def unmute(self, author: PublicKey) -> None:
        """Show what *author* writes again."""
        await self._store.note(MUTED, author, None)
        self._muted.discard(author)
        self.turns += 1

    def forget(self, record_id: RecordId) -> None:
        """Let go of a record that is gone."""
        for kind, known in ((QUARANTINE, self._quarantine), (RELEASED, self._released)):
            if record_id in known:
                del known[record_id]
                self._stale.append((kind, record_id))
                self._stir()

    def close(self) -> None:
        """Let nobody wait any more, and the policies end."""
        self._idle.set()
        self._panel.close()

    # What happens.

    def take(self, event: Happening) -> None:
        """Follow the member set."""
        match event:
            case RecordsAdded(news):
                for record, peer in () if self._panel.is_empty else news:
                    if not record.is_ephemeral:
                        # Asked now, for a peer that has left is known no more.
                        self._waiting.append((record.id, None if peer is None else self._key_of(peer)))
                        self._stir()
            case RecordDeleted(record_id):
                self.forget(record_id)
            case RecordsExpired(before, _, kept):
                times = {hidden.id: hidden.created_at for hidden in self._quarantine.values()} | self._released
                for record_id in [
                    each for each, created_at in times.items() if created_at < before and each not in kept
                ]:
                    self.forget(record_id)
            case _:
                pass

    async def run(self) -> None:
        """Judge the records that are here, newest first, and then every new one, for ever; intake never waits."""
        work: Callable[[], Awaitable[None]] = self._survey
        while True:
            try:
                await work()
            except StoreError as error:
                logger.warning("what is hidden could not be read or saved: %s", error)
            work = self._work
            if self._waiting or self._stale:
                continue
            self._idle.set()
            self._wake.clear()
            await self._wake.wait()

    async def _survey(self) -> None:
        if not self._panel.is_empty:
            entries = reversed(await self._store.entries())
            self._waiting.extend((RecordId(record_id), None) for _, record_id in entries)

    async def _work(self) -> None:
        while self._stale:
            await self._store.note(*self._stale.popleft(), None)
        taken = dict(self._waiting.popleft() for _ in range(min(len(self._waiting), JUDGED_AT_ONCE)))
        fresh = [each for each in taken if each not in self._quarantine and each not in self._released]
        records = await self._store.get(fresh)
        verdicts = await self._panel.judge(records, [taken[record.id] for record in records])
        for record, verdict in zip(records, verdicts, strict=True):
            # A view policy that broke hides nothing: what it could not judge is no worse than without it.
            if isinstance(verdict, Reject) and verdict.rule != FAILED:
                await self._hide(record, verdict)

    async def _hide(self, record: Record, verdict: Reject) -> None:
        policy, rule = verdict.policy[:NAME_CHARACTERS_MAX], verdict.rule[:NAME_CHARACTERS_MAX]
        reason = verdict.reason[:REASON_CHARACTERS_MAX]
        span = sane_span(verdict.span, len(record.content))
        hidden = Hidden(record.id, record.created_at, policy, reason, rule, span)
        self._quarantine[record.id] = hidden
        self._on_event(RecordHidden(record.id, policy, reason))
        row = {"policy": policy, "rule": rule, "reason": reason, "created_at": record.created_at, "span": span}
        try:
            await self._store.note(QUARANTINE, record.id, json.dumps(row))
        except StoreError as error:
            logger.warning("that %s is hidden could not be saved: %s", record.id.hex()[:8], error)

    def _stir(self) -> None:
        self._idle.clear()
        self._wake.set()


def _read_quarantine(notes: Mapping[bytes, str]) -> Iterable[Hidden]:
    """Give what *notes* hold; what makes no sense is left out."""
    for key, text in sorted(notes.items()):
        try:
            row = json.loads(text)
            texts = [row[name] for name in ("policy", "reason", "rule")]
            created_at, span = row["created_at"], sane_span(row.get("span"), RECORD_BYTES_MAX)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if len(key) == ID_BYTES and type(created_at) is int and all(isinstance(each, str) for each in texts):
            policy, reason, rule = texts
            yield Hidden(RecordId(key), UnixTime(created_at), policy, reason, rule, span)


def _read_released(notes: Mapping[bytes, str]) -> Iterable[tuple[RecordId, UnixTime]]:
    for key, text in sorted(notes.items()):
        if len(key) == ID_BYTES and text.isascii() and text.isdigit() and len(text) < 17:
            yield RecordId(key), UnixTime(int(text))
