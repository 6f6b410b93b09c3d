"""Questions that are asked of a store together, when several are asked at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True)
class _Asking(Generic[Q, A]):
    """Some questions of one collection, and who waits for the answers."""

    name: str
    questions: Sequence[Q]
    answers: "asyncio.Future[list[A]]"


class Together(Generic[Q, A]):
    """Asks *answer*, which gives one answer for each question about a collection.

    The first goes on its way at once; what is asked until its answer is there goes together, by collections.
    """

    def __init__(self, answer: Callable[[str, Sequence[Q]], Awaitable[list[A]]]) -> None:
        self._answer = answer
        self._is_asking = False
        self._waiting: list[_Asking[Q, A]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, name: str, questions: Sequence[Q]) -> list[A]:
        """Give the answers."""
        if self._is_asking:
            asking = _Asking[Q, A](name, questions, asyncio.get_running_loop().create_future())
            self._waiting.append(asking)
            return await asking.answers
        self._is_asking = True
        try:
            return await self._answer(name, questions)
        finally:
            self._is_asking = False
            if self._waiting:
                self._is_asking = True
                self._task = asyncio.create_task(self._ask_for_others(), name="peerset-together")

    async def _ask_for_others(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                for name in dict.fromkeys(asking.name for asking in waiting):
                    await self._ask_for([asking for asking in waiting if asking.name == name])
        finally:
            self._is_asking = False

    async def _ask_for(self, askings: Sequence[_Asking[Q, A]]) -> None:
        questions = [question for asking in askings for question in asking.questions]
        try:
            answers = iter(await self._answer(askings[0].name, questions))
        except Exception as error:  # noqa: BLE001 - it is for those who asked
            for asking in askings:
                if not asking.answers.done():
                    asking.answers.set_exception(error)
            return
        for asking in askings:
            own = [next(answers) for _ in asking.questions]
            if not asking.answers.done():
                asking.answers.set_result(own)
