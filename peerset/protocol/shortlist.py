"""Short ids that one of two neighbours named to the other, no more than are worth remembering."""

from collections.abc import Iterable


class Shortlist:
    """A set of *limit* of them at most: what comes when it is full is not remembered."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[bytes] = set()

    def __contains__(self, short: bytes) -> bool:
        return short in self._known

    def __len__(self) -> int:
        return len(self._known)

    def note(self, short_ids: Iterable[bytes]) -> None:
        """Remember *short_ids*, as far as there is room."""
        self._known.update(list(short_ids)[: self._limit - len(self._known)])
