"""The store in PostgreSQL: one room's records in a schema of a database, one transaction a call.

Several processes may write to one schema: who writes holds its lock until the transaction ends.
"""

from collections.abc import Collection, Sequence
from typing import Final

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
from peerset.stores.postgres.connection import PostgresSchema
from peerset.stores.postgres.place import read_place
from peerset.stores.postgres.rows import OUTLINE, clamp, conditions, expiry_of, insert, known_rules, outline, tags_of
from peerset.stores.postgres.shape import Cursor, expire
from peerset.stores.postgres.sums import count_again, count_in, count_out

STREAMED_ROWS: Final = 500


async def open_postgres(rest: str) -> "PostgresStore":
    """Open the store at ``postgresql:`` and *rest*: an address of libpq, whose ``schema`` names the room's tables.

    Raises:
        ConfigError: that is no such address.
        StoreError: the database cannot be reached, or what is there is no store of this version.

    """
    schema = PostgresSchema(read_place(rest))
    try:
        await schema.open()
    except BaseException:
        await schema.aclose()
        raise
    return PostgresStore(schema)


class PostgresStore:
    """Records in a database. Make one with `open_postgres`.

    Every call is one transaction, after those before, and done whole even when its caller is cancelled. While
    the database is away, a call waits for it, for a minute and a half; what was saved then is not done twice.
    """

    def __init__(self, schema: PostgresSchema) -> None:
        self._schema = schema

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good; nobody but its owner, and the database's, may read it.

        Raises:
            ConfigError: the schema already belongs to another room.

        """
        del is_private  # Schemas are their owners' alone.

        def remember(cursor: Cursor) -> bytes:
            cursor.execute("INSERT INTO meta (name, value) VALUES ('room', %s) ON CONFLICT DO NOTHING", (room_tag,))
            return bytes(cursor.execute("SELECT value FROM meta WHERE name = 'room'").fetchall()[0][0])

        if await self._schema.write(remember) != room_tag:
            raise ConfigError(
                f"the schema {self._schema.name} belongs to another room; give the room {room_tag.hex()} its own schema"
            )

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*, in one transaction."""
        batch, gone = {record.id: record for record in records}, list(removed)

        def add(cursor: Cursor) -> None:
            rows = cursor.execute("SELECT id FROM record WHERE id = ANY(%s::bytea[])", (list(batch),)).fetchall()
            here = {record_id for (record_id,) in rows}
            insert(cursor, [record for record in batch.values() if record.id not in here])
            if gone:
                count_out(cursor, gone, with_deletions=True)
                cursor.execute("DELETE FROM record WHERE id = ANY(%s::bytea[])", (gone,))
                cursor.execute("DELETE FROM mark WHERE deletion = ANY(%s::bytea[])", (gone,))

        await self._schema.write(add)

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

        def expire_all(cursor: Cursor) -> int:
            count = expire(cursor, edge, kept)
            count_again(cursor, edge)
            return count

        return await self._schema.write(expire_all)

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

        def purge(cursor: Cursor) -> None:
            count_out(cursor, gone, with_deletions=False)
            cursor.execute(
                "UPDATE record SET wire = '', size = 0, tags = '{}', expires_at = NULL "
                "WHERE id = ANY(%s::bytea[]) AND kind <> %s AND size > 0",
                (gone, KIND_DELETION),
            )

        await self._schema.write(purge)

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here, in one transaction."""
        batch = {record.id: record for record in records}

        def fill(cursor: Cursor) -> None:
            shells = "SELECT id FROM record WHERE id = ANY(%s::bytea[]) AND size = 0"
            filled = [batch[RecordId(row[0])] for row in cursor.execute(shells, (list(batch),)).fetchall()]
            cursor.executemany(
                "UPDATE record SET wire = %s, size = %s, tags = %s::bigint[], expires_at = %s WHERE id = %s",
                [(each.wire, len(each.wire), tags_of(each), expiry_of(each), each.id) for each in filled],
            )
            count_in(cursor, filled)

        await self._schema.write(fill)

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
