"""Faults of peers, and what they cost."""

from enum import Enum


class Fault(Enum):
    """What a peer can do wrong."""

    MALFORMED = "malformed"
    """Bytes that are no message, or a record that breaks the rules."""
    WRONG_STATE = "wrong state"
    """A message that its session's state does not allow."""
    BAD_PROOF = "bad proof"
    FORGED_SIGNATURE = "forged signature"
    WRONG_ROOM = "wrong room"
    """A record of another room."""
    EXPIRED = "expired"
    """A record that is long past the window."""
    FLOOD = "flood"
    """More than any limit allows."""
    LYING = "lying"
    """Ranges or counts that cannot be true."""
    UNANSWERED = "unanswered"
    """A question that was never answered."""
    REFUSED = "refused"
    """A record that was refused before."""
