"""What our tracker tells over plain HTTP."""

import aiohttp
import pytest

from peerset.tracker.limits import TrackerLimits
from peerset.tracker.tracker import Tracker
from tests.tracker.test_tracker import HASH, announce, ask, running

pytestmark = pytest.mark.real_time
FILES = b"d5:filesd20:%b" % HASH.encode()
FLAGS = b"e5:flagsd20:min_request_intervali20eee"


async def get(tracker: Tracker, session: aiohttp.ClientSession, path: str) -> tuple[int, bytes]:
    async with session.get(tracker.url.replace("ws:", "http:") + path) as response:
        return response.status, await response.read()


async def test_health_and_statistics_are_told() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await ask(socket, announce("a"))
        assert await get(tracker, session, "/health") == (200, b"ok\n")
        async with session.get(tracker.url.replace("ws:", "http:") + "/stats") as response:
            told = await response.json()
        assert (told["connections"], told["swarms"], told["members"], told["announces"]) == (1, 1, 1, 1)


async def test_who_asks_for_no_websocket_where_there_is_one_is_told() -> None:
    async with running() as (tracker, session):
        status, told = await get(tracker, session, "/anything")
        assert (status, told[:24]) == (426, b"this is a websocket trac")


async def test_swarms_are_scraped() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await ask(socket, announce("a"))
        status, told = await get(tracker, session, f"/scrape?info_hash={HASH}")
        assert (status, told) == (200, FILES + b"d8:completei0e10:downloadedi0e10:incompletei1ee" + FLAGS)
        assert tracker.statistics.scrapes == 1


async def test_a_scrape_without_a_swarm_lists_none() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await ask(socket, announce("a"))
        status, told = await get(tracker, session, "/scrape")
        assert status == 200
        assert told.startswith(b"d14:failure reason")
        assert tracker.statistics.failures == 1


async def test_a_flood_of_scrapes_is_refused() -> None:
    limits = TrackerLimits(messages_per_second_and_address=0.001, messages_burst_and_address=1)
    async with running(limits=limits) as (tracker, session):
        assert (await get(tracker, session, f"/scrape?info_hash={HASH}"))[1].startswith(FILES)
        assert b"too many messages of your address" in (await get(tracker, session, f"/scrape?info_hash={HASH}"))[1]


async def test_websockets_are_served_on_that_path_too() -> None:
    async with running() as (tracker, session), session.ws_connect(f"{tracker.url}/scrape") as socket:
        assert (await ask(socket, announce("a")))["incomplete"] == 1
