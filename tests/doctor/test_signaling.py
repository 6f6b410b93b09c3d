"""Examining signaling on this machine."""

import json
import random
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from peerset.doctor.finding import Health
from peerset.doctor.signaling import check_signaling, examine_signaling
from peerset.errors import ConfigError
from peerset.testing.tracker import scripted_tracker
from peerset.tracker.tracker import serve_tracker
from tests.test_plugins import install

pytestmark = pytest.mark.real_time

NOWHERE = "ws://127.0.0.1:9"


async def test_a_tracker_that_takes_announces_is_well() -> None:
    rng = random.SystemRandom()
    async with serve_tracker("127.0.0.1", 0, rng=rng) as tracker:
        [finding] = await examine_signaling([tracker.url], rng=rng)
    assert (finding.name, finding.health) == (f"torrent:{tracker.url}", Health.WELL)


async def test_one_of_two_is_enough() -> None:
    rng = random.SystemRandom()
    async with serve_tracker("127.0.0.1", 0, rng=rng) as tracker:
        findings = await examine_signaling([tracker.url, NOWHERE], rng=rng)
    assert [finding.health for finding in findings] == [Health.WELL, Health.WEAK]
    assert findings[1].advice


@pytest.mark.parametrize("odd", [-1, "2", None, True])
async def test_a_tracker_whose_counts_make_no_sense_answers_all_the_same(odd: object) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            reply = {"action": "announce", "info_hash": json.loads(message.data)["info_hash"], "interval": odd}
            await socket.send_json(reply | {"complete": odd, "incomplete": odd})

    async with scripted_tracker(script) as url:
        [finding] = await examine_signaling([url], rng=random.SystemRandom())
    assert finding.health is Health.WELL


async def test_none_at_all_means_no_peers() -> None:
    findings = await examine_signaling([NOWHERE], rng=random.SystemRandom())
    assert findings[-1].health is Health.ILL
    assert "peerset tracker" in findings[-1].advice


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError):
        await examine_signaling(["http://example.org"], rng=random.SystemRandom())
    with pytest.raises(ConfigError):
        check_signaling(["http://example.org"], rng=random.Random(0))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose distributions count as installed, and where nothing of peerset's own goes to the network."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ["torrent", "fine", "placeless", "lacking"]
    monkeypatch.setattr("peerset.doctor.signaling.installed", lambda _group: names)
    monkeypatch.setattr("peerset.signaling.torrent.DEFAULT_TRACKERS", (NOWHERE,))
    lines = ["fine = strategies:fine", "placeless = strategies:placeless", "lacking = strategies:no_such_name"]
    install(tmp_path, "more", "\n".join(["[peerset.signaling]", *lines]))
    (tmp_path / "strategies.py").write_text(STRATEGIES)
    return tmp_path


STRATEGIES: Final = '''
from peerset.errors import ConfigError
from peerset.signaling.torrent import TorrentHub


def fine(*, rng):
    return Elsewhere(rng=rng)


def placeless(*, rng):
    return Placeless(rng=rng)


class Elsewhere(TorrentHub):
    """A strategy whose default place is the file's."""

    def check(self, *, places=None):
        super().check(places=places or [place()])

    def join(self, room, peer_id, *, places=None, password=""):
        return super().join(room, peer_id, places=places or [place()], password=password)


class Placeless(TorrentHub):
    """A strategy that must be told where."""

    def check(self, *, places=None):
        if places is None:
            raise ConfigError("where?")


def place():
    with open(__file__ + ".place") as file:
        return file.read()
'''


async def test_without_specs_every_strategy_that_is_installed_is_tried(site: Path) -> None:
    rng = random.SystemRandom()
    async with serve_tracker("127.0.0.1", 0, rng=rng) as tracker:
        (site / "strategies.py.place").write_text(tracker.url)
        findings = await examine_signaling(None, rng=rng)
    assert [(finding.name, finding.health) for finding in findings] == [
        ("lacking:", Health.WEAK),
        (f"torrent:{NOWHERE}", Health.WEAK),
        (f"fine:{tracker.url}", Health.WELL),
        ("signaling", Health.ILL),
    ]
    assert "no_such_name" in findings[0].detail
    assert findings[-1].advice == "other ways work here: --signaling fine:"
