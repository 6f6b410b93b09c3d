"""One strategy of a room, which hurts nobody when it breaks: it is joined anew, after a pause that grows."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.limits import SIGNALS_QUEUED_MAX
from peerset.core.signal import Offer
from peerset.errors import SignalingError
from peerset.ports import Signaling, SignalingStatus, SocketState
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.backoff import Backoff

CLOSE_TIMEOUT_SECONDS: Final = 1.8
"""What a strategy has for its leaving, of the two seconds that all have together."""
HEALTHY_SECONDS: Final = 60.0
"""A strategy that worked for so long ends the growing of pauses."""

Call = Callable[[Signaling], Awaitable[None]]
"""Something to be said by a strategy."""

logger = logging.getLogger(__name__)


class GuardedSignaling:
    """Runs the signaling that *join* gives, by the name of its *strategy*, at *places*; None for its default ones.

    *hear* takes what comes in. Nothing that the strategy raises, or waits for, reaches whoever speaks by it.
    """

    def __init__(
        self,
        strategy: str,
        places: Sequence[str] | None,
        *,
        join: Callable[[], Signaling],
        hear: Callable[[SignalingInput], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        self.strategy = strategy
        self._join = join
        self._hear = hear
        self._backoff = Backoff(rng)
        self._signaling: Signaling | None = None
        self._announced: tuple[Offer, ...] | None = None
        self._calls: deque[Call] = deque(maxlen=SIGNALS_QUEUED_MAX)
        self._called = asyncio.Event()
        self._is_well = True
        """Whether the last that was logged is good."""
        self._untried = [_unknown(strategy, place) for place in places or ("",)]
        self._status = self._untried

    def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room with *offers*, now, and again whenever the strategy is joined anew."""
        self._announced = tuple(offers)
        self.say(lambda signaling: signaling.announce(offers))

    def say(self, call: Call) -> None:
        """Let *call* speak when the strategy can; of what waits for too long the oldest is dropped."""
        self._calls.append(call)
        self._called.set()

    def status(self) -> list[SignalingStatus]:
        """Tell how each place stands."""
        if self._signaling is not None:
            self._take_status(self._signaling)
        return self._status

    async def run(self) -> None:
        """Join, listen and speak, and join anew, until cancelled."""
        while True:
            began = _now()
            try:
                await self._live_once()
            except Exception as error:  # noqa: BLE001 - a stranger's strategy may raise anything; the others go on
                self._fail(error, lived_seconds=_now() - began)
            await self._rest()

    async def _live_once(self) -> None:
        signaling = self._signaling = self._join()
        tasks = [
            asyncio.create_task(self._listen(signaling), name=f"listen to {self.strategy}"),
            asyncio.create_task(self._speak(signaling), name=f"speak by {self.strategy}"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._take_status(signaling)
            self._signaling = None
            for task in tasks:
                task.cancel()
            await asyncio.wait([*tasks, asyncio.create_task(self._close(signaling), name=f"leave {self.strategy}")])

    async def _listen(self, signaling: Signaling) -> None:
        async for signal in signaling.inputs():
            await self._hear(signal)
        raise SignalingError("it ended by itself")

    async def _speak(self, signaling: Signaling) -> None:
        while True:
            while self._calls:
                try:
                    await self._calls.popleft()(signaling)
                except SignalingError as error:
                    logger.warning("signaling %s: %s", self.strategy, error)
            self._called.clear()
            await self._called.wait()

    async def _close(self, signaling: Signaling) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await signaling.aclose()
        except Exception as error:  # noqa: BLE001 - as above: what it leaves behind is its own
            logger.warning("signaling %s does not close: %s", self.strategy, _words_of(error))

    async def _rest(self) -> None:
        until = Monotonic(_now() + self._backoff.next_seconds())
        self._status = [replace(each, next_try=until) for each in self._status]
        try:
            async with asyncio.timeout_at(until):
                await asyncio.Event().wait()
        except TimeoutError:
            return

    def _fail(self, error: Exception, *, lived_seconds: float) -> None:
        state, words, now = SocketState.RESTING, _words_of(error), _now()
        known = self._status or self._untried
        self._status = [replace(each, state=state, error=words, since=now) for each in known]
        self._calls.clear()
        if self._announced is not None:
            self.announce(self._announced)
        if lived_seconds >= HEALTHY_SECONDS:
            self._backoff.reset()
            self._is_well = True
        if self._is_well:
            self._is_well = False
            logger.warning("signaling %s broke, and is joined anew at growing intervals: %s", self.strategy, words)

    def _take_status(self, signaling: Signaling) -> None:
        try:
            self._status = [replace(each, strategy=self.strategy) for each in signaling.status()]
        except Exception as error:  # noqa: BLE001 - as above: the others have theirs
            logger.debug("signaling %s has no status: %s", self.strategy, _words_of(error))


def _unknown(strategy: str, place: str) -> SignalingStatus:
    return SignalingStatus(
        strategy=strategy,
        place=place,
        state=SocketState.CLOSED,
        error=None,
        since=_now(),
        last_success=None,
        next_try=None,
        announces=0,
        replies=0,
        swarm_size=None,
        peers=0,
    )


def _words_of(error: Exception) -> str:
    return str(error) if isinstance(error, SignalingError) and str(error) else f"{type(error).__name__}: {error!s:.200}"


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
