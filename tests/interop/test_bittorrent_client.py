"""What the tests of `bittorrent-tracker`'s client ask of a tracker holds for ``peerset tracker``."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.test_bittorrent_tracker import HERE
from tests.patience import PATIENT_SECONDS

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.node,
    pytest.mark.interop(client="bittorrent-tracker", what="what its client's own tests ask of a tracker"),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a tracker as people do."""
    command = [sys.executable, "-m", "peerset", "tracker", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def found(url: str) -> Any:
    """Run all cases, one after the other."""
    assert (HERE / "node_modules").is_dir(), "run `npm ci --prefix tests/interop` first (make test does)"
    command = ["node", str(HERE / "bittorrent_suite.mjs"), url]
    run = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENT_SECONDS, check=True)
    return json.loads(run.stdout)


def sizes(url: str, *, complete: int = 0, incomplete: int = 0) -> dict[str, object]:
    return {"announce": url, "complete": complete, "incomplete": incomplete}


@pytest.mark.parametrize("case", ["start, update, complete, stop", "ids as bytes", "parameters of the application"])
def test_each_event_is_answered(url: str, found: Any, case: str) -> None:
    there = sizes(url, incomplete=1)
    assert found[case] == {"updates": [there, there, sizes(url, complete=1), sizes(url)], "heard": []}


def test_numbers_may_be_large(url: str, found: Any) -> None:
    there = sizes(url, incomplete=1)
    assert found["a large torrent"] == {"updates": [there, there, sizes(url, complete=1), sizes(url)], "heard": []}


def test_a_client_may_announce_at_an_interval_of_its_own(url: str, found: Any) -> None:
    assert found["the interval"] == {"update": sizes(url, incomplete=1), "heard": []}


def test_a_scrape_tells_how_large_the_swarm_is(url: str, found: Any) -> None:
    assert found["a scrape"] == {"found": sizes(url, incomplete=1) | {"infoHash": True, "downloaded": 0}, "heard": []}
    assert found["a scrape over HTTP"] == sizes("", incomplete=1) | {
        "announce": True,
        "infoHash": True,
        "downloaded": 0,
    }


def test_several_swarms_are_scraped_at_once(found: Any) -> None:
    assert found["a scrape of several"] == [[0, 0], [0, 0]]


def test_nothing_comes_after_a_client_is_destroyed(found: Any) -> None:
    assert found["destroyed at once"] == {"updates": 0, "heard": []}


def test_two_clients_share_a_socket_and_leave_it_one_after_the_other(found: Any) -> None:
    assert found["a socket for two"] == {"isShared": True, "heard": []}


def test_a_refusal_is_placed_and_costs_no_socket(found: Any) -> None:
    assert found["a refusal"] == {"message": "event is 'exploded', which is none", "isKept": True}
