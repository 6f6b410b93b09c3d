"""Pages of Trystero's ws-relay strategy, and Python peers, meet on our tracker."""

import pytest

from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, connect, open_page
from tests.interop.python_peer import APP, python_peer

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="relay: two pages meet through our tracker")
async def test_two_pages_meet_on_our_relay_and_leave_it(browser: int) -> None:
    async with local_tracker() as relay, connect(browser, Page) as alice, connect(browser, Page) as bob:
        for page in (alice, bob):
            await page.call("open", page="relay_page")
            page.id = await page.call("id")
            await page.join("relayed", app=APP, tracker=relay)
        await alice.next("joined", peer=bob.id)
        await bob.next("joined", peer=alice.id)
        await alice.send("relayed", "chat", "hello by the relay")
        await bob.next("action", action="chat", peer=alice.id, json="hello by the relay")
        await alice.call("leave", room="relayed")
        await bob.next("left", peer=alice.id)
        assert not [line for page in (alice, bob) for line in page.console if line.startswith(("error", "uncaught"))]


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="relay: meets Python, whoever was first")
@pytest.mark.parametrize("is_page_first", [True, False])
async def test_a_page_and_python_meet_on_our_relay(browser: int, *, is_page_first: bool) -> None:
    async with local_tracker() as relay, open_page(browser, "relay_page") as page:
        if is_page_first:
            await page.join("relayed", app=APP, tracker=relay, password="secret")
        async with python_peer("relayed", page, tracker=f"relay:{relay}", password="secret") as peer:
            if not is_page_first:
                await page.join("relayed", app=APP, tracker=relay, password="secret")
            await peer.meet(page)
            peer.room.send_action("chat", {"by": "the relay"}, to=[page.id])
            assert (await page.next("action", action="chat", peer=peer.id))["payload"] == {"by": "the relay"}
        await page.next("left", peer=peer.id)
