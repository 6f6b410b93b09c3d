"""Several strategies at once, as if they were one: a room announces by all of them, and hears of each signal once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.plugins import open_signaling
from peerset.ports import PlacedHub, Signaling, SignalingHub, SignalingStatus
from peerset.protocol.inputs import PeerAnnounced, SignalingInput
from peerset.signaling.guarded import Call, GuardedSignaling
from peerset.signaling.recent import RecentSignals
from peerset.signaling.specs import places_by_strategy

LEAVE_TIMEOUT_SECONDS: Final = 2.0
_NO_WAY: Final = Via("")


class SeveralSignaling:
    """Speaks by every one of some strategies, and answers by the one that a signal came by.

    The ways of its signals are those of the strategies, after the strategy's name and a colon. What waits to be taken
    is taken from each in turn, so that no strategy keeps the others waiting.
    """

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._guards: dict[str, GuardedSignaling] = {}
        self._heard: asyncio.Queue[SignalingInput | None] = asyncio.Queue(maxsize=1)
        """None at the end."""
        self._turn = asyncio.Lock()
        """Who waits for it gets it in turn, which a queue does not promise to those who fill it."""
        self._recent = RecentSignals()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closed = False

    def add(self, strategy: str, places: Sequence[str] | None, join: Callable[[], Signaling]) -> None:
        """Speak by *strategy*, too, as *join* gives it; before anything is said."""
        hear = partial(self._hear, strategy)
        self._guards[strategy] = GuardedSignaling(strategy, places, join=join, hear=hear, rng=self._rng)

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now by each strategy, with *offers*, and again at its pace until the next call."""
        self._start()
        for guard in self._guards.values():
            guard.announce(offers)

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Send *offer* to *peer* alone by the strategy that *via* names."""
        strategy, own = _parted(via)
        self._say(strategy, lambda signaling: signaling.offer(peer, offer, own))

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* by the strategy that *via* names."""
        strategy, own = _parted(via)
        self._say(strategy, lambda signaling: signaling.answer(peer, answer, own))

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate announcements, offers and answers of others; ends after `aclose`. Called once."""
        self._start()
        return self._iterate()

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands with each place of each strategy."""
        return [status for guard in self._guards.values() for status in guard.status()]

    async def aclose(self) -> None:
        """Leave by each strategy within 2 seconds; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._tasks:
            for task in self._tasks:
                task.cancel()
            _, late = await asyncio.wait(self._tasks, timeout=LEAVE_TIMEOUT_SECONDS)
            for task in late:
                task.cancel()
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(None)

    def _start(self) -> None:
        if self._tasks or self._is_closed:
            return
        for strategy, guard in self._guards.items():
            self._tasks.append(asyncio.create_task(guard.run(), name=f"signaling {strategy}"))

    def _say(self, strategy: str, call: Call) -> None:
        if strategy in self._guards:
            self._guards[strategy].say(call)

    async def _iterate(self) -> AsyncIterator[SignalingInput]:
        while (signal := await self._heard.get()) is not None:
            yield signal

    async def _hear(self, strategy: str, signal: SignalingInput) -> None:
        # Who announces itself by several ways may be reached by some of them only: that is the room's to find out.
        if isinstance(signal, PeerAnnounced) or self._recent.is_new(replace(signal, via=_NO_WAY), _now()):
            async with self._turn:
                await self._heard.put(replace(signal, via=Via(f"{strategy}:{signal.via}")))


def _parted(via: Via) -> tuple[str, Via]:
    """Give the strategy of *via*, and its own name of the way."""
    strategy, _, own = via.partition(":")
    return strategy, Via(own)


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())


class SeveralHub:
    """Gives each room its `SeveralSignaling`; its places are specs, such as ``nostr:wss://relay.example``.

    The hub of a strategy is made when a room first names it, and shared by all of them. *hubs* are some that are there
    already, by the names of their strategies.
    """

    def __init__(self, *, rng: random.Random, hubs: Mapping[str, SignalingHub] | None = None) -> None:
        self._rng = rng
        self._hubs = dict(hubs or {})

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that a room can be joined by the specs *places*, without doing it.

        Raises:
            ConfigError: one is no spec, names no strategy that is installed, or is no place of it.

        """
        for strategy, own in places_by_strategy(places).items():
            self._hub(strategy).check(places=own)

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> SeveralSignaling:
        """Join *room* by the specs *places*, by trackers when None.

        Raises:
            ConfigError: as `check`.

        """
        self.check(places=places)
        several = SeveralSignaling(rng=self._rng)
        for strategy, own in places_by_strategy(places).items():
            join = partial(self._hub(strategy).join, room, peer_id, places=own, password=password)
            several.add(strategy, own, join)
        return several

    def each_place(self, room: RoomName, *, places: Sequence[str] | None) -> list[str]:
        """Give one spec for each place of *places* in *room*; a strategy that tells of no default places has one.

        Raises:
            ConfigError: as `check`.

        """
        found = []
        for strategy, own in places_by_strategy(places).items():
            hub = self._hub(strategy)
            known = hub.default_places(room) if own is None and isinstance(hub, PlacedHub) else own or [""]
            found += [f"{strategy}:{place}" for place in known]
        return found

    def _hub(self, strategy: str) -> SignalingHub:
        if strategy not in self._hubs:
            self._hubs[strategy] = open_signaling(strategy, rng=self._rng)
        return self._hubs[strategy]
