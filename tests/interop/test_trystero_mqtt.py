"""Unmodified pages of Trystero's mqtt strategy meet Python by a real MQTT broker."""

import pytest

from tests.interop.browser import open_page
from tests.interop.python_peer import APP, python_peer
from tests.interop.test_trystero_nostr import exchange
from tests.signaling.relays import mqtt_broker

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]


@pytest.mark.firefox
@pytest.mark.interop(client="Trystero", what="mqtt: actions of JSON and bytes with Python, both ways")
@pytest.mark.parametrize("is_page_first", [True, False])
async def test_a_page_and_python_exchange_actions(browser: int, *, is_page_first: bool) -> None:
    async with mqtt_broker() as broker, open_page(browser, "mqtt_page") as page:
        if is_page_first:
            await page.join("mqtt", app=APP, tracker=broker)
        async with python_peer("mqtt", page, tracker=f"mqtt:{broker}") as peer:
            if not is_page_first:
                await page.join("mqtt", app=APP, tracker=broker)
            await peer.meet(page)
            await exchange(peer, page, "mqtt")
        await page.next("left", peer=peer.id)
