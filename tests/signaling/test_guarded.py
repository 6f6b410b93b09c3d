"""A strategy that breaks is joined anew, on a clock that jumps."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise

import pytest

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import SignalingError
from peerset.ports import Signaling, SignalingStatus, SocketState
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.guarded import HEALTHY_SECONDS, GuardedSignaling
from peerset.signaling.memory import MemorySignaling, MemoryTracker
from tests.patience import until

ROOM = RoomName("app", "room")
ME = PeerId("0000" + "M" * 16)
YOU = PeerId("0000" + "Y" * 16)
OFFER = Offer(OfferId("Offer" + "0" * 15), "v=0")
LOGGER = "peerset.signaling.guarded"


class Frail(MemorySignaling):
    """Counts what it is told; its inputs break when *breaks* is set."""

    def __init__(self) -> None:
        super().__init__(ROOM, ME, tracker=MemoryTracker(random.Random(0)))
        self.breaks = asyncio.Event()
        self.announced: list[Sequence[Offer]] = []
        self.is_closed = False

    async def announce(self, offers: Sequence[Offer]) -> None:
        self.announced.append(offers)

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        raise SignalingError(f"{via} is gone")

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        await self.breaks.wait()
        async for signal in super().inputs():
            yield signal

    def status(self) -> list[SignalingStatus]:
        raise RuntimeError("no idea")

    async def aclose(self) -> None:
        self.is_closed = True
        await super().aclose()


@asynccontextmanager
async def guarded(join: Callable[[], Signaling]) -> AsyncIterator[GuardedSignaling]:
    async def hear(signal: SignalingInput) -> None:
        raise AssertionError(signal)

    guard = GuardedSignaling("frail", ["somewhere"], join=join, hear=hear, rng=random.Random(0))
    running = asyncio.create_task(guard.run())
    yield guard
    running.cancel()
    await asyncio.wait([running])


def has(joined: Sequence[Frail], number: int) -> bool:
    return len(joined) == number


def break_now(frail: Frail) -> None:
    frail._inbox.close()
    frail.breaks.set()


async def test_what_broke_is_left_and_joined_anew_with_the_last_announce() -> None:
    joined: list[Frail] = []

    def join() -> Frail:
        joined.append(Frail())
        return joined[-1]

    async with guarded(join) as guard:
        guard.announce([])
        guard.announce([OFFER])
        await until(lambda: bool(joined) and len(joined[0].announced) == 2)
        break_now(joined[0])
        await until(lambda: guard.status()[0].next_try is not None)
        (status,) = guard.status()
        assert joined[0].is_closed
        assert (status.strategy, status.place, status.state) == ("frail", "somewhere", SocketState.RESTING)
        assert status.error == "it ended by itself"
        await until(lambda: len(joined) == 2 and len(joined[1].announced) == 1)
        assert joined[1].announced == [(OFFER,)]


async def test_it_is_told_once_however_often_it_breaks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)
    tries: list[float] = []
    loop = asyncio.get_running_loop()

    def join() -> Frail:
        tries.append(loop.time())
        raise OSError("no network\nat all" + "x" * 999)

    async with guarded(join) as guard:
        await until(lambda: len(tries) == 8)
        assert str(guard.status()[0].error).startswith("OSError: no network")
    pauses = [after - before for before, after in pairwise(tries)]
    assert all(after > before / 2 for before, after in pairwise(pauses))
    assert sum(pauses) > 60
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith("signaling frail broke, and is joined anew at growing intervals: OSError: no network")
    assert len(line) < 400


async def test_one_that_worked_for_long_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)
    joined: list[Frail] = []

    def join() -> Frail:
        joined.append(Frail())
        return joined[-1]

    async with guarded(join):
        for number in (1, 2):
            await until(partial(has, joined, number))
            await asyncio.sleep(HEALTHY_SECONDS)
            break_now(joined[-1])
        await until(partial(has, joined, 3))
    assert len(caplog.records) == 2


async def test_what_cannot_be_said_is_told_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)
    frail = Frail()
    async with guarded(lambda: frail) as guard:
        guard.say(lambda signaling: signaling.answer(YOU, Answer(OFFER.id, "sdp"), Via("there")))
        guard.announce([OFFER])
        await until(lambda: len(frail.announced) == 1)
    assert [record.getMessage() for record in caplog.records] == ["signaling frail: there is gone"]
