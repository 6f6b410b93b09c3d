"""Turns at registers."""

import asyncio

import pytest

from peerset.data.turns import Register, Turns

ANN: Register = ("places", "ann")
BOB: Register = ("places", "bob")


class Scene:
    """Some who write registers, and what they say of it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.said: list[str] = []

    async def write(self, name: str, *registers: Register) -> None:
        """Write for a second, in turn."""
        async with self.turns.at(registers):
            self.said.append(f"{name} begins")
            await asyncio.sleep(1)
            self.said.append(f"{name} ends")

    def begin(self, name: str, *registers: Register) -> "asyncio.Task[None]":
        """Do so beside others."""
        return asyncio.create_task(self.write(name, *registers))


async def test_who_writes_one_register_waits_for_those_who_came_before() -> None:
    scene = Scene()
    await asyncio.gather(*(scene.write(name, ANN) for name in "abc"))
    assert scene.said == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_who_writes_another_register_does_not_wait() -> None:
    scene = Scene()
    await asyncio.gather(scene.write("a", ANN), scene.write("b", BOB))
    assert scene.said == ["a begins", "b begins", "a ends", "b ends"]


async def test_two_that_write_the_same_registers_do_not_wait_for_each_other_for_ever() -> None:
    scene = Scene()
    await asyncio.gather(scene.write("a", ANN, BOB), scene.write("b", BOB, ANN))
    assert scene.said == ["a begins", "a ends", "b begins", "b ends"]


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    scene = Scene()
    first, second, third = (scene.begin(name, ANN) for name in "abc")
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert scene.said == ["a begins", "a ends", "c begins", "c ends"]


async def test_a_turn_that_comes_as_one_gives_up_goes_to_the_next() -> None:
    scene = Scene()
    turn = scene.turns.at([ANN])
    await turn.__aenter__()
    second, third = scene.begin("b", BOB, ANN), scene.begin("c", ANN)
    await asyncio.sleep(0)
    await turn.__aexit__(None, None, None)
    second.cancel()
    await third
    assert scene.said == ["c begins", "c ends"]
    await scene.write("d", BOB)
    assert scene.said[2:] == ["d begins", "d ends"], "what it had taken before is free as well"


async def test_an_error_ends_a_turn() -> None:
    scene = Scene()
    with pytest.raises(ValueError, match="no"):
        async with scene.turns.at([ANN]):
            raise ValueError("no")
    await scene.write("a", ANN)
    assert scene.said == ["a begins", "a ends"]
