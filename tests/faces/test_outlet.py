"""What waits to be sent to one client."""

import asyncio
from typing import Any

from peerset.faces.outlet import Outlet


class Socket:
    """Takes what is sent when it is told to read."""

    def __init__(self) -> None:
        self.read = asyncio.Semaphore(0)
        self.sent: list[str] = []

    async def send_str(self, text: str) -> None:
        await self.read.acquire()
        self.sent.append(text)


async def test_what_is_beyond_the_limit_is_dropped_or_waits() -> None:
    socket: Any = Socket()
    outlet = Outlet(socket, bytes_max=10)
    # One text always goes, however long.
    assert outlet.put("x" * 20)
    assert not outlet.put("y")
    giving = asyncio.create_task(outlet.give("ü" * 5), name="giving")
    sending = asyncio.create_task(outlet.run(), name="sending")
    await asyncio.sleep(1)
    assert not giving.done()
    socket.read.release()
    await giving
    assert not outlet.put("z")
    socket.read.release()
    await asyncio.sleep(1)
    assert outlet.put("z")
    socket.read.release()
    await asyncio.sleep(1)
    assert socket.sent == ["x" * 20, "ü" * 5, "z"]
    sending.cancel()
