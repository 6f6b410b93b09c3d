"""Unmodified pages of Trystero's nostr strategy, of both dialects, meet Python by real Nostr relays."""

import random
import time
from typing import Final

import pytest

import peerset
from tests.interop.browser import Page, open_page
from tests.interop.python_peer import APP, PythonPeer, python_peer
from tests.interop.test_trystero import tell
from tests.signaling.relays import nostr_relay

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

BLOB: Final = random.Random(0).randbytes(200_000)
JOINS: Final = 5


async def exchange(peer: PythonPeer, page: Page, room: str) -> None:
    """Let the two send each other bytes, with metadata, and a text."""
    await page.send(room, "file", BLOB, metadata={"name": "from the page"})
    assert await peer.hear(page, "file") == peerset.Action("file", BLOB, {"name": "from the page"})
    peer.room.send_action("file", BLOB, to=[page.id], metadata={"name": "from Python"})
    received = await page.next("action", action="file", peer=peer.id)
    assert (received["payload"], received["metadata"]) == (BLOB, {"name": "from Python"})
    peer.room.send_action("chat", "a text")
    assert (await page.next("action", action="chat", peer=peer.id))["payload"] == "a text"


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="nostr: actions of JSON and bytes with Python, both ways")
@pytest.mark.parametrize(("kind", "is_page_first"), [("nostr-sdk", True), ("nostr-sdk", False), ("nostr-relay", True)])
async def test_a_page_and_python_exchange_actions(browser: int, kind: str, *, is_page_first: bool) -> None:
    async with nostr_relay(kind) as relay, open_page(browser, "nostr_page") as page:
        if is_page_first:
            await page.join("nostr", app=APP, tracker=relay)
        async with python_peer("nostr", page, tracker=f"nostr:{relay}") as peer:
            if not is_page_first:
                await page.join("nostr", app=APP, tracker=relay)
            await peer.meet(page)
            await exchange(peer, page, "nostr")
        await page.next("left", peer=peer.id)


@pytest.mark.firefox
@pytest.mark.interop(
    client="Trystero", version="0.21.7", what="nostr: actions of JSON and bytes with Python, both ways"
)
@pytest.mark.parametrize("is_page_first", [True, False])
async def test_a_page_of_the_older_dialect_does_so(browser: int, *, is_page_first: bool) -> None:
    async with nostr_relay("nostr-sdk") as relay, open_page(browser, "page-nostr-0.21.7") as page:
        if is_page_first:
            await page.join("nostr", app=APP, tracker=relay)
        async with python_peer("nostr", page, tracker=f"nostr:{relay}") as peer:
            if not is_page_first:
                await page.join("nostr", app=APP, tracker=relay)
            await peer.meet(page)
            peer.room.send_action("heard", "", to=[page.id])
            await exchange(peer, page, "nostr")
        await page.next("left", peer=peer.id)


async def test_joins_with_a_password_by_a_relay(chromium: int) -> None:
    async with nostr_relay("nostr-sdk") as relay, open_page(chromium, "nostr_page") as page:
        await page.join("sealed", app=APP, tracker=relay, password="pw")
        seconds = []
        for _ in range(JOINS):
            began = time.monotonic()
            async with python_peer("sealed", page, tracker=f"nostr:{relay}", password="pw") as peer:
                await peer.meet(page)
                seconds.append(time.monotonic() - began)
            await page.next("left", peer=peer.id)
        tell("join by a Nostr relay, the page being first", seconds)
