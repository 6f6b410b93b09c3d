"""What one session knows of light members: of which records each side takes no content, but names alone.

A light member keeps the content of the newest days only (docs/protocol.md, "Light members").
"""

from collections.abc import Callable, Iterable

from peerset.core.clock import DAY_SECONDS
from peerset.core.wire import NAME_BYTES

Entry = tuple[int, bytes]
"""(created_at, id) of a record."""
TIME_BYTES = 4


class Lightness:
    """The edges of both sides, in Unix seconds: of what is older each takes no content; 0 for a full member.

    Only between neighbours of equal rules that understand it, so *is_shared*, are records named. Any other is compared
    with over the days whose content we keep.
    """

    def __init__(
        self, ours: int = 0, *, is_shared: bool = True, doubt: Callable[[list[Entry]], object] = lambda _: None
    ) -> None:
        self.ours, self.theirs = ours, 0
        self.is_shared = is_shared
        self._doubt = doubt

    @property
    def first_day(self) -> int:
        """The first UTC day worth comparing: whoever keeps more can name what the other has not got."""
        return (min(self.ours, self.theirs) if self.is_shared else self.ours) // DAY_SECONDS

    def names(self, created_at: int) -> bool:
        """Say whether the neighbour is told of such a record by its name alone."""
        return self.is_shared and created_at < self.theirs

    def takes(self, created_at: int) -> bool:
        """Say whether we take the name of such a record."""
        return self.is_shared and created_at < self.ours

    def lacked(self, entries: Iterable[Entry]) -> None:
        """Note what the neighbour has not got and we cannot give: what it would keep whole may not exist."""
        if self.is_shared and self.ours:
            self._doubt([entry for entry in entries if self.theirs <= entry[0] < self.ours])


def pack_names(entries: Iterable[Entry]) -> bytes:
    """Write for each record its time and its id."""
    return b"".join([created_at.to_bytes(TIME_BYTES, "big") + record_id for created_at, record_id in entries])


def unpack_names(data: bytes) -> list[Entry]:
    """Read the names that are whole."""
    names = [data[at : at + NAME_BYTES] for at in range(0, len(data) - NAME_BYTES + 1, NAME_BYTES)]
    return [(int.from_bytes(name[:TIME_BYTES], "big"), name[TIME_BYTES:]) for name in names]
