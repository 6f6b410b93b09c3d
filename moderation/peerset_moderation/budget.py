"""Budget: what one author, and all together, may write in one UTC day; what is more is shadowed everywhere alike."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from peerset import ConfigError, DaySum, Manifest, PolicyClass, Record, RecordId, Seat
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
AUTHOR_BYTES: Final = 4 * 2**20
ROOM_BYTES: Final = 256 * 2**20
DELETIONS: Final = 1_000
BYTES_MIN: Final = 65_536
"""The largest record fits, whatever the figures."""
BYTES_MAX: Final = 2**40
DELETIONS_MIN: Final = 64
"""The largest deletion fits."""
DELETIONS_MAX: Final = 1_000_000
DAY_SECONDS: Final = 86_400


class BudgetRule:
    """Keep so many bytes of an author and day, of a room and day, and so many deletions of an author and day.

    The lowest ids stay, so that all peers agree whatever came first. Of several versions the newest of a day
    counts: the others are not seen in any case.
    """

    name: str = "budget"
    policy_class: PolicyClass = PolicyClass.SET_RULE
    reason: str = "its author, or all together, wrote more on that day than this room shows"

    def __init__(self, *, author: int = AUTHOR_BYTES, room: int = ROOM_BYTES, deletions: int = DELETIONS) -> None:
        """Keep *author* bytes of one author, *room* bytes of all, and what names *deletions* of an author."""
        self._author = author
        self._room = room
        self._deletions = deletions
        parameters = {"author": author, "deletions": deletions, "room": room}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(parameters))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the rule from a spec: ``budget``, or ``budget:author=1048576,room=16777216,deletions=100``.

        Raises:
            ConfigError: an unknown parameter, a number out of range, or an author who may write more than the room.

        """
        read = Parameters.parse("budget", parameters, known=("author", "room", "deletions"))
        author = read.whole("author", AUTHOR_BYTES, least=BYTES_MIN, most=BYTES_MAX)
        room = read.whole("room", ROOM_BYTES, least=BYTES_MIN, most=BYTES_MAX)
        if author > room:
            raise ConfigError(f"budget: author is {author} bytes, more than the {room} of the whole room")
        return cls(
            author=author,
            room=room,
            deletions=read.whole("deletions", DELETIONS, least=DELETIONS_MIN, most=DELETIONS_MAX),
        )

    @property
    def manifest(self) -> Manifest:
        """The three figures."""
        return self._manifest

    def group(self, record: Record) -> tuple[str, ...]:
        """Give the UTC day."""
        return (str(record.created_at // DAY_SECONDS),)

    def fits(self, author: DaySum, whole: DaySum) -> bool:
        """Say whether the budgets hold all of a day, whatever versions there are among it."""
        return author.size <= self._author and author.names <= self._deletions and whole.size <= self._room

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep what its author's budgets hold, and of that what the room's does."""
        last = newest_versions(group)
        authors: dict[bytes, list[Seat]] = {}
        for seat in sorted(last.values(), key=lambda seat: seat.id):
            authors.setdefault(seat.author, []).append(seat)
        held = [seat for seats in authors.values() for seat in self._within_author(seats)]
        kept = {key_of(seat) for seat in _within(sorted(held, key=lambda seat: seat.id), self._room)}
        return frozenset(seat.id for seat in group if key_of(seat) in kept)

    def _within_author(self, seats: Sequence[Seat]) -> Iterable[Seat]:
        names = 0
        for seat in _within(seats, self._author):
            names += seat.names
            if not seat.names or names <= self._deletions:
                yield seat


def newest_versions(group: Iterable[Seat]) -> dict[bytes, Seat]:
    """Give the newest seat of each register, and every other one, by `key_of`."""
    last: dict[bytes, Seat] = {}
    for seat in group:
        other = last.get(key_of(seat))
        if other is None or _newness(seat) < _newness(other):
            last[key_of(seat)] = seat
    return last


def key_of(seat: Seat) -> bytes:
    """Give what all versions have in common, or else the id."""
    return seat.address or seat.id


def _newness(seat: Seat) -> tuple[int, int, bytes]:
    return -seat.created_at, -seat.microseconds, seat.id


def _within(seats: Iterable[Seat], size_max: int) -> Iterable[Seat]:
    """Give the first of *seats* that have *size_max* bytes together."""
    size = 0
    for seat in seats:
        size += seat.size
        if size > size_max:
            return
        yield seat
