"""A room in phases: announced by another name in each epoch, by whatever strategies there are."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.limits import SIGNALS_REMEMBERED_MAX
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.ports import Signaling, SignalingHub, SignalingStatus
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.inbox import SignalInbox
from peerset.signaling.phases import Epoch, Epochs, PhasedName
from peerset.signaling.recent import RecentSignals
from peerset.signaling.several import SeveralHub

CLOCK_SECONDS: Final = 60.0
"""So often the time of day is asked: a clock that was set, or a machine that slept, is noticed soon."""
_NEVER: Final[Epoch] = -1
_NO_WAY: Final = Via("")


class PhasedSignaling:
    """Announces a room in each of the *epochs*, under its *name* then, by the signaling that *join* gives for it.

    *clock* tells Unix time.
    """

    def __init__(
        self, epochs: Epochs, name: PhasedName, *, join: Callable[[Epoch], Signaling], clock: Callable[[], float]
    ) -> None:
        self._epochs = epochs
        self._name = name
        self._join = join
        self._clock = clock
        self._current: dict[Epoch, Signaling] = {}
        self._listening: dict[Epoch, asyncio.Task[None]] = {}
        self._offers: tuple[Offer, ...] | None = None
        self._inbox = SignalInbox()
        self._recent = RecentSignals()
        self._ways: dict[tuple[PeerId, Via], Epoch] = {}
        """In which epoch a peer was last heard there: two may be announced at one place."""
        self._turning: asyncio.Task[None] | None = None
        self._is_closed = False

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now, with *offers*, and again in each epoch that begins until the next call."""
        self._start()
        self._offers = tuple(offers)
        for signaling in list(self._current.values()):
            await signaling.announce(offers)

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Send *offer* to *peer* alone through *via*, in the epoch in which it was last heard there."""
        for signaling, alias in self._where(peer, via):
            await signaling.offer(alias, offer, via)

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* through *via*, in the epoch in which it was last heard there."""
        for signaling, alias in self._where(peer, via):
            await signaling.answer(alias, answer, via)

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate offers and answers of others; ends after `aclose`. Called once."""
        self._start()
        return aiter(self._inbox)

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands with each place at which it is announced now."""
        found = {
            (each.strategy, each.place): each for signaling in self._current.values() for each in signaling.status()
        }
        return list(found.values())

    async def aclose(self) -> None:
        """Leave every epoch within 2 seconds; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._inbox.close()
        if self._turning is not None:
            self._turning.cancel()
            await asyncio.wait([self._turning])
        if self._current:
            leaving = [asyncio.create_task(self._leave(epoch), name=f"leave epoch {epoch}") for epoch in self._current]
            await asyncio.wait(leaving)

    def _start(self) -> None:
        if self._turning is None and not self._is_closed:
            self._turning = asyncio.create_task(self._turn(), name="turn phases")

    async def _turn(self) -> None:
        """Enter and leave epochs as they come and go, until cancelled."""
        while True:
            unix = self._clock()
            wanted = self._epochs.at(unix)
            for epoch in wanted:
                if epoch not in self._current:
                    await self._enter(epoch)
            for epoch in [each for each in self._current if each not in wanted]:
                await self._leave(epoch)
            await _pass(min(self._epochs.rest_seconds(unix), CLOCK_SECONDS))

    async def _enter(self, epoch: Epoch) -> None:
        signaling = self._current[epoch] = self._join(epoch)
        self._listening[epoch] = asyncio.create_task(self._listen(epoch, signaling), name=f"listen in epoch {epoch}")
        if self._offers is not None:
            await signaling.announce(self._offers)

    async def _leave(self, epoch: Epoch) -> None:
        signaling, listening = self._current.pop(epoch), self._listening.pop(epoch)
        listening.cancel()
        await signaling.aclose()
        await asyncio.wait([listening])

    async def _listen(self, epoch: Epoch, signaling: Signaling) -> None:
        aliases = self._name.aliases(epoch)
        async for heard in signaling.inputs():
            peer = aliases.peer(heard.peer)
            if peer is None:
                continue
            signal = replace(heard, peer=peer)
            self._remember(peer, signal.via, epoch)
            if self._recent.is_new(replace(signal, via=_NO_WAY), _now()):
                self._inbox.put(signal)

    def _where(self, peer: PeerId, via: Via) -> Iterator[tuple[Signaling, PeerId]]:
        """Give by what *peer* is reached, and its name there; nothing when that epoch is over."""
        epoch = self._ways.get((peer, via), _NEVER)
        if epoch in self._current:
            yield self._current[epoch], self._name.aliases(epoch).of(peer)

    def _remember(self, peer: PeerId, via: Via, epoch: Epoch) -> None:
        self._ways.pop((peer, via), None)
        if len(self._ways) >= SIGNALS_REMEMBERED_MAX:
            del self._ways[next(iter(self._ways))]
        self._ways[peer, via] = epoch


async def _pass(seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())


class PhasedHub:
    """Joins rooms by *hub*, in phases of *period_seconds*."""

    def __init__(
        self, hub: SignalingHub, *, period_seconds: int, clock: Callable[[], float], rng: random.Random
    ) -> None:
        self._hub = hub
        self._period_seconds = period_seconds
        self._clock = clock
        self._rng = rng

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that a room can be joined at *places*, without doing it.

        Raises:
            ConfigError: they are none.

        """
        self._hub.check(places=places)

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> PhasedSignaling:
        """Join *room*, in each epoch at a part of *places*.

        Raises:
            ConfigError: they are none.

        """
        self.check(places=places)
        name = PhasedName(room, password, self._period_seconds)
        known = self._hub.each_place(room, places=places) if isinstance(self._hub, SeveralHub) else places

        def join(epoch: Epoch) -> Signaling:
            part = None if known is None else name.places_at(epoch, known)
            alias = name.aliases(epoch).of(peer_id)
            return self._hub.join(name.at(epoch), alias, places=part, password=password)

        return PhasedSignaling(Epochs(self._period_seconds, self._rng), name, join=join, clock=self._clock)
