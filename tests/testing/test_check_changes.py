"""The suite of the log of changes finds broken stores."""

from dataclasses import replace

import pytest

from peerset.documents.change import Bookmark, ChangeKind, Changes
from peerset.errors import CursorError
from peerset.stores.memory import MemoryStore
from peerset.testing.check_changes import CHECKS
from tests.testing.test_check_registers import failure_of


class ForgivingStore(MemoryStore):
    """Begins anew where it should say that it forgot."""

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        try:
            return await super().changes(since, limit=limit, with_untold=with_untold)
        except CursorError:
            return await super().changes(None, limit=limit, with_untold=with_untold)


class ClosingStore(MemoryStore):
    """Says that each page is the last."""

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        return replace(await super().changes(since, limit=limit, with_untold=with_untold), is_last=True)


class NumberStore(MemoryStore):
    """Takes a bookmark for one number."""

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        page = await super().changes(since, limit=limit, with_untold=with_untold)
        end = replace(page.end, known=page.end.position)
        return replace(page, end=end)


class CheerfulStore(MemoryStore):
    """Tells of nothing that goes."""

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        page = await super().changes(since, limit=limit, with_untold=with_untold)
        came = [change for change in page.changes if change.kind in (ChangeKind.ADDED, ChangeKind.SHOWN)]
        return replace(page, changes=tuple(came))


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (ForgivingStore, "is a CursorError"),
        (ClosingStore, "a page of four"),
        (NumberStore, "nothing"),
        (CheerfulStore, "what is replaced is hidden"),
    ],
)
async def test_a_broken_store_fails_with_the_promise_it_breaks(broken: type[MemoryStore], promise: str) -> None:
    assert promise in "\n".join([await failure_of(check, broken()) for check in CHECKS])
