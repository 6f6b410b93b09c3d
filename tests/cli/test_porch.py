"""Strangers at a port."""

import asyncio

import pytest

from peerset.cli.porch import STRANGERS_MAX, WORD_SECONDS, Porch
from peerset.room.replication import check_stream
from tests.room.streams import two_ends


async def test_whoever_says_something_is_let_in_with_what_it_said() -> None:
    here, (reader, writer) = await two_ends()
    writer.write(b"hello")
    guest = await Porch().first_word(here)
    assert guest is not None
    check_stream(guest, here[1])
    assert [await guest.read(3), await guest.read(3)] == [b"hel", b"lo"]
    writer.write(b" again")
    assert await guest.read(100) == b" again"
    here[1].close()
    assert await reader.read() == b""
    writer.close()


async def test_whoever_says_nothing_is_sent_away_in_time() -> None:
    here, (reader, writer) = await two_ends()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await Porch().first_word(here) is None
    assert loop.time() - began == pytest.approx(WORD_SECONDS, abs=0.1)
    assert await reader.read() == b""
    writer.close()


async def test_one_stranger_too_many_takes_the_place_of_the_first() -> None:
    porch = Porch()
    ends = [await two_ends() for _ in range(STRANGERS_MAX + 1)]
    waiting = [asyncio.create_task(porch.first_word(here)) for here, _ in ends]
    assert await waiting[0] is None
    for _, (_, writer) in ends[1:]:
        writer.write(b"hello")
    assert all(each is not None for each in await asyncio.gather(*waiting[1:]))
    for here, (_, writer) in ends:
        here[1].close()
        writer.close()
