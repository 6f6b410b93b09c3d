"""Tasks that everybody keeps: python todo.py [add Paint the door | done paint-the-door | drop paint-the-door]."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass, replace

import peerset


@dataclass(frozen=True)
class Task:
    title: str
    is_done: bool = False


async def todo(room: peerset.Room, *words: str) -> None:
    tasks = room.collection("tasks", Task, shared=True, indexes=[("is_done", "key")])
    match words:
        case ["add", *title]:
            await tasks.put("-".join(title).lower(), Task(" ".join(title)))
        case ["done", key]:
            await tasks.update(key, lambda task: replace(task or Task(key), is_done=True))
        case ["drop", key]:
            await tasks.delete(key)
    async for doc in tasks.all(order=["is_done", "key"]):
        print("[x]" if doc.value.is_done else "[ ]", doc.value.title)


async def main() -> None:
    async with peerset.join("our-tasks", key="todo.key", store="todo.db") as room:
        with contextlib.suppress(TimeoutError):  # Alone, it is told to whoever comes next time.
            await room.synced(timeout=10)
        await todo(room, *sys.argv[1:])


if __name__ == "__main__":
    asyncio.run(main())
