"""The folder of a node, with all there may be in it."""

import asyncio
from pathlib import Path

from peerset.core.signal import RoomTag
from tests.stores.blobs import SIZE, content, stream
from tests.stores.files import make_records, opened


def make_node(folder: Path) -> None:
    """Make the folder of a node with two rooms, a file in one of them, a key, and the rooms that were added."""
    (folder / "rooms").mkdir(parents=True)
    (folder / "keys").mkdir()
    asyncio.run(_fill(folder / "rooms"))
    (folder / "keys" / "default.key").write_text("nsec1…")
    (folder / "added-rooms.json").write_text("[]")


async def _fill(rooms: Path) -> None:
    for number, name in enumerate(("lobby", "hall")):
        async with opened(rooms / f"{name}.db") as store:
            await store.bind(RoomTag(bytes([number]) * 16))
            await store.add(make_records(20 + number, content="x" * 500))
            if not number:
                await store.blobs().add(stream(content()), size_max=SIZE)


def all_of(folder: Path) -> dict[str, bytes]:
    """Give all files below *folder*, but what SQLite keeps beside."""
    paths = [each for each in folder.rglob("*") if each.is_file() and not each.name.endswith(("-wal", "-shm"))]
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in paths}
