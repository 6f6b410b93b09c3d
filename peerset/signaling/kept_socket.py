"""One websocket that is kept open: guarded against floods and nonsense, reopened with growing pauses."""

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    TRACKER_MESSAGE_BYTES_MAX,
    TRACKER_MESSAGES_BURST_MAX,
    TRACKER_MESSAGES_PER_SECOND_MAX,
    TRACKER_NONSENSE_MAX,
    TRACKER_OUTBOX_BYTES_MAX,
    TRACKER_OUTBOX_MESSAGES_MAX,
)
from peerset.errors import SignalingError
from peerset.ports import SocketState
from peerset.signaling.backoff import Backoff
from peerset.signaling.outbox import Outbox

FLUSH_TIMEOUT_SECONDS: Final = 0.5
CLOSE_TIMEOUT_SECONDS: Final = 0.5
NONSENSE_PER_SECOND: Final = 0.1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SocketTimes:
    """How long a socket waits for its far end, in seconds."""

    connect: float = 10.0
    reply: float = 30.0
    """From what must be answered to anything the far end says."""
    heartbeat: float = 30.0
    """Between two pings; half of it is given for the pong."""
    healthy: float = 10.0
    """A connection that answered and lasted this long ends the growing of pauses."""


class SocketUser(Protocol):
    """Who speaks by a socket."""

    def opened(self) -> None:
        """Learn that the socket is open and nothing was said on it yet."""
        ...

    def failed(self) -> None:
        """Learn that the socket is gone with all that was not sent, or could not be opened."""
        ...

    def heard(self, text: str) -> None:
        """Take one message.

        Raises:
            SignalingError: it makes no sense.

        """
        ...


class KeptSocket:
    """The socket of *url*, which *user* speaks by; `run` keeps it open until cancelled.

    *name* is what its far end is called in logs and errors: ``tracker``, ``relay``.
    """

    def __init__(
        self, url: str, user: SocketUser, rng: random.Random, *, name: str, times: SocketTimes | None = None
    ) -> None:
        self.url = url
        self.state = SocketState.CONNECTING
        self.since = _now()
        self.error: str | None = None
        """What went wrong last; None when the far end last answered well."""
        self.next_try: Monotonic | None = None
        """When a socket that failed is opened again."""
        self._user = user
        self._name = name
        self._times = times or SocketTimes()
        self._backoff = Backoff(rng)
        self._outbox = _new_outbox()
        self._is_up: bool | None = None
        """Whether the far end answers, as last logged; None before the first word about it."""
        self._awaited_since: Monotonic | None = None
        """When the oldest of what must be answered was sent."""
        self._ending: str | None = None
        self._rest_seconds = 0.0

    def ask(self, text: str) -> None:
        """Send *text*, which must be answered."""
        self.send(text)
        if self._awaited_since is None:
            self._awaited_since = _now()

    def send(self, text: str) -> None:
        """Send *text* if the socket is open; what a closed one should have sent is soon out of date."""
        if self.state is SocketState.OPEN:
            self._outbox.put(text)

    def succeed(self) -> None:
        """Note that the far end answered well."""
        self.error = None
        # After a failure only a connection that lasts is news: some answer and then hang up, every time.
        if self._is_up is None:
            self._is_up = True
            logger.info("%s %s answers", self._name, self.url)

    def end(self, reason: str, *, rest_seconds: float) -> None:
        """Give the connection up for *reason*, and open it again after *rest_seconds* at least."""
        self._ending, self._rest_seconds = reason, rest_seconds

    async def flush(self) -> None:
        """Wait at most `FLUSH_TIMEOUT_SECONDS` until everything given is sent."""
        if self.state is SocketState.OPEN:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_TIMEOUT_SECONDS):
                    await self._outbox.flushed()

    async def run(self) -> None:
        """Connect, listen, and connect again, until cancelled."""
        async with aiohttp.ClientSession() as session:
            try:
                while True:
                    await self._live_once(session)
                    await self._rest()
                    self._enter(SocketState.CONNECTING)
            finally:
                self._enter(SocketState.CLOSED)

    async def _live_once(self, session: aiohttp.ClientSession) -> None:
        try:
            await self._connect(session)
        except TimeoutError:
            self._fail(f"no connection within {self._times.connect:g} s")
        except SignalingError as error:
            self._fail(str(error))
        # ValueError: a host name that passed our check and is still none.
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._fail(f"{type(error).__name__}: {ascii(_words_of(error))[:200]}")

    async def _rest(self) -> None:
        pause_seconds = max(self._backoff.next_seconds(), self._rest_seconds)
        self._ending, self._rest_seconds = None, 0.0
        self.next_try = Monotonic(_now() + pause_seconds)
        try:
            async with asyncio.timeout_at(self.next_try):
                await asyncio.Event().wait()
        except TimeoutError:
            return
        finally:
            self.next_try = None

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(self._times.connect):
            socket = await session.ws_connect(
                self.url,
                heartbeat=self._times.heartbeat,
                max_msg_size=TRACKER_MESSAGE_BYTES_MAX,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_SECONDS),
            )
        self._outbox = _new_outbox()
        self._awaited_since = None
        sending = asyncio.create_task(self._outbox.drain_to(socket), name=f"send to {self.url}")
        self._enter(SocketState.OPEN)
        try:
            await self._listen(socket)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                    await socket.close()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Pass on what arrives; raises `SignalingError` when the connection must end or has ended."""
        opened_at = _now()
        pace = Allowance(TRACKER_MESSAGES_PER_SECOND_MAX, TRACKER_MESSAGES_BURST_MAX)
        nonsense = Allowance(NONSENSE_PER_SECOND, TRACKER_NONSENSE_MAX)
        while self._ending is None:
            text = self._text_of(await self._receive(socket), socket)
            now = _now()
            if not pace.spend(1, now):
                raise SignalingError(f"more than {TRACKER_MESSAGES_PER_SECOND_MAX:g} messages a second")
            try:
                self._hear(text)
            except SignalingError as error:
                logger.debug("%s %s: %s", self._name, self.url, error)
                if not nonsense.spend(1, now):
                    raise SignalingError(f"too many messages that make no sense, the last: {error}") from error
                continue
            if now - opened_at >= self._times.healthy:
                self._note_health()
        raise SignalingError(self._ending)

    def _text_of(self, message: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> str | None:
        """Give the text of a message, None of one that has none; raises `SignalingError` at the end."""
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
            raise SignalingError(f"the {self._name} closed the connection (code {socket.close_code})")
        if message.type is aiohttp.WSMsgType.ERROR:
            raise SignalingError(f"broken websocket: {ascii(str(socket.exception()))[:200]}")
        return message.data if message.type is aiohttp.WSMsgType.TEXT else None

    def _hear(self, text: str | None) -> None:
        if text is None:
            raise SignalingError("a binary message, expected text")
        self._user.heard(text)
        self._awaited_since = None

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
        while True:
            with contextlib.suppress(TimeoutError):
                return await socket.receive(timeout=self._times.reply / 2)
            if self._awaited_since is not None and _now() - self._awaited_since >= self._times.reply:
                raise SignalingError(f"no reply to an announce for {self._times.reply:g} s")

    def _note_health(self) -> None:
        self._backoff.reset()
        if self._is_up is False:
            self._is_up = True
            logger.info("%s %s answers again", self._name, self.url)

    def _fail(self, reason: str) -> None:
        self.error = reason
        self._enter(SocketState.RESTING)
        if self._is_up is not False:
            self._is_up = False
            logger.warning("%s %s is out of reach, trying again at growing intervals: %s", self._name, self.url, reason)

    def _enter(self, state: SocketState) -> None:
        before, self.state = self.state, state
        if before is state:
            return
        self.since = _now()
        if state is SocketState.OPEN:
            self._user.opened()
        elif state is SocketState.RESTING:
            self._user.failed()


def _new_outbox() -> Outbox:
    return Outbox(TRACKER_OUTBOX_MESSAGES_MAX, TRACKER_OUTBOX_BYTES_MAX)


def _words_of(error: Exception) -> str:
    # aiohttp speaks of TLS where there is none: "ssl:default" in the error of a ws:// address.
    return str(error).replace(" ssl:default", "")


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
