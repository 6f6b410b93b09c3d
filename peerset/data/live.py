"""Live queries: what a query gives now, and every difference from then on."""

from typing import Generic, Protocol, Self

from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.typed import shown
from peerset.data.difference import D, Difference, difference_of
from peerset.data.pulse import Pulse
from peerset.data.standing import Standing
from peerset.errors import PeersetError, QueryError


class Keeper(Protocol):
    """What keeps the windows of live queries up to date."""

    async def grow(self, query: Standing[D], size: int) -> None:
        """Make a window longer."""
        ...

    def close(self, query: Standing[D]) -> None:
        """Forget a query."""
        ...


class LiveQuery(Generic[D]):
    """The first documents that match, kept up to date: an async iterator of `Difference`, one for each saved batch.

    The first difference is one from the documents that were there when it was opened. Whoever applies them in order has
    what `docs` gives; a reader that is slow gets several in one, and loses none. Use it in an ``async with`` block, or
    `close` it.
    """

    def __init__(self, keeper: Keeper, query: Standing[D]) -> None:
        self._keeper = keeper
        self._query = query
        self._pulse = Pulse()
        self._version = query.window.version
        self._told = query.window.places
        self._is_ended = False
        self._error: PeersetError | None = None

    def __repr__(self) -> str:
        standing = "ended" if self._is_ended else "open"
        return f"<LiveQuery of {self._query.plan.collection!r}: {len(self._query.window.places)} documents, {standing}>"

    @property
    def docs(self) -> list[D]:
        """What stands in the window now."""
        return [place.doc for place in self._query.window.places]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Difference[D]:
        """Wait for the next difference; what several readers are given together is everything.

        Raises:
            RoomClosedError: the room failed in the background.

        """
        while True:
            beats = self._pulse.count
            found = self._difference()
            if found:
                return found
            if self._error is not None:
                raise self._error
            if self._is_ended:
                raise StopAsyncIteration
            await self._pulse.wait(beats)

    async def grow(self, count: int) -> None:
        """Make the window longer by *count* documents; those that are there come as a difference.

        Raises:
            QueryError: it would be longer than 1,000, or *count* is no whole number above 0.

        """
        size = self._query.window.size
        if type(count) is not int or not 0 < count <= PAGE_DOCUMENTS_MAX - size:
            raise QueryError(f"a window of {size} documents cannot grow by {shown(count)} to at most 1,000")
        if not self._is_ended:
            await self._keeper.grow(self._query, size + count)

    def close(self) -> None:
        """Stop; iterating ends after what has changed already."""
        self._keeper.close(self._query)
        self.end(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def wake(self) -> None:
        """Tell whoever waits that the window has changed."""
        self._pulse.beat()

    def end(self, error: PeersetError | None) -> None:
        """End, by *error* if there is one."""
        self._is_ended = True
        self._error = self._error or error
        self._pulse.beat()

    def _difference(self) -> Difference[D] | None:
        window = self._query.window
        if self._version == window.version:
            return None
        places = window.places
        found = difference_of(self._told, places)
        self._version, self._told = window.version, places
        return found
