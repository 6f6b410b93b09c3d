"""The rooms that are shown, each by a facade while it is open."""

from collections.abc import Callable, Iterable

from peerset.core.signal import RoomName
from peerset.faces.facade import Facade
from peerset.faces.limits import FaceLimits
from peerset.room.room import Room


class Gallery:
    """Shows those of *rooms*, which gives the open ones, that are among *names*; without names all.

    *kept* gives those as well that are to be opened, or opened again.
    """

    def __init__(
        self,
        rooms: Callable[[], Iterable[Room]],
        limits: FaceLimits,
        *,
        names: frozenset[RoomName] = frozenset(),
        kept: Callable[[], Iterable[RoomName]] = tuple,
    ) -> None:
        self._rooms = rooms
        self._kept = kept
        self._names = names
        self._limits = limits
        self._facades: dict[Room, Facade] = {}

    @property
    def names(self) -> list[RoomName]:
        """The rooms that are shown now."""
        return [room.name for room in self._shown()]

    async def find(self, name: RoomName | None) -> Facade | None:
        """Give the room *name* as it is shown, or the only one that is, where no name is said."""
        await self._forget_ended()
        found = [room for room in self._shown() if name is None or room.name == name]
        if len(found) != 1:
            return None
        [room] = found
        if room not in self._facades:
            self._facades[room] = Facade(room, self._limits)
        return self._facades[room]

    def awaits(self, name: RoomName | None) -> bool:
        """Say whether the room *name* is shown once it is open, or some room is, where no name is said."""
        coming = [each for each in self._kept() if not self._names or each in self._names]
        return name in coming if name is not None else len(coming) == 1

    async def aclose(self) -> None:
        """Show none any more."""
        facades, self._facades = list(self._facades.values()), {}
        for facade in facades:
            await facade.aclose()

    def _shown(self) -> list[Room]:
        return [room for room in self._rooms() if room.is_open and (not self._names or room.name in self._names)]

    async def _forget_ended(self) -> None:
        for room, facade in list(self._facades.items()):
            if facade.ended.is_set():
                self._facades.pop(room, None)
                await facade.aclose()
