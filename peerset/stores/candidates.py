"""Which rows of a store's file can match a filter, newest first: by its tags where these are rare, or else by time."""

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Final

from peerset.core.filter import Filter
from peerset.core.record import RecordId
from peerset.stores.lookup import buckets_of
from peerset.stores.selection import ByTag, Parameters, Selection, number_array, select

FEW: Final = 1_000
"""So many rows that have a tag are read and sorted, rather than all rows looked through for them."""
FEW_OF_A_DAY: Final = 100
"""The same of one day, whose newest rows may be all that is wanted."""
NUMBER_CHARACTERS_MAX: Final = 20

Marked = Mapping[int, str]
"""The numbers of deletions, as JSON, by bucket."""


def candidates(db: sqlite3.Connection, query: Filter) -> Generator[tuple[RecordId, bytes], None, None]:
    """Give what can match *query*, newest first, within a transaction; only the rows really taken are read."""
    selection = select(query)
    for sql, parameters in _pieces(db, selection):
        with closing(db.execute(sql, parameters)) as numbers:
            for number in numbers:
                record_id, wire = db.execute("SELECT id, wire FROM record WHERE number = ?", number).fetchone()
                if wire:
                    yield record_id, wire


def _pieces(db: sqlite3.Connection, selection: Selection) -> Iterator[tuple[str, Parameters]]:
    """Give what to ask one after the other."""
    marked: Marked = dict(db.execute(selection.marks, selection.parameters)) if selection.marks else {}
    few = _few(db, selection, selection.buckets | {"few": FEW}, marked.values())
    if few is not None:
        yield selection.of_numbers, selection.parameters | selection.buckets | {"numbers": few}
        return
    for bucket in buckets_of(db, selection.buckets):
        alone: Parameters = {"first": bucket, "last": bucket}
        here = marked.get(bucket, "[]")
        few = _few(db, selection, alone | {"few": FEW_OF_A_DAY}, [here])
        if few is not None:
            yield selection.of_numbers, selection.parameters | alone | {"numbers": few}
        else:
            yield selection.sql, selection.parameters | {"bucket": bucket, "marked": here}


def _few(db: sqlite3.Connection, selection: Selection, limits: Parameters, marked: Iterable[str]) -> str | None:
    """Give the numbers, as JSON, of what has one of the tags within *limits*, if that is little for any of them."""
    for by_tag in selection.by_tags:
        numbers = _with_tag(db, by_tag, selection.parameters | limits, marked)
        if numbers is not None:
            return number_array(numbers)
    return None


def _with_tag(db: sqlite3.Connection, by_tag: ByTag, parameters: Parameters, marked: Iterable[str]) -> list[int] | None:
    """Give the numbers of what has a tag, unless it is more than few."""
    few = int(parameters["few"])
    numbers = [number for (number,) in db.execute(by_tag.sql, parameters)]
    for array in marked if by_tag.has_marks else ():
        if len(numbers) >= few or len(array) > few * NUMBER_CHARACTERS_MAX:
            return None
        numbers += json.loads(array)
    return numbers if len(numbers) < few else None
