"""What every store's file has for documents, whatever its collections: a migration's statements."""

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE collection (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        digest BLOB NOT NULL,
        names TEXT NOT NULL,
        is_shared INTEGER NOT NULL,
        span_seconds INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        has_items INTEGER NOT NULL,
        has_text INTEGER NOT NULL,
        has_links INTEGER NOT NULL,
        built INTEGER NOT NULL,
        target INTEGER NOT NULL,
        seen INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    # Records that are not seen, or that began to be seen after they came: most have no row.
    """CREATE TABLE standing (
        number INTEGER PRIMARY KEY,
        mark INTEGER NOT NULL,
        state INTEGER NOT NULL,
        came INTEGER
    ) STRICT""",
    "CREATE INDEX standing_by_came ON standing (came) WHERE came IS NOT NULL",
    # What went: the log of changes.
    """CREATE TABLE gone (
        entry INTEGER PRIMARY KEY,
        cursor INTEGER NOT NULL UNIQUE,
        came INTEGER NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL,
        number INTEGER NOT NULL,
        id BLOB NOT NULL,
        author BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        kind INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE link (
        parent BLOB NOT NULL,
        child INTEGER NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (parent, child)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX link_by_child ON link (child, place)",
    """CREATE TABLE expiry (
        at INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (at, number)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX expiry_by_number ON expiry (number)",
    # What is left of documents that were purged, whether or not their collection is known.
    """CREATE TABLE remains (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        key TEXT,
        stamp INTEGER NOT NULL,
        own INTEGER NOT NULL,
        parents BLOB NOT NULL,
        batch TEXT
    ) STRICT""",
    "CREATE INDEX remains_by_name ON remains (name)",
    # Documents that are part of a batch, and what commits of batches list.
    """CREATE TABLE part (
        author BLOB NOT NULL,
        nonce TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (author, nonce, number)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX part_by_number ON part (number)",
    """CREATE TABLE listing (
        author BLOB NOT NULL,
        nonce TEXT NOT NULL,
        number INTEGER NOT NULL,
        id BLOB NOT NULL,
        is_here INTEGER NOT NULL,
        PRIMARY KEY (author, nonce, number, id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX listing_by_id ON listing (id)",
    "CREATE INDEX listing_by_number ON listing (number)",
    "INSERT INTO meta (name, value) VALUES ('log', randomblob(4)), ('tables', zeroblob(8)), "
    "('forgotten', zeroblob(8)), ('swept', zeroblob(8))",
    # 2: void, for what was purged before.
    "INSERT INTO standing (number, mark, state) SELECT number, 2, 2 FROM record WHERE wire = x''",
)
