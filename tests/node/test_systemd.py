"""What a service manager is told, by a datagram to its socket."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from peerset.node.systemd import ALIVE, READY, STOPPING, ServiceManager, reloading

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd runs elsewhere")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def test_it_hears_what_is_told(manager: socket.socket) -> None:
    told = ServiceManager({"NOTIFY_SOCKET": manager.getsockname()})
    for text in (READY, reloading(), STOPPING):
        told.tell(text)
    ready, again, stopping = [manager.recv(100) for _ in range(3)]
    assert (ready, stopping) == (b"READY=1", b"STOPPING=1")
    assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=[0-9]+", again)
    assert told.interval_seconds is None


def test_an_address_may_be_one_without_a_file() -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        name = f"peerset-test-{os.getpid()}"
        listening.bind(f"\0{name}")
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).tell(READY)
        assert listening.recv(100) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/x"}, {"NOTIFY_SOCKET": "x" * 1_000}])
def test_who_is_not_there_is_not_missed(environment: dict[str, str]) -> None:
    ServiceManager(environment).tell(READY)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_it_says_how_often_it_wants_to_hear_that_we_live(said: dict[str, str], seconds: float | None) -> None:
    assert ServiceManager(said).interval_seconds == seconds


async def test_it_is_told_again_and_again_that_we_live(manager: socket.socket) -> None:
    told = ServiceManager({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "2000000"})
    living = asyncio.create_task(told.live(), name="live")
    await asyncio.sleep(2.5)
    living.cancel()
    assert [manager.recv(100) for _ in range(3)] == [ALIVE.encode()] * 3
    with pytest.raises(BlockingIOError):
        manager.recv(100)


@pytest.mark.real_time
async def test_a_loop_that_is_stuck_does_not_say_that_we_live(manager: socket.socket) -> None:
    told = ServiceManager({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "20000"})
    living = asyncio.create_task(told.live(), name="live")
    await asyncio.sleep(0)
    assert manager.recv(100) == ALIVE.encode()
    # To wait for it here is to be stuck.
    manager.settimeout(0.2)
    with pytest.raises(TimeoutError):
        manager.recv(100)
    manager.setblocking(False)
    assert await asyncio.get_running_loop().sock_recv(manager, 100) == ALIVE.encode()
    living.cancel()
