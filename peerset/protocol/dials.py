"""Where we stand with each remote peer id, and which signal may come when (docs/protocol.md, "Dialing")."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    CandidateReceived,
    Closed,
    DialFailed,
    OfferLost,
    OfferReceived,
    OffersMade,
    Opened,
    PeerAnnounced,
)


class DialState(Enum):
    """Where we stand with one remote peer id."""

    IDLE = "idle"
    """Nothing is under way."""
    ANSWERING = "answering"
    """Its offer came; our answer is being made."""
    ANSWERED = "answered"
    """Our answer is out; the channel has not opened."""
    ACCEPTED = "accepted"
    """Its answer to an offer of ours came; the channel has not opened."""
    OPEN = "open"
    """There is a channel."""
    RESTING = "resting"
    """The last attempt failed; offers of this peer are ignored for a while."""


PeerInput = (
    PeerAnnounced | OfferReceived | AnswerReceived | CandidateReceived | AnswerMade | DialFailed | Opened | Closed
)
"""What concerns one peer; `OffersMade` and `OfferLost` concern the pool."""

DialInput = PeerInput | OffersMade | OfferLost

TRANSITIONS: Final[Mapping[tuple[DialState, type[PeerInput]], DialState]] = {
    (DialState.IDLE, PeerAnnounced): DialState.IDLE,
    (DialState.RESTING, PeerAnnounced): DialState.RESTING,
    (DialState.IDLE, OfferReceived): DialState.ANSWERING,
    (DialState.IDLE, AnswerReceived): DialState.ACCEPTED,
    # Whoever answers our offer wants us now, and would ignore our next offers while its own attempt lasts.
    (DialState.RESTING, AnswerReceived): DialState.ACCEPTED,
    (DialState.ANSWERING, AnswerMade): DialState.ANSWERED,
    (DialState.ANSWERING, AnswerReceived): DialState.ACCEPTED,
    (DialState.ANSWERED, AnswerReceived): DialState.ACCEPTED,
    (DialState.ACCEPTED, AnswerMade): DialState.ACCEPTED,
    **{(state, CandidateReceived): state for state in DialState if state is not DialState.OPEN},
    **{
        (state, lost): DialState.RESTING
        for state in (DialState.ANSWERING, DialState.ANSWERED, DialState.ACCEPTED)
        for lost in (DialFailed, Closed)
    },
    **{(state, Opened): DialState.OPEN for state in DialState},
    (DialState.OPEN, Closed): DialState.IDLE,
}
"""What may come when, and where it leads, when the rules below the table allow it.

Signals are not authenticated and cross one another, so what the table lacks is ignored, not blamed on anyone.
Two exceptions to the right-hand side: a channel that closes soon after it opened leads to RESTING, and of two
attempts that cross (ANSWERING or ANSWERED, AnswerReceived) only the smaller id turns from its answer to its offer.
"""
