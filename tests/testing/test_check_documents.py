"""The acceptance suite of stores of documents passes good stores and finds broken ones."""

from dataclasses import replace

import pytest

from peerset.core.record import Record
from peerset.documents.plan import Plan
from peerset.stores.memory import MemoryStore
from peerset.testing.check_documents import check_documents


class LooseStore(MemoryStore):
    """Takes null for a city."""

    async def find(self, plan: Plan) -> list[Record]:
        return await super().find(replace(plan, where=plan.where[:1]))


class UnsortedStore(MemoryStore):
    """Gives documents by id."""

    async def find(self, plan: Plan) -> list[Record]:
        found = await super().find(plan)
        return found if plan.order[0].field == "time" else sorted(found, key=lambda record: record.id)


class RestartingStore(MemoryStore):
    """Gives the first page again and again."""

    async def find(self, plan: Plan) -> list[Record]:
        return await super().find(replace(plan, after=None))


class LazyStore(MemoryStore):
    """Never builds."""

    async def build(self) -> int:
        return 0


class LimitedStore(MemoryStore):
    """Counts a page."""

    async def count(self, plan: Plan) -> int:
        return min(await super().count(plan), 30)


class PastlessStore(MemoryStore):
    """Knows the present alone."""

    async def find(self, plan: Plan) -> list[Record]:
        return await super().find(replace(plan, at=None))


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (LooseStore, "find gives what matches"),
        (UnsortedStore, "find sorts"),
        (RestartingStore, "a page begins after its seat"),
        (LazyStore, "what does not fit is not found"),
        (LimitedStore, "count counts"),
        (PastlessStore, "as of a time"),
    ],
)
async def test_a_broken_store_fails_with_the_promise_it_breaks(broken: type[MemoryStore], promise: str) -> None:
    async def open_broken_store() -> MemoryStore:
        return broken()

    with pytest.raises(AssertionError, match=promise):
        await check_documents(open_broken_store)
