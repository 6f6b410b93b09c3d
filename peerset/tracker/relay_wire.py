"""What clients say to our tracker that use it as a relay of topics, and what it says to them: Trystero's ws-relay.

A client listens on topics, and what is published on one goes to all who listen on it, the publisher included. Nothing
is kept, and nothing is confirmed. Whoever says so speaks by ``type`` where clients of a tracker have their ``action``.
"""

from dataclasses import dataclass
from typing import Final

from peerset.errors import SignalingError
from peerset.signaling.json_text import encode_object, quote

TOPIC_LENGTH_MAX: Final = 256
"""Trystero's topics have 20 to 40 characters."""
RELAYED_BYTES_MAX: Final = 32_768
"""One message as it is passed on: a session description of 16 kB, sealed and in base64, and what is around it."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A client listens on *topic*."""

    topic: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A client listens on *topic* no longer."""

    topic: str


@dataclass(frozen=True, slots=True)
class Published:
    """A client has something to say to all who listen on *topic*; *text* is what they are sent."""

    topic: str
    text: str


RelayMessage = Subscribed | Unsubscribed | Published


def decode(fields: dict[str, object]) -> RelayMessage:
    """Decode what a client says by *fields*.

    Raises:
        SignalingError: it is no message; the reason may be told to the client.

    """
    topic = fields.get("topic")
    if not isinstance(topic, str) or not 0 < len(topic) <= TOPIC_LENGTH_MAX:
        raise SignalingError(f"topic is {quote(topic)}, expected 1 to {TOPIC_LENGTH_MAX} characters")
    match fields.get("type"):
        case "subscribe":
            return Subscribed(topic)
        case "unsubscribe":
            return Unsubscribed(topic)
        case "publish":
            return Published(topic, _encode(topic, fields.get("payload")))
        case kind:
            raise SignalingError(f"type is {quote(kind)}, expected 'subscribe', 'unsubscribe' or 'publish'")


def _encode(topic: str, payload: object) -> str:
    if not isinstance(payload, str | dict):
        raise SignalingError(f"payload is {quote(payload)}, expected a text or an object")
    try:
        text = encode_object({"topic": topic, "payload": payload})
    except (RecursionError, ValueError) as error:
        raise SignalingError("the payload cannot be passed on") from error
    if len(text) > RELAYED_BYTES_MAX:
        raise SignalingError(f"the message has {len(text)} bytes as it is passed on, expected {RELAYED_BYTES_MAX}")
    return text
