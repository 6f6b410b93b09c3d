"""Examining trackers on this machine."""

import json
import random

import pytest
from aiohttp import web

from peerset.doctor.finding import Health
from peerset.doctor.trackers import examine_trackers
from peerset.errors import ConfigError
from peerset.testing.tracker import scripted_tracker
from peerset.tracker.tracker import serve_tracker

pytestmark = pytest.mark.real_time

NOWHERE = "ws://127.0.0.1:9"


async def test_a_tracker_that_takes_announces_is_well() -> None:
    rng = random.SystemRandom()
    async with serve_tracker("127.0.0.1", 0, rng=rng) as tracker:
        [finding] = await examine_trackers([tracker.url], rng=rng)
    assert (finding.name, finding.health) == (tracker.url, Health.WELL)


async def test_one_of_two_is_enough() -> None:
    rng = random.SystemRandom()
    async with serve_tracker("127.0.0.1", 0, rng=rng) as tracker:
        findings = await examine_trackers([tracker.url, NOWHERE], rng=rng)
    assert [finding.health for finding in findings] == [Health.WELL, Health.WEAK]
    assert findings[1].advice


@pytest.mark.parametrize("odd", [-1, "2", None, True])
async def test_a_tracker_whose_counts_make_no_sense_answers_all_the_same(odd: object) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            reply = {"action": "announce", "info_hash": json.loads(message.data)["info_hash"], "interval": odd}
            await socket.send_json(reply | {"complete": odd, "incomplete": odd})

    async with scripted_tracker(script) as url:
        [finding] = await examine_trackers([url], rng=random.SystemRandom())
    assert finding.health is Health.WELL


async def test_none_at_all_means_no_peers() -> None:
    findings = await examine_trackers([NOWHERE], rng=random.SystemRandom())
    assert findings[-1].health is Health.ILL
    assert "peerset tracker" in findings[-1].advice


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError):
        await examine_trackers(["http://example.org"], rng=random.SystemRandom())
