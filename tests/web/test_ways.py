"""A page of ours by each way to meet alone, at a real place: with Python, and with a plain page of Trystero's."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

import pytest

from peerset.testing.tracker import local_tracker
from tests.interop.browser import open_page
from tests.interop.python_peer import python_peer
from tests.signaling.relays import mqtt_broker, nostr_sdk_relay
from tests.web.peer_page import APP, assert_alike, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

PLACES: Final[Mapping[str, Callable[[], AbstractAsyncContextManager[str]]]] = {
    "mqtt": mqtt_broker,
    "nostr": nostr_sdk_relay,
    "relay": local_tracker,
}


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in a page", what="{way}: a room with Python, and with a plain page of Trystero")
@pytest.mark.interop(client="Trystero", what="{way}: meets a page of ours")
@pytest.mark.parametrize("way", sorted(PLACES))
async def test_a_page_meets_python_and_a_plain_page_by_one_way_alone(browser: int, way: str) -> None:
    async with PLACES[way]() as place, open_page(browser, f"{way}_page") as plain, peer_page(browser) as page:
        await plain.join("alone", app=APP, tracker=place)
        await page.enter("alone", signaling=[f"{way}:{place}"], store="memory")
        await plain.next("joined", peer=page.id)
        async with python_peer("alone", page, plain, tracker=f"{way}:{place}", app=APP) as peer:
            await page.publish("from the page")
            await peer.room.publish("from Python")
            await page.call("hold", count=2)
            await hold(peer, 2, page)
            await assert_alike(page, peer)
            await plain.next("joined", peer=peer.id)
            both = {plain.id, peer.id}
            await page.until("both peers", lambda status: {each["id"] for each in status["peers"]} == both)
        (standing,) = (await page.status())["signaling"]
        assert (standing["strategy"], standing["place"], standing["state"]) == (way, place, "open")
        assert standing["error"] is None
        assert standing["lastSuccess"] is not None
        await page.call("leave")
        await plain.next("left", peer=page.id)
