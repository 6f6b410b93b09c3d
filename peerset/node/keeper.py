"""Keeps many rooms open: each is opened by itself, and again after it failed; none of them waits for another."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from peerset.core.limits import CHANNELS_MAX
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, PeersetError
from peerset.node.memory import Memory, Pressure, give_back
from peerset.node.purse import Purse
from peerset.protocol.events import PeerJoined
from peerset.protocol.health import Budget
from peerset.room.clocks import read_unix
from peerset.room.room import Room
from peerset.signaling.backoff import Backoff
from peerset.stores.cache import limit_caches

ROOMS_MAX: Final = 1_000
OPENED_AT_ONCE_MAX: Final = 4
"""So many rooms are opened side by side: what one has on the disk is read meanwhile, and more would only take turns."""
LEFT_AT_ONCE_MAX: Final = 32
"""So many are left side by side, so that when time runs out those before are left whole, and not all by halves."""
TURN_SECONDS: Final = 0.25
"""One that takes longer to leave goes on, and keeps no turn from another."""

WEIGHED_SECONDS: Final = 10.0
"""So often it is seen to that all rooms together take no more of the disk than they may,"""
COUNTED_SECONDS: Final = 2.0
"""and have no more neighbours,"""
TAKEN_SECONDS: Final = 5.0
"""and no more of memory."""
GIVEN_BACK_SECONDS: Final = 60.0
"""So often at most what is of no use now is given back: to look for it takes its time."""
SHORT: Final = "it waits until the node takes less memory"

Open = Callable[[], AbstractAsyncContextManager[Room]]
"""Joins a room."""

logger = logging.getLogger(__name__)


class State(Enum):
    """How it stands with a room that is kept."""

    WAITING = "waiting"
    """For its turn to be opened."""
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"
    """It is opened again after a while."""
    REFUSED = "refused"
    """What was said of it makes no sense: it waits for other words."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one room."""

    name: RoomName
    state: State
    reason: str = ""
    """Why it failed or was refused, last."""
    records: int = 0
    peers: int = 0
    biting: tuple[str, ...] = ()
    """The budgets that bite."""


class _Kept:
    """One room, and the task that keeps it open."""

    def __init__(self, name: RoomName, open_room: Open) -> None:
        self.name = name
        self.open = open_room
        self.state = State.WAITING
        self.reason = ""
        self.room: Room | None = None
        self.bytes_max = 0
        """What its store may take by its own word."""
        self.places = CHANNELS_MAX
        """How many neighbours it may have."""
        self._task: asyncio.Task[None]
        self._is_ending = False

    def begin(self, keeping: Coroutine[Any, Any, None]) -> None:
        """Keep it open by *keeping*."""
        self._task = asyncio.create_task(keeping, name=f"keeping {self.name.room}")

    def end(self) -> asyncio.Task[None]:
        """Let it be left, once: to ask again would break off the leaving. Give what ends then."""
        if not self._is_ending:
            self._is_ending = True
            self._task.cancel()
        return self._task

    def forget(self) -> None:
        """Note that the room is left."""
        self.room = None

    @property
    def standing(self) -> Standing:
        """How it stands with it."""
        room = self.room
        if room is None:
            return Standing(self.name, self.state, self.reason)
        biting = tuple(budget.name for budget in room.health.biting)
        return Standing(self.name, self.state, self.reason, room.count, len(room.peers), biting)


class Keeper:
    """The rooms that are kept.

    *rng* draws how long one that failed rests, *disk* says what all may take of it, *places* how many neighbours all
    may have, and *memory* what the process may take: none is opened while there is no room for it.
    """

    def __init__(
        self,
        *,
        rng: random.Random,
        disk: Purse | None = None,
        places: Purse | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._rng = rng
        self._disk = disk
        self._places = places
        self.memory = memory
        self._eased = asyncio.Event()
        """Memory was weighed, and there may be room."""
        self._kept: dict[RoomName, _Kept] = {}
        self._turns = asyncio.Semaphore(OPENED_AT_ONCE_MAX)

    def __contains__(self, name: RoomName) -> bool:
        return name in self._kept

    @property
    def names(self) -> list[RoomName]:
        """The rooms that are kept, or not left yet; may be asked on any thread."""
        return list(self._kept)

    @property
    def rooms(self) -> list[Room]:
        """The rooms that are open."""
        return [kept.room for kept in self._kept.values() if kept.room is not None and kept.room.is_open]

    @property
    def standings(self) -> list[Standing]:
        """How it stands with each, in the order in which they came."""
        return [kept.standing for kept in self._kept.values()]

    @property
    def budgets(self) -> list[Budget]:
        """What all rooms take together, and may."""
        rooms = Budget("rooms", len(self._kept), ROOMS_MAX, None, 0)
        disk = [] if self._disk is None else [self._disk.budget("disk")]
        places = [] if self._places is None else [self._places.budget("places")]
        memory = [] if self.memory is None else [self.memory.budget]
        return [rooms, *places, *disk, *memory]

    def add(self, name: RoomName, open_room: Open) -> None:
        """Keep the room *name* open from now on, by *open_room*.

        Raises:
            ConfigError: it is kept already, or there are `ROOMS_MAX`.

        """
        if name in self._kept:
            raise ConfigError(f"the room {name.room!r} of {name.app!r} is kept already")
        if len(self._kept) >= ROOMS_MAX:
            raise ConfigError(f"a node keeps {ROOMS_MAX} rooms at most")
        kept = self._kept[name] = _Kept(name, open_room)
        kept.begin(self._keep(kept))

    async def remove(self, name: RoomName) -> None:
        """Leave the room *name*; what is stored of it stays.

        Raises:
            ConfigError: it is not kept.

        """
        if name not in self._kept:
            raise ConfigError(f"no room {name.room!r} of {name.app!r} is kept")
        await self._leave(self._kept[name])

    async def share(self) -> None:
        """See to it for ever that the rooms take no more together than they may; those that take most give way."""
        async with asyncio.TaskGroup() as group:
            if self._disk is not None:
                group.create_task(self._share_disk(self._disk), name="sharing the disk")
            if self._places is not None:
                group.create_task(self._share_places(self._places), name="sharing places")
            if self.memory is not None:
                group.create_task(self._share_memory(self.memory), name="sharing memory")

    async def _share_disk(self, disk: Purse) -> None:
        while True:
            thrifts = [(kept.room.moderation.thrift, kept.bytes_max) for kept in self._kept.values() if kept.room]
            level = disk.level((thrift.budget.used for thrift, _ in thrifts), read_unix())
            for thrift, own in thrifts:
                thrift.allow(min(own, level))
            await asyncio.sleep(WEIGHED_SECONDS)

    async def _share_places(self, places: Purse) -> None:
        while True:
            open_rooms = [(kept, room) for kept in self._kept.values() if (room := kept.room) and room.is_open]
            counts = [len(room.peers) for _, room in open_rooms]
            most = None if self.memory is None else self.memory.places
            level = min(CHANNELS_MAX, places.level(counts, read_unix(), most=most))
            for kept, room in open_rooms:
                if kept.places != level:
                    kept.places = level
                    room.allow_places(level)
            await asyncio.sleep(COUNTED_SECONDS)

    async def _share_memory(self, memory: Memory) -> None:
        given_back = -GIVEN_BACK_SECONDS
        limit_caches(memory.caches_bytes)
        while True:
            before = memory.pressure
            pressure = memory.weigh(sum(len(room.peers) for room in self.rooms), read_unix())
            if pressure is not before:
                limit_caches(memory.caches_bytes)
            now = asyncio.get_running_loop().time()
            if pressure is Pressure.NONE:
                self._eased.set()
            elif pressure is Pressure.BEYOND and now - given_back >= GIVEN_BACK_SECONDS:
                given_back = now
                await asyncio.to_thread(give_back)
            await asyncio.sleep(TAKEN_SECONDS)

    async def aclose(self) -> None:
        """Leave all rooms, many side by side; each is kept until it is left, and one that hangs holds up no other."""
        for kept in self._kept.values():
            if kept.room is None:
                # Nothing is left of it, and its turn to be opened shall not come any more.
                kept.end()
        turns = asyncio.Semaphore(LEFT_AT_ONCE_MAX)
        await asyncio.gather(*(self._leave_in_turn(kept, turns) for kept in list(self._kept.values())))

    async def _leave_in_turn(self, kept: _Kept, turns: asyncio.Semaphore) -> None:
        async with turns:
            leaving = asyncio.create_task(self._leave(kept), name=f"leaving {kept.name.room}")
            await asyncio.wait([leaving], timeout=TURN_SECONDS)
        await asyncio.wait([leaving])

    async def _leave(self, kept: _Kept) -> None:
        await asyncio.wait([kept.end()])
        self._kept.pop(kept.name, None)

    async def _keep(self, kept: _Kept) -> None:
        backoff = Backoff(self._rng)
        while True:
            try:
                await self._hold(kept)
            except ConfigError as error:
                kept.state, kept.reason = State.REFUSED, str(error)
                logger.error("room %s is refused: %s", kept.name.room, error)  # noqa: TRY400 - a user's mistake
                return
            except PeersetError as error:
                if kept.state is State.OPEN:
                    # It did well until now.
                    backoff.reset()
                kept.state, kept.reason = State.FAILED, str(error)
                logger.warning("room %s failed, and is opened again: %s", kept.name.room, error)
            except Exception as error:
                # A mistake of ours, or of a plugin, is no reason to keep the room no more, nor to say that it is open.
                kept.state, kept.reason = State.FAILED, f"{type(error).__name__}: {error}"
                logger.exception("room %s failed in a way that nobody thought of, and is opened again", kept.name.room)
            await asyncio.sleep(backoff.next_seconds())

    async def _hold(self, kept: _Kept) -> None:
        """Open the room, and hold it until it fails."""
        async with AsyncExitStack() as stack:
            stack.callback(kept.forget)
            async with self._turns:
                await self._await_memory(kept)
                kept.state = State.OPENING
                room = await stack.enter_async_context(kept.open())
            kept.bytes_max, kept.places, kept.room = room.moderation.thrift.bytes_max, CHANNELS_MAX, room
            kept.state, kept.reason = State.OPEN, ""
            # It ends when the room does, and says why.
            async for _ in room.events(PeerJoined):
                pass

    async def _await_memory(self, kept: _Kept) -> None:
        while self.memory is not None and not self.memory.has_room:
            kept.state, kept.reason = State.WAITING, SHORT
            self._eased.clear()
            await self._eased.wait()
