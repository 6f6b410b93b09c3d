"""Which live queries a change concerns: those that ask for an equality are found by it. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from peerset.core.record import Record, RecordId
from peerset.data.facts import Facts
from peerset.data.standing import Standing
from peerset.documents.definition import Definition
from peerset.documents.document import row_of
from peerset.documents.value import Rank

AnyStanding: TypeAlias = Standing[Any]
"""Whatever its documents are."""

_Queries: TypeAlias = dict[AnyStanding, None]


class Switchboard:
    """The standing queries of one collection."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._others: _Queries = {}
        """Those without an equality."""
        self._equal: dict[str, dict[Rank, _Queries]] = {}
        """Those with one, by its field and rank."""
        self._holders: dict[RecordId, _Queries] = {}
        """In whose windows a document stands."""

    def __iter__(self) -> Iterator[AnyStanding]:
        yield from self._others
        for ranks in self._equal.values():
            for queries in ranks.values():
                yield from queries

    def add(self, query: AnyStanding) -> None:
        """Take in a query, whose window is filled."""
        self._home(query)[query] = None
        self.hold(query)

    def remove(self, query: AnyStanding) -> None:
        """Let go of a query."""
        self.let_go(query)
        self._home(query).pop(query, None)
        if query.equality is not None:
            field, value = query.equality
            if not self._equal[field][value]:
                del self._equal[field][value]
            if not self._equal[field]:
                del self._equal[field]

    def hold(self, query: AnyStanding) -> None:
        """Note what stands in a window that was filled."""
        for record_id in query.window.ids:
            self._holders.setdefault(record_id, {})[query] = None

    def let_go(self, query: AnyStanding) -> None:
        """Forget what stands in a window, before it is cleared."""
        for record_id in query.window.ids:
            self._drop(record_id, query)

    def take_gone(self, record_id: RecordId) -> Iterable[AnyStanding]:
        """Take out a document that is seen no more; give the queries that thereby changed."""
        holders = self._holders.pop(record_id, {})
        for query in holders:
            query.window.remove(record_id)
        return holders

    def take_came(self, record: Record) -> list[AnyStanding]:
        """Put in a document that is seen now; give the queries that thereby changed."""
        row = row_of(self._definition, record, fits=True)
        if row is None or row.state:
            return []
        facts = Facts(self._definition, record, row)
        found = [query for query in self._others if query.matches(facts)]
        for field, ranks in self._equal.items():
            found += [query for query in ranks.get(facts.rank(field), ()) if query.matches(facts)]
        return [query for query in found if self._put(query, facts)]

    def _put(self, query: AnyStanding, facts: Facts) -> bool:
        version = query.window.version
        fallen = query.take(facts)
        if query.window.version == version:
            return False
        self._holders.setdefault(facts.record.id, {})[query] = None
        if fallen is not None:
            self._drop(fallen, query)
        return True

    def _drop(self, record_id: RecordId, query: AnyStanding) -> None:
        holders = self._holders.get(record_id, {})
        holders.pop(query, None)
        if not holders:
            self._holders.pop(record_id, None)

    def _home(self, query: AnyStanding) -> _Queries:
        if query.equality is None:
            return self._others
        field, value = query.equality
        return self._equal.setdefault(field, {}).setdefault(value, {})
