"""The port at which a node is watched."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import Keeper, State
from peerset.node.memory import Memory, Pressure
from peerset.node.monitor import UNKNOWN, Watch, watched
from peerset.room.room import Room
from tests.node.test_metrics import figure, figures
from tests.patience import until

pytestmark = pytest.mark.real_time
LOBBY = RoomName("test", "lobby")
TOKEN = "only for the scraper"


async def asked(url: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_it_tells_figures_and_when_it_is_ready() -> None:
    kept, may_open = Keeper(rng=random.Random(1)), asyncio.Event()

    @asynccontextmanager
    async def joined() -> AsyncIterator[Room]:
        await may_open.wait()
        async with peerset.join("lobby", app="test", signaling="ws://127.0.0.1:9") as room:
            yield room

    async with watched(kept, Watch("127.0.0.1", 0)) as url:
        place = url.removesuffix("/metrics")
        assert await asked(f"{place}/readyz") == (200, "ready\n")
        kept.add(LOBBY, joined)
        assert await asked(f"{place}/readyz") == (503, "1 rooms are not open yet\n")
        assert await asked(f"{place}/healthz") == (200, "it runs\n")
        may_open.set()
        await until(lambda: [each.state for each in kept.standings] == [State.OPEN])
        status, text = await asked(url)
        told, own = figures(text), {"app": "test", "room": "lobby"}
        assert (status, figure(told, "peerset_room_records", **own)) == (200, 0)
        assert figure(told, "peerset_room_announces_total", **own, strategy="torrent") == 0
        [place_of] = [dict(labels) for name, labels in told if name == "peerset_room_signaling_places"]
        assert (place_of["strategy"], place_of["room"]) == ("torrent", "lobby")
        # What a page of a stranger could ask, whose name leads here.
        assert (await asked(url, Host="evil.example"))[0] == 403

        # Of a node that takes more memory than it may, who balances loads is told.
        kept.memory = Memory(1_000, lambda: 1_001)
        assert kept.memory.weigh(0, UnixTime(1)) is Pressure.BEYOND
        assert await asked(f"{place}/readyz") == (503, "1001 bytes of memory are taken, of 1000\n")
        kept.memory = None

        # Rooms come and go while it is asked.
        answers = [asyncio.create_task(asked(url), name="asking") for _ in range(10)]
        await kept.remove(LOBBY)
        assert {(await answer)[0] for answer in answers} == {200}
        assert "lobby" not in (await asked(url))[1]

        with pytest.raises(ConfigError, match="cannot listen on"):
            async with watched(kept, Watch("127.0.0.1", int(place.rpartition(":")[2]))):
                raise AssertionError


async def test_who_has_no_token_reads_no_figures() -> None:
    kept = Keeper(rng=random.Random(1))
    async with watched(kept, Watch("127.0.0.1", 0, TOKEN)) as url:
        for said in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer é"}):
            assert await asked(url, **said) == (401, UNKNOWN)
        assert (await asked(url, Authorization=f"Bearer {TOKEN}"))[0] == 200
        assert (await asked(url.replace("/metrics", "/readyz")))[0] == 200


@pytest.mark.parametrize(
    ("host", "token", "says"),
    [
        ("0.0.0.0", "", "name a token"),
        ("node.example", "", "name a token"),
        ("127.0.0.1", "short", "at least 16"),
    ],
)
def test_strangers_are_not_told_which_rooms_are_kept(host: str, token: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Watch(host, 0, token)
