"""Unmodified pages of WebTorrent meet on our tracker and send each other files."""

import base64
import random
from typing import Final

import pytest

from peerset.testing.tracker import local_tracker
from tests.interop.browser import Page, connect

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

FILE: Final = base64.b64encode(random.Random(0).randbytes(300_000)).decode()


@pytest.mark.firefox
@pytest.mark.interop(client="webtorrent", what="a file of 300 kB from page to page, by our tracker")
async def test_a_page_fetches_a_file_of_another(browser: int) -> None:
    async with local_tracker() as tracker, connect(browser, Page) as seeder, connect(browser, Page) as leecher:
        for page in (seeder, leecher):
            await page.call("open", page="webtorrent_page")
        magnet = await seeder.call("seed", tracker=tracker, name="song.bin", bytes=FILE)
        assert await leecher.call("fetch", magnet=magnet) == {"name": "song.bin", "bytes": FILE}
        assert not any(page.has_told("failed") for page in (seeder, leecher))
