"""The nodes of a soak: processes that are asked, sampled, stopped, ended and killed, and what their stores hold."""

import asyncio
import json
import signal
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.plugins import open_store
from peerset.stores.postgres.naming import room_schema, with_options

PREFIX: Final = "soak"
"""With this the names of schemas begin in a database."""

Stores = Mapping[str, str]
"""Where the records of each room are, as `peerset.plugins.open_store` takes it."""


class SoakNode:
    """A process that keeps *rooms* in *folder*, announced at *url*; with a *database*, there, those that it leases."""

    def __init__(self, folder: Path, rooms: Iterable[str], url: str, *, database: str = "") -> None:
        self.folder = folder
        self.log = folder / "log"
        self.stores = _in_database(database, rooms) if database else _in_folder(folder, rooms)
        file = folder / "rooms.toml"
        command = ["node", "--data", str(folder), "--rooms-file", str(file), "--signaling", url]
        self._command = [sys.executable, "-m", "peerset", *command, *(["--database", database] if database else [])]
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir()
        lines = [f'[[rooms]]\nroom = "{room}"\n' for room in self.stores]
        if not database:
            lines = [f'{line}store = "{store}"\n' for line, store in zip(lines, self.stores.values(), strict=True)]
        file.write_text("".join(lines), encoding="utf-8")

    @property
    def is_running(self) -> bool:
        """It was started, and not ended by us."""
        return self._process is not None

    @property
    def is_gone(self) -> bool:
        """It ended though nobody ended it."""
        return self._process is not None and self._process.returncode is not None

    @property
    def has_broken(self) -> bool:
        """An error of ours stands in its log."""
        return "Traceback" in self.log.read_text(encoding="utf-8")

    async def start(self) -> None:
        """Let it run."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stderr=log)

    async def kill(self) -> None:
        """End it at whatever it does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def end(self) -> tuple[int, float]:
        """Let it end; give its exit code, and how many seconds that took."""
        assert self._process is not None
        # One that does not heed signals yet would end by it as anybody does.
        await self._opened()
        began = now()
        self._process.terminate()
        code = await self._process.wait()
        self._process = None
        return code, now() - began

    async def stop(self, seconds: float) -> None:
        """Let it do nothing for so long, and know nothing of it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)

    async def counts(self) -> dict[str, int]:
        """Give how many records each room has that it keeps; nothing while it cannot be asked."""
        return {row["room"]: row["records"] for row in await self._rows() if row["state"] == "open"}

    async def memory_mb(self) -> float:
        """Give what it takes of the memory."""
        assert self._process is not None
        asked = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        process = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return int(said) / 1_024

    async def _opened(self) -> None:
        while not await self._rows():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.1)

    async def _rows(self) -> list[dict[str, Any]]:
        try:
            reader, writer = await asyncio.open_unix_connection(self.folder / "node.sock", limit=2**20)
        except OSError:
            return []
        with suppress(OSError, ValueError):
            writer.write(b'{"verb":"list"}\n')
            rows = json.loads(await reader.readline())["answer"]
            writer.close()
            return list(rows)
        return []


async def counts_of_all(nodes: Iterable[SoakNode]) -> dict[str, int] | None:
    """Give the counts of *nodes* that share their rooms; None while two have the same."""
    merged = dict[str, int]()
    for node in nodes:
        counts = await node.counts()
        if merged.keys() & counts.keys():
            return None
        merged |= counts
    return merged


async def differences(replicas: Sequence[Stores], kept: Collection[RecordId]) -> list[str]:
    """Read *replicas* of the same rooms; say what is not the same, or lost of what is *kept*."""
    wrong, found = list[str](), set[RecordId]()
    for room in sorted(replicas[0]):
        sets = [await _ids_in(stores[room]) for stores in replicas]
        found.update(*sets)
        if any(each != sets[0] for each in sets):
            wrong.append(f"{room} differs: {', '.join(str(len(each)) for each in sets)} records")
    lost = len(set(kept) - found)
    return [*wrong, f"{lost} records are lost"] if lost else wrong


async def _ids_in(place: str) -> set[RecordId]:
    store = await open_store(place)
    try:
        return {RecordId(id_) for _, id_ in await store.entries()}
    finally:
        await store.aclose()


def _in_folder(folder: Path, rooms: Iterable[str]) -> Stores:
    return {room: f"sqlite:{folder / 'rooms' / room.replace(' ', '-')}.db" for room in rooms}


def _in_database(database: str, rooms: Iterable[str]) -> Stores:
    names = {room: room_schema(PREFIX, RoomName("peerset", room)) for room in rooms}
    return {room: with_options(database, schema=schema) for room, schema in names.items()}


def now() -> float:
    """Give the seconds of the running loop's clock."""
    return asyncio.get_running_loop().time()
