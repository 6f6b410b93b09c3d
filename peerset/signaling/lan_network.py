"""The local networks of this machine: announcing by multicast (RFC 6762, RFC 6763), and hearing who else does."""

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Sequence
from typing import Final, Protocol

import ifaddr
from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, NonUniqueNameException, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from peerset.core.limits import LAN_ADDRESSES_PER_PEER_MAX, LAN_INSTANCES_QUEUED_MAX
from peerset.core.network import read_address
from peerset.core.signal import Via
from peerset.errors import SignalingError
from peerset.signaling.lan_exchange import LineServer
from peerset.signaling.lan_room import Found
from peerset.signaling.lan_wire import SERVICE_TYPE

RESOLVE_TIMEOUT_SECONDS: Final = 1.0
RESOLVERS: Final = 4
"""So many are asked at a time who they are; most say it as soon as they announce themselves."""
WATCH_INTERVAL_SECONDS: Final = 20.0
"""How often the addresses of this machine are looked at: who takes a laptop elsewhere is in another network."""

logger = logging.getLogger(__name__)


class LanSubscriber(Protocol):
    """A room that hears who is in the network."""

    def found(self, found: Found) -> None:
        """Learn that somebody is there, or has changed what it announces."""
        ...

    def lost(self, instance: str) -> None:
        """Learn that somebody is gone."""
        ...

    def heard(self, line: bytes, via: Via) -> bool:
        """Learn what somebody says; tell whether it is for this room."""
        ...

    def broke(self, error: SignalingError) -> None:
        """Learn that the network is no longer what it was, and has to be opened anew."""
        ...


class LanNetwork:
    """The networks at *places*, which are addresses of this machine; all but the loopback one when None.

    `open` comes first. Rooms subscribe, and announce themselves by an instance each.
    """

    def __init__(self, places: Sequence[str] | None) -> None:
        self.subscribers: dict[str, LanSubscriber] = {}
        """By the instance that each announces."""
        self._places = places
        self._addresses: list[ipaddress.IPv4Interface] = []
        self._server = LineServer(self._hear, is_near=self.is_near)
        self._zeroconf: AsyncZeroconf | None = None
        self._infos: dict[str, AsyncServiceInfo] = {}
        self.is_stale = False
        """It has to be opened anew."""
        self._unknown: asyncio.Queue[str] = asyncio.Queue(LAN_INSTANCES_QUEUED_MAX)
        """Who was heard of and has not said where it is."""
        self._tasks: list[asyncio.Task[None]] = []
        self._browser: AsyncServiceBrowser | None = None

    async def open(self) -> None:
        """Begin to listen.

        Raises:
            SignalingError: this machine is in no such network, or nothing can be listened on.

        """
        self._addresses = own_addresses(self._places)
        if not self._addresses:
            where = "no network" if self._places is None else f"no network at {', '.join(self._places)}"
            raise SignalingError(f"this machine is in {where}")
        await self._server.open()
        try:
            self._zeroconf = AsyncZeroconf(
                interfaces=[str(each.ip) for each in self._addresses], ip_version=IPVersion.V4Only
            )
        except OSError as error:
            await self._server.aclose()
            raise SignalingError(f"multicast cannot be listened to: {error}") from error
        self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, [SERVICE_TYPE], handlers=[self._change])
        self._tasks = [
            asyncio.create_task(self._watch(), name="watch the addresses of this machine"),
            *(asyncio.create_task(self._resolve(self._zeroconf), name="ask who is there") for _ in range(RESOLVERS)),
        ]

    async def announce(self, instance: str, properties: dict[bytes, bytes], subscriber: LanSubscriber) -> None:
        """Announce *instance*, and let *subscriber* hear of all others from now on.

        Raises:
            SignalingError: it cannot be announced.

        """
        if self._zeroconf is None:
            raise SignalingError("the network is closed")
        self.subscribers[instance] = subscriber
        info = self._infos[instance] = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{instance}.{SERVICE_TYPE}",
            addresses=[each.ip.packed for each in self._addresses],
            port=self._server.port,
            properties=properties,
            server=f"{instance}.local.",
        )
        for name in self._zeroconf.zeroconf.cache.names():
            self._look_at(self._zeroconf.zeroconf, name)
        try:
            # The name is random: nobody needs to be asked whether it is free.
            await (await self._zeroconf.async_register_service(info, cooperating_responders=True))
        except (ZeroconfError, NonUniqueNameException, OSError) as error:
            raise SignalingError(f"the room cannot be announced: {error}") from error

    async def withdraw(self, instance: str) -> None:
        """Announce *instance* no longer, and say so."""
        self.subscribers.pop(instance, None)
        info = self._infos.pop(instance, None)
        if info is not None and self._zeroconf is not None:
            with contextlib.suppress(ZeroconfError, OSError):
                await (await self._zeroconf.async_unregister_service(info))

    def answer(self, via: Via, line: bytes) -> None:
        """Send *line* back by *via*."""
        self._server.answer(via, line)

    def is_near(self, address: str) -> bool:
        """Say whether *address* is in a network of ours."""
        parsed = read_address(address)
        return isinstance(parsed, ipaddress.IPv4Address) and any(parsed in each.network for each in self._addresses)

    async def aclose(self) -> None:
        """Close everything; may be called twice."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        await self._server.aclose()
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is not None and self._browser is not None:
            await self._browser.async_cancel()
            await zeroconf.async_close()

    def _change(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del service_type
        if state_change is ServiceStateChange.Removed:
            instance = _instance_of(name)
            for subscriber in list(self.subscribers.values()):
                subscriber.lost(instance)
        else:
            self._look_at(zeroconf, name)

    def _look_at(self, zeroconf: Zeroconf, name: str) -> None:
        """Tell who *name* is, or ask it, unless too many are to be asked already."""
        if not name.endswith(f".{SERVICE_TYPE}") or _instance_of(name) in self.subscribers:
            return
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        if info.load_from_cache(zeroconf):
            self._tell(name, info)
            return
        with contextlib.suppress(asyncio.QueueFull):
            self._unknown.put_nowait(name)

    async def _resolve(self, zeroconf: AsyncZeroconf) -> None:
        while True:
            name = await self._unknown.get()
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            if await info.async_request(zeroconf.zeroconf, RESOLVE_TIMEOUT_SECONDS * 1_000):
                self._tell(name, info)

    def _tell(self, name: str, info: AsyncServiceInfo) -> None:
        near = [address for address in info.parsed_addresses(IPVersion.V4Only) if self.is_near(address)]
        if not near or not info.port:
            return
        found = Found(
            _instance_of(name), tuple(near[:LAN_ADDRESSES_PER_PEER_MAX]), int(info.port), dict(info.properties)
        )
        for subscriber in list(self.subscribers.values()):
            subscriber.found(found)

    def _hear(self, line: bytes, via: Via) -> bool:
        return any(subscriber.heard(line, via) for subscriber in list(self.subscribers.values()))

    async def _watch(self) -> None:
        """End when the addresses of this machine are no longer those that it is announced with."""
        while own_addresses(self._places) == self._addresses:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_INTERVAL_SECONDS):
                    await asyncio.Event().wait()
        self.is_stale = True
        for subscriber in list(self.subscribers.values()):
            subscriber.broke(SignalingError("this machine is in another network now"))


def own_addresses(places: Sequence[str] | None) -> list[ipaddress.IPv4Interface]:
    """Give the IPv4 addresses of this machine with the networks they are in, sorted: those of *places*.

    None stands for all but those of loopback, and those that are nobody else's neighbours.
    """
    found = sorted(
        ipaddress.IPv4Interface(f"{address.ip}/{address.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for address in adapter.ips
        if address.is_IPv4
    )
    if places is not None:
        return [each for each in found if str(each.ip) in places]
    return [each for each in found if not each.ip.is_loopback and each.network.num_addresses > 1]


def _instance_of(name: str) -> str:
    return name.removesuffix(f".{SERVICE_TYPE}")
