"""A process that was told to end does, whatever hangs."""

import subprocess
import sys
import threading

import pytest

from peerset.core.signal import RoomName
from peerset.node.ending import Ending

pytestmark = pytest.mark.real_time

SCRIPT = """
import asyncio, threading
from peerset.core.signal import RoomName
from peerset.node.ending import Ending

async def hang():
    await asyncio.Event().wait()

with Ending(143, seconds=0.1) as ending:
    ending.begin(lambda: [RoomName("test", "lobby")])
    {hanging}
"""


@pytest.mark.parametrize(
    "hanging",
    ["asyncio.run(hang())", "threading.Thread(target=threading.Event().wait).start()"],
    ids=["a room", "a thread"],
)
def test_what_hangs_keeps_no_process_from_ending_and_is_named(hanging: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(hanging=hanging)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (143, "room lobby did not leave within 0.1 s\n")


def test_a_process_that_goes_on_after_it_left_is_not_ended() -> None:
    before = threading.active_count()
    with Ending(143, seconds=3_600) as ending:
        ending.begin(lambda: [RoomName("test", "lobby")])
        assert threading.active_count() == before + 1
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    assert threading.active_count() == before
