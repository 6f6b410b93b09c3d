"""Asking TURN servers, which are played here; `tests/networks` asks coturn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from aioice import stun

from peerset.core.ice import IceServer
from peerset.doctor.finding import Finding, Health
from peerset.doctor.relays import examine_relays

pytestmark = pytest.mark.real_time


class Relay(asyncio.DatagramProtocol):
    """Gives an address to whoever asks, unless it answers with an error."""

    def __init__(self, error: tuple[int, str] | None) -> None:
        self.error = error
        self.lifetimes: list[int] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        kind = stun.Class.RESPONSE if self.error is None else stun.Class.ERROR
        answer = stun.Message(request.message_method, kind, request.transaction_id)
        if self.error is None:
            self.lifetimes.append(request.attributes["LIFETIME"])
            answer.attributes["LIFETIME"] = request.attributes["LIFETIME"]
            answer.attributes["XOR-MAPPED-ADDRESS"] = addr
            answer.attributes["XOR-RELAYED-ADDRESS"] = ("192.0.2.9", 50_000)
        else:
            answer.attributes["ERROR-CODE"] = self.error
        self.transport.sendto(bytes(answer), addr)


@asynccontextmanager
async def relaying(error: tuple[int, str] | None = None) -> AsyncIterator[tuple[IceServer, Relay]]:
    loop = asyncio.get_running_loop()
    transport, relay = await loop.create_datagram_endpoint(lambda: Relay(error), ("127.0.0.1", 0))
    try:
        yield IceServer(f"turn:127.0.0.1:{transport.get_extra_info('sockname')[1]}"), relay
    finally:
        transport.close()


async def examine(server: IceServer, timeout_seconds: float = 20.0) -> Finding:
    [finding] = await examine_relays([IceServer("stun:127.0.0.1:9"), server], timeout_seconds=timeout_seconds)
    return finding


async def test_what_a_server_gives_is_told_and_handed_back() -> None:
    async with relaying() as (server, relay):
        finding = await examine(server)
    assert (finding.name, finding.health, finding.detail) == (server.url, Health.WELL, "relays for us at 192.0.2.9")
    assert relay.lifetimes[0] > 0
    assert relay.lifetimes[-1] == 0


@pytest.mark.parametrize(("code", "advice"), [(401, "user name and credential"), (486, "check its address")])
async def test_a_refusal_is_told_with_its_reason(code: int, advice: str) -> None:
    async with relaying((code, "No")) as (server, _):
        finding = await examine(server)
    assert (finding.health, finding.detail) == (Health.WEAK, f"refuses to relay: {code} No")
    assert advice in finding.advice


async def test_a_silent_server_is_waited_for_briefly() -> None:
    finding = await examine(IceServer("turn:127.0.0.1:9"), 0.1)
    assert (finding.health, finding.detail) == (Health.WEAK, "no answer within 0.1 s")


@pytest.mark.parametrize("url", ["turn:127.0.0.1:9?transport=tcp", "turns:127.0.0.1:9", "turn:nowhere.invalid"])
async def test_a_server_that_cannot_be_reached_is_told(url: str) -> None:
    finding = await examine(IceServer(url))
    assert finding.health is Health.WEAK
    assert finding.detail.startswith("cannot be reached: ")
