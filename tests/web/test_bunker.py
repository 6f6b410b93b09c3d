"""Pages write by a key that another process holds (NIP-46)."""

from typing import Final

import pytest

from peerset.bunker.clients import Permission
from peerset.core.signal import RoomName
from tests.bunker.conftest import KEY, serving
from tests.signaling.relays import nostr_relay
from tests.web.peer_page import APP, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.browser]

LOBBY: Final = Permission(frozenset([1078]), frozenset([RoomName(APP, "lobby").tag]))


async def test_a_page_writes_by_a_bunker_what_it_may_is_known_again_and_keeps_its_room_when_it_may_not(
    browser: int,
) -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url, permission=LOBBY) as served, peer_page(browser) as page:
        joined = await page.call(
            "join", room="lobby", app=APP, signaling=[], store="memory", bunker=str(served.address)
        )
        assert joined["key"] == KEY.public_key.hex()
        record = await page.call("publish", content="hello")
        assert record["author"] == KEY.public_key.hex()
        with pytest.raises(Exception, match="no events of kind 1 "):
            await page.call("publish", content="hello", kind=1)
        assert (await page.call("publish", content="again"))["content"] == "again"
        await page.call("leave")
        # The secret is used up, and the page is known by a key that its browser keeps.
        joined = await page.call(
            "join", room="lobby", app=APP, signaling=[], store="memory", bunker=str(served.address)
        )
        assert joined["key"] == KEY.public_key.hex()
    assert {each.client for each in served.happened} != {KEY.public_key}
    assert len({each.client for each in served.happened}) == 1
