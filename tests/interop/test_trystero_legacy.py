"""Pages of Trystero 0.20 to 0.22, which speak another dialect, share rooms with Python peers and newer pages."""

import logging
import random
import time
from typing import Final

import pytest

import peerset
from peerset.core.action import Json
from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, open_page
from tests.interop.python_peer import APP, PythonPeer, python_peer
from tests.interop.test_trystero import tell
from tests.patience import until

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

VERSIONS: Final = ("0.20.1", "0.21.7", "0.21.8", "0.22.0")
MIDDLE: Final = "page-0.21.7"
BLOB: Final = random.Random(0).randbytes(200_000)
JOINS: Final = 5


async def meet(peer: PythonPeer, page: Page) -> None:
    """Wait until the two can talk, and let the page know that its greeting has come."""
    await peer.meet(page)
    peer.room.send_action("heard", "", to=[page.id])


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", version="{version}", what="actions of JSON and bytes, both ways; pings")
@pytest.mark.parametrize(("version", "is_page_first"), [*((version, True) for version in VERSIONS), ("0.21.7", False)])
async def test_a_page_and_python_exchange_actions(browser: int, version: str, *, is_page_first: bool) -> None:
    async with local_tracker() as tracker, open_page(browser, f"page-{version}") as page:
        if is_page_first:
            await page.join("older", app=APP, tracker=tracker)
        async with python_peer("older", page, tracker=tracker) as peer:
            if not is_page_first:
                await page.join("older", app=APP, tracker=tracker)
            await meet(peer, page)

            await page.send("older", "file", BLOB, metadata={"name": "from the page"})
            assert await peer.hear(page, "file") == peerset.Action("file", BLOB, {"name": "from the page"})
            peer.room.send_action("file", BLOB, to=[page.id], metadata={"name": "from Python"})
            received = await page.next("action", action="file", peer=peer.id)
            assert (received["payload"], received["metadata"]) == (BLOB, {"name": "from Python"})

            said: Json = {"text": "naïve ☃", "numbers": [1, 2.5, None, True]}
            peer.room.send_action("mirror", said, metadata={"nobody": "hears it"})
            assert await peer.hear(page, "mirror") == peerset.Action("mirror", said)
            peer.room.send_action("chat", "a text")
            assert (await page.next("action", action="chat", peer=peer.id))["payload"] == "a text"
            assert await page.call("ping", room="older", peer=peer.id) >= 0
        await page.next("left", peer=peer.id)


async def test_a_long_name_is_withheld_from_the_page_alone(chromium: int, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        local_tracker() as tracker,
        open_page(chromium, MIDDLE) as page,
        python_peer("names", page, tracker=tracker) as alice,
        python_peer("names", page, tracker=tracker) as bob,
    ):
        await page.join("names", app=APP, tracker=tracker)
        await meet(alice, page)
        await alice.next(peerset.PeerJoined, peer=bob.id)
        with caplog.at_level(logging.WARNING, logger="peerset.transports.link"):
            alice.room.send_action("a name of many bytes", 1)
            alice.room.send_action("chat", 2)
        assert "'a name of many bytes' is not sent" in caplog.text
        assert (await page.next("action", peer=alice.id))["payload"] == 2
        heard = [(await bob.next(peerset.ActionReceived, peer=alice.id)).action.payload for _ in range(2)]
        assert heard == [1, 2]


async def test_pages_old_and_new_are_in_one_room_and_meet_python(chromium: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(chromium, MIDDLE) as old,
        open_page(chromium) as new,
        python_peer("mixed", old, new, tracker=tracker) as alice,
        python_peer("mixed", old, new, tracker=tracker) as bob,
    ):
        await old.join("mixed", app=APP, tracker=tracker)
        await new.join("mixed", app=APP, tracker=tracker)
        record = await alice.room.publish("beside them")
        for peer in (alice, bob):
            await meet(peer, old)
            await peer.meet(new)
        await bob.next(peerset.RecordAdded, record=record)
        await new.send("mixed", "file", b"from the new one")
        await old.send("mixed", "file", b"from the old one")
        for peer in (alice, bob):
            assert (await peer.hear(new, "file")).payload == b"from the new one"
            assert (await peer.hear(old, "file")).payload == b"from the old one"
            for page in (old, new):
                await peer.next(peerset.ForeignPeerJoined, peer=page.id)
            assert peer.states == {
                old.id: "foreign",
                new.id: "foreign",
                (bob if peer is alice else alice).id: "established",
            }
        assert not new.has_told("joined", peer=old.id), "Python invents no peers"
        assert not new.has_told("action", peer=old.id)


async def test_who_knows_the_password_is_let_in_and_nobody_else(chromium: int) -> None:
    async with (
        local_tracker() as tracker,
        open_page(chromium, MIDDLE) as friend,
        open_page(chromium, MIDDLE) as stranger,
        python_peer("secret", friend, stranger, tracker=tracker, password="swordfish") as peer,
    ):
        await stranger.join("secret", app=APP, tracker=tracker, password="guess")
        await friend.join("secret", app=APP, tracker=tracker, password="swordfish")
        await meet(peer, friend)
        await stranger.next("refused", peer=peer.id)
        assert list(peer.states) == [friend.id]


async def test_a_page_leaves_and_comes_back_and_python_does(chromium: int) -> None:
    async with local_tracker() as tracker, open_page(chromium, MIDDLE) as page:
        seconds = []
        async with python_peer("revolving", page, tracker=tracker) as stayer:
            for number in range(JOINS):
                began = time.monotonic()
                await page.join("revolving", app=APP, tracker=tracker)
                await meet(stayer, page)
                seconds.append(time.monotonic() - began)
                async with python_peer("revolving", page, tracker=tracker) as leaver:
                    await meet(leaver, page)
                await page.next("left", peer=leaver.id)
                await page.call("leave", room="revolving")
                await until(lambda: not stayer.states)
                if number % 2:
                    # Each load of the page is a new peer; else it comes back under its id.
                    await page.reload()
        tell("join of an older page", seconds)


async def test_two_rooms_of_one_page_do_not_mix(chromium: int) -> None:
    host = peerset.Host()
    async with (
        local_tracker() as tracker,
        open_page(chromium, MIDDLE) as page,
        python_peer("hall", page, tracker=tracker, host=host) as hall,
        python_peer("yard", page, tracker=tracker, host=host) as yard,
    ):
        assert hall.id == yard.id
        for name, peer in (("hall", hall), ("yard", yard)):
            await page.join(name, app=APP, tracker=tracker)
            await page.next("joined", room=name, peer=peer.id)
            peer.room.send_action("heard", "", to=[page.id])
        for name, peer in (("hall", hall), ("yard", yard)):
            await page.send(name, "file", name)
            peer.room.send_action("chat", f"to the {name}", to=[page.id])
        for name, peer in (("hall", hall), ("yard", yard)):
            assert (await peer.hear(page, "file")).payload == name
            assert (await page.next("action", room=name, action="chat"))["payload"] == f"to the {name}"


async def test_pages_of_several_versions_and_python_are_all_heard(chromium: int) -> None:
    async with (
        local_tracker() as tracker,
        python_peer("crowd", tracker=tracker) as peer,
        open_page(chromium, "page-0.20.1") as one,
        open_page(chromium, MIDDLE) as two,
        open_page(chromium, "page-0.22.0") as three,
    ):
        pages = (one, two, three)
        for page in pages:
            await page.join("crowd", app=APP, tracker=tracker)
            await meet(peer, page)
        peer.room.send_action("chat", "to all")
        for page in pages:
            assert (await page.next("action", action="chat", peer=peer.id))["payload"] == "to all"
            await page.send("crowd", "file", page.id)
        for page in pages:
            assert (await peer.hear(page, "file")).payload == page.id
            await page.call("leave", room="crowd")
        await until(lambda: not peer.states)
