"""Numbers of sensors, kept for a week: cat numbers.txt | python sensors.py attic."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import peerset

WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Reading:
    sensor: str
    number: float


async def lines() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line


async def log(room: peerset.Room, sensor: str, numbers: AsyncIterator[str]) -> None:
    readings = room.collection("readings", Reading, indexes=["sensor"], ttl=WEEK_SECONDS)
    figures = {"count": "count", "mean": "mean:number", "highest": "max:number"}
    async for number in numbers:
        await readings.append(Reading(sensor, float(number)))
        for row in await readings.aggregate(figures, where={"time": {"gte": "24h"}}, by="sensor"):
            print(row)


async def main(sensor: str) -> None:
    async with peerset.join("our-sensors", key=f"{sensor}.key", store=f"{sensor}.db") as room:
        await log(room, sensor, lines())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
