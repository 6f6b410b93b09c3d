"""Records on their way to one peer in one round: looked up and loaded in batches, sent as the peer gives credit."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import CREDIT_WINDOW_BYTES, FRAME_BYTES_MAX, LOAD_RECORDS_MAX, RECORDS_PER_MESSAGE_MAX
from peerset.core.merkle import Index
from peerset.core.message import Named, Records
from peerset.core.ranges import Share
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.declined import Declined
from peerset.protocol.giving import Giving, Purse
from peerset.protocol.lightness import Lightness, pack_names

NO_TIME: Final = Moment(Monotonic(0.0), UnixTime(0))
NOTHING_DECLINED: Final = Declined(PeerId(""), b"", is_understood=False)
BLOB_BYTES_GUESSED: Final = 1_024
"""The size of a record before any was seen."""
BLOB_HEADER_BYTES: Final = 5
"""The most that msgpack puts before a blob."""
UNDEALT_BYTES_MAX: Final = CREDIT_WINDOW_BYTES + 2 * FRAME_BYTES_MAX
"""More of one round than credit, and the message that goes a little beyond it, can account for."""
DRAWN_RECORDS_MAX: Final = 4_096
"""How many records of the set are looked at for one load, once there is something to load."""


class Transfer:
    """A queue of shares of *index*, the blobs loaded for them, and how much of them the peer has dealt with."""

    def __init__(
        self,
        index: Index,
        salt: bytes,
        declined: Declined | None = None,
        purse: Purse | None = None,
        lightness: Lightness | None = None,
    ) -> None:
        self.purse = purse or Giving(index).purse(PublicKey(b""), NO_TIME)
        """How much the peer may have."""
        self._declined = declined or NOTHING_DECLINED
        self._lightness = lightness or Lightness()
        self._declined_before = len(self._declined)
        self._count = 0
        self._index = index
        self._salt = salt
        self._shares: deque[Share] = deque()
        self._blobs: deque[bytes] = deque()
        self._ids: deque[RecordId] = deque()
        """Of these blobs, in order."""
        self._names: list[tuple[int, bytes]] = []
        """What the peer is told of by name alone."""
        self._loading: tuple[RecordId, ...] = ()
        self._times: dict[RecordId, int] = {}
        """When what is loaded was created."""
        self._purged: set[RecordId] = set()
        """What lost its content while it was being loaded."""
        self._sent_bytes = 0
        self._credited_bytes = 0
        self._blob_bytes = float(BLOB_BYTES_GUESSED)

    @property
    def count(self) -> int:
        """How many records were loaded in all, but for those whose content is gone, or which the peer declined."""
        return max(self._count - (len(self._declined) - self._declined_before), 0)

    @property
    def is_empty(self) -> bool:
        """Everything queued so far has been sent."""
        return not (self._shares or self._blobs or self._names or self._loading)

    @property
    def is_loading(self) -> bool:
        """The store was asked for records, and has not answered."""
        return bool(self._loading)

    def push(self, share: Share) -> None:
        """Queue *share*; what is named of one range in a row makes one."""
        last = self._shares[-1] if self._shares else None
        if last is not None and last.is_named and share.is_named and last.lower == share.lower:
            self._shares[-1] = replace(last, short_ids=last.short_ids + share.short_ids)
        else:
            self._shares.append(share)

    def next_ids(self, now: Moment) -> tuple[RecordId, ...]:
        """Give the ids to load now; empty while a load is under way or credit is spent.

        What a peer may not be given any more is left to a later round.
        """
        room = CREDIT_WINDOW_BYTES - (self._sent_bytes - self._credited_bytes)
        if self._loading or self._blobs or not self._shares or room <= 0:
            return ()
        if not self.purse.admits(now):
            self._shares.clear()
            return ()
        self._times = dict(self._draw(max(1, min(int(room / self._blob_bytes), LOAD_RECORDS_MAX))))
        self._loading = tuple(self._times)
        self._count += len(self._loading)
        return self._loading

    def loaded(self, blobs: tuple[bytes, ...]) -> tuple[RecordId, ...]:
        """Take what `next_ids` asked for, or nothing at all when that failed; give those whose content is gone."""
        asked, self._loading = self._loading, ()
        found = {each: blob for each, blob in zip(asked, blobs, strict=False) if blob and each not in self._purged}
        lacking = tuple(each for each in asked[: len(blobs)] if each not in found)
        self._count -= len(lacking)
        self._purged.clear()
        self._lightness.lacked([(self._times[each], each) for each in lacking])
        for each in [each for each in found if self._lightness.names(self._times[each])]:
            # What is only named costs us as much reading as what is given.
            self.purse.spend(len(found.pop(each)))
            self._names.append((self._times[each], each))
        self._ids.extend(found)
        self._blobs.extend(found.values())
        if found:
            average = sum(map(len, found.values())) / len(found)
            self._blob_bytes += (average - self._blob_bytes) / 2
        return lacking

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Give none of *ids*, whose content is gone for good, though it was read or asked for before."""
        gone = set(ids)
        self._purged |= gone.intersection(self._loading)
        kept = [pair for pair in zip(self._ids, self._blobs, strict=True) if pair[0] not in gone]
        self._count -= len(self._ids) - len(kept)
        self._ids, self._blobs = deque(each for each, _ in kept), deque(blob for _, blob in kept)

    def next_messages(self, number: int) -> list[Records | Named]:
        """Give what may be said now in the round *number*."""
        names = pack_names(self._names)
        self._names.clear()
        self._sent_bytes += len(names)
        messages: list[Records | Named] = [Named(number, names)] if names else []
        return messages + [Records(number, blobs) for blobs in self.next_frames()]

    def next_frames(self) -> list[tuple[bytes, ...]]:
        """Give what may be sent now, cut into messages."""
        frames = []
        while self._blobs and self._sent_bytes - self._credited_bytes < CREDIT_WINDOW_BYTES:
            frame = take_frame(self._blobs)
            for _ in frame:
                self._ids.popleft()
            size = sum(map(len, frame))
            self._sent_bytes += size
            self.purse.spend(size)
            frames.append(frame)
        return frames

    def credit(self, total_bytes: int) -> bool:
        """Note that the peer has dealt with *total_bytes* in all; False when that cannot be true."""
        if not self._credited_bytes <= total_bytes <= self._sent_bytes:
            return False
        self._credited_bytes = total_bytes
        return True

    def _draw(self, count: int) -> list[tuple[RecordId, int]]:
        """Take at most *count* ids from the shares, in order, each with its time; none only when there are none."""
        drawn: list[tuple[RecordId, int]] = []
        seen = 0
        while self._shares and len(drawn) < count and (seen < DRAWN_RECORDS_MAX or not drawn):
            share = self._shares.popleft()
            found, rest = share.draw(self._index, self._salt, count - len(drawn))
            seen += count - len(drawn)
            times = {record_id: created_at for created_at, record_id in found}
            drawn += [(each, times[each]) for each in (times if share.is_named else self._declined.sift([*times]))]
            if rest is not None:
                self._shares.appendleft(rest)
        return drawn


def take_frame(blobs: deque[bytes]) -> tuple[bytes, ...]:
    """Take from *blobs*, which are not empty, what fits one message of about `FRAME_BYTES_MAX`: at least one."""
    frame = [blobs.popleft()]
    size = len(frame[0]) + BLOB_HEADER_BYTES
    while blobs and len(frame) < RECORDS_PER_MESSAGE_MAX:
        size += len(blobs[0]) + BLOB_HEADER_BYTES
        if size > FRAME_BYTES_MAX:
            break
        frame.append(blobs.popleft())
    return tuple(frame)
