"""Signaling in the local network: peers hear of each other by multicast, and exchange offers directly."""

import asyncio
import ipaddress
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from peerset.core.clock import Monotonic
from peerset.core.limits import ATTEMPTS_MAX
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.errors import ConfigError, SignalingError
from peerset.ports import SignalingStatus, SocketState
from peerset.protocol.inputs import AnswerReceived, SignalingInput
from peerset.signaling.inbox import SignalInbox
from peerset.signaling.lan_exchange import exchange
from peerset.signaling.lan_network import LanNetwork
from peerset.signaling.lan_room import Found, LanRoom, Neighbour

STRATEGY = "lan"

logger = logging.getLogger(__name__)


class LanHub:
    """Gives each room its `LanSignaling`; those at the same places share sockets, which close with the last of them.

    A place is an IPv4 address of this machine, in whose network peers are met; by default all but that of loopback.
    """

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._open: dict[tuple[str, ...] | None, LanNetwork] = {}
        self._users: Counter[LanNetwork] = Counter()
        self._opening = asyncio.Lock()

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that *places* are IPv4 addresses.

        Raises:
            ConfigError: one is not.

        """
        for place in places or ():
            try:
                ipaddress.IPv4Address(place)
            except ValueError as error:
                raise ConfigError(
                    f"{place!a} is no place of lan: write 'lan:' or an IPv4 address of this machine, 'lan:192.168.0.2'"
                ) from error

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> "LanSignaling":
        """Meet others of *room* in the networks at *places*.

        Raises:
            ConfigError: as `check`.

        """
        self.check(places=places)
        given = None if places is None else tuple(dict.fromkeys(places))
        return LanSignaling(LanRoom(room, peer_id, password=password, rng=self._rng), given, hub=self)

    async def enter(self, places: tuple[str, ...] | None) -> LanNetwork:
        """Give the network at *places*, open.

        Raises:
            SignalingError: it cannot be opened.

        """
        async with self._opening:
            network = self._open.get(places)
            if network is None or network.is_stale:
                network = LanNetwork(places)
                await network.open()
                self._open[places] = network
            self._users[network] += 1
            return network

    async def leave(self, network: LanNetwork) -> None:
        """Use *network* no longer."""
        async with self._opening:
            self._users[network] -= 1
            if self._users[network]:
                return
            del self._users[network]
            self._open = {places: each for places, each in self._open.items() if each is not network}
            await network.aclose()


class LanSignaling:
    """Announces *room* in the local networks at *places*, and passes offers and answers there."""

    def __init__(self, room: LanRoom, places: tuple[str, ...] | None, *, hub: LanHub) -> None:
        self._room = room
        self._places = places
        self._hub = hub
        self._inbox = SignalInbox()
        self._network: LanNetwork | None = None
        self._running: asyncio.Task[None] | None = None
        self._exchanges: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] | None = None
        self._state, self._since = SocketState.CLOSED, _now()
        self._error: SignalingError | None = None
        self._announced_at: Monotonic | None = None
        self._announces = 0
        self._is_closed = False

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Begin to announce the room; all who are there are told of again. Nobody hears of *offers* by multicast."""
        del offers
        self._start()
        for announced in self._room.announced:
            self._inbox.put(announced)

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Send *offer* to *peer*, which was announced by *via*, and take its answer."""
        neighbour = self._room.neighbours.get(via)
        if neighbour is None or neighbour.peer != peer or self._is_closed or len(self._exchanges) >= ATTEMPTS_MAX:
            return
        exchanging = asyncio.create_task(self._exchange(neighbour, offer, via), name=f"offer to {peer} in the network")
        self._exchanges.add(exchanging)
        exchanging.add_done_callback(self._exchanges.discard)

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* on the connection that its offer came by."""
        if self._network is not None:
            self._network.answer(via, self._room.answer(peer, answer))

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate who is there, and offers and answers; ends after `aclose`. Called once.

        Raises:
            SignalingError: the network cannot be used, or is another one now.

        """
        self._start()
        return self._iterate()

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands in the local networks."""
        return [self._status(place) for place in self._places or ("",)]

    async def aclose(self) -> None:
        """Say goodbye, within 2 seconds; may be called twice."""
        self._is_closed = True
        self._inbox.close()
        tasks = [*self._exchanges, *([] if self._running is None else [self._running])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def found(self, found: Found) -> None:
        """Tell of a peer that is there."""
        announced = self._room.find(found)
        if announced is not None:
            self._inbox.put(announced)

    def lost(self, instance: str) -> None:
        """Forget a peer that is gone; a channel to it, if there is one, says so by itself."""
        self._room.lose(instance)

    def heard(self, line: bytes, via: Via) -> bool:
        """Take a line; tell whether it is for us."""
        signal = self._room.hear(line, via, _now())
        if signal is None or isinstance(signal, AnswerReceived):
            return False
        self._inbox.put(signal)
        return True

    def broke(self, error: SignalingError) -> None:
        """End: whoever wants more of it joins anew."""
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(error)

    def _start(self) -> None:
        if self._running is None and not self._is_closed:
            self._broken = asyncio.get_running_loop().create_future()
            self._running = asyncio.create_task(self._run(self._broken), name="announce in the local network")

    async def _run(self, broken: asyncio.Future[None]) -> None:
        self._enter(SocketState.CONNECTING)
        try:
            network = self._network = await self._hub.enter(self._places)
            try:
                await network.announce(self._room.instance, self._room.presence(), self)
                self._announces, self._announced_at = 1, _now()
                self._enter(SocketState.OPEN)
                await broken
            finally:
                self._network = None
                await network.withdraw(self._room.instance)
                await self._hub.leave(network)
        except SignalingError as error:
            self._error = error
        finally:
            self._enter(SocketState.CLOSED)
            self._inbox.close()

    async def _iterate(self) -> AsyncIterator[SignalingInput]:
        async for signal in self._inbox:
            yield signal
        if self._error is not None and not self._is_closed:
            raise self._error

    async def _exchange(self, neighbour: Neighbour, offer: Offer, via: Via) -> None:
        try:
            line = await exchange(neighbour.addresses, neighbour.port, self._room.offer(neighbour.peer, offer))
        except SignalingError as error:
            logger.debug("peer %s: %s", neighbour.peer[:8], error)
            return
        signal = self._room.hear(line, via, _now())
        if isinstance(signal, AnswerReceived) and signal.peer == neighbour.peer:
            self._inbox.put(signal)

    def _enter(self, state: SocketState) -> None:
        self._state, self._since = state, _now()

    def _status(self, place: str) -> SignalingStatus:
        return SignalingStatus(
            strategy=STRATEGY,
            place=place,
            state=self._state,
            error=None if self._error is None else str(self._error),
            since=self._since,
            last_success=self._announced_at,
            next_try=None,
            announces=self._announces,
            replies=self._announces,
            swarm_size=len(self._room.neighbours) + 1,
            peers=len(self._room.neighbours),
        )


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
