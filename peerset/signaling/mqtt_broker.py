"""One MQTT broker that all rooms of a process share, by websocket (MQTT 3.1.1)."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import aiomqtt

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    TOPIC_CONTENT_BYTES_MAX,
    TRACKER_MESSAGES_BURST_MAX,
    TRACKER_MESSAGES_PER_SECOND_MAX,
    TRACKER_OUTBOX_MESSAGES_MAX,
)
from peerset.errors import SignalingError
from peerset.ports import SocketState
from peerset.signaling.announcing import Announcing
from peerset.signaling.backoff import Backoff
from peerset.signaling.topic_listeners import TopicListeners
from peerset.signaling.topics import TopicListener

ANSWER_SECONDS: Final = 10.0
"""How long the broker has for an answer."""
FLUSH_TIMEOUT_SECONDS: Final = 0.5
HEALTHY_SECONDS: Final = 10.0
"""A connection that lasted so long ends the growing of pauses."""
KEEPALIVE_SECONDS: Final = 30
QOS: Final = 0
"""At most once: what comes late is out of date."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Listen to *topics*, and then tell *listener* that the broker is open."""

    topics: Sequence[str]
    listener: TopicListener


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Listen to *topics* no longer."""

    topics: Sequence[str]


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish *content* to *topic*."""

    topic: str
    content: str


Order = Subscribe | Unsubscribe | Publish


class MqttBroker:
    """The broker at *url*, ``wss://user:password@host:port/path``; `run` keeps it open until cancelled."""

    def __init__(self, url: str, rng: random.Random) -> None:
        self.url = url
        self.listeners = TopicListeners(url)
        self.announcing = Announcing(self._order)
        """What is said of whole rooms."""
        self.state = SocketState.CONNECTING
        self.since = _now()
        self.error: str | None = None
        """What went wrong last; None when all is well."""
        self.next_try: Monotonic | None = None
        """When a broker that failed is tried again."""
        self._backoff = Backoff(rng)
        self._orders: asyncio.Queue[Order] = asyncio.Queue(maxsize=TRACKER_OUTBOX_MESSAGES_MAX)
        self._is_up: bool | None = None

    def publish(self, topic: str, content: str) -> None:
        """Publish *content* to *topic*, if the broker is open: what it is not told now is soon out of date."""
        if not self.listeners.is_root(topic):
            self._order(Publish(topic, content))
        elif self.state is SocketState.OPEN:
            self.announcing.put(topic, Publish(topic, content))

    def listen(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics* from now on.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        self.listeners.add(topics, listener)
        self._order(Subscribe(topics, listener))

    def leave(self, listener: TopicListener) -> None:
        """Let *listener* hear nothing more."""
        if unheard := self.listeners.remove(listener):
            self._order(Unsubscribe(unheard))
            for topic in unheard:
                self.announcing.forget(topic)

    async def flush(self) -> None:
        """Wait until everything given is sent, but not for long."""
        if self.state is SocketState.OPEN:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_TIMEOUT_SECONDS):
                    await self._orders.join()

    async def run(self) -> None:
        """Connect, listen, and connect again, until cancelled."""
        async with self.announcing.to(self.url):
            try:
                while True:
                    began = _now()
                    try:
                        await self._live_once()
                    except (aiomqtt.MqttError, SignalingError, TimeoutError, OSError, ValueError) as error:
                        self._fail(error, lived_seconds=_now() - began)
                    await self._rest()
                    self._enter(SocketState.CONNECTING)
            finally:
                self._enter(SocketState.CLOSED)

    async def _live_once(self) -> None:
        self._orders = asyncio.Queue(maxsize=TRACKER_OUTBOX_MESSAGES_MAX)
        async with _client(self.url) as client:
            heard: set[str] = set()
            # Rooms may come while the broker answers.
            while topics := [topic for topic in self.listeners.topics if topic not in heard]:
                await client.subscribe([(topic, QOS) for topic in topics])
                heard.update(topics)
            self._succeed()
            self._enter(SocketState.OPEN)
            self.listeners.opened()
            sending = asyncio.create_task(self._send(client), name=f"send to {self.url}")
            listening = asyncio.create_task(self._listen(client), name=f"listen to {self.url}")
            try:
                done, _ = await asyncio.wait([sending, listening], return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in (sending, listening):
                    task.cancel()
                await asyncio.wait([sending, listening])

    async def _send(self, client: aiomqtt.Client) -> None:
        while True:
            order = await self._orders.get()
            match order:
                case Publish(topic, content):
                    await client.publish(topic, content.encode(), qos=QOS)
                case Subscribe(topics, listener):
                    await client.subscribe([(topic, QOS) for topic in topics])
                    listener.place_opened(self.url)
                case Unsubscribe(topics):
                    await client.unsubscribe(list(topics))
            self._orders.task_done()

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Pass on what arrives; raises `SignalingError` when it is too much."""
        pace = Allowance(TRACKER_MESSAGES_PER_SECOND_MAX, TRACKER_MESSAGES_BURST_MAX)
        async for message in client.messages:
            if not pace.spend(1, _now()):
                raise SignalingError(f"more than {TRACKER_MESSAGES_PER_SECOND_MAX:g} messages a second")
            if len(message.payload) <= TOPIC_CONTENT_BYTES_MAX:
                self.listeners.heard(str(message.topic), message.payload.decode("utf-8", "replace"))

    async def _rest(self) -> None:
        self.next_try = Monotonic(_now() + self._backoff.next_seconds())
        try:
            async with asyncio.timeout_at(self.next_try):
                await asyncio.Event().wait()
        except TimeoutError:
            return
        finally:
            self.next_try = None

    def _order(self, order: Order) -> None:
        if self.state is SocketState.OPEN:
            with contextlib.suppress(asyncio.QueueFull):
                self._orders.put_nowait(order)

    def _succeed(self) -> None:
        self.error = None
        if self._is_up is not True:
            logger.info("broker %s answers", _shown(self.url))
        self._is_up = True

    def _fail(self, error: Exception, *, lived_seconds: float) -> None:
        self.error = ascii(str(error) or type(error).__name__)[1:-1][:200]
        if lived_seconds >= HEALTHY_SECONDS:
            self._backoff.reset()
        self._enter(SocketState.RESTING)
        if self._is_up is not False:
            self._is_up = False
            logger.warning(
                "broker %s is out of reach, trying again at growing intervals: %s", _shown(self.url), self.error
            )

    def _enter(self, state: SocketState) -> None:
        before, self.state = self.state, state
        if before is state:
            return
        self.since = _now()
        if state is SocketState.RESTING:
            self.announcing.clear()
            self.listeners.failed()


def _client(url: str) -> aiomqtt.Client:
    parts = urlsplit(url)
    is_secure = parts.scheme == "wss"
    return aiomqtt.Client(
        hostname=parts.hostname or "",
        port=parts.port or (443 if is_secure else 80),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        transport="websockets",
        websocket_path=parts.path or "/",
        tls_params=aiomqtt.TLSParameters() if is_secure else None,
        timeout=ANSWER_SECONDS,
        keepalive=KEEPALIVE_SECONDS,
        max_queued_incoming_messages=TRACKER_MESSAGES_BURST_MAX,
        max_queued_outgoing_messages=TRACKER_OUTBOX_MESSAGES_MAX,
    )


def _shown(url: str) -> str:
    """Give *url* without what signs in there."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
