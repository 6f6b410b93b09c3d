"""Files of pages and Python peers in one room: what one writes the other reads; in real browsers."""

import asyncio

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.interop.browser import within
from tests.patience import PATIENT_SECONDS
from tests.web.peer_page import peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

SIZE = 700_001


@pytest.mark.interop(client="peerset in a page", what="files from Python, and to it")
@pytest.mark.parametrize("seal", [None, peerset.new_seal()], ids=["open", "sealed"])
async def test_a_page_reads_the_file_of_a_python_peer_and_is_read(browser: int, seal: str | None) -> None:
    # A browser keeps one room of a name, sealed or not.
    name = "files" if seal is None else "sealed files"
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        peerset.join(
            name,
            signaling=[tracker],
            ice_servers=(),
            allow_loopback=True,
            files=peerset.Limits(),
            seal=seal,
            host=peerset.Host(),
        ) as room,
    ):
        await page.enter(name, signaling=[tracker], files={}, **({} if seal is None else {"seal": seal}))
        files = room.files("site", shared=True)
        await files.put("from/python", b"p" * SIZE)
        assert await page.call("getFile", path="from/python") == {"size": SIZE, "bytes": [ord("p")]}
        change = asyncio.ensure_future(anext(aiter(files.watch())))
        await asyncio.sleep(0)
        root = await page.call("putFile", path="from/page", size=SIZE, byte=ord("q"))
        async with within(PATIENT_SECONDS, "the file of the page", pages=(page,)):
            assert (await change).path == "from/page"
            assert await files.get("from/page") == b"q" * SIZE
        entry = await files.entry("from/page")
        assert entry is not None
        assert entry.blob is not None
        assert entry.blob.root.hex() == root
        # Of a sealed file the length is one of few.
        assert (entry.blob.size == SIZE) == (seal is None)
