"""Reading a room's log of changes: what was added, removed, hidden or shown, in the order of arrival here."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from peerset.core.limits import CHANGES_AT_ONCE
from peerset.core.typed import shown
from peerset.data.projection import Projection
from peerset.data.pulse import Pulse
from peerset.documents.change import Bookmark, Change, read_bookmark
from peerset.documents.document import collection_of
from peerset.errors import ConfigError
from peerset.ports import DocumentStore

NOW: Final = "now"
"""Where a reader may begin: behind all that has happened."""


def changes_of(
    projection: Projection,
    since: Bookmark | str | None,
    *,
    collections: Sequence[str] = (),
    live: bool,
    limit: int | None,
) -> AsyncIterator[Change]:
    """Give what is asked for of a room's log, as `read_changes` does, once it says no more than readers may see.

    Raises:
        CursorError: *since* is no cursor.
        ConfigError: *limit* is no whole number from 0.

    """
    begin = None if since == NOW else read_since(since)
    return _settled(projection, begin, collections, is_new=since == NOW, live=live, limit=read_limit(limit))


async def read_changes(
    store: DocumentStore,
    pulse: Pulse,
    since: Bookmark | None,
    *,
    collections: Sequence[str] = (),
    live: bool = True,
    limit: int | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Change]:
    """Give the changes since a bookmark, or all that is seen; then, if *live*, each new one, until the room *is_over*.

    Of *collections* alone, if any are named, which of what is gone and was purged is not known; at most *limit*.

    Raises:
        CursorError: the log no longer reaches back to *since*.

    """
    count = 0
    while (limit is None or count < limit) and not is_over():
        beats = pulse.count
        page = await store.changes(since, limit=CHANGES_AT_ONCE)
        for change in page.changes:
            if not collections or not change.record.wire or collection_of(change.record) in collections:
                yield change
                count += 1
                if count == limit:
                    return
        since = page.end
        if page.is_last:
            if not live:
                return
            await pulse.wait(beats)


async def _settled(
    projection: Projection,
    since: Bookmark | None,
    collections: Sequence[str],
    *,
    is_new: bool,
    live: bool,
    limit: int | None,
) -> AsyncIterator[Change]:
    await projection.settled_log()
    store, pulse = projection.store, projection.feed.pulse
    begin = await store.last_change() if is_new else since
    found = read_changes(
        store, pulse, begin, collections=collections, live=live, limit=limit, is_over=lambda: projection.is_over
    )
    async for change in found:
        yield change


def read_since(given: object) -> Bookmark | None:
    """Read where to begin: a bookmark, its text, or None for the beginning.

    Raises:
        CursorError: the text is no bookmark.

    """
    return given if given is None or isinstance(given, Bookmark) else read_bookmark(given)


def read_limit(given: object) -> int | None:
    """Read how many changes are wanted; None for all.

    Raises:
        ConfigError: it is no whole number from 0.

    """
    if given is None or (type(given) is int and given >= 0):
        return given
    raise ConfigError(f"a limit is a whole number from 0, not {shown(given)}")
