"""Renews documents of our own before the room lets them go."""

import logging
from dataclasses import replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION, Record
from peerset.data.desk import Desk, Draft
from peerset.data.drafts import content_of, draft_document, draft_version
from peerset.data.projection import Projection
from peerset.data.renewal import age_seconds, look_seconds
from peerset.documents.definition import Definition
from peerset.documents.document import Row, collection_of, present, row_of, seat_of
from peerset.documents.plan import Slot, plan
from peerset.errors import PeersetError, RoomClosedError

RENEWED_AT_ONCE: Final = 1_000
PAGE_RECORDS: Final = 100

logger = logging.getLogger(__name__)


class Keeper:
    """Signs anew what of one collection is ours, of no end, and older than two thirds of the window.

    A register gets another version of the same value. A document of its own is written anew, and the old one deleted:
    it has another id and time then, and follows nothing.
    """

    def __init__(self, definition: Definition, projection: Projection, desk: Desk, *, window_seconds: int) -> None:
        self._definition = definition
        self._projection = projection
        self._desk = desk
        self._age_seconds = age_seconds(window_seconds)
        self._look_seconds = look_seconds(window_seconds)
        self._next = UnixTime(0)

    async def look(self, now: UnixTime) -> None:
        """Renew what is due, if it is time again; what cannot be written now is tried again."""
        # Who does this is also who indexes: here nobody may wait for that.
        if now < self._next or not self._projection.declarations.is_built(self._definition):
            return
        self._next = UnixTime(now + self._look_seconds)
        try:
            count = await self.renew(now)
        except RoomClosedError:
            return
        except PeersetError as error:
            logger.warning("collection %s: cannot renew what is ours: %s", self._definition.name, error)
            return
        if count:
            logger.info("collection %s: %s documents of ours were renewed", self._definition.name, count)
        if count == RENEWED_AT_ONCE:
            self._next = now

    async def renew(self, now: UnixTime) -> int:
        """Renew what is due, at most `RENEWED_AT_ONCE`; give how many."""
        where = {"time": {"lt": max(now - self._age_seconds, 0)}}
        author = self._desk.speaks_for(self._definition)
        asked = plan(self._definition, where, author=author, order="time", limit=PAGE_RECORDS, now=now)
        store = await self._projection.settled(self._definition)
        count = 0
        while records := await store.find(asked):
            for record in records:
                row = row_of(self._definition, record)
                if row is not None:
                    count += await self._renew(record, row)
                    asked = replace(asked, after=seat_of(asked.order, record, row))
                if count == RENEWED_AT_ONCE:
                    return count
        return count

    async def _renew(self, record: Record, row: Row) -> bool:
        # What others signed for whom we speak, they renew.
        if row.expires_at is not None or record.author != self._desk.key:
            return False
        # What an older collection said is not what this one's documents say.
        is_own = collection_of(record) == self._definition.name
        content = record.content if is_own else content_of(row.value)
        if row.key is None:
            draft, _ = draft_document(self._definition, content, [])
            tags = [("e", record.id.hex()), ("k", str(record.kind))]
            drafts = [draft, Draft(KIND_DELETION, tags, "")]
            await self._desk.publish(await self._desk.writer.sign_together(drafts, after=row.stamp))
            return True
        async with self._projection.turns.at([(self._definition.name, row.key)]):
            return await self._renew_version(record, Slot(row.key, row.author), content)

    async def _renew_version(self, record: Record, slot: Slot, content: str) -> bool:
        asked = replace(slot, author=None) if self._definition.is_shared else slot
        store = self._projection.store
        (versions,) = await store.register_versions(self._definition.name, [asked])
        if not versions or present(versions)[:1] != [each for each in versions if each.id == record.id]:
            return False
        draft, after = draft_version(self._definition, slot.key, content, versions, author=self._desk.key)
        await self._desk.publish([await self._desk.writer.sign_after(draft, after=after)])
        return True
