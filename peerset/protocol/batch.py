"""Records that travel together through intake, and where they stand."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from peerset.core.deletion import Outline
from peerset.core.record import KIND_PIN, Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.inputs import Judged, Resolved, Saved, SaveFailed, Verified
from peerset.protocol.tombstones import Tombstones


class State(Enum):
    """Where a batch stands."""

    VERIFYING = "verifying"
    VERIFIED = "verified"
    """Waiting for the batches before it."""
    JUDGING = "judging"
    RESOLVING = "resolving"
    """Looking up what its deletions name, and which deletions name its records."""
    SAVING = "saving"


BatchInput = Verified | Judged | Resolved | Saved | SaveFailed

TRANSITIONS: Final[Mapping[tuple[State, type[BatchInput]], State | None]] = {
    (State.VERIFYING, Verified): State.VERIFIED,
    (State.JUDGING, Judged): State.SAVING,
    (State.RESOLVING, Resolved): State.SAVING,
    (State.RESOLVING, SaveFailed): None,
    (State.SAVING, Saved): None,
    (State.SAVING, SaveFailed): None,
}
"""Which answer a batch waits for. VERIFIED moves on by itself once it is first; a batch with or under
deletions is RESOLVING between JUDGING and SAVING. Anything else is a bug of the driver."""


class Batch:
    """Records that travel together."""

    def __init__(self, number: int, arrivals: list[Arrival]) -> None:
        self.number = number
        self.arrivals = arrivals
        self.state = State.VERIFYING
        self.brought: dict[PeerId | None, int] = {}
        """How many records each peer has in it."""
        for arrival in arrivals:
            self.brought[arrival.peer] = self.brought.get(arrival.peer, 0) + 1
        self.bad: defaultdict[PeerId, int] = defaultdict(int)
        """How many of these broke a rule."""
        self.tombstones = Tombstones()
        """What its deletions name, and what is known of deletions that name its records."""
        self.removed: list[tuple[Outline, RecordId]] = []
        """What is to be removed, each with the deletion that covers it."""

        self.filled: tuple[RecordId, ...] = ()
        """What is here as a shell, and was asked for again."""
        self.purged: set[RecordId] = set()
        """What was purged while it was being saved: nobody is given it."""

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that are still in it."""
        return tuple([arrival.record for arrival in self.arrivals])

    @property
    def has_pins(self) -> bool:
        """Something of it is a pin, which rooms without policies refuse as well."""
        return any(arrival.record.kind == KIND_PIN for arrival in self.arrivals)

    def disown(self, peer: PeerId) -> None:
        """Note that *peer*'s channel is gone: it is owed nothing for what is here."""
        self.brought.pop(peer, None)
        self.arrivals = [replace(a, is_owed=False) if a.peer == peer else a for a in self.arrivals]

    def ban(self, peer: PeerId) -> None:
        """Note that *peer* is banned."""
        self.arrivals = [replace(a, is_banned=True) if a.peer == peer else a for a in self.arrivals]
