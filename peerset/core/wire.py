"""Messages as bytes and back: one msgpack array ``[type, ...fields]`` a message (docs/protocol.md, "Messages").

`LAYOUTS` says which fields each type has. A message has exactly one form in bytes. Any bytes give a message or
a `WireError`, in time and memory bounded by their length: fields of what is not small are read one by one and none may
nest, but for the records of `Records`, whose count is checked before the first of them is read.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import msgpack

from peerset.core.blob import HASH_BYTES
from peerset.core.fields import Field, blobs, bounded, choice, detail, flag, octets, packed, short_ids, whole
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    BLOB_BITS_BYTES_MAX,
    BLOB_PIECE_BYTES,
    BLOB_PIECES_ASKED_MAX,
    BLOB_PROOF_BYTES_MAX,
    FRAME_BYTES_MAX,
    IDS_PER_MESSAGE_MAX,
    INTEGER_MAX,
    INTRODUCTION_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    NAMES_PER_MESSAGE_MAX,
    NEIGHBOURS_TOLD_MAX,
    SKETCH_SYMBOLS_MAX,
    WINDOW_DAYS_MAX,
)
from peerset.core.message import (
    Announce,
    BlobAbsent,
    BlobAsk,
    BlobHave,
    BlobPart,
    BlobWant,
    Credit,
    Days,
    Declining,
    Fetch,
    Fin,
    Goodbye,
    GoodbyeReason,
    Hello,
    Introduce,
    Lacking,
    Light,
    Message,
    More,
    Named,
    Neighbours,
    Ping,
    Pong,
    Proof,
    Pull,
    Ranges,
    Records,
    Role,
    Root,
    Seek,
    Sketch,
    Unknown,
    Want,
)
from peerset.core.packing import LISTED_ID_BYTES, pack_cells, pack_ranges, unpack_cells, unpack_ranges
from peerset.core.signal import ID_LENGTH
from peerset.core.sketch import SYMBOL_BYTES
from peerset.errors import LocalProtocolError, WireError

ROOM_TAG_BYTES: Final = 16
NAME_BYTES: Final = 36
DIGEST_BYTES: Final = 16
AT_ONCE_BYTES_MAX: Final = 1_024
"""Larger messages are read field by field: whoever nests arrays in one makes much of little."""
EXTENSION_TYPES: Final = range(64, 128)
"""Types that a peer ignores when it does not know them; below lie the protocol's own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one type of message lies on the wire."""

    kind: type[Message]
    fields: Mapping[str, Field]
    """In the order of the array, which is the order of the class."""
    bytes_max: int = MESSAGE_BYTES_MAX


LAYOUTS: Final[Mapping[int, Layout]] = {
    0: Layout(
        Hello,
        {
            "version": whole(255),
            "room_tag": octets(ROOM_TAG_BYTES),
            "public_key": octets(KEY_BYTES),
            "nonce": octets(32),
            "rules_id": octets(32),
            "retention_seconds": whole(),
            "role": choice(Role),
            "features": whole(),
            "unix": whole(INTEGER_MAX),
        },
    ),
    1: Layout(Proof, {"signature": octets(SIGNATURE_BYTES)}),
    2: Layout(Ping, {"token": whole()}),
    3: Layout(Pong, {"token": whole()}),
    4: Layout(Goodbye, {"reason": choice(GoodbyeReason), "detail": detail()}),
    5: Layout(
        Root,
        {"round": whole(), "first_day": whole(), "upto": whole(), "count": whole(), "digest": octets(DIGEST_BYTES)},
    ),
    6: Layout(
        Days,
        {
            "round": whole(),
            "first_day": whole(),
            "upto": whole(),
            "cell_days": whole(WINDOW_DAYS_MAX, least=1),
            "cells": packed(pack_cells, unpack_cells),
        },
        bytes_max=FRAME_BYTES_MAX,
    ),
    7: Layout(
        Ranges,
        {"round": whole(), "items": packed(pack_ranges, unpack_ranges), "more": flag()},
        bytes_max=FRAME_BYTES_MAX,
    ),
    8: Layout(Want, {"round": whole(), "short_ids": short_ids(IDS_PER_MESSAGE_MAX, LISTED_ID_BYTES)}),
    9: Layout(Records, {"round": whole(), "blobs": blobs()}),
    10: Layout(Credit, {"round": whole(), "total_bytes": whole(INTEGER_MAX)}),
    11: Layout(Fin, {"round": whole(), "count": whole(), "digest": octets(DIGEST_BYTES)}),
    12: Layout(Announce, {"prefixes": short_ids(ANNOUNCE_IDS_MAX)}),
    13: Layout(Pull, {"prefixes": short_ids(ANNOUNCE_IDS_MAX)}),
    14: Layout(
        Sketch,
        {
            "round": whole(),
            "first_day": whole(),
            "upto": whole(),
            "count": whole(),
            "symbols": bounded(SKETCH_SYMBOLS_MAX * SYMBOL_BYTES),
        },
    ),
    15: Layout(More, {"round": whole(), "symbols": whole(SKETCH_SYMBOLS_MAX)}),
    64: Layout(Lacking, {"round": whole(), "short_ids": short_ids(IDS_PER_MESSAGE_MAX)}),
    65: Layout(Declining, {"short_ids": short_ids(IDS_PER_MESSAGE_MAX)}),
    66: Layout(Fetch, {"created_at": whole(INTEGER_MAX), "prefixes": short_ids(ANNOUNCE_IDS_MAX)}),
    67: Layout(Seek, {}),
    68: Layout(Neighbours, {"peers": bounded(NEIGHBOURS_TOLD_MAX * (ID_LENGTH + KEY_BYTES))}),
    69: Layout(
        Introduce,
        {"to": octets(ID_LENGTH), "source": octets(ID_LENGTH), "sealed": bounded(INTRODUCTION_BYTES_MAX)},
    ),
    70: Layout(Light, {"content_from": whole(INTEGER_MAX)}),
    71: Layout(Named, {"round": whole(), "names": bounded(NAMES_PER_MESSAGE_MAX * NAME_BYTES)}),
    80: Layout(BlobAsk, {"root": octets(HASH_BYTES)}),
    81: Layout(BlobHave, {"root": octets(HASH_BYTES), "pieces": bounded(BLOB_BITS_BYTES_MAX)}),
    82: Layout(
        BlobWant, {"root": octets(HASH_BYTES), "first": whole(), "count": whole(BLOB_PIECES_ASKED_MAX, least=1)}
    ),
    83: Layout(
        BlobPart,
        {
            "root": octets(HASH_BYTES),
            "piece": whole(),
            "proof": bounded(BLOB_PROOF_BYTES_MAX),
            "data": bounded(BLOB_PIECE_BYTES),
        },
    ),
    84: Layout(
        BlobAbsent, {"root": octets(HASH_BYTES), "first": whole(), "count": whole(BLOB_PIECES_ASKED_MAX, least=1)}
    ),
}

_TYPES: Final[Mapping[type[Message], int]] = {layout.kind: number for number, layout in LAYOUTS.items()}

# msgpack's format: an array of up to 15 elements begins with 0x90 plus their number, a small number is itself.
_ARRAY: Final = 0x90
_ARRAY_MASK: Final = 0xF0
_COUNT_MASK: Final = 0x0F
_NUMBER_MASK: Final = 0x80
_SHORT_BYTES_MAX: Final = 0xFFFF
"""Longer byte strings have their length in 4 bytes, after this one."""
_BIN_32: Final = 0xC6
_LONG: Final = struct.Struct(">BI")


def encode(message: Message) -> bytes:
    """Write *message* in its one form.

    Raises:
        LocalProtocolError: it breaks a limit, so no peer would accept it.

    """
    number = _TYPES.get(type(message))
    if number is None:
        raise LocalProtocolError(f"{type(message).__name__} is never sent")
    layout = LAYOUTS[number]
    try:
        array = [number, *[field.pack(getattr(message, name)) for name, field in layout.fields.items()]]
        data = _pack(array)
        _check_size(data, layout.bytes_max)
    except WireError as error:
        raise LocalProtocolError(f"cannot send this {layout.kind.__name__}: {error}") from error
    return data


def name_of(data: bytes) -> str:
    """Say which type of message *data* is, such as "Root"; "?" when it is none."""
    try:
        return type(decode(data)).__name__
    except WireError:
        return "?"


def decode(data: bytes) -> Message:
    """Read the one message that *data* is.

    Raises:
        WireError: the bytes are no message of this protocol, break a limit, or are not the shortest form.

    """
    _check_size(data, MESSAGE_BYTES_MAX)
    number = _read_type(data)
    layout = LAYOUTS.get(number)
    if layout is None:
        return _read_unknown(number)
    _check_size(data, layout.bytes_max)
    array = _read_array(data, layout)
    if not _is_shortest(data, array):
        raise WireError("not the shortest msgpack form, or bytes after the message")
    return layout.kind(*_unpack(layout, array[1:]))


def _pack(array: Sequence[Any]) -> bytes:
    """Write an array; what is long at its end is copied once."""
    last = array[-1]
    return b"".join((_pack_head(array), last)) if _is_long(last) else msgpack.packb(array)


def _is_shortest(data: bytes, array: Sequence[Any]) -> bool:
    """Say whether *data* is the one form of *array*, which was read from it."""
    last = array[-1]
    if not _is_long(last):
        return bool(msgpack.packb(array) == data)
    head = _pack_head(array)
    # With such a head, and nothing behind it but so many bytes, these are those that were read.
    return len(data) == len(head) + len(last) and data.startswith(head)


def _is_long(value: object) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) > _SHORT_BYTES_MAX


def _pack_head(array: Sequence[Any]) -> bytes:
    """Write an array but for the bytes at its end."""
    *before, last = array
    packer = msgpack.Packer()
    parts = [packer.pack_array_header(len(array)), *map(packer.pack, before)]
    return b"".join([*parts, _LONG.pack(_BIN_32, len(last))])


def _check_size(data: bytes, bytes_max: int) -> None:
    if len(data) > bytes_max:
        raise WireError(f"a message of {len(data)} bytes; the limit is {bytes_max}")


def _read_type(data: bytes) -> int:
    if len(data) < 2 or data[0] & _ARRAY_MASK != _ARRAY or data[0] == _ARRAY or data[1] & _NUMBER_MASK:
        raise WireError("not a msgpack array that begins with a type from 0 to 127")
    return data[1]


def _read_unknown(number: int) -> Unknown:
    # The rest is not looked at: it is whatever the extension says.
    if number not in EXTENSION_TYPES:
        raise WireError(f"no message has type {number}")
    return Unknown(number)


def _read_array(data: bytes, layout: Layout) -> list[Any]:
    if data[0] & _COUNT_MASK != len(layout.fields) + 1:
        raise WireError(f"{layout.kind.__name__} is an array of {len(layout.fields) + 1}")
    array = _read_at_once(data, layout) if len(data) <= AT_ONCE_BYTES_MAX else None
    return _read_one_by_one(data, layout) if array is None else array


def _read_at_once(data: bytes, layout: Layout) -> list[Any] | None:
    """Read a small message, which takes a third of the time; None when something in it is not as it should be."""
    try:
        array: list[Any] = msgpack.unpackb(data, max_array_len=_COUNT_MASK, max_map_len=0, max_ext_len=0)
    except (ValueError, msgpack.UnpackException):
        return None
    for at, field in enumerate(layout.fields.values(), 1):
        value = array[at]
        if isinstance(value, list) != bool(field.items_max):
            return None
        if field.items_max:
            if len(value) > field.items_max or list in map(type, value):
                return None
            array[at] = tuple(value)
    return array


def _read_one_by_one(data: bytes, layout: Layout) -> list[Any]:
    # Nothing may nest: the reader refuses every array, map and extension that is not asked for by name.
    reader = msgpack.Unpacker(max_buffer_size=MESSAGE_BYTES_MAX, max_array_len=0, max_map_len=0, max_ext_len=0)
    reader.feed(data)
    try:
        reader.read_array_header()
        number, fields = reader.unpack(), layout.fields.values()
        return [number, *[_read_items(reader, field) if field.items_max else reader.unpack() for field in fields]]
    except (ValueError, msgpack.UnpackException) as error:
        # In words of our own, because it is sent: every language says the same of the same bytes.
        raise WireError(f"{layout.kind.__name__} is broken msgpack") from error


def _read_items(reader: msgpack.Unpacker, field: Field) -> tuple[Any, ...]:
    count = reader.read_array_header()
    if count > field.items_max:
        raise WireError(f"{count} elements exceed the limit of {field.items_max}")
    return tuple([reader.unpack() for _ in range(count)])


def _unpack(layout: Layout, packed: Sequence[Any]) -> list[Any]:
    values: list[Any] = []
    try:
        for field, value in zip(layout.fields.values(), packed, strict=True):
            values.append(field.unpack(value))
    except WireError as error:
        name = tuple(layout.fields)[len(values)]
        raise WireError(f"{layout.kind.__name__}.{name}: {error}") from error
    return values
