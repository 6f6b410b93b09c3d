"""The shape of a store in PostgreSQL: one schema a room, its records in a partition for each UTC day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from peerset.core.clock import DAY_SECONDS
from peerset.errors import StoreError

Cursor = psycopg.Cursor[tuple[Any, ...]]

PARTITIONS_MAX: Final = 2_000
"""Days that have a table of their own; whoever dates records at random days fills the one that all others share."""

STALLED_SECONDS_MAX: Final = 10
"""Who says nothing for so long in the middle of a transaction, and so keeps others from writing, is hung up on."""
LOCKED_SECONDS_MAX: Final = 2.0
"""Who waits for so long for others who write, or read what is to go, lets other rooms have the connection meanwhile."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from an older schema to a newer one."""

    name: str
    statements: tuple[str, ...]


MIGRATIONS: Final = (
    Migration(
        "0001 records, marks, notes and refusals",
        (
            "CREATE TABLE meta (name text PRIMARY KEY, value bytea NOT NULL)",
            # The id comes first in the key: who asks for one does not know its day.
            """CREATE TABLE record (
                bucket bigint NOT NULL,
                created_at bigint NOT NULL,
                expires_at bigint,
                microseconds integer NOT NULL,
                kind integer NOT NULL,
                size integer NOT NULL,
                names integer NOT NULL,
                id bytea NOT NULL,
                author bytea NOT NULL,
                address bytea,
                tags bigint[] NOT NULL,
                wire bytea NOT NULL,
                PRIMARY KEY (id, bucket)
            ) PARTITION BY LIST (bucket)""",
            "CREATE INDEX ON record (created_at DESC, microseconds DESC, id)",
            "CREATE INDEX ON record (author, created_at)",
            "CREATE INDEX ON record (address) WHERE address IS NOT NULL",
            "CREATE INDEX ON record (expires_at, id) WHERE expires_at IS NOT NULL",
            "CREATE INDEX ON record (created_at) WHERE size = 0",
            "CREATE INDEX ON record USING gin (tags)",
            "CREATE TABLE record_of_other_days PARTITION OF record DEFAULT",
            "CREATE TABLE day (bucket bigint PRIMARY KEY)",
            """CREATE TABLE mark (
                name bytea NOT NULL,
                author bytea NOT NULL,
                created_at bigint NOT NULL,
                deletion bytea NOT NULL,
                PRIMARY KEY (name, author, created_at, deletion)
            )""",
            "CREATE INDEX ON mark (deletion)",
            # Texts of PostgreSQL hold no NUL, which notes may.
            "CREATE TABLE note (kind text, key bytea, text bytea NOT NULL, PRIMARY KEY (kind, key))",
            "CREATE TABLE refused (created_at bigint, id bytea, PRIMARY KEY (created_at, id))",
        ),
    ),
    Migration(
        "0002 sums by day and author",
        (
            """CREATE TABLE day_sum (
                day bigint NOT NULL,
                author bytea NOT NULL,
                size bigint NOT NULL,
                records bigint NOT NULL,
                names bigint NOT NULL,
                PRIMARY KEY (day, author)
            )""",
            # So that none is looked for among all at each removal.
            "CREATE INDEX ON day_sum (day) WHERE records <= 0",
            "INSERT INTO day_sum SELECT bucket, author, sum(size), count(*), sum(names) FROM record "
            "WHERE size > 0 GROUP BY bucket, author",
        ),
    ),
    Migration(
        "0003 what others are told",
        (
            """CREATE TABLE change (
                number bigint PRIMARY KEY,
                writer bytea NOT NULL,
                came bytea NOT NULL,
                gone bytea NOT NULL,
                purged bytea NOT NULL,
                before bigint,
                expired bigint NOT NULL,
                kept bytea NOT NULL
            )""",
        ),
    ),
)
"""In order; a released one is never changed, only followed by another."""


def enter(cursor: Cursor, schema: str) -> None:
    """Let names be those of *schema* until the transaction ends."""
    cursor.execute("SELECT set_config('search_path', quote_ident(%s), true)", (schema,))


def lock(cursor: Cursor, schema: str) -> int:
    """Enter *schema*, and let nobody else write to it before the transaction ends; give the transaction's number.

    Raises:
        psycopg.errors.LockNotAvailable: others write for a while, now or later: the connection is wanted.

    """
    locking = (
        "SELECT set_config('search_path', quote_ident(%s), true), set_config('lock_timeout', %s, true), "
        "pg_advisory_xact_lock(hashtextextended('peerset ' || %s, 0)), txid_current()"
    )
    return int(cursor.execute(locking.encode(), (schema, f"{LOCKED_SECONDS_MAX:f}s", schema)).fetchall()[0][3])


def is_committed(cursor: Cursor, transaction: int) -> bool:
    """Tell whether *transaction*, as `lock` numbered it, was saved."""
    return cursor.execute("SELECT txid_status(%s)", (transaction,)).fetchall() == [("committed",)]


def check(cursor: Cursor, migrations: Sequence[Migration], fleet: str, holder: str) -> None:
    """See that the schema, which is locked, is of this version, and *holder*'s by the leases in *fleet*, if there are.

    Raises:
        StoreError: a newer version wrote it, or it is another's, or nobody's.

    """
    leased = psycopg.sql.SQL("(SELECT holder FROM {}.lease WHERE room = current_schema())")
    asking = psycopg.sql.SQL("SELECT (SELECT count(*) FROM migration), {}").format(
        leased.format(psycopg.sql.Identifier(fleet)) if fleet else psycopg.sql.Literal(holder)
    )
    steps, found = cursor.execute(asking).fetchall()[0]
    if steps > len(migrations):
        raise StoreError("a newer version of peerset has it now: upgrade peerset")
    if found != holder:
        raise StoreError("another node has this room now")


def prepare(cursor: Cursor, schema: str, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Make *schema*, when it is not there, and bring its tables up to date, in the transaction of *cursor*.

    Raises:
        StoreError: it is another program's, or was written by a newer version.
        psycopg.Error: the database refuses.

    """
    # Locked before it is there, and so by another name than `lock` does.
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('making peerset ' || %s, 0))", (schema,))
    usable = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %s"
    found = cursor.execute(usable.encode(), (schema,)).fetchone()
    if found == (False,):
        # As if it were not there, it would be left out of the path.
        raise StoreError("its user may not look into the schema: let it own that, or choose another one")
    if found is None:
        cursor.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
    enter(cursor, schema)
    tables = {
        name
        for (name,) in cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    }
    if tables and "migration" not in tables:
        raise StoreError("it holds another program's tables: choose another schema")
    if not tables:
        cursor.execute("CREATE TABLE migration (name text PRIMARY KEY)")
    applied = {name for (name,) in cursor.execute("SELECT name FROM migration").fetchall()}
    if newer := sorted(applied - {migration.name for migration in migrations}):
        raise StoreError(f"it was written by a newer version of peerset (migration {newer[0]!r}): upgrade peerset")
    for migration in migrations:
        if migration.name not in applied:
            for statement in migration.statements:
                cursor.execute(statement.encode())
            cursor.execute("INSERT INTO migration (name) VALUES (%s)", (migration.name,))


def add_days(cursor: Cursor, buckets: Iterable[int]) -> None:
    """Give each of *buckets* a partition, as long as there are not too many."""
    known = {bucket for (bucket,) in cursor.execute("SELECT bucket FROM day").fetchall()}
    for bucket in sorted(set(buckets) - known)[: max(PARTITIONS_MAX - len(known), 0)]:
        if cursor.execute("SELECT 1 FROM record_of_other_days WHERE bucket = %s LIMIT 1", (bucket,)).fetchone():
            continue
        cursor.execute(f"CREATE TABLE record_{bucket:d} PARTITION OF record FOR VALUES IN ({bucket:d})".encode())
        cursor.execute("INSERT INTO day (bucket) VALUES (%s)", (bucket,))


def expire(cursor: Cursor, before: int, kept: list[bytes]) -> int:
    """Delete what was created before *before*, but for *kept*; give how many. A day of which all goes is dropped."""
    spared = {row[0] for row in cursor.execute("SELECT bucket FROM record WHERE id = ANY(%s::bytea[])", (kept,))}
    days = cursor.execute("SELECT bucket FROM day WHERE bucket < %s ORDER BY bucket", (before // DAY_SECONDS,))
    count = 0
    for (bucket,) in days.fetchall():
        if bucket not in spared:
            counting = cursor.execute("SELECT count(*) FROM record WHERE bucket = %s", (bucket,))
            count += counting.fetchall()[0][0]
            cursor.execute(f"DROP TABLE record_{bucket:d}".encode())
            cursor.execute("DELETE FROM day WHERE bucket = %s", (bucket,))
    cursor.execute("DELETE FROM record WHERE created_at < %s AND id <> ALL(%s::bytea[])", (before, kept))
    count += cursor.rowcount
    cursor.execute("DELETE FROM mark WHERE created_at < %s AND deletion <> ALL(%s::bytea[])", (before, kept))
    cursor.execute("DELETE FROM refused WHERE created_at < %s", (before,))
    return count
