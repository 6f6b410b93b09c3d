"""A file with documents, worked on without threads."""

import sqlite3
from collections.abc import Iterable, Sequence

from peerset.core.record import Record, RecordId, decode_record
from peerset.documents.definition import Definition
from peerset.documents.plan import Plan
from peerset.stores.indexed import answers, building
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.search import Search, search_of
from peerset.stores.indexed.tally import Tally
from peerset.stores.indexed.writing import Writer, number_rows
from peerset.stores.saving import save
from peerset.stores.schema import writing
from peerset.testing.sample_documents import SPAN_SECONDS


class Filled:
    """The tables of some collections, and what can be asked of them."""

    def __init__(self, db: sqlite3.Connection, definitions: Sequence[Definition]) -> None:
        self.db, self.catalog = db, Catalog()
        building.define(db, self.catalog, definitions, SPAN_SECONDS)

    def add(self, records: Iterable[Record], removed: Iterable[Record] = ()) -> None:
        save(self.db, self.catalog, list(records), [each.id for each in removed])

    def build(self) -> None:
        while building.build(self.db, self.catalog):
            pass

    def search(self, plan: Plan) -> Search:
        self.catalog.refresh(self.db)
        definition, table = self.catalog.find(plan.collection)
        return search_of(table, definition, plan)

    def find(self, plan: Plan) -> list[Record]:
        return answers.find(self.db, self.search(plan), decode, Tally())

    def numbers(self, *records: Record) -> list[int]:
        return [number_rows(self.db, [each.id])[0] for each in records]

    def writer(self) -> Writer:
        return Writer(self.db, self.catalog)

    def states(self) -> dict[int, int]:
        return dict(self.db.execute("SELECT number, state FROM standing WHERE state != 0"))

    def purge(self, *records: Record) -> None:
        with writing(self.db):
            writer = self.writer()
            writer.purge(self.numbers(*records))
            writer.finish()


def decode(record_id: RecordId, wire: bytes) -> Record:
    record = decode_record(wire)
    assert record.id == record_id
    return record
