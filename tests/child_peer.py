"""A peer in a process of its own, for tests that kill it: prints what its subscriber sees as JSON lines."""

import asyncio
import json
import os
import signal
import sys

import peerset


async def main(url: str, store: str, number: str, dies_after: str = "0") -> None:
    """Take part until killed, by ourselves when so many records were told of, or until standard input ends."""
    key = peerset.SecretKey(int(number).to_bytes(32, "big"))
    async with peerset.join(
        "survival", key=key, store=store, signaling=[url], ice_servers=(), allow_loopback=True
    ) as room:
        events = room.events()
        listening = asyncio.create_task(report(room, events, dies_after=int(dies_after)))
        say("ready", room.count, room.root.hex())
        await asyncio.to_thread(sys.stdin.read)
        listening.cancel()
        await asyncio.wait([listening])


async def report(room: peerset.Room, events: peerset.EventStream, *, dies_after: int) -> None:
    """Print every new record as it is emitted."""
    added = 0
    async for event in events:
        if isinstance(event, peerset.RecordAdded):
            say("added", event.record.id.hex(), room.root.hex())
            added += 1
            if added == dies_after:
                os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(event, peerset.Lagged):
            say("lagged", event.count)


def say(*fields: object) -> None:
    """Print one line."""
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
