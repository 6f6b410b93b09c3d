"""What every store's file has for views: a migration's statements."""

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE view (
        name TEXT PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        position INTEGER,
        known INTEGER,
        error TEXT
    ) STRICT""",
    # Records that are gone, until every view has seen them go.
    """CREATE TABLE parting (
        id BLOB PRIMARY KEY,
        cursor INTEGER NOT NULL,
        wire BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX parting_by_cursor ON parting (cursor)",
)
