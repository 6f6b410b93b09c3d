"""One Nostr relay that all rooms of a process share: what they publish and listen to, refusals, limits of rate."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final

from peerset.core.clock import Monotonic, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import RELAY_REST_MAX_SECONDS, RELAY_REST_MIN_SECONDS, TRACKER_REASONS_LOGGED_MAX
from peerset.core.signal import draw_id
from peerset.ports import SocketState
from peerset.signaling.json_text import quote
from peerset.signaling.kept_socket import KeptSocket, SocketTimes
from peerset.signaling.nostr_wire import (
    TOPICS_PER_REQUEST_MAX,
    Acknowledged,
    Ended,
    Noticed,
    Published,
    Stored,
    decode,
    encode_close,
    encode_event,
    encode_request,
    sign_content,
)
from peerset.signaling.shared_places import SocketPlace
from peerset.signaling.topics import TopicListener

NAME_LENGTH: Final = 32
SKEW_SECONDS: Final = 60
"""Clocks of peers are this far apart at most, or do not hear one another."""

logger = logging.getLogger(__name__)


class NostrRelay(SocketPlace):
    """The relay at *url*; events are signed by *key*, and dated by *unix*."""

    def __init__(
        self,
        url: str,
        *,
        key: SecretKey,
        unix: Callable[[], UnixTime],
        rng: random.Random,
        times: SocketTimes | None = None,
    ) -> None:
        super().__init__(KeptSocket(url, self, rng, name="relay", times=times))
        self._key = key
        self._unix = unix
        self._rng = rng
        self._name = draw_id(rng, NAME_LENGTH)
        self._requested: list[list[str]] = []
        """The topics of each subscription that is open: one carries only so many."""
        self._rest_seconds = RELAY_REST_MIN_SECONDS
        self._quiet_until: Monotonic | None = None
        """Until then nothing is announced: the relay has had too much of us."""
        self._reasons: set[str] = set()

    def publish(self, topic: str, content: str) -> None:
        """Publish *content* to *topic*, if the relay is open; announcements only while it takes them."""
        is_root = self.listeners.is_root(topic)
        if self.state is not SocketState.OPEN or (self._is_quiet and is_root):
            return
        event = sign_content(self._key, topic, content, now=self._unix(), aux=self._rng.randbytes(32))
        if is_root:
            self.announcing.put(topic, encode_event(event))
        else:
            self.socket.ask(encode_event(event))

    def listen(self, topics: Sequence[str], listener: TopicListener) -> None:
        """Let *listener* hear *topics* from now on.

        Raises:
            ConfigError: the first of them, which is one peer's own, is listened to already.

        """
        self.listeners.add(topics, listener)
        if self.state is SocketState.OPEN:
            self._request()
            listener.place_opened(self.socket.url)

    def leave(self, listener: TopicListener) -> None:
        """Let *listener* hear nothing more."""
        for topic in self.listeners.remove(listener):
            self.announcing.forget(topic)
        self._request()

    # What the socket tells.

    def opened(self) -> None:
        """Listen to all topics, and let all rooms announce themselves."""
        self._requested = []
        self._request()
        self.listeners.opened()

    def heard(self, text: str) -> None:
        """Sort what the relay says; raises `SignalingError` for nonsense."""
        match decode(text):
            case Published(topic, content):
                self.socket.succeed()
                self.listeners.heard(topic, content)
            case Acknowledged(is_taken=True):
                self.socket.succeed()
                if not self._is_quiet:
                    self._rest_seconds = RELAY_REST_MIN_SECONDS
            case Acknowledged(reason=reason):
                self._refused(reason)
            case Ended(reason):
                self._end(reason)
            case Noticed(said):
                self._tell("says", said)
            case Stored():
                self.socket.succeed()

    @property
    def _is_quiet(self) -> bool:
        return self._quiet_until is not None and _now() < self._quiet_until

    def _refused(self, reason: str) -> None:
        if reason.startswith("duplicate:"):
            return
        if not reason.startswith("rate-limited:"):
            self._end(reason)
            return
        self.socket.error = quote(reason)
        if not self._is_quiet:
            self._quiet_until = Monotonic(_now() + self._next_rest_seconds())
            self.announcing.clear()
            self._tell("takes less of us", quote(reason))

    def _end(self, reason: str) -> None:
        """Give the connection up: what a relay refuses for another reason it refuses again."""
        self.socket.end(f"the relay refuses: {quote(reason)}", rest_seconds=self._next_rest_seconds())

    def _next_rest_seconds(self) -> float:
        seconds = self._rest_seconds
        self._rest_seconds = min(2 * seconds, RELAY_REST_MAX_SECONDS)
        return seconds

    def _request(self) -> None:
        topics = self.listeners.topics
        chunks = [topics[at : at + TOPICS_PER_REQUEST_MAX] for at in range(0, len(topics), TOPICS_PER_REQUEST_MAX)]
        for number, chunk in enumerate(chunks):
            if self._requested[number : number + 1] == [chunk]:
                continue  # Those that come later stand at the end.
            since = UnixTime(self._unix() - SKEW_SECONDS)
            self.socket.send(encode_request(f"{self._name}{number}", chunk, since=since))
        for number in range(len(chunks), len(self._requested)):
            self.socket.send(encode_close(f"{self._name}{number}"))
        self._requested = chunks

    def _tell(self, verb: str, said: str) -> None:
        if said not in self._reasons and len(self._reasons) < TRACKER_REASONS_LOGGED_MAX:
            self._reasons.add(said)
            logger.warning("relay %s %s: %s", self.socket.url, verb, said)


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
