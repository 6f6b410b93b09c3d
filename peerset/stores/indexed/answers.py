"""What a collection's tables answer: pages, counts, figures, versions, and what does not fit."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.documents.document import Row, State, Version, row_of
from peerset.documents.plan import Figure, Slot
from peerset.documents.value import Scalar
from peerset.documents.where import matches
from peerset.documents.words import has_words, words_of
from peerset.stores.finding import Document, aggregated, page
from peerset.stores.indexed.advice import seen_in
from peerset.stores.indexed.conditions import ALWAYS
from peerset.stores.indexed.counts import kept_count, values_of
from peerset.stores.indexed.figures import count_rows, figures_of
from peerset.stores.indexed.leads import glance, led
from peerset.stores.indexed.pages import page_of
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.streams import all_numbers, rows_of_search
from peerset.stores.indexed.tables import BY_REST, BY_SLOT, Table
from peerset.stores.indexed.tally import Tally
from peerset.stores.selection import number_array

MISFITS_MAX: Final = 1_000

CHUNK_MIN: Final = 32
CHUNK_MAX: Final = 1_024
"""Documents that are read at once to be tested: the more were read in vain, the more."""

Decode: TypeAlias = Callable[[RecordId, bytes], Record]
"""Reads a record of the file."""


def find(db: sqlite3.Connection, search: Search, decode: Decode, tally: Tally) -> list[Record]:
    """Give the page that a search asks for."""
    limit = search.plan.limit
    if (few := glance(db, search)) and (seen := _walked(db, search, decode, few, tally)):
        return seen
    search = led(db, search, is_in_order=search.kinds is not None)
    if search.kinds is None:
        found = _documents(db, search, all_numbers(db, search.whole), decode, Tally())
        return page(found, search.plan)
    if search.is_exact:
        return [decode(*found) for found in page_of(db, search, tally)]
    if not limit:
        return []
    numbers = rows_of_search(db, search.stream)
    return [record for record, _ in islice(_documents(db, search, numbers, decode, tally), limit)]


def _walked(db: sqlite3.Connection, search: Search, decode: Decode, few: int, tally: Tally) -> list[Record]:
    """Give the page if it is full after so few documents in order; else nothing."""
    numbers = islice(rows_of_search(db, search.stream), few)
    found = [record for record, _ in islice(_documents(db, search, numbers, decode, tally), search.plan.limit)]
    return found if len(found) == search.plan.limit else []


def count(db: sqlite3.Connection, search: Search, decode: Decode) -> int:
    """Give how many documents match."""
    if search.is_exact and search.clause.sql == ALWAYS.sql:
        return seen_in(db, search.table)
    values = (
        None if search.plan.words or search.plan.at is not None else values_of(search.definition, search.plan.where)
    )
    if values is not None and (kept := kept_count(db, search.table, values)) is not None:
        return kept
    search = led(db, search, is_in_order=False)
    if search.is_exact:
        return count_rows(db, search)
    return sum(1 for _ in _documents(db, search, all_numbers(db, search.whole), decode, Tally()))


def aggregate(
    db: sqlite3.Connection, search: Search, decode: Decode, figures: Sequence[Figure], by: str | None
) -> list[dict[str, Scalar]]:
    """Compute figures over all that match."""
    search = led(db, search, is_in_order=False)
    if search.is_exact and search.plan.at is None:
        return figures_of(db, search.whole, figures, by)
    return aggregated(_documents(db, search, all_numbers(db, search.whole), decode, Tally()), figures, by)


def misfits(db: sqlite3.Connection, table: Table, decode: Decode) -> list[Record]:
    """Give what does not fit and was not purged, newest first."""
    rows = db.execute(
        f"SELECT record.id, wire FROM {table.docs} INDEXED BY {table.index(BY_REST)} JOIN record USING (number) "
        f"WHERE state != 0 AND state & {int(State.MISFIT)} AND wire != x'' ORDER BY stamp DESC, record.id "
        f"LIMIT {MISFITS_MAX}"
    )
    return [decode(*row) for row in rows]


def versions(db: sqlite3.Connection, table: Table, slot: Slot) -> list[Version]:
    """Give every version of a register, newest first."""
    docs, values = table.docs, [slot.key, *([] if slot.author is None else [slot.author])]
    author = "" if slot.author is None else f" AND {docs}.author = ?"
    rows = db.execute(
        f"SELECT number, record.id, record.author, stamp, state FROM {docs} INDEXED BY {table.index(BY_SLOT)} "
        f"JOIN record USING (number) WHERE key = ?{author} ORDER BY stamp DESC, record.id",
        values,
    ).fetchall()
    parents = _parents(db, [row[0] for row in rows]) if table.has_links else {}
    return [
        Version(RecordId(record_id), PublicKey(author), stamp, State(state), tuple(parents.get(number, ())))
        for number, record_id, author, stamp, state in rows
    ]


def _parents(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[RecordId]]:
    asked = "SELECT child, parent FROM link WHERE child IN (SELECT value FROM json_each(?)) ORDER BY child, place"
    found: dict[int, list[RecordId]] = {}
    for child, parent in db.execute(asked, (number_array(numbers),)):
        found.setdefault(child, []).append(RecordId(parent))
    return found


def _documents(
    db: sqlite3.Connection, search: Search, numbers: Iterable[int], decode: Decode, tally: Tally
) -> Iterator[Document]:
    """Read documents, and give those that pass the tests that are left."""
    numbers, size = iter(numbers), CHUNK_MIN
    while chunk := list(islice(numbers, size)):
        tally.add(len(chunk))
        for _, record in _load(db, chunk, decode):
            row = row_of(search.definition, record, fits=True)
            if row is not None and _passes(search, record, row):
                yield record, row
        size = min(2 * size, CHUNK_MAX)


def _passes(search: Search, record: Record, row: Row) -> bool:
    if search.words and not has_words(search.words, words_of(row.value, search.definition.text)):
        return False
    return matches(search.rest, row.field)


def _load(db: sqlite3.Connection, numbers: Sequence[int], decode: Decode) -> list[tuple[int, Record]]:
    """Read records, in the order asked."""
    asked = f"SELECT number, id, wire FROM record WHERE number IN ({', '.join('?' * len(numbers))})"
    found = {number: decode(record_id, wire) for number, record_id, wire in db.execute(asked, numbers)}
    return [(number, found[number]) for number in numbers]


def ids_of(db: sqlite3.Connection, numbers: Sequence[int]) -> list[RecordId]:
    """Give the ids of records."""
    asked = "SELECT id FROM record WHERE number IN (SELECT value FROM json_each(?))"
    return [RecordId(record_id) for (record_id,) in db.execute(asked, (number_array(numbers),))]
