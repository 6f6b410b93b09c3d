"""What ``peerset tracker`` runs."""

import asyncio
import json
import random
from typing import Any

import pytest

from peerset.cli.tracking import serve
from peerset.core.signal import RoomName, draw_id, make_peer_id
from peerset.signaling.torrent import TorrentHub
from peerset.tracker.limits import TrackerLimits

pytestmark = pytest.mark.real_time


async def test_its_first_line_is_its_address_and_its_last_what_came(capsys: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {
        "ssl_context": None,
        "interval_seconds": None,
        "limits": TrackerLimits(),
        "proxies": (),
        "as_json": True,
    }
    serving = asyncio.create_task(serve("127.0.0.1", 0, **options), name="serve")
    out = ""
    while not out:
        await asyncio.sleep(0.01)
        out = capsys.readouterr().out
    rng = random.Random(0)
    room = RoomName("test", draw_id(rng, 20))
    signaling = TorrentHub(rng=rng).join(room, make_peer_id(rng), places=[json.loads(out)["url"]])
    await signaling.announce([])
    await signaling.settled()
    await signaling.aclose()
    serving.cancel()
    await asyncio.wait([serving])
    assert json.loads(capsys.readouterr().out)["announces"] >= 1
