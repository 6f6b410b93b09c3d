"""Unmodified pages of WebTorrent meet on our tracker and send each other files."""

import base64
import random
from collections.abc import Iterator
from typing import Final

import pytest

from peerset.testing.tracker import local_tracker
from tests.interop.chromium import HERE, Page, connect, run_chromium

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

PAGE: Final = HERE / "webtorrent.mjs"
FILE: Final = base64.b64encode(random.Random(0).randbytes(300_000)).decode()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with run_chromium(tmp_path_factory.mktemp("webtorrent"), site=[PAGE]) as port:
        yield port


async def test_a_page_fetches_a_file_of_another(chromium: int) -> None:
    async with local_tracker() as tracker, connect(chromium, Page) as seeder, connect(chromium, Page) as leecher:
        for page in (seeder, leecher):
            await page.call("open", page=PAGE.stem)
        magnet = await seeder.call("seed", tracker=tracker, name="song.bin", bytes=FILE)
        assert await leecher.call("fetch", magnet=magnet) == {"name": "song.bin", "bytes": FILE}
        assert not any(page.has_told("failed") for page in (seeder, leecher))
