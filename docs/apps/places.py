"""A map of places: python places.py [add 52.52 13.40 Café Mitte | near 52.5 13.4 3000 | find caf*]."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from typing import Annotated

import peerset


@dataclass(frozen=True)
class Place:
    title: Annotated[str, peerset.Size(1, 200)]
    at: peerset.Point


async def places(room: peerset.Room, *words: str) -> None:
    here = room.collection("places", Place, text=["title"], place="at")
    match words:
        case ["add", lat, lon, *title]:
            await here.add(Place(" ".join(title), peerset.Point(float(lat), float(lon))))
        case ["near", lat, lon, metres]:
            circle = peerset.Circle(float(lat), float(lon), float(metres))
            for doc in await here.find({"at": {"near": circle}}):
                print(doc.value.at.lat, doc.value.at.lon, doc.value.title)
        case ["find", *text]:
            for doc in await here.find(text=" ".join(text)):
                print(doc.value.at.lat, doc.value.at.lon, doc.value.title)


async def main() -> None:
    async with peerset.join("our-places", key="places.key", store="places.db") as room:
        with contextlib.suppress(TimeoutError):
            await room.synced(timeout=10)
        await places(room, *sys.argv[1:])


if __name__ == "__main__":
    asyncio.run(main())
