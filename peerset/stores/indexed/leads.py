"""What leads to few documents beside the indexes of columns: words, elements of arrays, and places on the globe."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from peerset.documents.morton import ranges_of
from peerset.documents.where import Box, Circle, Condition, Op
from peerset.documents.words import Words
from peerset.stores.indexed.conditions import Bound, every
from peerset.stores.indexed.entries import element_of
from peerset.stores.indexed.search import Lead, Search
from peerset.stores.indexed.streams import pieces_of, sources_of, spans_of

FEWEST: Final = 256
"""So few rows are always read and sorted, rather than looked for in order."""
TESTED_COST: Final = 8
"""Of a document that is read and tested, beside a row that an index leads to."""
WORD_BYTES_MAX: Final = 1_000
"""Longer words are looked for in the documents: past 32 KiB the file itself would cut them."""


def led(db: sqlite3.Connection, search: Search, *, is_in_order: bool) -> Search:
    """Have a search follow what leads to the fewest documents, where that costs less than what it does by itself.

    *is_in_order*: a page is wanted, so that what is common is found sooner by walking in order.
    """
    if search.plan.at is not None or search.clause.is_never:
        return search
    leads = _leads_of(db, search)
    if not leads:
        return search
    most = _bearable(db, search) if is_in_order and search.stream.is_ordered else None
    if most is None and len(leads) == 1 and not search.is_narrowed:
        return _following(search, leads[0])
    best: Lead | None = None
    for lead in leads:
        rows = rows_of(db, lead, most)
        if most is None or rows <= most:
            best, most = lead, rows
    if best is None or most is None or (search.is_narrowed and _narrowed(db, search, most) <= most):
        return search
    return _following(search, best)


def glance(db: sqlite3.Connection, search: Search) -> int:
    """Give how many documents to read in order before words are followed; 0 where they lead to few.

    To count what has a word takes as long as to read it, so that a word of many is looked for as long before.
    """
    is_asked = search.words and search.plan.limit and search.plan.at is None and not search.clause.is_never
    if not is_asked or search.kinds is None or not search.stream.is_ordered:
        return 0
    leads = [lead for lead in _leads_of(db, search) if lead.is_of_words]
    if not leads or rows_of(db, leads[0], FEWEST) <= FEWEST:
        return 0
    return max(_bearable(db, search) // TESTED_COST, search.plan.limit)


def rows_of(db: sqlite3.Connection, lead: Lead, most: int | None = None) -> int:
    """Give how many rows it leads to; one more than *most* stands for all that is more."""
    limit = -1 if most is None else most + 1
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {lead.source} LIMIT {limit})"
    return int(db.execute(sql, lead.values).fetchone()[0])


def _following(search: Search, lead: Lead) -> Search:
    """Have a search look at what a lead gives, and at nothing else."""
    return replace(
        search,
        clause=every([lead.clause, search.clause]),
        narrowing=lead.clause,
        words=() if lead.is_of_words else search.words,
        index=None,
        equal=0,
        is_ordered=False,
        walk=None,
        lead=lead,
    )


def _bearable(db: sqlite3.Connection, search: Search) -> int:
    """Give for how many rows sorting all is no dearer than walking until the page is full."""
    (rows,) = db.execute(f"SELECT coalesce(max(number), 0) FROM {search.table.docs}").fetchone()
    return max(int((TESTED_COST * max(search.plan.limit, 1) * rows) ** 0.5), FEWEST)


def _narrowed(db: sqlite3.Connection, search: Search, most: int) -> int:
    """Give how many rows its index leaves; one more than *most* stands for all that is more."""
    sources = sources_of(search, search.narrowing, pieces_of(db, search))
    if not sources:
        return 0
    sql = " UNION ALL ".join(f"SELECT 1 {source}" for source, _ in sources)
    values = [value for _, each in sources for value in each]
    return int(db.execute(f"SELECT count(*) FROM ({sql} LIMIT {most + 1})", values).fetchone()[0])


def _leads_of(db: sqlite3.Connection, search: Search) -> list[Lead]:
    table, definition = search.table, search.definition
    found: list[Lead] = []
    if search.words and table.has_text and all(len(word.text.encode()) <= WORD_BYTES_MAX for word in search.words):
        source = f"{table.texts} WHERE {table.texts} MATCH ?"
        found.append(Lead("text", "rowid", source, (_match(search.words),), is_of_words=True))
    asked = [each for each in search.plan.where if isinstance(each, Condition)]
    elements = [each for each in asked if each.op is Op.HAS and each.field in definition.arrays]
    areas = [each for each in asked if isinstance(each.value, Box | Circle) and each.field == definition.place]
    if table.has_items and (elements or areas):
        spans = f"span IN ({', '.join(map(str, spans_of(db, table, search.plan.where, None)))})"
        found += [_of_element(search, each, spans) for each in elements]
        found += [_of_area(search, each.value, spans) for each in areas if isinstance(each.value, Box | Circle)]
    return found


def _of_element(search: Search, condition: Condition, spans: str) -> Lead:
    place = search.definition.arrays.index(condition.field)
    source = f"{search.table.items} WHERE {spans} AND field = {place} AND value = ?"
    return Lead(f"{condition.field}[]", "number", source, (element_of(condition.value),))


def _of_area(search: Search, area: Box | Circle, spans: str) -> Lead:
    ranges: Sequence[tuple[int, int]] = ranges_of(area)
    cells = ", ".join(["(?, ?)"] * len(ranges))
    source = (
        f"(SELECT column1 AS low, column2 AS high FROM (VALUES {cells})) CROSS JOIN {search.table.items} "
        f"WHERE {spans} AND field = {len(search.definition.arrays)} AND value BETWEEN low AND high"
    )
    values: Iterable[Bound] = (edge for each in ranges for edge in each)
    return Lead(str(search.definition.place), "number", source, tuple(values))


def _match(words: Words) -> str:
    """Write words as FTS5 asks for them: letters and digits in quotes mean nothing else."""
    return " ".join(f'"{word.text}"{"*" if word.is_beginning else ""}' for word in words)
