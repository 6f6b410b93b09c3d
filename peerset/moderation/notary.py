"""Writes receipts: signed records by which this peer says what policies refused or shadowed here.

It writes few. A flood of refused records gives a bounded number of receipts, no record gets two, and nothing is said
of receipts, of our own records, or in the name of a policy that broke: a false receipt would be proof against us.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Final

from peerset.core.clock import Moment
from peerset.core.filter import Filter
from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, content_of, hash_group
from peerset.core.record import Record, RecordId
from peerset.core.signal import RoomTag
from peerset.core.verdict import FAILED
from peerset.errors import RecordError, SignalingError, StoreError
from peerset.moderation.panel import Panel
from peerset.moderation.refusals import Refusal
from peerset.moderation.shadows import Shadows
from peerset.ports import RecordSigner, Store
from peerset.protocol.events import Happening, RecordsAdded

RECEIPTS_PER_MINUTE_MAX: Final = 10
"""Within any sixty seconds."""
CASES_WAITING_MAX: Final = 64
"""What is refused or shadowed while so many wait gets no receipt."""
MEMBERS_WATCHED_MAX: Final = 1_024
"""New members whose groups are looked at together; the oldest of a flood are not."""
RECEIPTED_IDS_MAX: Final = 65_536
"""Records of which we wrote already, the newest."""
MINUTE_SECONDS: Final = 60.0

logger = logging.getLogger(__name__)


class Notary:
    """Writes the receipts of one room; *publish* brings a record in as any of ours."""

    def __init__(
        self,
        store: Store,
        shadows: Shadows,
        panel: Panel,
        *,
        signer: RecordSigner,
        room_tag: RoomTag,
        now: Callable[[], Moment],
        publish: Callable[[Record], Awaitable[None]],
    ) -> None:
        self._store = store
        self._shadows = shadows
        self._panel = panel
        self._signer = signer
        self._room_tag = room_tag
        self._now = now
        self._publish = publish
        self._cases: OrderedDict[RecordId, Refusal | None] = OrderedDict()
        """What waits for a receipt; None: it may be shadowed."""
        self._watched: deque[RecordId] = deque(maxlen=MEMBERS_WATCHED_MAX)
        self._done: OrderedDict[RecordId, None] = OrderedDict()
        self._turns: deque[float] = deque(maxlen=RECEIPTS_PER_MINUTE_MAX)
        """When the last receipts were written, in monotonic seconds."""
        self._wake = asyncio.Event()

    def consider(self, refusals: Iterable[Refusal]) -> None:
        """Take what admission policies refused."""
        for refusal in refusals:
            if refusal.rule != FAILED and self._is_worth_it(refusal.record):
                self._wait(refusal.record.id, refusal)

    def take(self, event: Happening) -> None:
        """Take new members, by which set rules may shadow them or others."""
        if isinstance(event, RecordsAdded) and not self._shadows.is_empty:
            self._watched.extend([record.id for record in event.members])
            self._wake.set()

    async def run(self) -> None:
        """Write receipts, for ever."""
        try:
            await self._recall()
        except StoreError as error:
            logger.warning("no receipts are written, for it cannot be read which there are: %s", error)
            return
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._look_around()
            while self._cases:
                await self._wait_for_turn()
                await self._settle(*self._cases.popitem(last=False))

    async def _recall(self) -> None:
        """Read from our own receipts of whom we wrote, and how lately."""
        ours = Filter(
            authors=frozenset([self._signer.public_key]), kinds=frozenset([KIND_RECEIPT]), limit=RECEIPTED_IDS_MAX
        )
        now = self._now()
        for record in reversed(await self._store.query(ours)):
            self._remember(*(RecordId(bytes.fromhex(value)) for value in record.tag_values("e")[:1]))
            age_seconds = max(0, now.unix - record.created_at)
            if age_seconds < MINUTE_SECONDS:
                self._turns.append(now.monotonic - age_seconds)

    def _look_around(self) -> None:
        """Let what is shadowed beside the new members wait, as far as there is room."""
        shadowed = self._shadows.shadowed_beside(self._watched)
        fresh = (record_id for record_id in shadowed if record_id not in self._done)
        for record_id in islice(fresh, CASES_WAITING_MAX):
            self._wait(record_id, None)
        self._watched.clear()

    def _wait(self, record_id: RecordId, refusal: Refusal | None) -> None:
        if record_id not in self._done and len(self._cases) < CASES_WAITING_MAX:
            self._cases.setdefault(record_id, refusal)
            self._wake.set()

    async def _wait_for_turn(self) -> None:
        if len(self._turns) < RECEIPTS_PER_MINUTE_MAX:
            return
        turn = asyncio.Event()
        asyncio.get_running_loop().call_at(self._turns[0] + MINUTE_SECONDS, turn.set)
        await turn.wait()

    async def _settle(self, record_id: RecordId, refusal: Refusal | None) -> None:
        if record_id in self._done:
            return
        try:
            receipt = await self._receipt_of_member(record_id) if refusal is None else self._receipt_of(refusal)
            if receipt is not None:
                await self._write(receipt)
        except RecordError as error:
            logger.debug("no receipt of %s: %s", record_id.hex()[:8], error)
        except (StoreError, SignalingError) as error:
            logger.warning("the receipt of %s could not be signed or saved: %s", record_id.hex()[:8], error)

    def _receipt_of(self, refusal: Refusal) -> Receipt | None:
        if refusal.policy in self._panel.complaints:
            return None
        return Receipt(refusal.record.id, refusal.policy, refusal.manifest, Fate.REFUSED, refusal.rule)

    async def _receipt_of_member(self, record_id: RecordId) -> Receipt | None:
        found = await self._store.get([record_id])
        if not found or not self._is_worth_it(found[0]):
            self._remember(record_id)
            return None
        shadowing = self._shadows.examine(record_id)
        if shadowing is None or shadowing.rule.name in self._shadows.complaints:
            return None
        manifest, group = shadowing.rule.manifest, hash_group(shadowing.group)
        return Receipt(record_id, manifest.name, manifest.id, Fate.SHADOWED, group=group)

    async def _write(self, receipt: Receipt) -> None:
        now = self._now()
        self._turns.append(now.monotonic)
        self._remember(receipt.record_id)
        tags = receipt.tags(self._room_tag)
        record = await self._signer.sign(created_at=now.unix, kind=KIND_RECEIPT, tags=tags, content=content_of(receipt))
        await self._publish(record)

    def _is_worth_it(self, record: Record) -> bool:
        return record.kind != KIND_RECEIPT and record.author != self._signer.public_key

    def _remember(self, *ids: RecordId) -> None:
        for record_id in ids:
            self._done[record_id] = None
            if len(self._done) > RECEIPTED_IDS_MAX:
                self._done.popitem(last=False)
