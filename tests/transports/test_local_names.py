"""Names that hide addresses: asked for at once, and the answers checked like any address."""

import asyncio
from collections.abc import Mapping

import pytest

from peerset.transports.candidate import Candidate
from peerset.transports.local_names import reveal

ANSWER_SECONDS = 0.1
PATIENCE_SECONDS = 1.0


class Network:
    """A network that knows *addresses*, answers after 0.1 s, and is silent about every other name."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self.is_closed = False

    async def resolve(self, hostname: str) -> str | None:
        await asyncio.sleep(ANSWER_SECONDS if hostname in self._addresses else PATIENCE_SECONDS)
        return self._addresses.get(hostname)

    async def close(self) -> None:
        self.is_closed = True

    async def open(self) -> "Network":
        return self


def hidden(name: str, port: int = 5_000) -> Candidate:
    return Candidate("1", 100, name, port, "host")


async def reveal_all(network: Network, *names: str, allow_loopback: bool = False) -> list[tuple[str, float]]:
    """Give the addresses that were added, and when."""
    began = asyncio.get_running_loop().time()
    added: list[tuple[str, float]] = []

    async def add(candidate: Candidate) -> None:
        added.append((candidate.address, round(asyncio.get_running_loop().time() - began, 3)))

    candidates = [hidden(name) for name in names]
    await reveal(candidates, add, allow_loopback=allow_loopback, open_resolver=network.open)
    return added


async def test_a_name_without_an_answer_does_not_delay_the_others() -> None:
    network = Network({"a.local": "192.0.2.1", "b.local": "192.0.2.2"})
    added = await reveal_all(network, "silent.local", "a.local", "b.local")
    assert added == [("192.0.2.1", ANSWER_SECONDS), ("192.0.2.2", ANSWER_SECONDS)]
    assert network.is_closed


async def test_a_revealed_candidate_keeps_everything_but_its_name() -> None:
    added: list[Candidate] = []

    async def add(candidate: Candidate) -> None:
        added.append(candidate)

    network = Network({"a.local": "192.0.2.1"})
    await reveal([hidden("a.local", 4_711)], add, allow_loopback=False, open_resolver=network.open)
    assert added == [Candidate("1", 100, "192.0.2.1", 4_711, "host")]


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "224.0.0.251", "0.0.0.0"])
async def test_an_answer_that_no_honest_peer_gives_is_left_out(address: str) -> None:
    assert await reveal_all(Network({"a.local": address}), "a.local") == []


async def test_loopback_is_revealed_where_it_is_allowed() -> None:
    network = Network({"a.local": "127.0.0.1"})
    assert await reveal_all(network, "a.local", allow_loopback=True) == [("127.0.0.1", ANSWER_SECONDS)]


async def test_the_resolver_is_closed_when_the_wait_is_cancelled() -> None:
    network = Network({})
    waiting = asyncio.create_task(reveal_all(network, "silent.local"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert network.is_closed
