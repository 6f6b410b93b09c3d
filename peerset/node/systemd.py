"""What a service manager wants to hear: that the node is ready, lives, and is about to end (systemd's sd_notify(3))."""

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


def reloading() -> str:
    """Say that what was said is read again, until `READY`; the moment keeps it from being taken for an older one."""
    # By the system's clock, whatever the loop's is.
    microseconds = time.monotonic_ns() // 1_000  # noqa: TID251
    return f"RELOADING=1\nMONOTONIC_USEC={microseconds}"


class ServiceManager:
    """Who started us as a service, by the variables of our *environment*; nobody without them."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        watchdog = environment.get("WATCHDOG_USEC", "")
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.interval_seconds = int(watchdog) / 2e6 if watchdog.isdecimal() and int(watchdog) and is_ours else None
        """How often it wants to hear that we live: twice in the time after which it would kill us."""

    def tell(self, text: str) -> None:
        """Say *text* to it; what cannot be said is not missed."""
        if not self._address:
            return
        # An address that begins with @ is one without a file.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(text.encode(), address)

    async def live(self) -> None:
        """Say for ever that we live; a loop that is stuck does not."""
        while self.interval_seconds is not None:
            self.tell(ALIVE)
            await asyncio.sleep(self.interval_seconds)
