"""The suite of views finds broken stores."""

from collections.abc import Sequence

import pytest

from peerset.core.action import Json
from peerset.documents.keys import ViewKey
from peerset.documents.value import Scalar
from peerset.documents.view import ViewProgress, ViewStep
from peerset.stores.memory import MemoryStore
from peerset.testing.check_views import check_views


class UnsortedStore(MemoryStore):
    """Gives rows in some order."""

    async def view_rows(
        self, name: str, prefix: Sequence[Scalar], *, limit: int | None, is_reversed: bool
    ) -> list[tuple[ViewKey, Json]]:
        found = await super().view_rows(name, prefix, limit=limit, is_reversed=is_reversed)
        return sorted(found, key=repr)


class StubbornStore(MemoryStore):
    """Knows one version."""

    async def open_view(self, name: str, version: int) -> None:
        await super().open_view(name, 1)


class ForgetfulStore(MemoryStore):
    """Keeps nothing for views that have yet to see it go."""

    async def advance_view(self, name: str, step: ViewStep, *, limit: int) -> ViewProgress:
        self._documents.log.release(10**9)
        return await super().advance_view(name, step, limit=limit)


class LeakyStore(MemoryStore):
    """Leaves in views what was purged."""

    def _forsake(self, ids: object) -> None:
        return None


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (UnsortedStore, "keys in their order"),
        (StubbornStore, "until it has another version"),
        (ForgetfulStore, "of what went, the content is told"),
        (LeakyStore, "of what went, the content is told"),
    ],
)
async def test_a_broken_store_fails_with_the_promise_it_breaks(broken: type[MemoryStore], promise: str) -> None:
    async def open_broken_store() -> MemoryStore:
        return broken()

    with pytest.raises(AssertionError, match=promise):
        await check_views(open_broken_store)
