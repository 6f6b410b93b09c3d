"""A process that was told to end does, whatever hangs."""

import gc
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

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
    gc.unfreeze()
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    assert threading.active_count() == before


HANGING = """
import asyncio, sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from peerset.cli import nodekeeping
from peerset.cli.node_rooms import Writer
from peerset.cli.options import RoomOptions
from peerset.cli.running import run_online
from peerset.node.ending import Ending

@dataclass(frozen=True, kw_only=True)
class HangingOptions(RoomOptions):
    @asynccontextmanager
    async def join(self, room, **options):
        async with super().join(room, **options) as joined:
            print("open", flush=True)
            try:
                yield joined
            finally:
                await asyncio.Event().wait()

budgets = nodekeeping.Budgets(disk_bytes=None, memory_bytes=None, peers=16)
with Ending(143, seconds=3_600) as ending:
    writer = Writer(HangingOptions(signaling=["ws://127.0.0.1:9"], store="memory:"), Path(sys.argv[1]))
    run_online(
        nodekeeping.run(writer, ["lobby"], file=None, budgets=budgets, shown=[], seconds=None, ending=ending)
    )
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders")
@pytest.mark.parametrize(("again", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_who_is_told_to_end_a_second_time_ends_at_once(tmp_path: Path, again: signal.Signals, code: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        node = subprocess.Popen(
            [sys.executable, "-c", HANGING, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={"NOTIFY_SOCKET": manager.getsockname(), "HOME": str(tmp_path)},
        )
        with node:
            assert node.stdout is not None
            assert node.stdout.readline() == "open\n"
            assert manager.recv(100) == b"READY=1"
            node.terminate()
            assert manager.recv(100) == b"STOPPING=1"
            node.send_signal(again)
            assert node.wait() == code
