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
    assert acted == [BlobWanted(NAME, (1, 2))]
    arrivals.came(NAME.root, 2, b"two")
    arrivals.let_go(NAME.root)
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    arrivals.came(NAME.root, 1, b"one")
    assert await asyncio.gather(*waiting) == [b"one", b"one"]
    arrivals.let_go(NAME.root)
    assert acted[1:] == [BlobUnwanted(NAME.root)]


async def test_who_reads_on_wants_the_next_window_when_half_of_the_last_was_read() -> None:
    arrivals, acted = begin()
    window = 8
    for piece in range(20):
        waiting = asyncio.create_task(arrivals.wait(NAME, piece, range(piece + 1, piece + window)))
        await asyncio.sleep(0)
        arrivals.came(NAME.root, piece, b"it")
        await waiting
    wanted = [list(each.pieces) for each in acted if isinstance(each, BlobWanted)]
    assert wanted == [list(range(first, first + window)) for first in (0, 5, 10, 15)]


async def test_what_was_given_up_and_what_lies_elsewhere_is_wanted_anew() -> None:
    arrivals, acted = begin()
    waiting = [asyncio.create_task(arrivals.wait(NAME, 0, [1, 2]))]
    await asyncio.sleep(0)
    arrivals.fail(BlobError("nobody"), root=NAME.root)
    for piece, ahead in ((1, [2]), (90, [91]), (1, [2])):
        waiting.append(asyncio.create_task(arrivals.wait(NAME, piece, ahead)))
        await asyncio.sleep(0)
    assert acted == [BlobWanted(NAME, pieces) for pieces in ((0, 1, 2), (1, 2), (90, 91), (1, 2))]
    arrivals.drop(NAME.root)
    waiting.append(asyncio.create_task(arrivals.wait(NAME, 1, [2])))
    await asyncio.sleep(0)
    assert acted[4:] == [BlobUnwanted(NAME.root), BlobWanted(NAME, (1, 2))]
    arrivals.fail(RoomClosedError("left"))
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_came_lingers_while_more_is_on_its_way() -> None:
    arrivals, _ = begin()
    assert not arrivals.may_linger(NAME.root, 0b1)
    reading = asyncio.create_task(arrivals.wait(NAME, 0, [1]))
    await asyncio.sleep(0)
    assert arrivals.may_linger(NAME.root, 0b1)
    assert not arrivals.may_linger(NAME.root, 0b11)
    collecting = asyncio.create_task(arrivals.collect(NAME, [5], lambda _: None))
    await asyncio.sleep(0)
    assert arrivals.may_linger(NAME.root, 0b11)
    arrivals.came(NAME.root, 5, b"five")
    arrivals.give(NAME.root, 0, b"zero")
    assert await reading == b"zero"
    await collecting


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
