"""What peers and Nostr relays say to each other, as texts and values (NIP-01).

A content of a topic is an ephemeral event: its kind is made of the topic, which stands in the tag ``x``, as Trystero's
Nostr strategy does it; see docs/protocol.md, "Nostr".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import TOPIC_CONTENT_BYTES_MAX
from peerset.core.record import Record, event_of, record_of, sign_record
from peerset.errors import MalformedError, SignalingError
from peerset.signaling.json_text import quote

KIND_FIRST: Final = 20_000
KINDS: Final = 10_000
"""From 20000 to 29999 events are ephemeral: relays pass them on and keep none (NIP-01)."""
TAG: Final = "x"
TOPICS_PER_REQUEST_MAX: Final = 250
"""Relays refuse filters with more."""


@dataclass(frozen=True, slots=True)
class Published:
    """Somebody published *content* to *topic*; that the event is what its author signed was checked."""

    topic: str
    content: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The relay took the event *id* of ours, or did not, for *reason*, which begins with a word and a colon."""

    id: str
    is_taken: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The relay closes a subscription of ours, for *reason*."""

    reason: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """The relay says something to people; *text* is quoted and short."""

    text: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The relay has given all that it kept, and brings what is new from now on."""


RelayMessage = Published | Acknowledged | Ended | Noticed | Stored


def kind_of(topic: str) -> int:
    """Give the kind of event that carries *topic*."""
    units = memoryview(topic.encode("utf-16-le")).cast("H")
    return KIND_FIRST + sum(units) % KINDS


def sign_content(key: SecretKey, topic: str, content: str, *, now: UnixTime, aux: bytes) -> Record:
    """Make the event that publishes *content* to *topic*; *aux* is 32 random bytes."""
    return sign_record(key, created_at=now, kind=kind_of(topic), tags=[[TAG, topic]], content=content, aux=aux)


def encode_event(event: Record) -> str:
    """Publish *event*."""
    return _encode(["EVENT", event_of(event)])


def encode_request(name: str, topics: Sequence[str], *, since: UnixTime) -> str:
    """Ask for what is published to *topics* from *since* on, in place of the subscription *name* if there is one."""
    kinds = sorted({kind_of(topic) for topic in topics})
    return _encode(["REQ", name, {"kinds": kinds, "since": since, f"#{TAG}": list(topics)}])


def encode_close(name: str) -> str:
    """End the subscription *name*."""
    return _encode(["CLOSE", name])


def decode(text: str) -> RelayMessage:
    """Decode what a relay says.

    Raises:
        SignalingError: it is no message of a relay, or brings an event that is not what it should be.

    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SignalingError(f"not JSON: {quote(text)}") from error
    match message:
        case ["EVENT", str(), dict() as event]:
            return _read_event(event)
        case ["OK", str(name), bool(is_taken), *rest]:
            return Acknowledged(name, is_taken, _reason(rest))
        case ["CLOSED", str(), *rest]:
            return Ended(_reason(rest))
        case ["NOTICE", said]:
            return Noticed(quote(said))
        case ["EOSE", str()]:
            return Stored()
        case _:
            raise SignalingError(f"no message of a relay: {quote(text)}")


def _read_event(event: dict[str, object]) -> Published:
    content = event.get("content")
    if not isinstance(content, str) or len(content) > TOPIC_CONTENT_BYTES_MAX:
        raise SignalingError(f"an event whose content is no text of at most {TOPIC_CONTENT_BYTES_MAX} characters")
    try:
        record = record_of(event)
    except MalformedError as error:
        raise SignalingError(f"an event that breaks the rules: {error}") from error
    topic = record.tag_value(TAG)
    if topic is None or record.kind != kind_of(topic):
        raise SignalingError(f"an event of kind {record.kind}, which is not that of its topic")
    if not record.has_valid_signature():
        raise SignalingError("an event that its author did not sign")
    return Published(topic, record.content)


def _reason(rest: Sequence[object]) -> str:
    return rest[0][:200] if rest and isinstance(rest[0], str) else ""


def _encode(message: list[object]) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=True)
