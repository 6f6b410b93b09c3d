"""Writes messages.json: messages with their bytes, and bytes to refuse. Run it after a change of the wire."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import msgpack

from peerset.core.clock import UnixTime
from peerset.core.limits import FRAME_BYTES_MAX, MESSAGE_BYTES_MAX
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
    Fingerprint,
    Goodbye,
    GoodbyeReason,
    Hello,
    IdList,
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
    Skip,
    Want,
)
from peerset.core.packing import pack_ranges
from peerset.core.signal import RoomTag
from peerset.core.wire import encode

FILE: Final = Path(__file__).with_name("messages.json")
NOTE: Final = (
    "accepted: decode(hex) is the message and encode(message) is hex. ignored: decode(hex) says that it is an unknown "
    "extension. refused: decode gives an error; zeros more 00 bytes follow the hex. Byte strings are written in hex."
)

DAY: Final = 20_743
UPTO: Final = UnixTime(1_792_281_540)
MORNING: Final = DAY * 86_400


def octets(label: str, size: int) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(label.encode()).digest(size)


def short_ids(label: str, count: int, size: int = 8) -> tuple[bytes, ...]:
    return tuple(octets(f"{label} {number}", size) for number in range(count))


def hello(label: str, *, role: Role, features: int) -> Hello:
    return Hello(
        1,
        RoomTag(octets(f"{label} room", 16)),
        octets(f"{label} key", 32),
        octets(f"{label} nonce", 32),
        octets(f"{label} rules", 32),
        7_776_000,
        role,
        features,
        UPTO,
    )


def fingerprints(count: int) -> tuple[Fingerprint, ...]:
    return tuple(
        Fingerprint((MORNING + 1_350 * (number + 1), b""), octets(f"range {number}", 8)) for number in range(count)
    )


MESSAGES: Final[tuple[tuple[str, Message], ...]] = (
    ("a member's hello", hello("member", role=Role.MEMBER, features=0)),
    ("a seeder's hello with every feature", hello("seeder", role=Role.SEEDER, features=2**32 - 1)),
    (
        "a hello of a later version",
        Hello(255, RoomTag(bytes(16)), bytes(32), bytes(32), bytes(32), 0, Role.MEMBER, 0, UnixTime(0)),
    ),
    ("a proof", Proof(octets("proof", 64))),
    ("the smallest token", Ping(0)),
    ("the largest number of one byte", Ping(127)),
    ("the smallest number of two bytes", Ping(128)),
    ("the largest token", Ping(2**32 - 1)),
    ("an answer to a heartbeat", Pong(65_536)),
    ("a goodbye without a word", Goodbye(GoodbyeReason.LEAVING)),
    ("a goodbye in two scripts", Goodbye(GoodbyeReason.FULL, "bis später 再见")),
    ("the longest goodbye", Goodbye(GoodbyeReason.DUPLICATE, "x" * 256)),
    ("the root of an empty set", Root(1, DAY - 90, UPTO, 0, octets("empty", 16))),
    ("the root of a full set", Root(2**32 - 1, DAY - 90, UPTO, 100_000, octets("full", 16))),
    ("a sketch of two symbols", Sketch(3, DAY - 90, UPTO, 2**32 - 1, octets("symbols", 26))),
    ("more of a sketch", More(3, 2_048)),
    ("days in place of a sketch", More(3, 0)),
    ("no days", Days(1, DAY, UPTO, 1, ())),
    ("two days and an empty one", Days(1, DAY - 2, UPTO, 1, ((3, octets("a", 8)), (0, b""), (70_000, octets("b", 8))))),
    ("cells of eight days", Days(7, DAY - 95, UPTO, 8, ((2**32 - 1, octets("c", 8)),) * 12)),
    ("no ranges", Ranges(1, ())),
    ("a skipped range", Ranges(1, (Skip((MORNING, b"")),), more=True)),
    ("a bound inside a second", Ranges(1, (Fingerprint((MORNING + 5, b"\x8f\x01"), octets("d", 8)),))),
    ("a list of nothing", Ranges(1, (IdList((MORNING + 60, b""), ()),))),
    (
        "every kind of range",
        Ranges(
            3,
            (
                Skip((MORNING, b"")),
                Fingerprint((MORNING + 600, b""), octets("e", 8)),
                IdList((MORNING + 600, b"\x80"), short_ids("f", 3, 5)),
                Fingerprint((MORNING + 600, octets("whole id", 32)), octets("g", 8)),
                Skip((UPTO, b"")),
            ),
        ),
    ),
    ("the branches of a day", Ranges(9, fingerprints(64))),
    ("wanting nothing", Want(1, ())),
    ("wanting forty", Want(1, short_ids("want", 40, 5))),
    ("no records", Records(1, ())),
    ("a live record", Records(0, (octets("record", 300),))),
    ("records of three sizes", Records(4, (b"", octets("small", 255), octets("large", 256)))),
    ("credit for nothing", Credit(1, 0)),
    ("the largest credit", Credit(1, 2**53 - 1)),
    ("the end of a round", Fin(1, 100_001, octets("fin", 16))),
    ("one announced record", Announce(short_ids("announce", 1))),
    ("as many as may be announced", Announce(short_ids("announce", 64))),
    ("a pull", Pull(short_ids("announce", 2))),
    ("three records that are not here", Lacking(7, short_ids("lacking", 3))),
    ("two records that are not taken", Declining(short_ids("declining", 2))),
    ("two records of one second, asked for again", Fetch(1_790_000_000, short_ids("fetch", 2))),
    ("a question who is there", Seek()),
    ("nobody else is there", Neighbours(b"")),
    (
        "two neighbours",
        Neighbours(b"".join(b"%020d" % number + octets(f"neighbour {number}", 32) for number in (1, 2))),
    ),
    ("as many neighbours as may be told", Neighbours(bytes(16 * 52))),
    ("a sealed offer", Introduce(b"%020d" % 1, b"%020d" % 2, octets("sealed", 300))),
    ("a light member's edge", Light(1_789_948_800)),
    ("two names", Named(3, bytes(4) + octets("old", 32) + b"\xff" * 4 + octets("new", 32))),
    ("no names", Named(3, b"")),
    ("a question for a blob", BlobAsk(octets("root", 32))),
    ("the first nine pieces of a blob", BlobHave(octets("root", 32), b"\xff\x80")),
    ("nothing of a blob", BlobHave(octets("root", 32), b"")),
    ("one piece that is wanted", BlobWant(octets("root", 32), 0, 1)),
    ("as many pieces as may be wanted", BlobWant(octets("root", 32), 2**19 - 8, 8)),
    ("a piece with its proof", BlobPart(octets("root", 32), 3, octets("proof", 64), octets("piece", 300))),
    ("a piece of a blob that has no other", BlobPart(octets("root", 32), 0, b"", b"x")),
    ("two pieces that are not here", BlobAbsent(octets("root", 32), 5, 2)),
)

IGNORED: Final = (
    ("the first extension that is not known", "9148", 72),
    ("the last extension, with fields", "937fc0a568656c6c6f", 127),
    ("an extension that does not end", "9f48", 72),
)


def packed(*fields_after_type: object) -> bytes:
    data: bytes = msgpack.packb(fields_after_type)
    return data


def refusals() -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes and reason of everything that must not be read as a message."""
    yield "nothing", b"", "envelope"
    yield "a number", b"\x05", "envelope"
    yield "an empty array", b"\x90", "envelope"
    yield "a map", bytes.fromhex("81020c"), "envelope"
    yield "an array in a longer form", bytes.fromhex("dc0002020c"), "envelope"
    yield "a type in a longer form", bytes.fromhex("92cc020c"), "envelope"
    yield "a negative type", bytes.fromhex("92ff0c"), "envelope"
    yield "a type beyond 127", bytes.fromhex("92cc800c"), "envelope"
    yield "a type that is a text", bytes.fromhex("92a1780c"), "envelope"
    yield "the first type after the last", packed(16, 0), "type"
    yield "the last type that is not an extension", packed(63), "type"
    yield "a sketch of 2,049 symbols", packed(14, 1, DAY, UPTO, 0, bytes(13 * 2_049)), "value"
    yield "more than 2,048 symbols", packed(15, 1, 2_049), "value"
    yield "a ping without its token", packed(2), "fields"
    yield "a ping with one field more", packed(2, 1, 2), "fields"
    yield "a hello cut off", encode(MESSAGES[0][1])[:-1], "msgpack"
    yield "a byte after the message", encode(Ping(1)) + b"\x00", "form"
    yield "a token in a longer form", bytes.fromhex("9202cc0c"), "form"
    yield "a token as a signed number", bytes.fromhex("9202d2000f4240"), "form"
    yield "a signature in a longer form", bytes.fromhex("9201c50040") + octets("proof", 64), "form"
    yield "a record in a longer form", bytes.fromhex("93090091c5000100"), "form"
    yield "a list of records in a longer form", bytes.fromhex("930900dc0001c40100"), "form"
    yield "a list of records of 2^32 - 1", bytes.fromhex("930900ddffffffff"), "limit"
    yield "more records than a message may have", packed(9, 0, [b""] * 1_025), "limit"
    yield "a record of 65,537 bytes", packed(9, 0, [bytes(65_537)]), "limit"
    yield "a record that does not end", bytes.fromhex("93090091c600010001"), "msgpack"
    yield "records that are a map", bytes.fromhex("93090080"), "msgpack"
    yield "a record that is a text", bytes.fromhex("93090091a178"), "value"
    yield "a record inside a list of lists", bytes.fromhex("9309009191c40100"), "msgpack"
    yield "a token that is an array", bytes.fromhex("92029101"), "msgpack"
    yield "arrays without end", b"\x92\x02" + b"\x91" * 100, "msgpack"
    yield "a token that is a map", bytes.fromhex("92028101c0"), "msgpack"
    yield "a token that is an extension type", bytes.fromhex("9202d40100"), "msgpack"
    yield "a token that is a time", bytes.fromhex("9202d6ff00000000"), "msgpack"
    yield "the byte msgpack never uses", bytes.fromhex("9202c1"), "msgpack"
    yield "a byte string of 2^32 - 1", bytes.fromhex("9201c6ffffffff"), "msgpack"
    yield "a token that is a fraction", packed(2, 1.0), "value"
    yield "a token that is nothing", packed(2, None), "value"
    yield "a token that is true", packed(2, True), "value"
    yield "a token that is a text", packed(2, "1"), "value"
    yield "a token below 0", packed(2, -1), "value"
    yield "a token of 2^32", packed(2, 2**32), "value"
    yield "a credit of 2^53", packed(10, 1, 2**53), "value"
    yield "a signature of 63 bytes", packed(1, bytes(63)), "value"
    yield "a signature that is a text", packed(1, "x" * 64), "value"
    yield "a digest of 32 bytes", packed(11, 1, 0, bytes(32)), "value"
    yield "an unknown reason to leave", packed(4, 10, ""), "value"
    yield "a reason to leave that is true", packed(4, True, ""), "value"
    yield "a goodbye of 257 bytes", packed(4, 0, "x" * 257), "limit"
    yield "a goodbye in bytes", packed(4, 0, b"bye"), "value"
    yield "a goodbye with an escape", packed(4, 0, "\x1b[2J"), "value"
    yield "a goodbye with a line feed", packed(4, 0, "a\nb"), "value"
    yield "a goodbye with a C1 control", packed(4, 0, "\x9b"), "value"
    yield "a goodbye that is not UTF-8", bytes.fromhex("930400a1ff"), "msgpack"
    yield "a goodbye with a lone surrogate", bytes.fromhex("930400a3eda080"), "msgpack"
    yield "a flag that is a number", packed(7, 1, b"", 1), "value"
    yield "cells of no days", packed(6, 1, DAY, UPTO, 0, b""), "value"
    yield "cells of 3,701 days", packed(6, 1, DAY, UPTO, 3_701, b""), "value"
    yield "cells that are an array", packed(6, 1, DAY, UPTO, 1, []), "msgpack"
    yield "97 cells", packed(6, 1, DAY, UPTO, 1, bytes(97)), "limit"
    yield "a cell cut off", packed(6, 1, DAY, UPTO, 1, b"\x01" + bytes(7)), "packed"
    yield "a count in a longer form", packed(6, 1, DAY, UPTO, 1, b"\x80\x00"), "packed"
    yield "a count of 2^32", packed(6, 1, DAY, UPTO, 1, bytes.fromhex("8080808010") + bytes(8)), "limit"
    yield "ids of no whole number", packed(8, 1, bytes(14)), "packed"
    yield "more ids than may be announced", packed(12, bytes(65 * 8)), "limit"
    yield "more ids than may be pulled", packed(13, bytes(65 * 8)), "limit"
    yield "more ids than may be lacking", packed(64, 1, bytes(8_193 * 8)), "limit"
    yield "more ids than may be declined", packed(65, bytes(8_193 * 8)), "limit"
    yield "a question with a field", packed(67, 0), "fields"
    yield "more neighbours than may be told", packed(68, bytes(17 * 52)), "value"
    yield "an introduction to a shorter id", packed(69, bytes(19), bytes(20), b""), "value"
    yield "an introduction above its limit", packed(69, bytes(20), bytes(20), bytes(16_513)), "value"
    yield "more names than a message may have", packed(71, 1, bytes(1_601 * 36)), "value"
    yield "a question for a shorter root", packed(80, bytes(31)), "value"
    yield "more bits than any blob has pieces", packed(81, bytes(32), bytes(65_537)), "value"
    yield "no pieces wanted", packed(82, bytes(32), 0, 0), "value"
    yield "more pieces than may be wanted", packed(82, bytes(32), 0, 9), "value"
    yield "a longer proof than any blob has", packed(83, bytes(32), 0, bytes(609), b""), "value"
    yield "a piece that is too long", packed(83, bytes(32), 0, b"", bytes(131_073)), "value"
    yield "more pieces absent than may be wanted", packed(84, bytes(32), 0, 9), "value"
    yield "more ids than may be wanted", packed(8, 1, bytes(8_193 * 5)), "limit"
    yield from range_refusals()
    yield "a message above the limit", b"\x93\x09\x00\x91" + bytes(MESSAGE_BYTES_MAX - 3), "size"
    yield "an extension above the limit", b"\x92\x41" + bytes(MESSAGE_BYTES_MAX - 1), "size"
    yield "ranges above a frame", b"\x94\x07\x01\xc5\xea\x60" + bytes(FRAME_BYTES_MAX - 5), "size"


def range_refusals() -> Iterator[tuple[str, bytes, str]]:
    first = pack_ranges((Skip((MORNING, b"\x80")),))
    for name, items, reason in (
        ("a range without its mode", first[:-2], "packed"),
        ("a bound without its prefix", first[:-1], "packed"),
        ("a prefix of 33 bytes", bytes([0, 33]) + bytes(33), "limit"),
        ("a range of mode 3", bytes([0, 0xC0]), "packed"),
        ("a fingerprint cut off", bytes([0, 0x40]) + bytes(7), "packed"),
        ("a list without its count", bytes([0, 0x80]), "packed"),
        ("a list cut off", bytes([0, 0x80, 2]) + bytes(9), "packed"),
        ("a list of 2^53 - 1 ids", bytes([0, 0x80]) + bytes.fromhex("ffffffffffffff0f"), "packed"),
        ("a bound twice", first + bytes([0, 1, 0x80]), "packed"),
        ("a bound below the last", first + bytes([0, 1, 0x7F]), "packed"),
        ("a bound beyond 2^53 - 1", bytes.fromhex("ffffffffffffff0f00") + bytes([1, 0]), "limit"),
        ("a step of 2^53", bytes.fromhex("808080808080801000"), "limit"),
        ("a step of nine bytes", bytes.fromhex("80808080808080808000"), "limit"),
        ("a step in a longer form", bytes.fromhex("818000") + bytes(1), "packed"),
        ("a step cut off", bytes.fromhex("8080"), "packed"),
        ("more ranges than a message may have", b"\x01\x00" * 4_097, "limit"),
    ):
        yield name, packed(7, 1, items, False), reason


def plain(value: object) -> Any:
    """Write part of a message in plain JSON."""
    match value:
        case bytes():
            return value.hex()
        case IntEnum():
            return int(value)
        case tuple():
            return [plain(inner) for inner in value]
        case Skip() | Fingerprint() | IdList():
            return {"is": type(value).__name__, **plain_fields(value)}
        case _:
            return value


def plain_fields(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def plain_message(message: Message) -> dict[str, Any]:
    """Write *message* in plain JSON."""
    return {"is": type(message).__name__, **plain_fields(message)}


def refused(name: str, data: bytes, reason: str) -> dict[str, Any]:
    """Leave out the zeros at the end of long ones."""
    head = data.rstrip(b"\0") if len(data) > 1_024 else data
    return {"name": name, "reason": reason, "hex": head.hex(), "zeros": len(data) - len(head)}


def make() -> str:
    """Give the text of the file."""
    accepted = [
        {"name": name, "message": plain_message(message), "hex": encode(message).hex()} for name, message in MESSAGES
    ]
    ignored = [{"name": name, "hex": data, "type": number} for name, data, number in IGNORED]
    vectors = {
        "note": NOTE,
        "accepted": accepted,
        "ignored": ignored,
        "refused": [refused(*refusal) for refusal in refusals()],
    }
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
