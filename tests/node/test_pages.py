"""Pages about the rooms of a node."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.keeper import Keeper, Standing, State
from peerset.node.pages import paged, settings_of, write_overview
from peerset.page.files import BUILT_NAMES
from peerset.testing.memory import MemorySwarm
from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, connect, within
from tests.node.test_monitor import asked
from tests.patience import PATIENT_SECONDS, until

EVIL: Final = '<script>alert("room")</script>\u202e&'
RECORDS: Final = (
    "document.querySelector('peerset-dashboard')?.shadowRoot?.querySelector('.records')?.shadowRoot?.textContent"
)
PLACES: Final = """
    innerWidth >= 1120
    && document.querySelector("peerset-room").getBoundingClientRect().right
        < document.querySelector("peerset-dashboard").getBoundingClientRect().left + 12
    && document.querySelector("peerset-dashboard").getBoundingClientRect().width > innerWidth / 2
"""
GONE: Final = RoomName("test", "gone")


@asynccontextmanager
async def kept(room: str, **options: Any) -> AsyncIterator[Keeper]:
    """Keep this room of the app test."""
    keeper = Keeper(rng=random.Random(1))
    keeper.add(RoomName("test", room), partial(peerset.join, room, app="test", **options))
    try:
        await until(lambda: all(standing.state is State.OPEN for standing in keeper.standings))
        yield keeper
    finally:
        await keeper.aclose()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with everything that a build leaves."""
    for name in BUILT_NAMES:
        (tmp_path / name).write_text(f"built {name}", "utf-8")
    return tmp_path


def test_the_overview_shows_names_of_strangers_as_text() -> None:
    rooms = [Standing(RoomName(EVIL, EVIL), State.OPEN, records=7, peers=2), Standing(GONE, State.FAILED, "secret")]
    text = write_overview(rooms)
    assert "<script" not in text
    assert "secret" not in text
    assert "&lt;script&gt;" in text
    assert "<title>1 open, 1 failed · peerset node</title>" in text
    assert "<td>open</td><td>7</td><td>2</td>" in text
    assert "no rooms yet" in write_overview([])


@pytest.mark.real_time
async def test_it_gives_the_overview_the_dashboards_and_nothing_to_strangers(built: Path) -> None:
    async with kept(EVIL, signaling="ws://127.0.0.1:9") as keeper, paged(keeper, port=0, folder=built) as url:
        status, text = await asked(url)
        assert (status, "1 open" in text) == (200, True)
        [link] = [part.partition('"')[0] for part in text.split('href="')[1:] if part.startswith("dashboard")]
        status, text = await asked(url + link.replace("&amp;", "&"))
        assert (status, "<script>" in text, "ws://127.0.0.1:9" in text) == (200, False, True)
        assert (await asked(f"{url}dashboard?app=test&room=gone"))[0] == 404
        assert await asked(f"{url}verify-worker.js") == (200, "built verify-worker.js")
        for name in ("index.html", "pages.py", "..%2fpages.py"):
            assert (await asked(url + name))[0] == 404
        assert (await asked(url, Host="evil.example"))[0] == 403
        with pytest.raises(ConfigError, match="cannot listen on"):
            async with paged(keeper, port=int(url.rpartition(":")[2].strip("/")), folder=built):
                raise AssertionError


async def test_no_page_is_told_a_login_or_to_join_what_it_cannot_meet() -> None:
    async with peerset.join("lobby", signaling=[]) as room:
        with pytest.raises(ConfigError, match="no network"):
            settings_of(room)
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        room._directions = replace(room._directions, signaling=["mqtt:wss://me:secret@broker.example"])
        with pytest.raises(ConfigError, match="takes a login") as refusal:
            settings_of(room)
        assert "secret" not in str(refusal.value)


@pytest.mark.real_time
@pytest.mark.node
@pytest.mark.browser
async def test_a_browser_sees_the_rooms_and_in_its_dashboard_what_the_node_has(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        kept("lobby", signaling=tracker, ice_servers=(), allow_loopback=True) as keeper,
        paged(keeper, port=0) as url,
        connect(browser, Page) as overview,
        connect(browser, Page) as page,
    ):
        await keeper.rooms[0].publish("hello from the node")
        await overview.call("open", url=url)
        await page.call("open", url=await overview.call("evaluate", expression="document.querySelector('td a').href"))
        async with within(PATIENT_SECONDS, "the record in the dashboard", pages=[page]):
            while "hello from the node" not in str(await page.call("evaluate", expression=RECORDS)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        # On a wide screen the room stands beside its dashboard, which has the greater part.
        assert await page.call("evaluate", expression=PLACES)
        assert not [line for line in [*overview.console, *page.console] if line.startswith(("error", "uncaught"))]
