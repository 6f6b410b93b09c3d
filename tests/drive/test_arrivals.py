"""Who waits for pieces is woken, or told why not."""

import asyncio

from peerset.core.blob import BlobName, Root
from peerset.drive.arrivals import Arrivals
from peerset.errors import BlobError, RoomClosedError
from peerset.protocol.inputs import BlobInput, BlobUnwanted, BlobWanted

NAME = BlobName(Root(bytes(32)), 300_000)


def begin() -> tuple[Arrivals, list[BlobInput]]:
    acted: list[BlobInput] = []
    return Arrivals(acted.append), acted


async def test_all_who_wait_are_woken_by_the_piece_they_wait_for() -> None:
    arrivals, acted = begin()
    waiting = [asyncio.create_task(arrivals.wait(NAME, 1, [2])) for _ in range(2)]
    await asyncio.sleep(0)
    assert acted == [BlobWanted(NAME, (1, 2))] * 2
    arrivals.came(NAME.root, 2, b"two")
    arrivals.let_go(NAME.root)
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    arrivals.came(NAME.root, 1, b"one")
    assert await asyncio.gather(*waiting) == [b"one", b"one"]
    arrivals.let_go(NAME.root)
    assert acted[2:] == [BlobUnwanted(NAME.root)]


async def test_one_who_gives_up_takes_nothing_from_another() -> None:
    arrivals, _ = begin()
    one, two = (asyncio.create_task(arrivals.wait(NAME, 1, [])) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.sleep(0)
    arrivals.came(NAME.root, 1, b"one")
    assert await two == b"one"


async def test_what_does_not_come_is_told_to_all_who_wait_for_it() -> None:
    arrivals, _ = begin()
    other = BlobName(Root(b"o" * 32), 1)
    waiting = [asyncio.create_task(arrivals.wait(name, 0, [])) for name in (NAME, NAME, other)]
    await asyncio.sleep(0)
    arrivals.fail(BlobError("nobody"), root=NAME.root)
    arrivals.fail(RoomClosedError("left"))
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [BlobError, BlobError, RoomClosedError]


async def test_who_waits_for_many_is_told_of_each_in_whatever_order_and_woken_by_the_last() -> None:
    arrivals, acted = begin()
    told: list[int] = []
    waiting = asyncio.create_task(arrivals.collect(NAME, [0, 2], told.append))
    await asyncio.sleep(0)
    assert acted == [BlobWanted(NAME, [0, 2])]
    for piece, data in ((2, b"two"), (2, b"two"), (1, b"one")):
        arrivals.came(NAME.root, piece, data)
        await asyncio.sleep(0)
    arrivals.let_go(NAME.root)
    assert (told, waiting.done(), len(acted)) == ([3], False, 1)
    arrivals.came(NAME.root, 0, b"zero")
    await waiting
    arrivals.let_go(NAME.root)
    assert (told, acted[1:]) == ([3, 4], [BlobUnwanted(NAME.root)])


async def test_who_waits_for_many_is_told_why_the_rest_does_not_come() -> None:
    arrivals, _ = begin()
    told: list[int] = []
    other = BlobName(Root(b"o" * 32), 1)
    one, two = (asyncio.create_task(arrivals.collect(name, [0, 1], told.append)) for name in (NAME, other))
    await asyncio.sleep(0)
    arrivals.came(NAME.root, 0, b"zero")
    arrivals.fail(BlobError("nobody"), root=NAME.root)
    found = await asyncio.gather(one, return_exceptions=True)
    assert [type(each) for each in found] == [BlobError]
    assert (told, two.done()) == ([4], False)
    two.cancel()
    await asyncio.wait([two])
    arrivals.came(other.root, 0, b"zero")
    assert told == [4]
