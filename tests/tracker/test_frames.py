"""Frames of clients become messages or faults, whatever their bytes are; those of ours say how long they are."""

from itertools import pairwise
from typing import Any, Final

import pytest
from aiohttp import WSCloseCode
from hypothesis import given
from hypothesis import strategies as st

from peerset.tracker.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Control,
    Fault,
    FrameReader,
    Heard,
    code_of,
    farewell_of,
    frame_of,
    unmask,
    unmask_slowly,
)

MASK: Final = b"\x01\x80\xff\x10"
BYTES_MAX: Final = 300
LAST: Final = 0x80
BROKEN: Final = b"\xe4\xb8"
"""UTF-8 that ends too early."""


def frame(first: int, payload: bytes = b"", *, mask: bytes = MASK) -> bytes:
    """Write a frame as clients do; one with no mask has none."""
    head = bytearray(frame_of(first, payload)[: -len(payload) or None])
    masked = bytearray(payload)
    if mask:
        head[1] |= 0x80
        unmask_slowly(mask, masked)
    return bytes(head + mask + masked)


def heard(*chunks: bytes, bytes_max: int = BYTES_MAX) -> list[Heard]:
    """Read *chunks* one after the other, up to the end of the connection."""
    reader, all_heard = FrameReader(bytes_max=bytes_max), []
    for chunk in chunks:
        for each in reader.read(chunk):
            all_heard.append(each)
            if isinstance(each, Fault) or (isinstance(each, Control) and each.kind == CLOSE):
                return all_heard
    return all_heard


def codes(*chunks: bytes) -> list[WSCloseCode]:
    return [each.code for each in heard(*chunks) if isinstance(each, Fault)]


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, b"\x81\x00"), (125, b"\x81\x7d"), (126, b"\x81\x7e\x00\x7e"), (65_536, b"\x81\x7f" + (65_536).to_bytes(8))],
)
def test_a_frame_says_how_long_it_is(size: int, head: bytes) -> None:
    assert frame_of(TEXT, b"x" * size) == head + b"x" * size


def test_a_farewell_says_why_and_ends_the_connection() -> None:
    assert farewell_of("no", 1013) == b"\x81\x02no\x88\x02\x03\xf5"


def test_a_close_frame_may_have_no_code() -> None:
    assert (code_of(b""), code_of(b"\x03\xe9bye")) == (1000, 1001)


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=70))
def test_a_mask_comes_off_in_c_as_it_does_here(mask: bytes, payload: bytes) -> None:
    quick, slow = bytearray(payload), bytearray(payload)
    unmask(mask, quick)
    unmask_slowly(mask, slow)
    assert quick == slow == bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_message_of_any_length_is_read(size: int) -> None:
    text = "x" * size
    for first in (TEXT, BINARY):
        assert heard(frame(first, text.encode()) * 2, bytes_max=65_536) == [text] * 2


def test_a_message_in_pieces_is_read_and_what_comes_between_them() -> None:
    pieces = [frame(0x01, b"sm\xc3"), frame(PING, b"there?"), frame(0x00), frame(LAST, b"\xb8rt"), frame(TEXT, b"next")]
    assert heard(b"".join(pieces)) == [None, Control(PING, b"there?"), None, "smørt", "next"]


def test_json_in_binary_messages_may_be_no_utf_8_and_text_may_not() -> None:
    assert heard(frame(BINARY, BROKEN), frame(0x02, BROKEN), frame(LAST)) == ["\ufffd", None, "\ufffd"]
    for data in (frame(TEXT, BROKEN), frame(0x01, BROKEN) + frame(LAST), frame(CLOSE, b"\x03\xe8" + BROKEN)):
        assert codes(data) == [WSCloseCode.INVALID_TEXT]


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x0b\xb8why", b"\x13\x87" + b"x" * 123])
def test_a_goodbye_is_read(payload: bytes) -> None:
    assert heard(frame(CLOSE, payload), frame(TEXT, b"late")) == [Control(CLOSE, payload)]


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"bare", mask=b""),
        frame(PING, mask=b""),
        frame(TEXT | 0x40, b"compressed"),
        frame(0x10 | PONG),
        frame(0x83),
        frame(0x8B),
        frame(0x09),
        frame(0x08),
        frame(PING, b"x" * 126),
        frame(LAST, b"a piece of nothing"),
        frame(0x00),
        frame(0x01) + frame(TEXT, b"within another"),
        frame(0x02) + frame(0x01),
        frame(CLOSE, b"\x03"),
        *(frame(CLOSE, code.to_bytes(2)) for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)),
    ],
)
def test_what_is_no_websocket_is_a_fault(data: bytes) -> None:
    assert codes(data) == [WSCloseCode.PROTOCOL_ERROR]


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"x" * (BYTES_MAX + 1))[:8],
        b"\x81\xff" + b"\xff" * 8,
        frame(0x01, b"x" * BYTES_MAX) + frame(LAST, b"x"),
        frame(0x01, b"x") + frame(0x00, b"x" * BYTES_MAX)[:8],
    ],
    ids=range(4),
)
def test_a_message_too_large_is_a_fault_before_it_has_come(data: bytes) -> None:
    assert codes(data) == [WSCloseCode.MESSAGE_TOO_BIG]


def test_nothing_that_is_large_is_kept_of_frames_that_were_read() -> None:
    reader = FrameReader(bytes_max=65_536)
    data = frame(TEXT, b"x" * 65_536)
    for at in range(0, len(data), 1_000):
        list(reader.read(data[at : at + 1_000]))
    assert (reader._rest, reader._message) == (b"", None)


PAYLOADS: Final = st.binary(max_size=140) | st.text(max_size=60).map(str.encode) | st.just(b"x" * 299)
FIRSTS: Final = st.sampled_from([0x00, 0x01, 0x02, LAST, TEXT, BINARY, CLOSE, PING, PONG])
LIKELY: Final = st.builds(frame, FIRSTS, PAYLOADS, mask=st.binary(min_size=4, max_size=4))
ODD: Final = st.builds(frame, st.integers(0, 255), PAYLOADS, mask=st.sampled_from([MASK, MASK, MASK, b""]))
CODED: Final = st.builds(lambda code, why: frame(CLOSE, code.to_bytes(2) + why), st.integers(0, 65_535), PAYLOADS)
FRAMES: Final = st.lists(LIKELY | LIKELY | ODD | CODED, max_size=8).map(b"".join)


@given(FRAMES | st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_what_is_heard_does_not_depend_on_how_it_comes(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(data)]
    chunks = [data[start:end] for start, end in pairwise(edges)]
    whole = heard(data)
    assert heard(*chunks) == whole
    assert heard(*(bytes([byte]) for byte in data)) == whole


@given(FRAMES)
def test_frames_are_read_as_another_library_reads_them(data: bytes) -> None:
    pytest.importorskip("websockets", reason="the other library is websockets")
    # Of a frame with two faults, either may be told.
    read = [_outcome(each) for each in heard(data) if each is not None]
    assert read == _read_by_websockets(data)


def _outcome(each: Heard) -> object:
    is_closed = isinstance(each, Control) and each.kind == CLOSE
    return "refused" if isinstance(each, Fault) else "closed" if is_closed else each


def _read_by_websockets(data: bytes) -> list[object]:
    protocol: Any = pytest.importorskip("websockets.server")
    frames: Any = pytest.importorskip("websockets.frames")
    states: Any = pytest.importorskip("websockets.protocol")
    reader = protocol.ServerProtocol(state=states.State.OPEN, max_size=BYTES_MAX)
    reader.receive_data(data)
    read: list[object] = []
    kind, message = 0, b""
    for event in reader.events_received():
        if event.opcode in (frames.Opcode.TEXT, frames.Opcode.BINARY):
            kind, message = event.opcode, b""
        if event.opcode > frames.Opcode.CLOSE:
            read.append(Control(LAST | event.opcode, bytes(event.data)))
            continue
        if event.opcode == frames.Opcode.CLOSE:
            return [*read, "closed"]
        message += event.data
        if event.fin:
            try:
                read.append(message.decode("utf-8", "strict" if kind == frames.Opcode.TEXT else "replace"))
            except UnicodeDecodeError:
                return [*read, "refused"]
    if reader.close_rcvd is not None:
        # Amid a message in pieces, it takes offence at the end.
        return [*read, "closed"]
    return read if reader.parser_exc is None else [*read, "refused"]
