"""Pages of Trystero 0.23.0, whose offers are bare texts and no objects, share rooms with Python peers."""

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.browser import open_page
from tests.interop.python_peer import APP, python_peer

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]


@pytest.mark.interop(client="Trystero", version="0.23.0", what="actions of JSON, both ways")
@pytest.mark.parametrize("is_page_first", [True, False])
async def test_a_page_and_python_meet(chromium: int, *, is_page_first: bool) -> None:
    # A page reads no offers of ours: where it is first, it is met at its next announcement, ten seconds later.
    async with local_tracker() as tracker, open_page(chromium, "page-0.23.0") as page:
        if is_page_first:
            await page.join("bare", app=APP, tracker=tracker)
        async with python_peer("bare", page, tracker=tracker) as peer:
            if not is_page_first:
                await page.join("bare", app=APP, tracker=tracker)
            await peer.meet(page)
            peer.room.send_action("chat", {"text": "naïve ☃"}, to=[page.id])
            said = await page.next("action", action="chat", peer=peer.id)
            assert said["payload"] == {"text": "naïve ☃"}
            await page.send("bare", "chat", [1, None], to=peer.id)
            while (heard := await peer.hear(page, "chat")).payload == "hello from the page":
                continue
            assert heard == peerset.Action("chat", [1, None])
