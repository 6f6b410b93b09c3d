"""The store in PostgreSQL: one room's records in a schema of a database, one transaction a call.

Several processes may write to one schema: who writes holds its lock until the transaction ends.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from peerset.core.bucket import day_of
from peerset.core.clock import UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.deletion import Mark, Name, Outline
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX
from peerset.core.note import NOTES_PER_KIND_MAX, check_note
from peerset.core.record import KIND_DELETION, Record, RecordId, recall_record
from peerset.core.signal import RoomTag
from peerset.core.stamp import newest_first
from peerset.errors import ConfigError, MalformedError, StoreError
from peerset.protocol.events import RecordsExpired
from peerset.protocol.inputs import Changed
from peerset.stores.postgres.changes import Change, changes_since, gone_by, last_number, remember
from peerset.stores.postgres.connection import PostgresSchema
from peerset.stores.postgres.hearing import say
from peerset.stores.postgres.place import read_place
from peerset.stores.postgres.rows import OUTLINE, clamp, conditions, expiry_of, insert, known_rules, outline, tags_of
from peerset.stores.postgres.shape import Cursor, expire
from peerset.stores.postgres.sums import count_again, count_in, count_out

STREAMED_ROWS: Final = 500
READ_AT_ONCE: Final = 1_000
"""Of what others added."""
WRITER_BYTES: Final = 8

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def open_postgres(rest: str) -> "PostgresStore":
    """Open the store at ``postgresql:`` and *rest*: an address of libpq, whose ``schema`` names the room's tables.

    Raises:
        ConfigError: that is no such address.
        StoreError: the database cannot be reached, or what is there is no store of this version.

    """
    schema = PostgresSchema(read_place(rest))
    try:
        await schema.open()
        return PostgresStore(schema, known=await schema.read(last_number))
    except BaseException:
        await schema.aclose()
        raise


class PostgresStore:
    """Records in a database. Make one with `open_postgres`.

    Every call is one transaction, after those before, and done whole even when its caller is cancelled. While
    the database is away, a call waits for it, for a minute and a half; what was saved then is not done twice.
    """

    def __init__(self, schema: PostgresSchema, *, known: int) -> None:
        self._schema = schema
        self._known = known
        """The last change of which we know."""
        self._writer = random.SystemRandom().randbytes(WRITER_BYTES)

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good; nobody but its owner, and the database's, may read it.

        Raises:
            ConfigError: the schema already belongs to another room.

        """
        del is_private  # Schemas are their owners' alone.

        def belong(cursor: Cursor) -> tuple[int, bytes]:
            cursor.execute("INSERT INTO meta (name, value) VALUES ('room', %s) ON CONFLICT DO NOTHING", (room_tag,))
            found = cursor.execute("SELECT value FROM meta WHERE name = 'room'").fetchall()[0][0]
            # Who was here before us may have been killed before it told of its last change.
            return last_number(cursor), bytes(found)

        if (await self._schema.write(belong, then=self._tell))[1] != room_tag:
            raise ConfigError(
                f"the schema {self._schema.name} belongs to another room; give the room {room_tag.hex()} its own schema"
            )

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*, in one transaction."""
        batch, gone = {record.id: record for record in records}, list(removed)

        def add(cursor: Cursor) -> tuple[Change, None]:
            # Only the tables of their days are looked into.
            days = list({day_of(record.created_at) for record in records})
            known = "SELECT id FROM record WHERE id = ANY(%s::bytea[]) AND bucket = ANY(%s::bigint[])"
            rows = cursor.execute(known, (list(batch), days)).fetchall()
            here = {record_id for (record_id,) in rows}
            news = [record for record in batch.values() if record.id not in here]
            insert(cursor, news)
            outlines = list[Outline]()
            if gone:
                rows = cursor.execute(f"{OUTLINE} id = ANY(%s::bytea[])".encode(), (gone,)).fetchall()
                outlines = [outline(*row) for row in rows]
                count_out(cursor, gone, with_deletions=True)
                cursor.execute("DELETE FROM record WHERE id = ANY(%s::bytea[])", (gone,))
                cursor.execute("DELETE FROM mark WHERE deletion = ANY(%s::bytea[])", (gone,))
            return Change(tuple(record.id for record in news), gone_by(outlines, list(batch.values()))), None

        await self._change(add)

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked.

        Raises:
            StoreError: what the database holds under an id is no record.

        """
        return [
            self._decode(record_id, wire) for record_id, wire in zip(ids, await self.wires(ids), strict=True) if wire
        ]

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        asked = list(ids)
        found = dict(await self._schema.rows("SELECT id, wire FROM record WHERE id = ANY(%s::bytea[])", asked))
        return [found.get(record_id, b"") for record_id in asked]

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        return sorted(await self._schema.rows("SELECT created_at, id FROM record"))

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first."""
        if query.ids is not None:
            found = [record for record in await self.get(sorted(query.ids)) if query.matches(record)]
            return sorted(found, key=newest_first)[: query.limit]
        return await self._schema.read(lambda cursor: self._find(cursor, query))

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        return {PublicKey(author) for (author,) in await self._schema.rows("SELECT DISTINCT author FROM mark")}

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*: ids, and addresses with all their versions."""
        asked = list(names)
        rows = await self._schema.rows(f"{OUTLINE} id = ANY(%s::bytea[])", asked)
        rows += await self._schema.rows(f"{OUTLINE} address = ANY(%s::bytea[])", asked)
        return [outline(*row) for row in sorted(set(rows))]

    async def shells(self, since: int, until: int) -> list[Outline]:
        """Give what was purged of the records created from *since* to *until*, both included."""
        span = f"{OUTLINE} size = 0 AND created_at BETWEEN %s AND %s ORDER BY id"
        return [outline(*row) for row in await self._schema.rows(span, clamp(since), min(until, INTEGER_MAX))]

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it, ties by lowest id; nothing where none is."""
        asked = list(questions)
        rows = await self._schema.rows(
            "SELECT DISTINCT ON (name, author) name, author, created_at, deletion "
            "FROM unnest(%s::bytea[], %s::bytea[]) AS asked (name, author) JOIN mark USING (name, author) "
            "ORDER BY name, author, created_at DESC, deletion",
            [name for name, _ in asked],
            [author for _, author in asked],
        )
        found = {(row[0], row[1]): row[2:] for row in rows}
        return [
            Mark(name, author, UnixTime(found[name, author][0]), RecordId(found[name, author][1]))
            for name, author in asked
            if (name, author) in found
        ]

    async def versions(self) -> list[Outline]:
        """Give every record that has versions and is here, purged or not."""
        return [outline(*row) for row in await self._schema.rows(f"{OUTLINE} address IS NOT NULL")]

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete every record with created_at below *before*, all others than *but*; give how many.

        A day of which nothing stays is a table that is dropped.
        """
        edge, kept = clamp(before), [bytes(record_id) for record_id in but]

        def expire_all(cursor: Cursor) -> tuple[Change, int]:
            count = expire(cursor, edge, kept)
            count_again(cursor, edge)
            told = RecordsExpired(UnixTime(edge), count, frozenset(but))
            return Change(expired=told if count else None), count

        return await self._change(expire_all)

    async def expired(self, until: UnixTime, *, limit: int) -> list[RecordId]:
        """Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never."""
        due = "SELECT id FROM record WHERE expires_at <= %s ORDER BY expires_at, id LIMIT %s"
        return [RecordId(record_id) for (record_id,) in await self._schema.rows(due, clamp(until, least=-1), limit)]

    async def weight(self) -> int:
        """Say how many bytes the wire forms have together."""
        return int((await self._schema.rows("SELECT coalesce(sum(size), 0) FROM day_sum"))[0][0])

    async def sums(self) -> list[DaySum]:
        """Give what each author wrote on each UTC day, as far as its content is here."""
        rows = await self._schema.rows("SELECT day, author, size, records, names FROM day_sum ORDER BY day, author")
        return [DaySum(day, PublicKey(author), *figures) for day, author, *figures in rows]

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*, for good; deletions are left alone.

        Their bytes are overwritten when the database next vacuums.
        """
        gone = list(ids)

        def purge(cursor: Cursor) -> tuple[Change, None]:
            count_out(cursor, gone, with_deletions=False)
            rows = cursor.execute(
                "UPDATE record SET wire = '', size = 0, tags = '{}', expires_at = NULL "
                "WHERE id = ANY(%s::bytea[]) AND kind <> %s AND size > 0 RETURNING id",
                (gone, KIND_DELETION),
            ).fetchall()
            return Change(purged=tuple(RecordId(record_id) for (record_id,) in rows)), None

        await self._change(purge)

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here, in one transaction."""
        batch = {record.id: record for record in records}

        def fill(cursor: Cursor) -> tuple[Change, None]:
            shells = "SELECT id FROM record WHERE id = ANY(%s::bytea[]) AND size = 0"
            filled = [batch[RecordId(row[0])] for row in cursor.execute(shells, (list(batch),)).fetchall()]
            cursor.executemany(
                "UPDATE record SET wire = %s, size = %s, tags = %s::bigint[], expires_at = %s WHERE id = %s",
                [(each.wire, len(each.wire), tags_of(each), expiry_of(each), each.id) for each in filled],
            )
            count_in(cursor, filled)
            return Change(tuple(each.id for each in filled)), None

        await self._change(fill)

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries* were refused under *rules*; what others refused is forgotten."""
        times, ids = [entry[0] for entry in entries], [entry[1] for entry in entries]

        def refuse(cursor: Cursor) -> None:
            if known_rules(cursor) != rules:
                cursor.execute("DELETE FROM refused")
                cursor.execute(
                    "INSERT INTO meta (name, value) VALUES ('rules', %s) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (rules,),
                )
            cursor.execute(
                "INSERT INTO refused SELECT * FROM unnest(%s::bigint[], %s::bytea[]) ON CONFLICT DO NOTHING",
                (times, ids),
            )

        await self._schema.write(refuse)

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""

        def read(cursor: Cursor) -> list[tuple[int, bytes]]:
            is_same = known_rules(cursor) == rules
            return cursor.execute("SELECT created_at, id FROM refused").fetchall() if is_same else []

        return sorted(await self._schema.read(read))

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key."""
        return {
            key: text.decode()
            for key, text in await self._schema.rows("SELECT key, text FROM note WHERE kind = %s", kind)
        }

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        check_note(kind, key, text)

        def write(cursor: Cursor) -> bool:
            cursor.execute("DELETE FROM note WHERE kind = %s AND key = %s", (kind, key))
            if text is not None:
                cursor.execute("INSERT INTO note (kind, key, text) VALUES (%s, %s, %s)", (kind, key, text.encode()))
            count = cursor.execute("SELECT count(*) FROM note WHERE kind = %s", (kind,)).fetchall()[0][0]
            if count > NOTES_PER_KIND_MAX:
                cursor.execute("DELETE FROM note WHERE kind = %s AND key = %s", (kind, key))
            return bool(count <= NOTES_PER_KIND_MAX)

        if not await self._schema.write(write):
            raise StoreError(f"the {self._schema} holds {NOTES_PER_KIND_MAX} notes of the kind {kind!r}: remove some")

    async def changed(self) -> AsyncIterator[Changed]:
        """Give what others changed since the store was opened, and from then on.

        Raises:
            StoreError: so much changed while the database was away that who opens the store again knows more.

        """
        stirred = asyncio.Event()

        def heed(writer: bytes, number: int) -> None:
            if writer == self._writer and number == self._known + 1:
                self._known = number
            elif not number or number > self._known:
                stirred.set()

        hearing = self._schema.hear()
        hearing.heed(self._schema.name, heed)
        # It may have been listening before, and what was said by then is not said again.
        stirred.set()
        try:
            while True:
                await stirred.wait()
                stirred.clear()
                try:
                    changes = await self._catch_up()
                except StoreError as error:
                    # It is heard when the database is back.
                    logger.warning("what others changed is not known by now: %s", error)
                    continue
                if changes is None:
                    raise StoreError(f"the {self._schema} was away for too long to tell what others changed")
                for change in changes:
                    # A deletion comes with what it deleted, so that this does not come back.
                    event = await self._come(change.came[:READ_AT_ONCE])
                    yield replace(event, gone=change.gone, purged=change.purged, expired=change.expired)
                    for start in range(READ_AT_ONCE, len(change.came), READ_AT_ONCE):
                        yield await self._come(change.came[start : start + READ_AT_ONCE])
        finally:
            hearing.ignore(self._schema.name, heed)

    async def _come(self, ids: Sequence[RecordId]) -> Changed:
        found = await self.get(ids) if ids else []
        lacking = {*ids}.difference(record.id for record in found)
        rest = await self.named(sorted(lacking)) if lacking else []
        return Changed(tuple(found), hollow=tuple((each.created_at, each.id) for each in rest))

    async def _catch_up(self) -> list[Change] | None:
        found = await self._schema.read(lambda cursor: changes_since(cursor, self._known, self._writer))
        if found is None:
            return None
        self._known = max(self._known, found[0])
        return found[1]

    async def _change(self, work: Callable[[Cursor], tuple[Change, T]]) -> T:
        """Do *work*, write down what it changed, and tell others that something was."""

        def change(cursor: Cursor) -> tuple[int, T]:
            changed, answer = work(cursor)
            return remember(cursor, changed, self._writer), answer

        return (await self._schema.write(change, then=self._tell))[1]

    def _tell(self, answer: tuple[int, object]) -> Callable[[Cursor], None] | None:
        number = answer[0]
        return partial(say, schema=self._schema.name, writer=self._writer, number=number) if number else None

    async def aclose(self) -> None:
        """Finish what was asked, then part from the database; may be called twice."""
        await self._schema.aclose()

    def _decode(self, record_id: RecordId, wire: bytes) -> Record:
        try:
            return recall_record(record_id, wire)
        except MalformedError as error:
            raise StoreError(f"the {self._schema} is damaged: what is under {record_id.hex()} is no record") from error

    def _find(self, cursor: Cursor, query: Filter) -> list[Record]:
        clauses, parameters = conditions(query)
        where = " AND ".join(clauses)
        # The clauses are this module's own words; what was asked is in the parameters.
        sql = f"SELECT id, wire FROM record WHERE {where} ORDER BY created_at DESC, microseconds DESC, id"  # noqa: S608
        found: list[Record] = []
        if query.limit == 0:
            return found
        with cursor.connection.cursor(name="found") as rows:
            rows.itersize = min(STREAMED_ROWS, query.limit or STREAMED_ROWS)
            for record_id, wire in rows.execute(sql.encode(), parameters):
                record = self._decode(record_id, wire)
                if query.matches(record):
                    found.append(record)
                if len(found) == query.limit:
                    break
        return found
