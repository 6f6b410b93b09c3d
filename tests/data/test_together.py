"""What is asked at once is asked together, and everybody gets the own answers."""

import asyncio
from collections.abc import Sequence

import pytest

from peerset.data.together import Together
from peerset.errors import StoreError


class Oracle:
    """Answers after a second, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[int]]] = []
        self.fails = False

    async def answer(self, name: str, questions: Sequence[int]) -> list[str]:
        self.asked.append((name, list(questions)))
        await asyncio.sleep(1)
        if self.fails:
            raise StoreError("the disk is gone")
        return [f"{name} {each}" for each in questions]


async def test_the_first_goes_at_once_and_what_is_asked_meanwhile_together_by_collections() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    found = await asyncio.gather(
        together.ask("a", [1]), together.ask("a", [2, 3]), together.ask("b", [4]), together.ask("a", [5])
    )
    assert [*found] == [["a 1"], ["a 2", "a 3"], ["b 4"], ["a 5"]]
    assert oracle.asked == [("a", [1]), ("a", [2, 3, 5]), ("b", [4])]
    assert await together.ask("a", [6]) == ["a 6"]


async def test_a_question_is_never_answered_by_what_was_read_before_it_was_asked() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    first = asyncio.create_task(together.ask("a", [1]))
    await asyncio.sleep(0.5)
    second = asyncio.create_task(together.ask("a", [1]))
    await asyncio.gather(first, second)
    assert len(oracle.asked) == 2


async def test_everybody_learns_of_a_failure_and_the_next_question_is_asked_again() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.fails = True
    found = await asyncio.gather(*(together.ask("a", [number]) for number in range(3)), return_exceptions=True)
    assert [str(each) for each in found] == ["the disk is gone"] * 3
    oracle.fails = False
    assert await together.ask("a", [7]) == ["a 7"]


async def test_who_stops_waiting_takes_nobody_along() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    tasks = [asyncio.create_task(together.ask("a", [number])) for number in range(4)]
    await asyncio.sleep(0.5)
    tasks[0].cancel()
    tasks[2].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[1], found[3]] == [["a 1"], ["a 3"]]
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
