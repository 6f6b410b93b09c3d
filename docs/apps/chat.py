"""A chat. Who comes later reads what was said before; who was away hears what was missed.

python chat.py ROOM NAME
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import Annotated

import peerset


@dataclass(frozen=True)
class Line:
    name: Annotated[str, peerset.Size(1, 40)]
    text: Annotated[str, peerset.Size(1, 2_000)]


async def listen(room: peerset.Room) -> None:
    lines = room.collection("chat", Line)
    async with await lines.live(order="-time", limit=50) as live:
        heard = list(reversed(live.docs))
        while True:
            for doc in heard:
                print(f"{doc.value.name}: {doc.value.text}")
            difference = await anext(live)
            heard = [doc for _, doc in reversed(difference.added)]


async def main(name: str, nick: str) -> None:
    async with peerset.join(name, key=f"{nick}.key", store=f"{name}.db") as room, asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(room))
        while text := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await room.collection("chat", Line).append(Line(nick, text))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
