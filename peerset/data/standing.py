"""A standing query: conditions, a window, and how documents are made of records. Pure."""

from collections.abc import Callable, Sequence
from typing import Generic

from peerset.core.record import Record, RecordId
from peerset.data.difference import D, Place
from peerset.data.facts import Facts, equality_of, test_of
from peerset.data.window import Entry, Window
from peerset.documents.definition import Definition
from peerset.documents.document import Row, row_of
from peerset.documents.order import Seat
from peerset.documents.plan import Plan


class Standing(Generic[D]):
    """What a live query asks, and what of it stands in its window.

    *make* makes a document for its reader; None where the model refuses what the store has found to fit.
    """

    def __init__(self, definition: Definition, plan: Plan, make: Callable[[Record, Row], D | None]) -> None:
        self.definition = definition
        self.plan = plan
        self.window: Window[D] = Window(plan.order, plan.limit)
        self.matches = test_of(plan.where, plan.words)
        self.equality = equality_of(plan.where)
        """By which it is found: a field and its rank."""
        self._make = make

    def take(self, facts: Facts) -> RecordId | None:
        """Put in a document that matches, if it stands in the window; give what thereby fell out."""
        return self.window.add(facts.seat(self.plan.order), lambda: self._place(facts))

    def read(self, records: Sequence[Record]) -> tuple[list[Entry[D]], Seat | None]:
        """Give what of *records* may stand in the window, in order, and where the last of them all stands."""
        entries, last = [], None
        for record in records:
            row = row_of(self.definition, record, fits=True)
            if row is not None:
                facts = Facts(self.definition, record, row)
                last, place = facts.seat(self.plan.order), self._place(facts)
                if place is not None:
                    entries.append(Entry(last, place))
        return entries, last

    def _place(self, facts: Facts) -> Place[D] | None:
        record, row = facts.record, facts.row
        doc = self._make(record, row)
        if doc is None:
            return None
        author = None if self.definition.is_shared else row.author
        identity = record.id if row.key is None else (row.key, author)
        return Place(identity, record.id, doc)
