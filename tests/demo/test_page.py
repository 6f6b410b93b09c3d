"""The demo's page, with scripts played by small files."""

from pathlib import Path

import aiohttp
import pytest

from peerset.demo.page import serve_demo_page
from peerset.page.files import BUILT_NAMES

pytestmark = pytest.mark.real_time


async def test_the_page_joins_the_demo_s_room(tmp_path: Path) -> None:
    for name in BUILT_NAMES:
        (tmp_path / name).write_text(name, "utf-8")
    async with (
        serve_demo_page("ws://127.0.0.1:8000", folder=tmp_path) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as answer,
    ):
        assert 'room="demo" app="peerset-demo" signaling="ws://127.0.0.1:8000" ice-servers="[]"' in await answer.text()
