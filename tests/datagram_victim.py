"""A host that offers name, and that never asked for it: it counts the datagrams which reach it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from peerset.transports.caution import HEADER_BYTES_IPV4


class Victim(asyncio.DatagramProtocol):
    """Counts what it is sent, IP and UDP headers included, and never answers."""

    def __init__(self) -> None:
        self.packets = 0
        self.size_bytes = 0
        self.port = 0

    def datagram_received(self, data: bytes, _addr: object) -> None:
        self.packets += 1
        self.size_bytes += len(data) + HEADER_BYTES_IPV4

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> AsyncIterator["Victim"]:
        loop = asyncio.get_running_loop()
        transport, victim = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        victim.port = transport.get_extra_info("sockname")[1]
        yield victim
        transport.close()
