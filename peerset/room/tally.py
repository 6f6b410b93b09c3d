"""What a room did since it was joined, counted: for those who watch over many rooms."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final, Literal

from peerset.core.cause import Cause
from peerset.core.clock import UnixTime
from peerset.protocol.events import (
    Event,
    Happening,
    PeerJoined,
    PeerSynced,
    RecordHidden,
    RecordRejected,
    RecordsAdded,
    StrikeCounted,
)

RULES_TOLD_MAX: Final = 64
"""So many rules are counted apart; what more of them refuse is counted together."""
OTHERS: Final = "others"
DECISIONS_MAX: Final = 32


@dataclass(slots=True)
class Tally:
    """Figures that only grow while the room is open; read them, and leave them as they are."""

    sent_messages: int = 0
    sent_bytes: int = 0
    """Of messages on channels, before these encrypt and frame them."""
    received_messages: int = 0
    received_bytes: int = 0
    sessions: int = 0
    """Peers that proved a key, those that came back among them."""
    rounds: int = 0
    """Rounds of sync at whose end both sets were equal,"""
    unequal: int = 0
    """and those at whose end they were not: another follows."""
    added: int = 0
    """Records that became members, and ephemeral ones that were passed on."""
    refused: Counter[tuple[Cause, str]] = field(default_factory=Counter)
    """Records, by cause, and by what refused them: the name of a policy, or a word of the cause."""
    strikes: int = 0
    """What peers did that is illegal."""
    collections: int = 0
    """How often what is old was looked for, and taken out."""
    collected: int = 0
    """Records that were deleted then, since they were older than the room keeps them."""
    expired: int = 0
    """Records that lost their content then, at the time that their authors named (NIP-40)."""
    collected_at: UnixTime | None = None
    """When it was done last."""
    decisions: deque[tuple[UnixTime, Event]] = field(default_factory=lambda: deque(maxlen=DECISIONS_MAX))
    """The last records that were refused or hidden, and the last strikes, each with its time."""

    def cross(self, direction: Literal["in", "out"], size_bytes: int) -> None:
        """Count a message on a channel."""
        if direction == "in":
            self.received_messages += 1
            self.received_bytes += size_bytes
        else:
            self.sent_messages += 1
            self.sent_bytes += size_bytes

    def take(self, event: Happening, at: UnixTime) -> None:
        """Count what happened *at* some time."""
        match event:
            case RecordsAdded(news):
                self.added += len(news)
            case RecordRejected(_, cause, source):
                kind = (cause, source)
                is_known = kind in self.refused or len(self.refused) < RULES_TOLD_MAX
                self.refused[kind if is_known else (cause, OTHERS)] += 1
            case PeerJoined():
                self.sessions += 1
            case PeerSynced():
                self.rounds += 1
            case StrikeCounted():
                self.strikes += 1
            case _:
                pass
        if isinstance(event, RecordRejected | RecordHidden | StrikeCounted):
            self.decisions.append((at, event))

    def collect(self, collected: int, expired: int, at: UnixTime) -> None:
        """Count one collection, which was done *at* some time."""
        self.collections += 1
        self.collected += collected
        self.expired += expired
        self.collected_at = at
