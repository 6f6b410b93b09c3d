"""What ``peerset bridge`` runs, with nobody to meet."""

import asyncio
from pathlib import Path

import pytest

from peerset.cli.bridge import BridgeOptions
from peerset.cli.bridging import bridge
from peerset.errors import ConfigError

pytestmark = pytest.mark.real_time

NOWHERE = "ws://127.0.0.1:1"


async def test_it_leaves_both_rooms_when_it_is_cancelled(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = BridgeOptions(store="memory:", signaling=[NOWHERE], their_signaling=[NOWHERE], their_app="theirs")
    running = asyncio.create_task(bridge("town", options, as_json=True), name="bridge")
    err = ""
    while "carrying" not in err:
        await asyncio.sleep(0.01)
        err += capsys.readouterr().err
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert "'places' of town and of sdfjow02039ru of theirs" in err
    assert (home / "data").is_dir()


async def test_a_tracker_of_theirs_that_is_none_is_said(home: Path) -> None:
    options = BridgeOptions(store="memory:", signaling=[NOWHERE], their_signaling=["https://tracker.test"])
    with pytest.raises(ConfigError):
        await bridge("town", options, as_json=False)
    assert home.is_dir()
