"""The local networks of this machine: who announces itself is heard of, and strangers do no harm. On loopback."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Interface

import pytest
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from peerset.core.signal import Via
from peerset.errors import SignalingError
from peerset.signaling import lan_network
from peerset.signaling.lan_exchange import exchange
from peerset.signaling.lan_network import LanNetwork, own_addresses
from peerset.signaling.lan_room import Found
from peerset.signaling.lan_wire import SERVICE_TYPE, draw_instance
from tests.patience import PATIENT_SECONDS, until

pytestmark = pytest.mark.real_time
HOME = "127.0.0.1"
PROPERTIES = {b"v": b"1", b"p": b"sealed"}
RNG = random.SystemRandom()
"""Tests that run beside each other are in one network."""


class Room:
    """Keeps what it is told."""

    def __init__(self, *, reads: bytes = b"") -> None:
        self.instance = draw_instance(RNG)
        self.found_there: dict[str, Found] = {}
        self.heard_there: list[tuple[bytes, Via]] = []
        self.broken: list[str] = []
        self._reads = reads

    def found(self, found: Found) -> None:
        self.found_there[found.instance] = found

    def lost(self, instance: str) -> None:
        self.found_there.pop(instance, None)

    def heard(self, line: bytes, via: Via) -> bool:
        self.heard_there.append((line, via))
        return line == self._reads

    def broke(self, error: SignalingError) -> None:
        self.broken.append(str(error))


@asynccontextmanager
async def network() -> AsyncIterator[LanNetwork]:
    async with asyncio.timeout(PATIENT_SECONDS):
        opened = LanNetwork([HOME])
        await opened.open()
        try:
            yield opened
        finally:
            for _ in range(2):
                await opened.aclose()


async def test_who_announces_itself_is_found_until_it_says_goodbye() -> None:
    async with network() as here, network() as there:
        alice, bob = Room(), Room()
        await here.announce(alice.instance, PROPERTIES, alice)
        await there.announce(bob.instance, PROPERTIES, bob)
        await until(lambda: bob.instance in alice.found_there and alice.instance in bob.found_there)
        found = alice.found_there[bob.instance]
        assert (found.addresses, found.properties) == ((HOME,), PROPERTIES)
        assert alice.instance not in alice.found_there
        for _ in range(2):
            await there.withdraw(bob.instance)
        await until(lambda: bob.instance not in alice.found_there)


async def test_who_comes_later_into_another_room_hears_of_those_that_are_there() -> None:
    async with network() as here, network() as there:
        alice, bob, carol = Room(), Room(), Room()
        await here.announce(alice.instance, PROPERTIES, alice)
        await there.announce(bob.instance, PROPERTIES, bob)
        await until(lambda: alice.instance in bob.found_there)
        await there.announce(carol.instance, PROPERTIES, carol)
        assert alice.instance in carol.found_there
        assert bob.instance not in carol.found_there, "it is a room of the same process"


async def test_a_line_is_for_the_room_that_can_read_it() -> None:
    async with network() as here, network() as there:
        alice, bob, carol = Room(), Room(reads=b"for bob\n"), Room(reads=b"for carol\n")
        await here.announce(alice.instance, PROPERTIES, alice)
        for room in (bob, carol):
            await there.announce(room.instance, PROPERTIES, room)
        await until(lambda: carol.instance in alice.found_there)
        port = alice.found_there[carol.instance].port
        asking = asyncio.create_task(exchange([HOME], port, b"for carol\n"))
        await until(lambda: bool(carol.heard_there))
        there.answer(carol.heard_there[0][1], b"welcome\n")
        assert await asking == b"welcome\n"
        with pytest.raises(SignalingError, match="hung up"):
            await exchange([HOME], port, b"for nobody\n")


async def test_who_says_that_it_is_elsewhere_or_does_not_say_where_is_not_found() -> None:
    async with network() as here:
        alice, bob = Room(), Room()
        stranger = AsyncZeroconf(interfaces=[HOME], ip_version=IPVersion.V4Only)
        elsewhere = draw_instance(RNG)
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{elsewhere}.{SERVICE_TYPE}",
            parsed_addresses=["198.51.100.7"],
            port=7,
            properties=PROPERTIES,
            server=f"{elsewhere}.local.",
        )
        await here.announce(alice.instance, PROPERTIES, alice)
        await (await stranger.async_register_service(info, cooperating_responders=True))
        async with network() as there:
            await there.announce(bob.instance, PROPERTIES, bob)
            await until(lambda: bob.instance in alice.found_there)
        assert elsewhere not in alice.found_there
        await stranger.async_close()


async def test_those_that_are_never_where_they_say_keep_nobody_from_being_found() -> None:
    async with network() as here, network() as there:
        alice, bob = Room(), Room()
        await here.announce(alice.instance, PROPERTIES, alice)
        assert here._zeroconf is not None
        for _ in range(1_000):
            here._look_at(here._zeroconf.zeroconf, f"{draw_instance(RNG)}.{SERVICE_TYPE}")
        await there.announce(bob.instance, PROPERTIES, bob)
        await until(lambda: bob.instance in alice.found_there)


async def test_a_machine_that_is_in_no_such_network_is_a_clear_error() -> None:
    with pytest.raises(SignalingError, match=r"this machine is in no network at 203\.0\.113\.9"):
        await LanNetwork(["203.0.113.9"]).open()
    with pytest.raises(SignalingError, match="the network is closed"):
        await LanNetwork([HOME]).announce("x", PROPERTIES, Room())


async def test_rooms_are_told_when_the_machine_is_in_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan_network, "WATCH_INTERVAL_SECONDS", 0.01)
    async with network() as here:
        alice = Room()
        await here.announce(alice.instance, PROPERTIES, alice)
        assert not here.is_stale
        monkeypatch.setattr(lan_network, "own_addresses", lambda _: [])
        await until(lambda: bool(alice.broken))
        assert alice.broken == ["this machine is in another network now"]
        assert here.is_stale


async def test_near_is_what_is_in_our_networks() -> None:
    async with network() as here:
        assert [here.is_near(address) for address in (HOME, "127.9.9.9", "192.0.2.1", "::1", "nonsense")] == [
            True,
            True,
            False,
            False,
            False,
        ]


def test_loopback_is_a_network_for_those_who_name_it() -> None:
    assert own_addresses([HOME]) == [IPv4Interface("127.0.0.1/8")]
    assert not any(each.ip.is_loopback for each in own_addresses(None))
