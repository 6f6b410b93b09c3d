"""What every store's file has for those who ask by SQL: a migration's statements."""

from typing import Final

RECORDS: Final = "records"
"""The view of all records that readers see."""


def time_of(stamp: str) -> str:
    """Write a stamp, an expression, as people read times: UTC, with microseconds."""
    return f"strftime('%Y-%m-%d %H:%M:%S', {stamp} / 1000000, 'unixepoch') || printf('.%06d', {stamp} % 1000000)"


_STAMP: Final = "(created_at * 1000000 + microseconds)"

STATEMENTS: Final = (
    f"""CREATE VIEW {RECORDS} AS
    SELECT lower(hex(id)) AS id, lower(hex(author)) AS author, {time_of(_STAMP)} AS time, {_STAMP} AS stamp, kind
    FROM record LEFT JOIN standing USING (number) WHERE coalesce(state, 0) = 0""",
)
