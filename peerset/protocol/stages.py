"""Where reconciliation with a peer stands, and which message of a round leads where (docs/protocol.md, "Rounds")."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from peerset.core.message import Credit, Days, Fin, Lacking, Message, More, Ranges, Root, Sketch, Want


class State(Enum):
    """Where reconciliation with a peer stands."""

    IDLE = "idle"
    """No round is open, and the last one did not end with equal roots."""
    COMPARING = "comparing"
    """Ranges are still open on one side."""
    FETCHING = "fetching"
    """The difference is known; records flow."""
    SETTLED = "settled"
    """The last round ended with equal roots."""


_ROUND: Final = (Days, Sketch, More, Ranges, Want, Lacking, Credit, Fin)

TRANSITIONS: Final[Mapping[tuple[State, type[Message]], State]] = {
    **{(state, Root): State.COMPARING for state in State},
    (State.COMPARING, Days): State.COMPARING,
    (State.COMPARING, Sketch): State.COMPARING,
    (State.COMPARING, More): State.COMPARING,
    (State.COMPARING, Ranges): State.COMPARING,
    (State.COMPARING, Want): State.COMPARING,
    (State.COMPARING, Lacking): State.COMPARING,
    (State.COMPARING, Credit): State.COMPARING,
    (State.COMPARING, Fin): State.FETCHING,
    (State.FETCHING, Lacking): State.FETCHING,
    (State.FETCHING, Credit): State.FETCHING,
    (State.FETCHING, Fin): State.SETTLED,
    **{(State.IDLE, kind): State.IDLE for kind in _ROUND},
    **{(State.SETTLED, kind): State.SETTLED for kind in _ROUND},
}
"""What may come when, for the round that is open; what belongs to an older round is ignored.

The state named is where the message usually leads: an empty answer makes COMPARING FETCHING, and unequal roots
at the end make SETTLED IDLE. Between rounds only leftovers of an abandoned round can come.
"""
