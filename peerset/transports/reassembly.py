"""Joins action frames into whole messages, within fixed bounds."""

import json
import math
from dataclasses import dataclass, field
from typing import Final, NoReturn

from peerset.core.action import PROTOCOL_ACTION, Action, Json, Missing
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    JSON_DEPTH_MAX,
    MESSAGE_BYTES_MAX,
    OPEN_MESSAGE_TIMEOUT_SECONDS,
    OPEN_MESSAGES_PER_PEER_MAX,
    REASSEMBLY_BYTES_PER_PEER_MAX,
)
from peerset.transports.frames import BINARY, NOT_TEXT, ActionFrame

MESSAGE_OVERHEAD_BYTES: Final = 256
"""Counted for each open message and slice, so that empty ones have a price too."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The peer broke the rules of framing."""

    reason: str
    is_fatal: bool = False
    """A limit was crossed: the channel is to be closed."""


@dataclass(slots=True)
class _OpenMessage:
    """What has arrived of one message."""

    touched: Monotonic
    metadata: bytes | None = None
    slices: list[bytes] = field(default_factory=list)
    data_bytes: int = 0
    size_bytes: int = MESSAGE_OVERHEAD_BYTES


class Reassembler:
    """The unfinished messages of one peer in one room, keyed by action name and nonce."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], _OpenMessage] = {}
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How many bytes of unfinished messages are held, bookkeeping included."""
        return self._size_bytes

    def receive(self, frame: ActionFrame, now: Monotonic) -> Action | Fault | None:
        """Take one frame: give the message it completes, a fault, or None while it goes on."""
        self._expire(now)
        key = (frame.name, frame.nonce)
        message = self._open.pop(key, None) or self._start(now)
        message.touched = now
        self._add(message, frame)
        fault = self._check(frame.name, message)
        if fault is not None or frame.is_last:
            self._size_bytes -= message.size_bytes
            return fault or _finish(frame, message)
        # Re-inserting keeps the dictionary in the order of the last touch, which is what expiry walks.
        self._open[key] = message
        return None

    def _start(self, now: Monotonic) -> _OpenMessage:
        self._size_bytes += MESSAGE_OVERHEAD_BYTES
        return _OpenMessage(now)

    def _add(self, message: _OpenMessage, frame: ActionFrame) -> None:
        if frame.is_metadata:
            grown = len(frame.payload) - len(message.metadata or b"")
            message.metadata = frame.payload
        else:
            grown = len(frame.payload) + MESSAGE_OVERHEAD_BYTES
            message.slices.append(frame.payload)
            message.data_bytes += len(frame.payload)
        message.size_bytes += grown
        self._size_bytes += grown

    def _check(self, name: str, message: _OpenMessage) -> Fault | None:
        if name == PROTOCOL_ACTION and message.data_bytes > MESSAGE_BYTES_MAX:
            return Fault(f"a message of more than {MESSAGE_BYTES_MAX} bytes", is_fatal=True)
        if self._size_bytes > REASSEMBLY_BYTES_PER_PEER_MAX:
            return Fault(f"more than {REASSEMBLY_BYTES_PER_PEER_MAX} bytes of unfinished messages", is_fatal=True)
        if len(self._open) >= OPEN_MESSAGES_PER_PEER_MAX:
            return Fault(f"more than {OPEN_MESSAGES_PER_PEER_MAX} unfinished messages", is_fatal=True)
        return None

    def _expire(self, now: Monotonic) -> None:
        """Forget messages that went quiet; a page that met back-pressure abandons them without a word."""
        while self._open:
            key, message = next(iter(self._open.items()))
            if now - message.touched < OPEN_MESSAGE_TIMEOUT_SECONDS:
                return
            del self._open[key]
            self._size_bytes -= message.size_bytes


def _finish(frame: ActionFrame, message: _OpenMessage) -> Action | Fault:
    """Decode a whole message by the tag bits of its last frame."""
    payload = b"".join(message.slices)
    try:
        metadata = Missing() if message.metadata is None else decode_json(message.metadata)
        return Action(frame.name, _decode_payload(frame.tag, payload), metadata)
    except ValueError as error:
        return Fault(f"an unreadable {frame.name!r} message: {error}")


def _decode_payload(tag: int, payload: bytes) -> bytes | Json:
    if tag & BINARY:
        return payload
    return decode_json(payload) if tag & NOT_TEXT else payload.decode()


def decode_json(data: bytes) -> Json:
    """Read a JSON value that can be written again.

    Raises:
        ValueError: not UTF-8, not JSON, nested too deep, not a number, or with lone surrogates.

    """
    text = data.decode()
    _check_depth(text)
    value: Json = json.loads(text, parse_constant=_refuse_constant, parse_float=_read_float)
    if "\\u" in text:
        # Escapes are the only way for a lone surrogate to get in; encoding finds it.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses; brackets within texts only count when there are many."""
    if text.count("[") + text.count("{") <= JSON_DEPTH_MAX:
        return
    depth, is_text, is_escaped = 0, False, False
    for character in text:
        if is_text:
            is_text = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_text = True
        elif character in "[{":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                raise ValueError(f"JSON nested deeper than {JSON_DEPTH_MAX}")
        elif character in "]}":
            depth -= 1


def _read_float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse_constant(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name:.32} is no number of JSON that can be written again")
