"""What a store's file needs so that kinds of which an author has one have versions too: a migration's statements.

They get addresses, deletions name these, and what is thereby deleted goes.
"""

import json
import sqlite3
from typing import Final

from peerset.core.deletion import address_text, digest_of, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import decode_record
from peerset.errors import MalformedError
from peerset.stores.sums import STATEMENTS as SUMS

STATEMENTS: Final = (
    "UPDATE record SET address = replaceable_address(kind, author) "
    "WHERE kind != 1078 AND (kind IN (0, 3) OR kind BETWEEN 10000 AND 19999)",
    "INSERT OR IGNORE INTO mark (name, author, created_at, number) "
    "SELECT from_hex(named.value), author, created_at, number "
    "FROM record, json_each(deleted_names(wire)) AS named WHERE kind = 5 AND length(wire) > 0",
    "CREATE TEMP TABLE covered AS SELECT record.number FROM record JOIN mark "
    "ON mark.name = record.address AND mark.author = record.author AND mark.created_at >= record.created_at",
    # The numbers of what goes are not given again.
    "INSERT OR REPLACE INTO meta (name, value) SELECT 'number', value FROM ("
    "SELECT from_hex(printf('%016x', max(number))) AS value FROM record "
    "UNION ALL SELECT value FROM meta WHERE name = 'number') WHERE EXISTS (SELECT 1 FROM covered) "
    "ORDER BY value DESC LIMIT 1",
    "DELETE FROM tag WHERE number IN (SELECT number FROM covered)",
    "DELETE FROM record WHERE number IN (SELECT number FROM covered)",
    "DROP TABLE covered",
    "DELETE FROM day_sum",
    SUMS[1],
    "INSERT INTO day_sum SELECT bucket, record.author, 0, 0, count(*) FROM mark JOIN record USING (number) WHERE true "
    "GROUP BY bucket, record.author ON CONFLICT DO UPDATE SET names = excluded.names",
)


def add_names(db: sqlite3.Connection) -> None:
    """Let SQL of *db* name addresses, and what deletions name."""
    db.create_function("replaceable_address", 2, _address_of, deterministic=True)
    db.create_function("deleted_names", 1, _names_of, deterministic=True)


def _address_of(kind: int, author: bytes) -> bytes:
    return digest_of(address_text(kind, PublicKey(author), ""))


def _names_of(wire: bytes) -> str:
    try:
        return json.dumps([name.hex() for name in names_deleted(decode_record(wire))])
    except MalformedError:
        # It is damaged, and names nothing.
        return "[]"
