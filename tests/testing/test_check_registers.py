"""The suite of registers, links and batches finds broken stores."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.document import State, Version
from peerset.documents.plan import Link, Slot
from peerset.errors import PeersetError
from peerset.ports import DocumentStore
from peerset.stores.memory import MemoryStore
from peerset.testing.check_registers import CHECKS


class ShortStore(MemoryStore):
    """Knows the newest version alone."""

    async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
        return [versions[:1] for versions in await super().register_versions(collection, slots)]


class HeadlessStore(MemoryStore):
    """Forgets who was first."""

    async def heads(self, collection: str, *, limit: int) -> list[Record]:
        return (await super().heads(collection, limit=limit))[:1]


class ShamelessStore(MemoryStore):
    """Hides nothing."""

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        return None


class TimelessStore(MemoryStore):
    """Lets nothing expire."""

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        return []


class OneWayStore(MemoryStore):
    """Knows parents alone."""

    async def links(self, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
        return await super().links(ids, of_parents=True)


class HalfwayStore(MemoryStore):
    """Removes nothing."""

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        await super().add(records)


async def failure_of(check: Callable[[DocumentStore], Awaitable[None]], store: DocumentStore) -> str:
    try:
        await check(store)
    except (AssertionError, PeersetError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (ShortStore, "register_versions gives them all"),
        (HeadlessStore, "a tombstone is a head"),
        (ShamelessStore, "what is hidden is as if it were not there"),
        (TimelessStore, "what expires is given"),
        (OneWayStore, "links of children"),
        (HalfwayStore, "without its commit, no more"),
    ],
)
async def test_a_broken_store_fails_with_the_promise_it_breaks(broken: type[MemoryStore], promise: str) -> None:
    assert promise in "\n".join([await failure_of(check, broken()) for check in CHECKS])
