"""What ``peerset node`` runs: rooms from flags, a file and orders, each kept open until it is taken out."""

import asyncio
import gc
import logging
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from peerset.cli.exits import ExitCode
from peerset.cli.facing import Shown
from peerset.cli.node_rooms import Added, Entry, Writer, read_rooms, shared_words
from peerset.cli.output import discreet, printable, remark
from peerset.cli.running import lasting
from peerset.cli.sight import look
from peerset.core.limits import DISK_BYTES_MIN
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.files import sweep_parts
from peerset.node.beside import beside
from peerset.node.control import Order, listening, socket_path
from peerset.node.descriptors import allow_open_files
from peerset.node.ending import Ending
from peerset.node.fleet import sharing
from peerset.node.keeper import Keeper, Standing, State
from peerset.node.memory import Memory
from peerset.node.purse import Purse
from peerset.node.systemd import READY, STOPPING, ServiceManager, reloading
from peerset.ports.leases import Leases, Turn
from peerset.stores.cache import limit_caches

ADDED_NAME: Final = "added-rooms.json"
ROOMS: Final = "rooms"
CACHES_BYTES: Final = 134_217_728
"""That stores keep of their files where nothing is said of memory: each of hundreds would take 32 MiB and more."""
ELSEWHERE: Final = "elsewhere"
"""How it stands with a room that another node of the same database has."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What all rooms together take at most."""

    disk_bytes: int | None
    """None for as much as each room may, and"""
    memory_bytes: int | None
    """None for as much as there is."""
    peers: int

    def keeper(self) -> Keeper:
        """Make what keeps rooms within them.

        Raises:
            ConfigError: this system does not say what the process takes of memory.

        """
        disk = None if self.disk_bytes is None else Purse(self.disk_bytes, DISK_BYTES_MIN)
        memory = None if self.memory_bytes is None else Memory(self.memory_bytes)
        limit_caches(CACHES_BYTES)
        return Keeper(rng=random.SystemRandom(), disk=disk, places=Purse(self.peers, 1), memory=memory)


async def run(
    writer: Writer,
    rooms: Iterable[str],
    *,
    file: Path | None,
    budgets: Budgets,
    shown: Iterable[tuple[str, Shown]],
    seconds: float | None,
    ending: Ending,
) -> None:
    """Keep *rooms*, those of *file*, and those that are added, for so many *seconds*; *ending* sees to it that it ends.

    All together take what *budgets* say. What is *shown* of them, each with a word for people, comes from outside, for
    it may want an extra.

    Raises:
        ConfigError: something of them makes no sense, or another node has the folder of *writer*.

    """
    folder = writer.folder
    manager = ServiceManager()
    keeper = budgets.keeper()
    house = Nodekeeper(writer, [writer.entry(room, {}) for room in rooms], file, keeper=keeper)
    wanted = house.read()
    # Nothing is made before all is checked.
    _prepare(folder)
    async with (
        _leased(writer, house) as leases,
        listening(folder, house.obey),
        beside(manager.live(), "telling the service manager"),
        beside(keeper.share(), "sharing"),
    ):
        try:
            # The socket says that nobody else is at work here.
            _sweep(folder)
            # Who looks finds all that is kept.
            await house.settle(wanted)
            async with (
                _shared(leases, house),
                _seen(keeper, shown),
                lasting(seconds),
                _stopped(manager, ending, keeper),
            ):
                await _last(house, manager, printable(str(folder)))
        finally:
            ending.begin(lambda: keeper.names)
            await keeper.aclose()


def _prepare(folder: Path) -> None:
    socket_path(folder)
    allow_open_files()
    (folder / ROOMS).mkdir(mode=0o700, parents=True, exist_ok=True)


def _sweep(folder: Path) -> None:
    for place in (folder, folder / ROOMS):
        sweep_parts(place)


async def _last(house: "Nodekeeper", manager: ServiceManager, place: str) -> None:
    """Keep the rooms for ever, and heed SIGHUP."""
    # What is here now stays: a full collection shall not go over all of it again and again.
    gc.freeze()
    async with _on_hangup(partial(house.reload, manager)):
        manager.tell(READY)
        remark(f"keeping {len(house.keeper.names)} rooms in {place}, until Ctrl-C")
        await asyncio.Event().wait()


class Nodekeeper:
    """Says which rooms *keeper* keeps: those that were *flagged*, those of *file*, and those that orders added.

    What nodes share is added to all of them, by their *leases*.
    """

    leases: Leases | None = None

    def __init__(
        self, writer: Writer, flagged: Iterable[Entry], file: Path | None, *, keeper: Keeper | None = None
    ) -> None:
        self.keeper = keeper or Keeper(rng=random.SystemRandom())
        self._writer, self._file = writer, file
        self._flagged = {entry.name: entry for entry in flagged}
        self._added = Added(writer.folder / ADDED_NAME, writer)
        self._own: dict[RoomName, Entry] = {}
        """What is wanted of this node."""
        self._shared: dict[RoomName, Entry] = {}
        """What is wanted of all nodes that share rooms."""
        self._words: tuple[str, ...] = ()
        self._kept: dict[RoomName, Entry] = {}
        self._leased: frozenset[str] = frozenset()
        self._leaving: dict[RoomName, asyncio.Task[None]] = {}

    @property
    def _wanted(self) -> dict[RoomName, Entry]:
        return {**self._shared, **self._own}

    @property
    def wished(self) -> set[str]:
        """What is wanted of what nodes share."""
        return {lease for entry in self._wanted.values() if (lease := self._writer.lease_of(entry)) is not None}

    def read(self) -> Mapping[RoomName, Entry]:
        """Give the rooms that are wanted as of now; mistakes of single ones are told, and they are left out.

        Where there are mistakes all that is kept stays, as nobody knows of what they speak.

        Raises:
            ConfigError: the file cannot be read.

        """
        entries, mistakes = ([], []) if self._file is None else read_rooms(self._file, self._writer)
        for mistake in [*self._added.mistakes, *mistakes]:
            logger.error("%s", printable(discreet(mistake)))
        said = {entry.name: entry for entry in entries}
        return {**(self._own if mistakes else {}), **self._added.entries, **said, **self._flagged}

    async def settle(self, wanted: Mapping[RoomName, Entry]) -> None:
        """Keep what is *wanted*, and leave what is not any more; one that is wanted otherwise is joined anew."""
        self._own = dict(wanted)
        await self._arrange()

    async def lease(self, turn: Turn) -> None:
        """Keep of what nodes share alone what *turn* says, and wish for what was added to them, from now on."""
        self._leased = turn.kept
        if turn.added != self._words:
            self._words, self._shared = turn.added, dict(self._read_shared(turn.added))
        await self._arrange()

    def _read_shared(self, words: Iterable[str]) -> Iterator[tuple[RoomName, Entry]]:
        for each in words:
            try:
                entry = self._writer.shared_entry(each)
            except ConfigError as error:
                logger.error("%s", printable(discreet(str(error))))  # noqa: TRY400 - somebody else's mistake
            else:
                yield entry.name, entry

    async def _arrange(self) -> None:
        """Keep what is ours at once, and leave the rest; what is wanted otherwise than before is kept again then."""
        self._keep_ours()
        ours = self._ours
        await self._leave([name for name, entry in self._kept.items() if ours.get(name) != entry])
        self._keep_ours()

    @property
    def _ours(self) -> dict[RoomName, Entry]:
        return {name: entry for name, entry in self._wanted.items() if self._is_ours(entry)}

    def _keep_ours(self) -> None:
        for name, entry in self._ours.items():
            if name not in self._kept:
                try:
                    self._keep(entry)
                except ConfigError as error:
                    logger.error("room %s is left out: %s", printable(name.room), error)  # noqa: TRY400 - a user's mistake

    def _is_ours(self, entry: Entry) -> bool:
        lease = self._writer.lease_of(entry)
        return lease is None or lease in self._leased

    async def reload(self, manager: ServiceManager) -> None:
        """Read the file again, and do as it says now; when it cannot be read, go on as before."""
        manager.tell(reloading())
        try:
            await self.settle(self.read())
        except ConfigError as error:
            logger.error("all stays as it is: %s", error)  # noqa: TRY400 - a user's mistake
        manager.tell(READY)

    async def obey(self, order: Order) -> object:
        """Do what *order* says; give what there is to say of it.

        Raises:
            ConfigError: it says nothing of ours, or what cannot be done.

        """
        match order:
            case {"verb": "list"}:
                elsewhere = [_elsewhere(entry.name) for entry in self._wanted.values() if not self._is_ours(entry)]
                return [*map(_row, self.keeper.standings), *elsewhere]
            case {"verb": "look", **into}:
                name = RoomName(str(into["app"]), str(into["room"])) if into.keys() == {"app", "room"} else None
                return look(self.keeper.standings, self.keeper.rooms, name, budgets=self.keeper.budgets).row()
            case {"verb": "add", "room": room, "options": dict(said)}:
                return await self._add(room, said)
            case {"verb": "remove", "room": str(room), "options": dict(said)}:
                return await self._remove(self._writer.entry(room, said).name)
            case _:
                raise ConfigError("a node is told to list, look, add or remove")

    async def _add(self, room: object, said: dict[str, Any]) -> object:
        entry = self._writer.entry(room, said)
        name, lease = entry.name, self._writer.lease_of(entry)
        if name in self._wanted:
            raise ConfigError(f"the room {name.room!r} of {name.app!r} is kept already")
        if lease is not None and self.leases is not None:
            await self.leases.add(lease, shared_words(entry.room, said))
            self._shared[name] = entry
        else:
            self._own[name] = self._added.add(room, said)
        if self._is_ours(entry) and name not in self._kept:
            self._keep(entry)
        return {"app": name.app, "room": name.room}

    async def _remove(self, name: RoomName) -> object:
        if name not in self._wanted and name not in self._kept:
            raise ConfigError(f"no room {name.room!r} of {name.app!r} is kept")
        self._own.pop(name, None)
        shared = self._shared.pop(name, None)
        if shared is not None and self.leases is not None and (lease := self._writer.lease_of(shared)) is not None:
            await self.leases.remove(lease)
        await self._leave([name] if name in self._kept else [])
        was_added = self._added.remove(name) or shared is not None
        # It may have been added again meanwhile.
        self._keep_ours()
        return {"app": name.app, "room": name.room, "returns": not was_added}

    async def _leave(self, names: Iterable[RoomName]) -> None:
        """Leave rooms that are kept, each once, however many wait for it."""
        for name in names:
            if name not in self._leaving:
                self._leaving[name] = asyncio.create_task(self._leave_one(name), name=f"leaving {name.room}")
        if leaving := [self._leaving[name] for name in names]:
            await asyncio.wait(leaving)

    async def _leave_one(self, name: RoomName) -> None:
        # At the end of the node it is left with all others.
        with suppress(ConfigError):
            await self.keeper.remove(name)
        del self._kept[name], self._leaving[name]

    def _keep(self, entry: Entry) -> None:
        self.keeper.add(entry.name, partial(entry.options.join, entry.room, seeder=True))
        self._kept[entry.name] = entry


def _row(standing: Standing) -> dict[str, object]:
    return {
        "app": standing.name.app,
        "room": standing.name.room,
        "state": standing.state.value,
        "records": standing.records,
        "peers": standing.peers,
        "biting": list(standing.biting),
        "reason": discreet(standing.reason),
    }


def _elsewhere(name: RoomName) -> dict[str, object]:
    return {**_row(Standing(name, State.WAITING)), "state": ELSEWHERE}


@asynccontextmanager
async def _leased(writer: Writer, house: Nodekeeper) -> AsyncIterator[Leases | None]:
    """Open the leases of the rooms that other nodes have, too, if there are such."""
    if writer.database is None:
        yield None
        return
    async with writer.database.leases() as leases:
        house.leases = leases
        yield leases


@asynccontextmanager
async def _shared(leases: Leases | None, house: Nodekeeper) -> AsyncIterator[None]:
    """Keep what is ours by *leases*, if there are any, while inside."""
    if leases is None:
        yield
        return
    async with sharing(leases, lambda: house.wished, house.lease):
        yield


@asynccontextmanager
async def _stopped(manager: ServiceManager, ending: Ending, keeper: Keeper) -> AsyncIterator[None]:
    """Tell *manager* of the end when it comes; from then on *ending* sees to it, at once when it is ordered again."""
    try:
        yield
    finally:
        ending.begin(lambda: keeper.names)
        if sys.platform != "win32":
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, ending.now, ExitCode.TERMINATED)
            loop.add_signal_handler(signal.SIGINT, ending.now, ExitCode.INTERRUPTED)
        manager.tell(STOPPING)


@asynccontextmanager
async def _seen(keeper: Keeper, shown: Iterable[tuple[str, Shown]]) -> AsyncIterator[None]:
    """Show *keeper*, and say where, while inside."""
    async with AsyncExitStack() as stack:
        for word, show in shown:
            remark(f"{word} at {await stack.enter_async_context(show(keeper))}")
        yield


@asynccontextmanager
async def _on_hangup(reload: partial[Any]) -> AsyncIterator[None]:
    """Run *reload* at each SIGHUP, one after the other, while inside."""
    if sys.platform == "win32":
        yield
        return
    hung_up = asyncio.Event()

    async def heed() -> None:
        while True:
            await hung_up.wait()
            hung_up.clear()
            await reload()

    loop, heeding = asyncio.get_running_loop(), asyncio.create_task(heed(), name="reading settings again")
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        heeding.cancel()
