"""The demo's parent, with peers played by a script: what counts as converged, and what does not."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from peerset.demo.child import DemoError
from peerset.demo.peer import PeerSettings
from peerset.demo.swarm import DemoSettings, PeerView, start_swarm
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

PLAYER = """
import json, sys
root, count, ids = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(",")
def tell(**report):
    print(json.dumps(report), flush=True)
tell(report="status", sessions=0, records=0, root="00", state="joining")
tell(report="refused", content="spam", reason="links: a link in the text")
tell(report="status", sessions=1, records=count, root=root, state="in sync", latest=sys.argv[4])
for order in sys.stdin:
    if order != "ids\\n":
        break
    tell(report="ids", ids=ids)
"""

Command = Callable[[PeerSettings], Sequence[str]]


def playing(*parts: tuple[str, int, str], latest: str = "a note") -> Command:
    """Let each peer play its part: the root, count and ids it claims, and what its live query gives."""
    return lambda settings: [sys.executable, "-c", PLAYER, *map(str, parts[settings.number - 1]), latest]


def ignore(views: list[PeerView]) -> None:
    """Look at nothing."""


async def converge(command: Command, *, timeout_seconds: float = PATIENT_SECONDS) -> list[PeerView]:
    settings = DemoSettings(peers=2, records=1, timeout_seconds=timeout_seconds)
    async with start_swarm(settings, command=command) as swarm:
        await swarm.converge(ignore)
        return swarm.views()


async def shortfall(command: Command) -> str:
    """Say what is missing in the end, after so long a time that each peer has said what it has."""
    reason, seconds = "", 1
    while reason.count(": 2 records") < 2 and seconds < PATIENT_SECONDS:
        with pytest.raises(DemoError) as error:
            await converge(command, timeout_seconds=seconds)
        reason, seconds = str(error.value), 4 * seconds
    return reason


async def test_equal_roots_and_all_records_are_converged() -> None:
    views = await converge(playing(("ab", 2, "1,2"), ("ab", 2, "1,2")))
    assert [(view.number, view.records, view.root, view.state) for view in views] == [
        (1, 2, "ab", "in sync"),
        (2, 2, "ab", "in sync"),
    ]
    assert all(view.seconds is not None for view in views)


async def test_equal_roots_over_different_records_are_found_out() -> None:
    with pytest.raises(DemoError, match="peer 1 has 2 of 2 records, 1 of them not at every peer"):
        await converge(playing(("ab", 2, "1,2"), ("ab", 2, "1,3")))


async def test_records_of_whoever_looks_on_are_no_fault() -> None:
    views = await converge(playing(("ab", 3, "1,2,3"), ("ab", 3, "1,2,3")))
    assert [view.records for view in views] == [3, 3]


async def test_different_roots_run_out_of_time_and_say_what_is_missing() -> None:
    reason = await shortfall(playing(("ab", 2, "1,2"), ("cd", 2, "1,2")))
    assert re.match(r"no convergence within \d+ s: expected 2 records.*peer 2: 2 records, root cd", reason)


async def test_a_live_query_that_gives_nothing_is_no_demo() -> None:
    reason = await shortfall(playing(("ab", 2, "1,2"), ("ab", 2, "1,2"), latest=""))
    assert re.search(r"within \d+ s: .*peer 2: 2 records, root ab, none of the others' in its live", reason)


async def test_a_peer_that_dies_ends_the_demo_at_once() -> None:
    with pytest.raises(DemoError, match="ended with exit code 3"):
        await converge(lambda settings: [sys.executable, "-c", "import sys; sys.exit(3)"])


async def test_nothing_is_left_behind() -> None:
    settings = DemoSettings(peers=2, records=1)
    async with start_swarm(settings, command=playing(("ab", 2, "1,2"), ("ab", 2, "1,2"))) as swarm:
        directory = swarm.directory
        pids = [view.pid for view in swarm.views()]
        assert Path(directory).is_dir()
    assert not Path(directory).exists()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_each_peer_has_a_store_of_its_own() -> None:
    seen: list[PeerSettings] = []

    def command(settings: PeerSettings) -> Sequence[str]:
        seen.append(settings)
        return playing(("ab", 2, "1,2"), ("ab", 2, "1,2"))(settings)

    await converge(command)
    assert len({settings.store for settings in seen}) == 2
    assert len({settings.tracker for settings in seen}) == 1
