"""The sums by UTC day and author in PostgreSQL, kept right by the transaction that adds or removes records."""

from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.clock import DAY_SECONDS
from peerset.core.day_sum import sums_of
from peerset.core.record import KIND_DELETION, Record
from peerset.stores.postgres.shape import Cursor

_COUNT_IN: Final = """
INSERT INTO day_sum AS had (day, author, size, records, names)
SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT (day, author) DO UPDATE
SET size = had.size + excluded.size, records = had.records + excluded.records, names = had.names + excluded.names
"""

_COUNT_OUT: Final = """
WITH gone (day, author, size, records, names) AS (
    SELECT bucket, author, sum(size), count(*), sum(names) FROM record
    WHERE size > 0 AND id = ANY(%s::bytea[]) AND (kind <> %s OR %s) GROUP BY bucket, author
)
UPDATE day_sum AS had
SET size = had.size - gone.size, records = had.records - gone.records, names = had.names - gone.names
FROM gone WHERE had.day = gone.day AND had.author = gone.author
"""


def count_in(cursor: Cursor, records: Iterable[Record]) -> None:
    """Add *records*, whose content just came, to the sums."""
    sums = sums_of(records)
    cursor.execute(
        _COUNT_IN.encode(),
        [[getattr(each, name) for each in sums] for name in ("day", "author", "size", "records", "names")],
    )


def count_out(cursor: Cursor, ids: Sequence[bytes], *, with_deletions: bool) -> None:
    """Take *ids* out of the sums; they are about to lose their content, as deletions do only when they go."""
    cursor.execute(_COUNT_OUT.encode(), (list(ids), KIND_DELETION, with_deletions))
    cursor.execute("DELETE FROM day_sum WHERE records <= 0")


def count_again(cursor: Cursor, before: int) -> None:
    """Sum up anew what is left of the days of which some or all was created before *before*, and is gone."""
    last = (before - 1) // DAY_SECONDS
    cursor.execute("DELETE FROM day_sum WHERE day <= %s", (last,))
    cursor.execute(
        "INSERT INTO day_sum SELECT bucket, author, sum(size), count(*), sum(names) FROM record "
        "WHERE size > 0 AND bucket <= %s GROUP BY bucket, author",
        (last,),
    )
