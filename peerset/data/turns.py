"""Who writes a register has its turn: what it expected holds until it has written."""

import asyncio
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, TypeAlias

Register: TypeAlias = tuple[str, str]
"""The name of a collection, and a key."""

_NOBODY: Final[deque["asyncio.Future[None]"]] = deque(maxlen=0)


class Turns:
    """Gives turns at registers, in the order in which they are asked for. Nothing is kept of registers at rest."""

    def __init__(self) -> None:
        self._waiting: dict[Register, deque[asyncio.Future[None]]] = {}
        """Who waits for each register that somebody has."""

    def at(self, registers: Sequence[Register]) -> "Turn":
        """Have, while a block runs, the turn at registers; all who do so take them in one order."""
        return Turn(self, sorted(registers) if len(registers) > 1 else registers)

    async def take(self, register: Register) -> None:
        """Wait for the turn at a register."""
        waiting = self._waiting.get(register)
        if waiting is None:
            self._waiting[register] = _NOBODY
            return
        if waiting is _NOBODY:
            waiting = self._waiting[register] = deque()
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It had come already: the next one shall have it.
                self.give(register)
            raise

    def give(self, register: Register) -> None:
        """Let the next one have its turn."""
        waiting = self._waiting[register]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[register]


class Turn:
    """The turn at some registers, for as long as a block runs."""

    __slots__ = ("_registers", "_taken", "_turns")

    def __init__(self, turns: Turns, registers: Sequence[Register]) -> None:
        self._turns = turns
        self._registers = registers
        self._taken = 0

    async def __aenter__(self) -> None:
        try:
            for register in self._registers:
                await self._turns.take(register)
                self._taken += 1
        except BaseException:
            self._give_all()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_all()

    def _give_all(self) -> None:
        for register in self._registers[: self._taken]:
            self._turns.give(register)
        self._taken = 0
