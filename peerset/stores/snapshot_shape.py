"""What every store's file has for snapshots of days: a migration's statements."""

from typing import Final

STATEMENTS: Final = (
    # What ends in large values comes last: who looks at the others reads none of their pages.
    """CREATE TABLE snapshot (
        day INTEGER PRIMARY KEY,
        last INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        times BLOB NOT NULL,
        ids BLOB NOT NULL
    ) STRICT""",
    # Days whose snapshots hold what is gone.
    "CREATE TABLE stale_day (day INTEGER PRIMARY KEY) STRICT",
    """CREATE TRIGGER record_deleted AFTER DELETE ON record
    BEGIN INSERT OR IGNORE INTO stale_day (day) VALUES (old.bucket); END""",
    """CREATE TRIGGER record_changed AFTER UPDATE OF number, bucket, id, created_at ON record
    BEGIN INSERT OR IGNORE INTO stale_day (day) VALUES (old.bucket), (new.bucket); END""",
    "CREATE INDEX record_purged ON record (bucket, created_at) WHERE length(wire) = 0",
)
