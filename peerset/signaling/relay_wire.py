"""What peers and plain relays say to each other: the messages of Trystero's ws-relay strategy, as texts and values.

A relay passes what is published on a topic to all who listen on it, and to whoever published it; see docs/protocol.md,
"Topics".
"""

from dataclasses import dataclass

from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object, encode_object, quote


@dataclass(frozen=True, slots=True)
class Relayed:
    """Somebody, maybe we, published *content* on *topic*."""

    topic: str
    content: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay does not do what it was asked; *reason* is quoted and short."""

    reason: str


def encode_subscribe(topic: str) -> str:
    """Listen on *topic* from now on."""
    return encode_object({"type": "subscribe", "topic": topic})


def encode_unsubscribe(topic: str) -> str:
    """Listen on *topic* no longer."""
    return encode_object({"type": "unsubscribe", "topic": topic})


def encode_publish(topic: str, content: str) -> str:
    """Say *content* to all who listen on *topic*."""
    return encode_object({"type": "publish", "topic": topic, "payload": content})


def decode(text: str) -> Relayed | Refused:
    """Decode what a relay says; some publish contents as texts, some as objects.

    Raises:
        SignalingError: it is no message of a relay.

    """
    fields = decode_object(text)
    # A word of our own relay, in which it is the tracker that it also is.
    if (failure := fields.get("failure reason")) is not None:
        return Refused(quote(failure))
    topic, payload = fields.get("topic"), fields.get("payload")
    if not isinstance(topic, str):
        raise SignalingError(f"topic is {quote(topic)}, expected a text")
    if isinstance(payload, dict):
        return Relayed(topic, encode_object(payload))
    if not isinstance(payload, str):
        raise SignalingError(f"payload is {quote(payload)}, expected a text or an object")
    return Relayed(topic, payload)
