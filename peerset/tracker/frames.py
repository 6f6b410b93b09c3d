"""Frames of websockets (RFC 6455, 5.2): those of clients are read here, and those of a server written. Does no I/O."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from aiohttp import WSCloseCode

SHORT_MAX: Final = 125
MEDIUM_MAX: Final = 65_535
HEADS_KEPT: Final = 1_024
"""What is passed on is of few lengths; so many heads take less than 100 kB."""
TEXT: Final = 0x81
BINARY: Final = 0x82
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A

_LAST: Final = 0x80
"""This frame is whole, or the last piece of its message."""
_RESERVED: Final = 0x70
_KIND: Final = 0x0F
_CONTROL: Final = 0x08
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_HEAD_BYTES_MIN: Final = 2
_CODES: Final = frozenset([*range(1_000, 1_004), *range(1_007, 1_015), *range(3_000, 5_000)])
"""What a close frame may say (7.4)."""
_XOR: Final = [bytes(byte ^ other for other in range(256)) for byte in range(256)]


class Control(NamedTuple):
    """A close frame, a ping or a pong."""

    kind: int
    payload: bytes


class Fault(NamedTuple):
    """What the client sends is no websocket; the connection has to end with *code*."""

    code: WSCloseCode
    reason: str


Heard = str | Control | Fault | None
"""What a frame brings: the text of a message that it ends, or None when there is more to come."""


def unmask_slowly(mask: bytes, data: bytearray) -> None:
    """Take *mask* off *data* (5.3)."""
    for start, byte in enumerate(mask):
        data[start::4] = data[start::4].translate(_XOR[byte])


try:
    # In C, it takes a fiftieth of the time. No other part of aiohttp's reader is of use: it goes by queues and tasks.
    from aiohttp._websocket.helpers import websocket_mask
except ImportError:  # pragma: no cover  (aiohttp keeps it elsewhere)
    websocket_mask = unmask_slowly
unmask: Final = websocket_mask


class FrameReader:
    """Reads what one client sends; a message may have *bytes_max*, in one frame or in many."""

    __slots__ = ("_bytes_max", "_kind", "_message", "_rest", "_wanted")

    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._rest: bytes | bytearray = b""
        """The beginning of a frame."""
        self._wanted = 0
        """So many bytes has the rest to have before it says more than now."""
        self._message: bytearray | None = None
        """The pieces of a message that came so far."""
        self._kind = TEXT

    def read(self, data: bytes) -> Iterator[Heard]:
        """Give what each frame brings that *data* completes; after a `Fault`, whatever comes means nothing."""
        source: bytes | bytearray = data
        if self._rest:
            # Of a bytearray, which grows in place: bytes that come one by one cost no more than others.
            self._rest += data
            if len(self._rest) < self._wanted:
                return
            source = self._rest
        at, size, self._wanted = 0, len(source), _HEAD_BYTES_MIN
        while size - at >= _HEAD_BYTES_MIN:
            first, length = source[at], source[at + 1] - _MASKED
            fault = None if first == TEXT and length >= 0 and self._message is None else self._check(first, length)
            if fault is not None:
                yield fault
                return
            start = at + _HEAD_BYTES_MIN
            if length > SHORT_MAX:
                start += 2 if length == SHORT_MAX + 1 else 8
                if start > size:
                    self._wanted = start - at
                    break
                length = int.from_bytes(source[at + _HEAD_BYTES_MIN : start])
            if length > self._bytes_max - len(self._message or b""):
                yield Fault(WSCloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._bytes_max} bytes")
                return
            start += _MASK_BYTES
            if start + length > size:
                self._wanted = start + length - at
                break
            payload = bytearray(source[start : start + length])
            unmask(bytes(source[start - _MASK_BYTES : start]), payload)
            at = start + length
            yield self._take(first, payload)
        self._rest = bytearray(source[at:]) if at < size else b""

    def _check(self, first: int, length: int) -> Fault | None:
        """Say what is wrong with a frame whose head begins so."""
        kind = first & _KIND
        if length < 0:
            return _fault("a frame without a mask")
        if first & _RESERVED:
            return _fault("a frame of an extension that was not agreed upon")
        if kind & _CONTROL:
            if not first & _LAST or length > SHORT_MAX:
                return _fault("a control frame that is too long, or in pieces")
            return None if CLOSE <= first <= PONG else _fault(f"a frame of kind {kind}, which is none")
        if kind > BINARY & _KIND:
            return _fault(f"a frame of kind {kind}, which is none")
        if (kind == 0) is (self._message is None):
            return _fault("a piece of a message that has no beginning, or a message within another")
        return None

    def _take(self, first: int, payload: bytearray) -> Heard:
        if first & _CONTROL:
            return _control(first, bytes(payload))
        if self._message is None:
            if first & _LAST:
                return _text(first, payload)
            self._message, self._kind = payload, first | _LAST
            return None
        self._message += payload
        if not first & _LAST:
            return None
        whole, self._message = self._message, None
        return _text(self._kind, whole)


def frame_of(kind: int, payload: bytes) -> bytes:
    """Write one frame, whole and, as those of servers are, without a mask."""
    return _head_of(kind, len(payload)) + payload


def frames_of(texts: Iterable[str]) -> bytes:
    """Write *texts*, which are ASCII, as a frame each."""
    pieces: list[str] = []
    for text in texts:
        pieces += (_text_head_of(len(text)), text)
    # One copy of all is cheaper than one of each.
    return "".join(pieces).encode("latin-1")


@lru_cache(maxsize=HEADS_KEPT)
def _text_head_of(size: int) -> str:
    return _head_of(TEXT, size).decode("latin-1")


def _head_of(kind: int, size: int) -> bytes:
    """Write what comes before a payload of *size* bytes."""
    if size <= SHORT_MAX:
        return bytes((kind, size))
    if size <= MEDIUM_MAX:
        return bytes((kind, 126, size >> 8, size & 255))
    return bytes((kind, 127)) + size.to_bytes(8)


def farewell_of(text: str, code: int) -> bytes:
    """Write *text* and the end of the connection, with its *code*."""
    return frames_of([text]) + frame_of(CLOSE, code.to_bytes(2))


def code_of(payload: bytes) -> int:
    """Give the code of a close frame that has *payload*."""
    return int.from_bytes(payload[:2]) if payload else WSCloseCode.OK


def _text(kind: int, payload: bytearray) -> str | Fault:
    if kind == BINARY:
        # Some clients send their JSON in binary messages; what is no UTF-8 then fails as JSON.
        return payload.decode(errors="replace")
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return Fault(WSCloseCode.INVALID_TEXT, "a text that is no UTF-8")


def _control(kind: int, payload: bytes) -> Control | Fault:
    if kind == CLOSE and payload:
        if code_of(payload) not in _CODES or len(payload) < 2:
            return _fault("a close frame with a code that is none")
        if isinstance(_text(TEXT, bytearray(payload[2:])), Fault):
            return Fault(WSCloseCode.INVALID_TEXT, "a close frame with a reason that is no UTF-8")
    return Control(kind, payload)


def _fault(reason: str) -> Fault:
    return Fault(WSCloseCode.PROTOCOL_ERROR, reason)
