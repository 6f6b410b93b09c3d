"""Range-based set reconciliation as Nostr relays speak it: protocol version 1 of negentropy (NIP-77, appendix).

The client learns which records it lacks and which we lack; we answer, and keep nothing between its messages.
"""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from peerset.errors import WireError

VERSION: Final = 0x61
VERSIONS: Final = range(0x60, 0x70)
SKIP: Final = 0
FINGERPRINT: Final = 1
IDS: Final = 2
ID_BYTES: Final = 32
FINGERPRINT_BYTES: Final = 16
BUCKETS: Final = 16
"""Into so many parts a range is split that is not alike; with fewer than twice as many items its ids are told."""
FRAME_BYTES_MAX: Final = 60_000
"""Of one answer; what does not fit is told by its fingerprint, and asked for again."""
END_BYTES_MAX: Final = 128
"""That the end of a frame takes: where the rest begins, and its fingerprint."""
TIME_END: Final = 2**64 - 1
"""Means infinity, and is no item's time."""
VARINT_BYTES_MAX: Final = 10
SUM_STEP: Final = 64
"""Of so many items a sum is kept; of fewer it is made when it is asked for."""
MODULUS: Final = 1 << 8 * ID_BYTES

Bound = tuple[int, bytes]
"""A time and the first bytes of an id: what comes before both lies below it."""


class ItemSet:
    """The times and ids of some records, in order: *items* may come in any; some 41 bytes each."""

    def __init__(self, items: Iterable[Bound]) -> None:
        ordered = sorted(set(items))
        self._times = array("Q", [time for time, _ in ordered])
        self._ids = b"".join([each for _, each in ordered])
        self._sums = [0]
        """Of the ids before each step."""
        for start in range(0, len(ordered), SUM_STEP):
            part = self._sum(start, min(start + SUM_STEP, len(ordered)))
            self._sums.append((self._sums[-1] + part) % MODULUS)

    def __len__(self) -> int:
        return len(self._times)

    def __getitem__(self, at: int) -> Bound:
        return self._times[at], self.ids(at, at + 1)

    def find(self, bound: Bound, *, start: int) -> int:
        """Give the place of the first item, from *start* on, that does not lie below *bound*."""
        if bound[0] == TIME_END:
            return len(self)
        return bisect_left(range(len(self)), bound, lo=start, key=self.__getitem__)

    def ids(self, start: int, end: int) -> bytes:
        """Give the ids from *start* to before *end*, joined."""
        return self._ids[start * ID_BYTES : end * ID_BYTES]

    def fingerprint(self, start: int, end: int) -> bytes:
        """Give 16 bytes that are alike for alike items from *start* to before *end*."""
        total = (self._sum_before(end) - self._sum_before(start)) % MODULUS if end > start else 0
        said = total.to_bytes(ID_BYTES, "little") + encode_number(end - start)
        return hashlib.sha256(said).digest()[:FINGERPRINT_BYTES]

    def _sum_before(self, end: int) -> int:
        step = end // SUM_STEP
        return self._sums[step] + self._sum(step * SUM_STEP, end)

    def _sum(self, start: int, end: int) -> int:
        places = range(start * ID_BYTES, end * ID_BYTES, ID_BYTES)
        return sum([int.from_bytes(self._ids[at : at + ID_BYTES], "little") for at in places])


def answer(items: ItemSet, message: bytes, *, frame_bytes_max: int = FRAME_BYTES_MAX) -> bytes:
    """Answer *message* of a client by what we have.

    Raises:
        WireError: it is no message of the protocol.

    """
    if not message or message[0] not in VERSIONS:
        raise WireError("a message of negentropy begins with its version")
    frame = _Frame()
    if message[0] != VERSION:
        # By this alone the client learns which version we speak.
        return frame.written
    start, below, is_skipping = 0, (0, b""), False
    for said in _ranges(message):
        end = items.find(said.bound, start=start)
        if said.mode == SKIP or said.fingerprint == items.fingerprint(start, end):
            start, below, is_skipping = end, said.bound, True
            continue
        before = frame.mark()
        if is_skipping:
            frame.add(below, SKIP)
        room = frame_bytes_max - END_BYTES_MAX - len(frame)
        if said.mode == IDS:
            here = min(end, start + max(room - END_BYTES_MAX, 0) // ID_BYTES)
            # Where not all of them fit, the rest begins at the first that did not.
            bound = said.bound if here == end else items[here]
            frame.add(bound, IDS, encode_number(here - start) + items.ids(start, here))
        else:
            here, bound = end, said.bound
            _split(items, start, end, bound, frame)
            if len(frame) > frame_bytes_max - END_BYTES_MAX:
                frame.return_to(before)
                break
        start, below, is_skipping = here, bound, False
        if here < end:
            break
    else:
        return frame.written
    if is_skipping:
        frame.add(below, SKIP)
    frame.add((TIME_END, b""), FINGERPRINT, items.fingerprint(start, len(items)))
    return frame.written


def encode_number(number: int) -> bytes:
    """Write a varint: digits of seven bits, the highest first, all but the last with the eighth bit."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _split(items: ItemSet, start: int, end: int, bound: Bound, frame: "_Frame") -> None:
    """Say what there is from *start* to before *end*, which lies below *bound*: ids, or fingerprints of parts."""
    count = end - start
    if count < 2 * BUCKETS:
        frame.add(bound, IDS, encode_number(count) + items.ids(start, end))
        return
    for bucket in range(BUCKETS):
        after = start + count // BUCKETS + (bucket < count % BUCKETS)
        edge = bound if after == end else _between(items[after - 1], items[after])
        frame.add(edge, FINGERPRINT, items.fingerprint(start, after))
        start = after


def _between(last: Bound, first: Bound) -> Bound:
    """Give the shortest bound below which *last* lies, and *first* does not."""
    if first[0] != last[0]:
        return first[0], b""
    alike = next(at for at in range(ID_BYTES) if first[1][at] != last[1][at])
    return first[0], first[1][: alike + 1]


class _Frame:
    """An answer that is being written."""

    def __init__(self) -> None:
        self._bytes = bytearray([VERSION])
        self._time = 0
        """Of the last bound: the next one says how much later it is."""

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def written(self) -> bytes:
        """What was written."""
        return bytes(self._bytes)

    def add(self, bound: Bound, mode: int, payload: bytes = b"") -> None:
        """Say something of what lies below *bound*, and not below that of the last call."""
        time, prefix = bound
        self._bytes += b"\0" if time == TIME_END else encode_number(time - self._time + 1)
        self._bytes += bytes([len(prefix)]) + prefix + bytes([mode]) + payload
        self._time = time

    def mark(self) -> tuple[int, int]:
        """Give where we are, for `return_to`."""
        return len(self._bytes), self._time

    def return_to(self, mark: tuple[int, int]) -> None:
        """Forget what was written since *mark*."""
        length, self._time = mark
        del self._bytes[length:]


@dataclass(frozen=True, slots=True)
class _Range:
    """What the client says of what lies below *bound*, and not below that of the range before."""

    bound: Bound
    mode: int
    fingerprint: bytes = b""


def _ranges(message: bytes) -> Iterator[_Range]:
    reader, time = _Reader(message), 0
    while not reader.is_at_end:
        said = reader.number()
        time = TIME_END if said == 0 else min(time + said - 1, TIME_END)
        prefix = reader.take(reader.number(), most=ID_BYTES)
        match reader.number():
            case mode if mode == SKIP:
                yield _Range((time, prefix), SKIP)
            case mode if mode == FINGERPRINT:
                yield _Range((time, prefix), FINGERPRINT, reader.take(FINGERPRINT_BYTES))
            case mode if mode == IDS:
                # The client works out what these mean; we tell it of ours.
                reader.take(reader.number() * ID_BYTES)
                yield _Range((time, prefix), IDS)
            case mode:
                raise WireError(f"a range of negentropy has no mode {mode}")


class _Reader:
    """Reads a message from its second byte on."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._at = 1

    @property
    def is_at_end(self) -> bool:
        """All of it was read."""
        return self._at == len(self._message)

    def take(self, count: int, *, most: int | None = None) -> bytes:
        """Read so many bytes."""
        end = self._at + count
        if end > len(self._message) or (most is not None and count > most):
            raise WireError("a message of negentropy ends too early, or has too long an id")
        taken, self._at = self._message[self._at : end], end
        return taken

    def number(self) -> int:
        """Read a varint."""
        number = 0
        for _ in range(VARINT_BYTES_MAX):
            [digit] = self.take(1)
            number = number << 7 | digit & 0x7F
            if digit < 0x80:
                return number
        raise WireError(f"a number of negentropy has at most {VARINT_BYTES_MAX} bytes")
