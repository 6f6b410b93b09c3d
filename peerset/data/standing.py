"""A standing query: conditions, a window, and how documents are made of records. Pure."""

from collections.abc import Callable, Sequence
from typing import Generic

from peerset.core.record import Record, RecordId
from peerset.data.difference import D, Place
from peerset.data.facts import Facts, equality_of, test_of
from peerset.data.window import Entry, Window
from peerset.documents.definition import Definition
from peerset.documents.document import Row, row_of
from peerset.documents.plan import Plan


class Standing(Generic[D]):
    """What a live query asks, and what of it stands in its window; *make* makes a document for its reader."""

    def __init__(self, definition: Definition, plan: Plan, make: Callable[[Record, Row], D]) -> None:
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

    def fill(self, records: Sequence[Record], asked: int) -> None:
        """Put in what was found behind the end of the window, where so many were *asked* for."""
        found = [(record, row_of(self.definition, record, fits=True)) for record in records]
        facts = [Facts(self.definition, record, row) for record, row in found if row is not None]
        self.window.fill([Entry(each.seat(self.plan.order), self._place(each)) for each in facts], asked)

    def _place(self, facts: Facts) -> Place[D]:
        record, row = facts.record, facts.row
        author = None if self.definition.is_shared else record.author
        identity = record.id if row.key is None else (row.key, author)
        return Place(identity, record.id, self._make(record, row))
