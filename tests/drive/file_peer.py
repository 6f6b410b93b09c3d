"""A member in a process of its own for tests that kill it: while it fetches, puts or mirrors a file.

It is run by its path, so that it knows peerset alone, as it is installed.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import peerset
from peerset.cli.offline import Hermit
from peerset.cli.piping import standard_streams
from peerset.core.limits import BLOB_PIECE_BYTES

PIECES = 60
DATA = random.Random(1).randbytes(PIECES * BLOB_PIECE_BYTES)
LIMITS = peerset.Limits(blob=2 * len(DATA), room=4 * len(DATA))
AUTHOR = peerset.SecretKey(bytes(31) + b"\1")


async def main(verb: str, store: str) -> None:
    """Fetch the file over the standard streams, put it or mirror it, and be killed once a third of it is there."""
    is_put = verb == "put"
    key, folder = AUTHOR if is_put else None, Path(store)
    async with peerset.join("lobby", key=key, store=folder, files=LIMITS, host=Hermit()) as room:
        if is_put:
            await room.files("site").put("a", parts())
        if verb == "mirror":
            theirs = room.files("site", author=AUTHOR.public_key)
            await theirs.mirror(folder.parent / "folder", direction="down", moved=lambda done, _: die_of(done))
        streams = await standard_streams()
        meeting = asyncio.create_task(room.replicate(*streams, live=True))
        files = room.files("site", author=AUTHOR.public_key)
        while await files.entry("a") is None:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
        came = 0

        def progress(_: peerset.Entry, size: int) -> None:
            nonlocal came
            came += size
            die_of(came)

        await files.download(progress=progress)
        await meeting


async def parts() -> AsyncIterator[bytes]:
    """Give the first third of the file."""
    yield DATA[: len(DATA) // 3]
    die()


def die_of(came: int) -> None:
    """Be killed once a third of the file is there."""
    if came > len(DATA) // 3:
        die()


def die() -> None:
    """Be killed, as by a machine that has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
