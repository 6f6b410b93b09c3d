"""The relays of Nostr by which a signer and its clients speak: texts sealed between two keys (NIP-44), in events."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip44 import NONCE_BYTES, conversation_key, open_text, seal_text
from peerset.core.nip46 import CHALLENGE_CHARACTERS_MAX, KIND_AUTH, KIND_SIGNING
from peerset.core.record import Record, event_of, record_of, sign_record
from peerset.errors import ConfigError, MalformedError, SignalingError
from peerset.ports import SocketState
from peerset.signaling.addresses import check_addresses
from peerset.signaling.json_text import quote
from peerset.signaling.kept_socket import KeptSocket, SocketTimes

SKEW_SECONDS: Final = 60
CONVERSATIONS_MAX: Final = 64
"""So many others are remembered with what their key and ours share."""
REFUSED_REST_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 10.0
"""A relay that has not answered our question by then, which some never do, is taken to have it."""
UNTAKEN_MAX: Final = 64
"""So many of the newest events are said again to a relay that wants to know first who speaks (NIP-42)."""
_WHO: Final = "auth-required:"

Hear = Callable[[PublicKey, str], None]

logger = logging.getLogger(__name__)


class SignerRelays:
    """Several relays at once, for *key*: *hear* takes what anybody says to it, *opened* learns of each that opens.

    A relay is open once it has our question: what it is given before that may be answered before it brings answers, and
    it keeps none of them.

    Raises:
        ConfigError: a relay's address is none, or there are none or too many.

    """

    def __init__(
        self,
        urls: Sequence[str],
        key: SecretKey,
        *,
        hear: Hear,
        opened: Callable[[], None],
        unix: Callable[[], UnixTime],
        rng: random.Random,
        times: SocketTimes | None = None,
    ) -> None:
        self._key, self._hear, self._unix, self._rng = key, hear, unix, rng
        urls = check_addresses(urls, noun="relay")
        self._conversations: dict[PublicKey, bytes] = {}
        self._lines = [_Line(url, self, opened, rng, times) for url in urls]

    @property
    def public_key(self) -> PublicKey:
        """Whom others speak to here."""
        return self._key.public_key

    @property
    def is_open(self) -> bool:
        """Whether what is said now goes out by one relay at least, and what is answered there comes."""
        return any(line.is_open for line in self._lines)

    @property
    def failures(self) -> str:
        """Say how the relays stand, for people."""
        return "; ".join(f"{line.socket.url}: {line.socket.error or line.standing}" for line in self._lines)

    def since(self) -> UnixTime:
        """From when on events are of interest."""
        return UnixTime(self._unix() - SKEW_SECONDS)

    def make(self, to: PublicKey, text: str) -> Record:
        """Seal *text* for *to*, as the event that carries it.

        Raises:
            MalformedError: it is too long for one.

        """
        try:
            sealed = seal_text(text, self._conversation(to), nonce=self._rng.randbytes(NONCE_BYTES))
        except ConfigError as error:
            raise MalformedError(str(error)) from error
        tags = [["p", to.hex()]]
        aux = self._rng.randbytes(32)
        return sign_record(self._key, created_at=self._unix(), kind=KIND_SIGNING, tags=tags, content=sealed, aux=aux)

    def publish(self, event: Record) -> None:
        """Give *event* to all relays that are open."""
        for line in self._lines:
            line.publish(event)

    def prove(self, url: str, challenge: str) -> Record:
        """Answer the *challenge* by which the relay at *url* asks who speaks to it (NIP-42)."""
        tags = [["relay", url], ["challenge", challenge]]
        return sign_record(self._key, created_at=self._unix(), kind=KIND_AUTH, tags=tags, content="")

    def take(self, event: object) -> None:
        """Take an event that a relay brings; raises `SignalingError` when it is not what it should be."""
        try:
            record = record_of(event)
            if record.kind != KIND_SIGNING or self.public_key.hex() not in record.tag_values("p"):
                raise SignalingError("an event that was not asked for")
            if not record.has_valid_signature():
                raise SignalingError("an event that its author did not sign")
            text = open_text(record.content, self._conversation(record.author))
        except (MalformedError, ConfigError) as error:
            raise SignalingError(f"an event that cannot be read: {error}") from error
        self._hear(record.author, text)

    async def run(self) -> None:
        """Keep the sockets open until cancelled."""
        tasks = [asyncio.create_task(line.socket.run(), name=f"signing by {line.socket.url}") for line in self._lines]
        try:
            # A gathering would cancel them itself, and once more disturb a socket that is being closed.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _conversation(self, other: PublicKey) -> bytes:
        known = self._conversations.get(other) or conversation_key(self._key, other)
        if len(self._conversations) >= CONVERSATIONS_MAX:
            del self._conversations[next(iter(self._conversations))]
        self._conversations[other] = known
        return known


class _Line:
    """One relay."""

    def __init__(
        self,
        url: str,
        relays: SignerRelays,
        opened: Callable[[], None],
        rng: random.Random,
        times: SocketTimes | None,
    ) -> None:
        self.socket = KeptSocket(url, self, rng, name="relay", times=times)
        self._relays, self._tell_opened = relays, opened
        self._name = rng.randbytes(16).hex()
        self._has_question = False
        self._overdue: asyncio.TimerHandle | None = None
        """Runs while the relay has not answered our question."""
        self._untaken: dict[str, str] = {}
        """What the relay did not say yet that it took, by id."""
        self._proof = ""
        """The id of what proves to the relay who we are, once it has asked."""

    @property
    def is_open(self) -> bool:
        """Whether the relay takes what we say, and brings what is said to us."""
        return self._has_question and self.socket.state is SocketState.OPEN

    @property
    def standing(self) -> str:
        """Say how the relay stands, for people."""
        is_asked = self.socket.state is SocketState.OPEN and not self._has_question
        return "asked, and has not answered" if is_asked else self.socket.state.value

    def opened(self) -> None:
        self._ask()

    def failed(self) -> None:
        """Forget what was said: who waits for an answer says it again."""
        self._stop_waiting()
        self._has_question = False
        self._untaken.clear()
        self._proof = ""

    def publish(self, event: Record) -> None:
        """Give *event* to the relay if it is open, again once it knows us where it wants that first."""
        if not self.is_open:
            return
        text = _encode(["EVENT", event_of(event)])
        if len(self._untaken) >= UNTAKEN_MAX:
            del self._untaken[next(iter(self._untaken))]
        self._untaken[event.id.hex()] = text
        self.socket.send(text)

    def heard(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SignalingError(f"not JSON: {quote(text)}") from error
        match message:
            case ["EVENT", str(), event]:
                self.socket.succeed()
                self._open()
                self._relays.take(event)
            case ["AUTH", str(challenge)] if len(challenge) <= CHALLENGE_CHARACTERS_MAX:
                proof = self._relays.prove(self.socket.url, challenge)
                self._proof = proof.id.hex()
                self.socket.send(_encode(["AUTH", event_of(proof)]))
            case ["OK", self._proof, True, *_]:
                self.socket.succeed()
                self._ask()
            case ["OK", str(name), bool(is_taken), *rest]:
                self._told(name, quote(rest[0] if rest else ""), is_taken=is_taken)
            case ["CLOSED", str(), str(said), *_] if said.startswith(_WHO):
                self._wanted()
            case ["EOSE", str()]:
                self.socket.succeed()
                self._open()
            case ["CLOSED", str(), *rest]:
                reason = quote(rest[0] if rest else "")
                self.socket.end(f"the relay refuses: {reason}", rest_seconds=REFUSED_REST_SECONDS)
            case ["NOTICE", said]:
                logger.info("relay %s says: %s", self.socket.url, quote(said))
            case _:
                raise SignalingError(f"no message of a relay: {quote(text)}")

    def _ask(self) -> None:
        self._stop_waiting()
        self._has_question = False
        wanted = {"kinds": [KIND_SIGNING], "#p": [self._relays.public_key.hex()], "since": self._relays.since()}
        self.socket.send(_encode(["REQ", self._name, wanted]))
        self._overdue = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._open)

    def _open(self) -> None:
        """Say what the relay did not take of somebody it did not know, and let the rest be said from now on."""
        if self._has_question or self.socket.state is not SocketState.OPEN:
            return
        self._stop_waiting()
        self._has_question = True
        for text in self._untaken.values():
            self.socket.send(text)
        self._tell_opened()

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
        self._overdue = None

    def _told(self, name: str, said: str, *, is_taken: bool) -> None:
        """Learn what became of the event *name*."""
        if not is_taken and _WHO in said:
            self._wanted()
            return
        self._untaken.pop(name, None)
        if is_taken or "duplicate:" in said:
            self.socket.succeed()
        else:
            self.socket.error = f"the relay refuses: {said}"

    def _wanted(self) -> None:
        """Note that the relay wants to know who speaks, of which its challenge comes by itself."""
        self._stop_waiting()
        if not self._proof:
            self.socket.error = "the relay wants to know who we are, and has not asked yet"


def _encode(message: list[object]) -> str:
    return json.dumps(message, separators=(",", ":"))
