"""The part of a store that answers for documents, where these are in memory."""

from collections.abc import Sequence

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import State, Version
from peerset.documents.plan import Explanation, Figure, Link, Plan, Slot
from peerset.documents.value import Scalar
from peerset.errors import StoreError
from peerset.stores.documents import Documents
from peerset.stores.finding import aggregated, page
from peerset.stores.marks import Marks

MISFITS_MAX = 1_000


class Documented:
    """What `peerset.ports.DocumentStore` adds to a store; *log* tells its log of changes from others.

    Whoever keeps *marks* of all that is here lends them.
    """

    def __init__(self, log: int, marks: Marks | None = None) -> None:
        self._documents = Documents(log, marks)
        self._is_closed = False

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Know these collections; nothing here is cut into spans.

        Raises:
            ConfigError: two of *definitions* read documents of one name, or there are too many.

        """
        self._check_open()
        self._documents.define(definitions)

    async def build(self) -> int:
        """Read the next of what was here before; give how many records are left."""
        self._check_open()
        return self._documents.build()

    async def drop(self, collections: Sequence[str]) -> None:
        """Forget collections; their records stay."""
        self._check_open()
        self._documents.drop(collections)

    async def find(self, plan: Plan) -> list[Record]:
        """Give the documents that match, in the order of *plan*, after its seat, at most its limit."""
        self._check_open()
        return page(self._documents.matching(plan), plan)

    async def count(self, plan: Plan) -> int:
        """Give how many match."""
        self._check_open()
        return len(self._documents.matching(plan))

    async def aggregate(self, plan: Plan, figures: Sequence[Figure], *, by: str | None) -> list[dict[str, Scalar]]:
        """Compute *figures* over all that match, or one row for each value of *by*."""
        self._check_open()
        return aggregated(self._documents.matching(plan), figures, by)

    async def explain(self, plan: Plan) -> Explanation:
        """Say that all documents are read."""
        self._check_open()
        return Explanation(None, self._documents.size(plan.collection), "")

    async def misfits(self, collection: str) -> list[Record]:
        """Give what does not fit the model of the collection, newest first, at most 1,000."""
        self._check_open()
        return self._documents.misfits(collection)[:MISFITS_MAX]

    async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first."""
        self._check_open()
        return [self._documents.versions(collection, slot) for slot in slots]

    async def heads(self, collection: str, *, limit: int) -> list[Record]:
        """Give what counts and nothing that counts follows, newest first."""
        self._check_open()
        return self._documents.heads(collection)[:limit]

    async def links(self, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
        """Give the links of *ids* to what they follow, or (*of_parents*) those of what follows *ids*."""
        self._check_open()
        return self._documents.links(ids, of_parents=of_parents)

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here."""
        self._check_open()
        self._documents.mark(ids, state, is_set=is_set)

    async def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        self._check_open()
        return self._documents.marked(state)

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        """Let nobody see documents that expire by *now*; give those that newly do."""
        self._check_open()
        return self._documents.sweep(now)

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        """Give what changed since a bookmark, or from the beginning.

        Raises:
            CursorError: the log no longer reaches back so far, or the bookmark is one of another log.

        """
        self._check_open()
        records = self._documents.records
        return self._documents.log.changes(since, records, limit=limit, with_untold=with_untold)

    async def last_change(self) -> Bookmark:
        """Give the bookmark of who knows everything up to now."""
        self._check_open()
        return self._documents.log.end()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError("the store is closed")
