"""A record on its way in, and the checks that need nothing but the record and the clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from peerset.core.cause import Cause
from peerset.core.clock import DAY_SECONDS, Moment, UnixTime
from peerset.core.limits import EPHEMERAL_AGE_MAX_SECONDS, LIVE_RECORD_BYTES_MIN, POSTPONED_SECONDS_MAX
from peerset.core.record import KIND_COMMIT, Record, decode_record
from peerset.core.signal import PeerId, RoomTag
from peerset.errors import MalformedError
from peerset.protocol.effects import Dealt, Emit, Request, Strike
from peerset.protocol.events import RecordRejected
from peerset.protocol.inlet import cost_of
from peerset.protocol.retention import Window
from peerset.protocol.strikes import Fault

TAGS_PER_WORK: Final = 8
"""To check, look up and index so many tags takes about as long as a small record does."""
BYTES_PER_WORK: Final = 2_048
"""To carry, judge and pass on so many bytes takes about as long, too."""
LISTED_BYTES_PER_WORK: Final = 512
"""So long are eight ids that a commit lists: to judge and look up these takes about as long."""


@dataclass(slots=True)
class Arrival:
    """One record, who sent it (None: our own user) and in which round (0: live).

    Nobody changes one. It is not frozen, for one is made for every record, and making a frozen one takes four times as
    long.
    """

    record: Record
    peer: PeerId | None
    round: int
    is_trusted: bool = False
    """Its signature is known to be good."""
    is_owed: bool = True
    """The channel it came by is open, and its other end counts on our dealing with it."""
    is_banned: bool = False
    """Its sender was banned since: it goes on only if somebody else sent it too."""
    is_own: bool = False
    """Who sent it wrote it."""
    group: int = 0
    """With which others it becomes a member or not at all; 0: alone."""

    @property
    def cost(self) -> int:
        """What it counts towards the credit of its sender."""
        return cost_of(self.round, self.record.wire)

    @property
    def toll(self) -> int:
        """What it counts beyond that where it is counted how much comes in a second: for the work, if it is live."""
        return 0 if self.round else max(0, work_of(self.record) * LIVE_RECORD_BYTES_MIN - self.cost)

    def as_released(self) -> "Arrival":
        """Give what waited until due: verified already, and owed to nobody."""
        return replace(self, peer=None, round=0, is_trusted=True)


class Screen:
    """Says at once whether a record can be a member at all: its room and its age."""

    def __init__(self, room_tag: RoomTag, window: Callable[[UnixTime], Window]) -> None:
        self._room_text = room_tag.hex()
        self._window = window

    def refuse(self, arrival: Arrival, now: Moment) -> list[Request]:
        """Give why *arrival* is refused, with what it costs its sender; nothing when it may go on."""
        record = arrival.record
        if first_value(record, "h") != self._room_text:
            return self._reject(arrival, Cause.ROOM, "the record belongs to another room", Fault.WRONG_ROOM)
        current = self._window(now.unix)
        if record.created_at < current.accepted_from:
            # No fault: a clock that is wrong, theirs or ours, dates records by any number of years.
            kept_seconds = now.unix - current.accepted_from
            days = kept_seconds // DAY_SECONDS
            age = f"{days} days" if days else f"{kept_seconds} s"
            return self._reject(arrival, Cause.AGE, f"the record is older than {age}", None)
        if record.created_at > now.unix + POSTPONED_SECONDS_MAX:
            ahead = record.created_at - now.unix
            return self._reject(arrival, Cause.AGE, f"the record is dated {ahead} s ahead of our clock", None)
        if record.is_ephemeral and abs(record.created_at - now.unix) > EPHEMERAL_AGE_MAX_SECONDS:
            return self._reject(arrival, Cause.AGE, "an ephemeral record is only passed on while it is young", None)
        return []

    def accepted_until(self, now: Moment) -> UnixTime:
        """Give when the latest record may be dated that is a member by now."""
        return self._window(now.unix).accepted_until

    def _reject(self, arrival: Arrival, cause: Cause, reason: str, fault: Fault | None) -> list[Request]:
        rejected = RecordRejected(arrival.record.id, cause, cause.value, reason, arrival.peer)
        effects: list[Request] = [Emit(rejected)]
        if fault is not None and arrival.peer is not None:
            effects.append(Strike(arrival.peer, fault, reason))
        return effects


def dealt_with(arrivals: Iterable[Arrival], *, added: int, refused: int) -> list[Request]:
    """Tell once for each sender and round that *arrivals* are dealt with, each by *added* or *refused* records."""
    owed: dict[tuple[PeerId, int], tuple[int, int, int]] = {}
    for arrival in arrivals:
        if arrival.peer is not None and arrival.is_owed:
            account = (arrival.peer, arrival.round)
            size, count, toll = owed.get(account, (0, 0, 0))
            owed[account] = size + arrival.cost, count + added, toll + arrival.toll
    return [
        Dealt(peer, number, size, count, refused * size, toll) for (peer, number), (size, count, toll) in owed.items()
    ]


def work_of(record: Record) -> int:
    """Say what *record* counts in a batch: one, and more for many tags, for many listed ids, and for much content."""
    bytes_per_work = LISTED_BYTES_PER_WORK if record.kind == KIND_COMMIT else BYTES_PER_WORK
    return 1 + len(record.tags) // TAGS_PER_WORK + len(record.wire) // bytes_per_work


def first_value(record: Record, name: str) -> str | None:
    """Give the value of the first tag called *name*; None without one."""
    for tag in record.tags:
        if tag[0] == name and len(tag) > 1:
            return tag[1]
    return None


def read_blobs(blobs: Iterable[bytes]) -> tuple[list[Record], list[tuple[bytes, str]]]:
    """Decode *blobs*; give the records, and each malformed blob with what is wrong with it."""
    records: list[Record] = []
    malformed: list[tuple[bytes, str]] = []
    for blob in blobs:
        try:
            records.append(decode_record(blob))
        except MalformedError as error:
            malformed.append((blob, str(error)))
    return records, malformed
