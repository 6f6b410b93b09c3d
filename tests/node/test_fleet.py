"""Sharing rooms with other nodes: what is ours is kept, what is not is left first and given up then."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from peerset.errors import StoreError
from peerset.node.fleet import TURN_SECONDS, sharing
from peerset.ports.leases import Turn


class Ledger:
    """Leases that say what a test wants, and remember what was done."""

    def __init__(self, *turns: Turn | StoreError) -> None:
        self._turns = list(turns)
        self.done: list[object] = []

    async def take_turn(self, wished: Iterable[str]) -> Turn:
        self.done.append(sorted(wished))
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        if isinstance(turn, StoreError):
            raise turn
        return turn

    async def give_up(self, rooms: Iterable[str]) -> None:
        self.done.append(("given up", *rooms))

    async def add(self, room: str, words: str) -> None:
        self.done.append(("added", room, words))

    async def remove(self, room: str) -> None:
        self.done.append(("removed", room))

    async def leave(self) -> None:
        self.done.append("left")

    async def aclose(self) -> None: ...


def turn(kept: str, due: str = "") -> Turn:
    return Turn(frozenset(kept), frozenset(due))


async def test_rooms_are_left_before_others_may_have_them_and_the_database_may_be_away() -> None:
    ledger = Ledger(turn("ab"), StoreError("away"), turn("a", due="b"), turn("a"))

    async def arrange(turn: Turn) -> None:
        await asyncio.sleep(1)
        ledger.done.append(turn.kept)

    async with sharing(ledger, lambda: "abc", arrange):
        assert ledger.done == [["a", "b", "c"], {"a", "b"}], "what is ours at first is kept before it goes on"
        ledger.done.clear()
        await asyncio.sleep(2.5 * TURN_SECONDS)
    assert ledger.done == [["a", "b", "c"], ["a", "b", "c"], {"a"}, ("given up", "b")]


async def test_while_rooms_take_long_to_leave_the_node_lives_on() -> None:
    ledger = Ledger(turn("a"), turn("", due="a"))
    is_first = True

    async def arrange(_: Turn) -> None:
        nonlocal is_first
        if not is_first:
            await asyncio.sleep(3.5 * TURN_SECONDS)
        is_first = False

    async with sharing(ledger, lambda: "a", arrange):
        await asyncio.sleep(4.4 * TURN_SECONDS)
        assert ledger.done == [["a"]] * 5
        await asyncio.sleep(0.2 * TURN_SECONDS)
        assert ledger.done == [*[["a"]] * 5, ("given up", "a")]


async def test_what_comes_free_is_taken_at_once_though_other_rooms_are_still_being_left() -> None:
    # Of what is still being left a later turn may say that it is ours: it is given up all the same, and asked for anew.
    ledger = Ledger(turn("ab"), turn("a", due="b"), turn("ac", due="b"), turn("abc"), turn("ac"))

    async def arrange(turn: Turn) -> None:
        ledger.done.append("".join(sorted(turn.kept)))
        if turn.kept == {"a"}:
            await asyncio.sleep(3.5 * TURN_SECONDS)

    async with sharing(ledger, lambda: (), arrange):
        await asyncio.sleep(5.2 * TURN_SECONDS)
    assert [each for each in ledger.done if each] == ["ab", "a", "ac", ("given up", "b")]


async def test_what_was_added_to_all_nodes_is_told_though_what_is_kept_is_as_before() -> None:
    ledger = Ledger(turn("a"), turn("a"), replace(turn("a"), added=("words",)))

    async def arrange(turn: Turn) -> None:
        ledger.done.append(turn.added)

    async with sharing(ledger, lambda: (), arrange):
        await asyncio.sleep(4.2 * TURN_SECONDS)
    assert [each for each in ledger.done if isinstance(each, tuple)] == [(), ("words",)]
