"""Which node of a fleet has which room."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from itertools import count

import psycopg
import pytest

from peerset.errors import StoreError
from peerset.ports.leases import Turn
from peerset.stores.postgres import leases, shape
from peerset.stores.postgres.leases import PostgresLeases, fair_share, open_leases
from peerset.testing.check_store import sample_records
from tests.stores.postgres.server import Server, ask, opened

pytestmark = pytest.mark.real_time

ROOMS = [f"room_{number}" for number in range(12)]
FLEETS = count()


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the schema of a fleet that is not there yet, and in which nobody's time is over before `lapse`."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", 3_600.0)
    monkeypatch.setattr(leases, "GRACE_SECONDS", 0.0)
    return f"fleet{next(FLEETS)}"


@asynccontextmanager
async def members(server: str, fleet: str, *names: str) -> AsyncIterator[list[PostgresLeases]]:
    async with AsyncExitStack() as stack:
        made = []
        for name in names:
            made.append(await open_leases(f"{server.removeprefix('postgresql:')}&fleet={fleet}&holder={name}"))
            stack.push_async_callback(made[-1].aclose)
        yield made


async def settle(fleet: list[PostgresLeases]) -> list[Turn]:
    """Let all take turns until nobody has anything to give up or to take."""
    turns: list[Turn] = []
    while True:
        before = turns
        turns = [await each.take_turn(ROOMS) for each in fleet]
        for each, turn in zip(fleet, turns, strict=True):
            await each.give_up(turn.due)
        if turns == before:
            return turns


def lapse(server: str, fleet: str, holder: str) -> None:
    """Let the time of *holder* be over, as it is some seconds after it was killed or stopped."""
    ask(server, f"UPDATE {fleet}.member SET until = clock_timestamp() - interval '1 s' WHERE holder = '{holder}'")


async def test_each_room_has_one_node_and_each_node_some_rooms(server: str, fleet: str) -> None:
    async with members(server, fleet, "a", "b", "c") as fleet_of_three:
        # Who is first has all, until others come.
        assert (await fleet_of_three[0].take_turn(ROOMS)).kept == set(ROOMS)
        turns = await settle(fleet_of_three)
        assert sorted(room for turn in turns for room in turn.kept) == sorted(ROOMS)
        assert [(len(turn.kept), len(turn.due)) for turn in turns] == [(4, 0)] * 3


async def test_what_a_dead_node_had_others_take_and_nobody_elses_rooms_move(server: str, fleet: str) -> None:
    async with members(server, fleet, "a", "b", "c") as all_three:
        before = await settle(all_three)
        lapse(server, fleet, "a")
        after = await settle(all_three[1:])
        assert sorted(room for turn in after for room in turn.kept) == sorted(ROOMS)
        assert all(turn.kept <= later.kept for turn, later in zip(before[1:], after, strict=True))
        # It was only asleep: it has nothing of what others took, until they gave it up.
        assert await all_three[0].take_turn(ROOMS) == Turn(frozenset(), frozenset())
        again = await settle(all_three)
        assert [len(turn.kept) for turn in again] == [4, 4, 4]
        assert all(turn.kept <= later.kept for turn, later in zip(again[1:], after, strict=True))


async def test_one_whose_time_is_over_has_what_nobody_took(server: str, fleet: str) -> None:
    async with members(server, fleet, "a") as [alone]:
        await alone.take_turn(ROOMS)
        lapse(server, fleet, "a")
        assert (await alone.take_turn(ROOMS)).kept == set(ROOMS)


async def test_what_is_not_wished_for_any_more_is_due_and_then_free(server: str, fleet: str) -> None:
    async with members(server, fleet, "a", "b") as [first, second]:
        await first.take_turn(ROOMS)
        turn = await first.take_turn(ROOMS[1:])
        assert turn == Turn(frozenset(ROOMS[1:]), frozenset(ROOMS[:1]))
        assert (await second.take_turn(ROOMS[:1])).kept == frozenset(), "it is left first"
        await first.give_up(turn.due)
        assert (await second.take_turn(ROOMS[:1])).kept == {ROOMS[0]}
        await first.leave()
        assert (await second.take_turn(ROOMS)).kept == set(ROOMS)


async def test_who_lost_a_room_writes_nothing_more_to_it(server: str, address: str, fleet: str) -> None:
    room, records = address.rpartition("=")[2], sample_records()
    async with members(server, fleet, "a", "b") as [first, second]:
        await first.take_turn([room])
        async with opened(f"{address}&fleet={fleet}&holder=a") as store:
            await store.add(records[:3])
            lapse(server, fleet, "a")
            await store.add(records[3:6])
            assert (await second.take_turn([room])).kept == {room}
            with pytest.raises(StoreError, match="another node has this room now"):
                await store.add(records[6:])
            assert len(await store.entries()) == 6
        with pytest.raises(StoreError, match="another node has this room now"):
            async with opened(f"{address}&fleet={fleet}&holder=a"):
                pass
        async with opened(f"{address}&fleet={fleet}&holder=b") as store:
            await store.add(records[6:])


async def test_one_that_was_stopped_while_it_wrote_keeps_nobody_from_its_rooms(
    server: str, address: str, fleet: str
) -> None:
    room = address.rpartition("=")[2]
    async with members(server, fleet, "a", "b") as [first, second]:
        await first.take_turn([room])
        async with opened(f"{address}&fleet={fleet}&holder=a"):
            stopping = psycopg.connect(server, application_name="a")
            with closing(stopping) as stopped:
                shape.lock(stopped.cursor(), room)
                lapse(server, fleet, "a")
                await second.take_turn([room])
                async with opened(f"{address}&fleet={fleet}&holder=b") as store:
                    await store.add(sample_records())


async def test_nobody_is_dead_because_the_database_was_away(
    machine: Server, server: str, fleet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "GRACE_SECONDS", 3_600.0)
    async with members(server, fleet, "a", "b") as [first, second]:
        await first.take_turn(ROOMS)
        machine.stop("immediate")
        machine.start()
        lapse(server, fleet, "a")
        assert (await second.take_turn(ROOMS)).kept == frozenset()
        assert len((await first.take_turn(ROOMS)).kept) == 6


async def test_clocks_and_time_zones_of_nodes_count_for_nothing(
    server: str, fleet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = f"{server}&options=-c%20timezone%3DPacific/Auckland"
    async with members(server, fleet, "a") as [first], members(elsewhere, fleet, "b") as [second]:
        await first.take_turn(ROOMS)
        for year in (1970, 2100):
            monkeypatch.setattr(time, "time", lambda year=year: (year - 1970) * 365.0 * 86_400)
            turns = [await each.take_turn(ROOMS) for each in (second, first)]
            await first.give_up(turns[1].due)
        assert [len(turn.kept) for turn in await settle([first, second])] == [6, 6]


def test_what_only_one_wishes_for_is_its_own_however_much_it_has() -> None:
    wishers = {"r1": ["a"], "r2": ["a"], "r3": ["a", "b"], "r4": ["a"]}
    assert fair_share("a", wishers, {}) == {"r1", "r2", "r4"}
    assert fair_share("a", wishers, dict.fromkeys(wishers, "a")) == {"r1", "r2", "r4"}
    assert fair_share("b", wishers, {}) == {"r3"}
    assert fair_share("b", wishers, {"r3": "a"}) == set()


def test_what_nobody_wishes_for_any_more_is_given_up() -> None:
    assert fair_share("a", {"r1": ["b"]}, {"r1": "a", "r2": "a"}) == set()
    assert fair_share("a", {}, {"r2": "a"}) == set()
