"""What was changed in a schema, by whom and in which order: a row a transaction, from which others learn it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import Outline, names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.protocol.events import RecordsExpired
from peerset.stores.postgres.shape import Cursor

CHANGES_KEPT: Final = 1_000
"""Who slept for longer than these opens the store again."""

_ID_BYTES: Final = 32
_TIME_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did."""

    came: tuple[RecordId, ...] = ()
    """Ids whose content is here from then on."""
    gone: tuple[tuple[int, RecordId, RecordId], ...] = ()
    """(created_at, id) of what was deleted, and by which deletion."""
    purged: tuple[RecordId, ...] = ()
    expired: RecordsExpired | None = None

    @property
    def is_empty(self) -> bool:
        """It did nothing that others would learn of."""
        return not (self.came or self.gone or self.purged or self.expired)


def last_number(cursor: Cursor) -> int:
    """Give the number of the last change; 0 when there was none."""
    return int(cursor.execute("SELECT coalesce(max(number), 0) FROM change").fetchall()[0][0])


def remember(cursor: Cursor, change: Change, writer: bytes) -> int:
    """Write down what *writer* changed, in a schema that is locked; give its number, and 0 for nothing."""
    if change.is_empty:
        return 0
    expired = change.expired
    number = last_number(cursor) + 1
    cursor.execute(
        "INSERT INTO change (number, writer, came, gone, purged, before, expired, kept) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            number,
            writer,
            b"".join(change.came),
            b"".join(created_at.to_bytes(_TIME_BYTES, "big") + each + by for created_at, each, by in change.gone),
            b"".join(change.purged),
            None if expired is None else expired.before,
            0 if expired is None else expired.count,
            b"" if expired is None else b"".join(sorted(expired.kept)),
        ),
    )
    cursor.execute("DELETE FROM change WHERE number <= %s", (number - CHANGES_KEPT,))
    return number


def changes_since(cursor: Cursor, number: int, writer: bytes) -> tuple[int, list[Change]] | None:
    """Give what others than *writer* changed after *number*, and up to which; None when that is not known any more."""
    rows = cursor.execute(
        "SELECT number, writer, came, gone, purged, before, expired, kept FROM change "
        "WHERE number > %s ORDER BY number",
        (number,),
    ).fetchall()
    if rows and rows[0][0] > number + 1:
        return None
    return (rows[-1][0] if rows else number), [_change(row[2:]) for row in rows if bytes(row[1]) != writer]


def gone_by(outlines: Iterable[Outline], records: Sequence[Record]) -> tuple[tuple[int, RecordId, RecordId], ...]:
    """Say of what is removed which of *records* deleted it; of what none did, the record itself stands there."""
    by: dict[tuple[bytes | None, PublicKey], RecordId] = {
        (name, each.author): each.id for each in records if each.kind == KIND_DELETION for name in names_deleted(each)
    }
    return tuple(
        (each.created_at, each.id, by.get((each.id, each.author)) or by.get((each.address, each.author)) or each.id)
        for each in outlines
    )


def _change(row: Sequence[object]) -> Change:
    came, gone, purged, before, expired, kept = row
    return Change(
        came=tuple(_ids(came)),
        gone=tuple(
            (
                int.from_bytes(each[:_TIME_BYTES], "big"),
                RecordId(each[_TIME_BYTES:-_ID_BYTES]),
                RecordId(each[-_ID_BYTES:]),
            )
            for each in _pieces(gone, _TIME_BYTES + 2 * _ID_BYTES)
        ),
        purged=tuple(_ids(purged)),
        expired=None
        if before is None
        else RecordsExpired(UnixTime(int(str(before))), int(str(expired)), frozenset(_ids(kept))),
    )


def _ids(joined: object) -> list[RecordId]:
    return [RecordId(each) for each in _pieces(joined, _ID_BYTES)]


def _pieces(joined: object, size: int) -> list[bytes]:
    data = joined if isinstance(joined, bytes) else b""
    return [data[at : at + size] for at in range(0, len(data), size)]
