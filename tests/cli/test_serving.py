"""What ``peerset serve`` runs."""

import asyncio
from pathlib import Path

import pytest

from peerset.cli.serving import serve
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.page.files import BUILT_NAMES

pytestmark = pytest.mark.real_time


async def test_whoever_serves_to_others_is_told_what_browsers_want(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in BUILT_NAMES:
        (tmp_path / name).write_text(name, "utf-8")
    room = RoomName("chat", "lobby")
    serving = asyncio.create_task(
        serve(room, "0.0.0.0", 0, signaling=[], files=tmp_path, ssl_context=None, as_json=False), name="serve"
    )
    err = ""
    while not err:
        await asyncio.sleep(0.01)
        err = capsys.readouterr().err
    serving.cancel()
    await asyncio.wait([serving])
    assert "use --cert and --key" in err


async def test_a_page_that_is_not_built_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        await serve(
            RoomName("chat", "lobby"), "127.0.0.1", 0, signaling=[], files=tmp_path, ssl_context=None, as_json=False
        )
