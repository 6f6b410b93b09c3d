"""One round of sync with one peer: what is compared, and how far it is; how answers are cut into messages."""

from collections.abc import Iterator, Sequence
from typing import Final

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    CREDIT_INTERVAL_SECONDS,
    CREDIT_WINDOW_BYTES,
    FRAME_BYTES_MAX,
    IDS_PER_MESSAGE_MAX,
    RANGE_ITEMS_MAX,
    ROUND_BYTES_BASE,
    ROUND_BYTES_MAX,
    ROUND_BYTES_PER_RECORD,
    ROUND_TIMEOUT_SECONDS,
    WINDOW_DAYS_MAX,
)
from peerset.core.message import Bound, Credit, Days, Fin, IdList, RangeItem, Ranges, Root, Want
from peerset.core.packing import LISTED_ID_BYTES
from peerset.core.window import first_bound, start_of, window_days
from peerset.protocol.transfer import UNDEALT_BYTES_MAX, Transfer

ITEM_BYTES: Final = 48
"""The most a range item takes on the wire beside its fingerprint or list."""


class Round:
    """The state both sides keep from `Root` to the second `Fin`."""

    def __init__(self, number: int, first_day: int, upto: UnixTime, transfer: Transfer, *, now: Monotonic) -> None:
        self.number = number
        self.first_day = first_day
        self.upto = upto
        self.touched = now
        """When the peer, our store or our own comparing last moved the round on."""
        self.transfer = transfer
        self.gained = 0
        self.asked = 0
        """Records that were asked for by name."""
        self.received_bytes = self.dealt_bytes = self.credited_bytes = 0
        """Blobs of the peer that arrived, that intake is done with, and that credit was given for."""
        self.is_fin_due = False
        self.is_fin_sent = False
        self.fin: Fin | None = None

    @property
    def undealt_bytes(self) -> int:
        """What the peer gave in this round, and intake is not done with."""
        return self.received_bytes - self.dealt_bytes

    @property
    def deadline(self) -> Monotonic:
        """When it is to be given up, or said to go on."""
        return Monotonic(self.touched + (CREDIT_INTERVAL_SECONDS if self.undealt_bytes else ROUND_TIMEOUT_SECONDS))

    def arrive(self, size: int, now: Moment) -> bool:
        """Note *size* bytes of the peer's blobs; False when they are more than what it was given credit for."""
        self.touched = now.monotonic
        self.received_bytes += size
        return self.undealt_bytes <= UNDEALT_BYTES_MAX

    def deal(self, size: int, added: int, now: Moment) -> list[Credit]:
        """Note that intake is done with *size* bytes, *added* records of which are new; give the credit that is due."""
        self.touched = now.monotonic
        self.gained += added
        self.dealt_bytes += size
        is_due = self.dealt_bytes - self.credited_bytes >= CREDIT_WINDOW_BYTES // 2
        return [self.give_credit(now)] if is_due else []

    def give_credit(self, now: Moment) -> Credit:
        """Say how much of this round intake is done with."""
        self.touched = now.monotonic
        self.credited_bytes = self.dealt_bytes
        return Credit(self.number, self.dealt_bytes)

    @property
    def start(self) -> Bound:
        """The lower bound of everything compared."""
        return first_bound(self.first_day)

    @property
    def end(self) -> Bound:
        """The upper bound of everything compared."""
        return self.upto, b""

    def adopt(self, days: Days) -> bool:
        """Narrow the round to what *days* compares; False when it does not fit what was asked."""
        if not 1 <= days.cell_days <= WINDOW_DAYS_MAX:
            return False
        cells = len(window_days(days.first_day, days.upto)[:: days.cell_days])
        return len(days.cells) == cells and self.narrow(days.first_day, days.upto)

    def narrow(self, first_day: int, upto: UnixTime) -> bool:
        """Compare less than was asked; False when it is not within that, or nothing at all."""
        start = start_of(first_day)
        if start < start_of(self.first_day) or not start < upto <= self.upto:
            return False
        self.first_day, self.upto = first_day, upto
        return True


class Deferral:
    """A round that the peer opens while we judge what it gave before: answered afterwards, and kept open until then."""

    def __init__(self, root: Root, now: Moment) -> None:
        self.root = root
        self._touched = now.monotonic

    @property
    def deadline(self) -> Monotonic:
        """When the peer is to hear once more that its round goes on."""
        return Monotonic(self._touched + CREDIT_INTERVAL_SECONDS)

    def say(self, now: Moment) -> Credit:
        """Say that the round goes on, of which nothing can have come."""
        self._touched = now.monotonic
        return Credit(self.root.round, 0)


def round_bytes(records: int, most: int = ROUND_BYTES_MAX) -> int:
    """Give how much one side may say in a round of two sets that hold so many *records* together: at *most* so much."""
    return min(ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * records, most)


def wants_for(number: int, short_ids: Sequence[bytes]) -> list[Want]:
    """Ask for the records *short_ids*, in messages of at most `IDS_PER_MESSAGE_MAX`."""
    starts = range(0, len(short_ids), IDS_PER_MESSAGE_MAX)
    return [Want(number, tuple(short_ids[at : at + IDS_PER_MESSAGE_MAX])) for at in starts]


def answers_of(number: int, items: Sequence[RangeItem], *, more: bool) -> list[Ranges]:
    """Say *items*; the last message of a whole answer, with nothing *more*, may be empty."""
    frames = list(cut_into_frames(items)) or ([] if more else [()])
    last = len(frames) - 1
    return [Ranges(number, frame, more=more or at < last) for at, frame in enumerate(frames)]


def is_window(first_day: int, upto: int) -> bool:
    """Say whether a round may compare from *first_day* up to *upto*."""
    return 0 < upto - start_of(first_day) <= WINDOW_DAYS_MAX * DAY_SECONDS


def item_bytes(item: RangeItem) -> int:
    """Give the most *item* takes on the wire."""
    if isinstance(item, IdList):
        return 16 + len(item.upper[1]) + LISTED_ID_BYTES * len(item.short_ids)
    return 16 + len(item.upper[1])


def cut_into_frames(items: Sequence[RangeItem]) -> Iterator[tuple[RangeItem, ...]]:
    """Cut *items*, in order, into messages of at most `FRAME_BYTES_MAX`."""
    frame: list[RangeItem] = []
    size = ITEM_BYTES
    for item in items:
        size += item_bytes(item)
        if frame and (size > FRAME_BYTES_MAX or len(frame) == RANGE_ITEMS_MAX):
            yield tuple(frame)
            frame, size = [], ITEM_BYTES + item_bytes(item)
        frame.append(item)
    if frame:
        yield tuple(frame)
