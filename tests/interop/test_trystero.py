"""Unmodified Trystero pages in real browsers share rooms with Python peers."""

import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.browser import open_page
from tests.interop.python_peer import APP, python_peer
from tests.interop.test_bittorrent_tracker import node
from tests.patience import PATIENT_SECONDS, until

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

JOINS: Final = {"ours": 10, "bittorrent-tracker": 3}
"""How often in a row it is joined at a tracker of each kind."""
BLOB: Final = random.Random(0).randbytes(200_000)
RECORDS: Final = 20


@asynccontextmanager
async def serve(kind: str) -> AsyncIterator[str]:
    """Run a tracker for the length of the block, and give its address."""
    if kind == "ours":
        async with local_tracker() as url:
            yield url
    else:
        async with node("bittorrent_server.mjs") as server:
            yield str(await server.next("url"))


foreign_tracker = pytest.param(
    "bittorrent-tracker",
    marks=pytest.mark.interop(client="bittorrent-tracker", what="its server brings pages and Python together"),
)
any_tracker = pytest.mark.parametrize("kind", ["ours", foreign_tracker])


def tell(what: str, seconds: list[float]) -> None:
    """Print figures; `pytest -rP` shows them."""
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{what}: min {low:.3f} s, median {middle:.3f} s, max {high:.3f} s")


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="two pages meet through our tracker")
async def test_two_unmodified_pages_meet_on_our_tracker(browser: int) -> None:
    # The page with the smaller id must announce after the other came: at the latest ten seconds later.
    async with (
        local_tracker(interval_seconds=10) as tracker,
        open_page(browser) as alice,
        open_page(browser) as bob,
    ):
        await alice.join("pages", app=APP, tracker=tracker)
        await bob.join("pages", app=APP, tracker=tracker)
        await alice.next("joined", peer=bob.id)
        await bob.next("joined", peer=alice.id)
        await alice.send("pages", "file", BLOB, metadata={"name": "all"})
        received = await bob.next("action", action="file", peer=alice.id)
        assert received["payload"] == BLOB
        assert received["metadata"] == {"name": "all"}
        await alice.call("leave", room="pages")
        await bob.next("left", peer=alice.id)


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="actions of JSON and bytes, with metadata, both ways")
@any_tracker
async def test_a_page_talks_with_two_python_peers_while_they_sync_records(browser: int, kind: str) -> None:
    async with (
        serve(kind) as tracker,
        open_page(browser) as page,
        python_peer("lobby", page, tracker=tracker) as alice,
    ):
        early = [await alice.room.publish(f"early {number}") for number in range(RECORDS)]
        async with python_peer("lobby", page, tracker=tracker) as bob:
            await page.join("lobby", app=APP, tracker=tracker)
            await alice.meet(page)
            await bob.meet(page)

            await page.send("lobby", "file", BLOB, metadata={"name": "from the page"})
            alice.room.send_action("file", BLOB, to=[page.id], metadata={"name": "from alice"})
            late = [await bob.room.publish(f"late {number}") for number in range(RECORDS)]
            for peer in (alice, bob):
                assert await peer.hear(page, "file") == peerset.Action("file", BLOB, {"name": "from the page"})
            received = await page.next("action", action="file", peer=alice.id)
            assert received["payload"] == BLOB
            assert received["metadata"] == {"name": "from alice"}

            bob.room.send_action("chat", {"text": "naïve ☃", "numbers": [1, 2.5, None, True]})
            said = await page.next("action", action="chat", peer=bob.id)
            assert said["payload"] == {"text": "naïve ☃", "numbers": [1, 2.5, None, True]}
            assert "metadata" not in said

            for record in early:
                await bob.next(peerset.RecordAdded, record=record)
            for record in late:
                await alice.next(peerset.RecordAdded, record=record)
            assert alice.room.count == bob.room.count == 2 * RECORDS
            assert alice.room.root == bob.room.root


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="meets Python, whoever was first")
@any_tracker
async def test_joins_in_a_row_connect_when_the_page_is_first(browser: int, kind: str) -> None:
    async with serve(kind) as tracker, open_page(browser) as page:
        await page.join("page first", app=APP, tracker=tracker)
        seconds = []
        for _ in range(JOINS[kind]):
            began = time.monotonic()
            async with python_peer("page first", page, tracker=tracker) as peer:
                await peer.meet(page)
                seconds.append(time.monotonic() - began)
            await page.next("left", peer=peer.id)
        tell(f"join with the page first, {kind}", seconds)


@pytest.mark.interop(client="Trystero", what="meets Python, whoever was first")
@any_tracker
async def test_joins_in_a_row_connect_when_python_is_first(browser: int, kind: str) -> None:
    async with (
        serve(kind) as tracker,
        open_page(browser) as page,
        python_peer("python first", page, tracker=tracker) as alice,
        python_peer("python first", page, tracker=tracker) as bob,
    ):
        # Peers that have met are known to the tracker.
        await alice.next(peerset.PeerJoined, peer=bob.id)
        await bob.next(peerset.PeerJoined, peer=alice.id)
        seconds = []
        for _ in range(JOINS[kind]):
            began = time.monotonic()
            await page.join("python first", app=APP, tracker=tracker)
            await alice.meet(page)
            await bob.meet(page)
            seconds.append(time.monotonic() - began)
            # The page before has said that it left, by a channel of its own.
            await until(lambda: set(alice.states) == {page.id, bob.id})
            # Each load of the page is a new peer.
            await page.reload()
        tell(f"join with Python first, {kind}", seconds)


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="rooms with a password")
async def test_a_room_with_a_password_admits_who_knows_it(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as friend,
        open_page(browser) as stranger,
        python_peer("secret", friend, stranger, tracker=tracker, password="swordfish") as peer,
    ):
        await stranger.join("secret", app=APP, tracker=tracker, password="guess")
        await friend.join("secret", app=APP, tracker=tracker, password="swordfish")
        await peer.meet(friend)
        refused = await stranger.next("refused", peer=peer.id)
        assert "password" in refused["error"]
        assert list(peer.states) == [friend.id]


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="actions addressed to some peers")
async def test_an_action_reaches_those_it_is_addressed_to_and_nobody_else(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as near,
        open_page(browser) as far,
        python_peer("letters", near, far, tracker=tracker) as alice,
        python_peer("letters", near, far, tracker=tracker) as bob,
    ):
        for page in (near, far):
            await page.join("letters", app=APP, tracker=tracker)
            await alice.meet(page)
            await bob.meet(page)
        alice.room.send_action("chat", "for near alone", to=[near.id])
        alice.room.send_action("chat", "for all", metadata=None)
        assert (await near.next("action", action="chat", peer=alice.id))["payload"] == "for near alone"
        for page in (near, far):
            said = await page.next("action", action="chat", peer=alice.id)
            assert (said["payload"], said["metadata"]) == ("for all", None)
        await near.send("letters", "chat", "for bob alone", to=[bob.id])
        await near.send("letters", "chat", "for both", metadata={"urgent": True})
        assert await bob.hear(near, "chat") == peerset.Action("chat", "for bob alone")
        for peer in (alice, bob):
            assert await peer.hear(near, "chat") == peerset.Action("chat", "for both", {"urgent": True})


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="leaves and comes back")
async def test_a_page_leaves_and_comes_back(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as page,
        python_peer("revolving", page, tracker=tracker) as peer,
    ):
        for _ in range(3):
            await page.join("revolving", app=APP, tracker=tracker)
            await peer.meet(page)
            assert list(peer.states) == [page.id]
            await page.call("leave", room="revolving")


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="leaves and comes back")
async def test_a_page_is_told_when_a_python_peer_leaves(browser: int) -> None:
    async with local_tracker() as tracker, open_page(browser) as page:
        await page.join("farewell", app=APP, tracker=tracker)
        async with python_peer("farewell", page, tracker=tracker) as stayer:
            async with python_peer("farewell", page, tracker=tracker) as leaver:
                await stayer.meet(page)
                await leaver.meet(page)
            await page.next("left", peer=leaver.id)
            stayer.room.send_action("chat", "still here")
            assert (await page.next("action", peer=stayer.id))["payload"] == "still here"
            assert not page.has_told("left")


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="is a guest among peers that keep records")
async def test_a_page_is_foreign_to_peers_that_keep_records(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as page,
        python_peer("tolerant", page, tracker=tracker) as alice,
        python_peer("tolerant", page, tracker=tracker) as bob,
    ):
        await page.join("tolerant", app=APP, tracker=tracker)
        await alice.meet(page)
        # A page never says hello, which is certain after ten seconds.
        await alice.room.synced(timeout=PATIENT_SECONDS)
        await alice.next(peerset.ForeignPeerJoined, peer=page.id)
        assert alice.states == {page.id: "foreign", bob.id: "established"}
        alice.room.send_action("chat", "a foreign page still hears")
        assert (await page.next("action", peer=alice.id))["payload"] == "a foreign page still hears"


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="pings")
async def test_a_page_s_ping_is_answered_and_its_request_refused(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as page,
        python_peer("questions", page, tracker=tracker) as peer,
    ):
        await page.join("questions", app=APP, tracker=tracker)
        await peer.meet(page)
        assert await page.call("ping", room="questions", peer=peer.id) >= 0
        with pytest.raises(AssertionError, match="request handler unavailable"):
            await page.call("request", room="questions", action="quiz", peer=peer.id, json="?")


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="actions of 200 kB")
async def test_200_kilobytes_go_to_a_page_and_back(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(browser) as page,
        python_peer("mirror", page, tracker=tracker) as peer,
    ):
        await page.join("mirror", app=APP, tracker=tracker)
        await peer.meet(page)
        seconds = []
        for number in range(5):
            began = time.monotonic()
            peer.room.send_action("mirror", BLOB, metadata={"number": number})
            assert await peer.hear(page, "mirror") == peerset.Action("mirror", BLOB, {"number": number})
            seconds.append(time.monotonic() - began)
        tell("200 kB to the page and back", seconds)
