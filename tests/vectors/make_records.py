"""Writes records.json, refusals.json and npub.json beside itself, the same bytes every time.

Run it after a change of the rules: ``python tests/vectors/make_records.py``, and read what changed.
"""

import json
from pathlib import Path
from typing import Final

import msgpack

from peerset.core import bech32
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, canonical_json, event_of, record_of, sign_record

KEY: Final = SecretKey(bytes([1]) * 32)
NOW: Final = 1_790_000_000
NOW_BYTES: Final = NOW.to_bytes(4, "big")
ROOM: Final = ["h", "00112233445566778899aabbccddeeff"]
SOME_ID: Final = "5c83da77af1dec6d7289834998ad7aafbd9e2191396d75ec3cc27f5a77226f36"
FIELD_SIZE: Final = (2**256 - 2**32 - 977).to_bytes(32, "big")
CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NOT_ON_CURVE: Final = bytes.fromhex("eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34")

# Signed by another implementation: shows that ours agrees with it on ids and signatures.
FOREIGN: Final = {
    "id": "70b10f70c1318967eddf12527799411b1a9780ad9c43858f5e5fcd45486a13a5",
    "pubkey": "379e863e8357163b5bce5d2688dc4f1dcc2d505222fb8d74db600f30535dfdfe",
    "created_at": 1612809991,
    "kind": 1,
    "tags": [],
    "content": "test",
    "sig": "273a9cd5d11455590f4359500bccb7a89428262b96b3ea87a756b770964472f8"
    "c3e87f5d5e64d8d2e859a71462a3f477b554565c4f2f326cb01dd7620db71502",
}


def render() -> dict[str, str]:
    """Give the text of every file by its name."""
    files = {
        "records.json": {"secret_key": KEY.secret.hex(), "records": _records(), "foreign": [_described(FOREIGN)]},
        "refusals.json": {"wires": _wire_refusals(), "events": _event_refusals()},
        "npub.json": {"keys": _keys(), "refusals": _key_refusals()},
    }
    return {name: json.dumps(content, indent=1) + "\n" for name, content in files.items()}


def _records() -> list[dict[str, object]]:
    cases = [
        ("a note", _sign(tags=[ROOM, ["c", "notes"]], content='{"text":"hello"}')),
        ("no tags, no content", _sign(tags=[])),
        ("what JSON escapes, and the slash it does not", _sign(content='a"b\\c\nd\re\tf/g')),
        ("a backslash and u that escape nothing", _sign(content="\\u0000 \\ud800 \\n")),
        ("U+007F and the controls above it stay as they are", _sign(content="\x7f\x80\x85\x9f")),
        ("U+2028 and U+2029 stay as they are", _sign(content="line\u2028paragraph\u2029end")),
        ("text that is not in NFC stays as it is", _sign(tags=[["c", "e\u0301"]], content="e\u0301 is not \u00e9")),
        (
            "astral characters, joiners, right-to-left",
            _sign(content="\U0001f468\u200d\U0001f469\u200d\U0001f467 \u202eabc"),
        ),
        ("a byte order mark and noncharacters", _sign(content="\ufeff\ufffe\uffff\U0010ffff\ue000")),
        ("the first second", _sign(created_at=0)),
        ("the last whole number", _sign(created_at=2**53 - 1)),
        ("kind 0", _sign(kind=0)),
        ("kind 127", _sign(kind=127)),
        ("kind 128", _sign(kind=128)),
        ("kind 256", _sign(kind=256)),
        ("kind 65535", _sign(kind=65535)),
        ("created_at of 32 bits", _sign(created_at=2**32 - 1)),
        ("created_at of 33 bits", _sign(created_at=2**32)),
        ("31 bytes of content", _sign(content="x" * 31)),
        ("32 bytes of content", _sign(content="x" * 32)),
        ("256 bytes of content in 128 characters", _sign(content="\u00e9" * 128)),
        ("empty texts in a tag", _sign(tags=[["", ""], ["c", ""]])),
        ("a tag of one text", _sign(tags=[["protected"]])),
        ("a tag of 16 texts", _sign(tags=[["x", *map(str, range(15))]])),
        ("64 tags", _sign(tags=[ROOM, *([["r", str(number)] for number in range(63)])])),
        ("a tag value of 1024 bytes", _sign(tags=[["x", "\u20ac" * 341 + "a"]])),
        ("a second room counts for nothing", _sign(tags=[ROOM, ["h", "f" * 32]])),
        ("a causal link", _sign(tags=[ROOM, ["e", SOME_ID, "", "prev"]])),
        ("a deletion", _sign(kind=5, tags=[ROOM, ["e", SOME_ID], ["e", "0" * 64]], content="a mistake")),
        ("a keyed record", _sign(kind=30078, tags=[ROOM, ["d", "settings"]], content="{}")),
        ("an ephemeral record", _sign(kind=20001, tags=[ROOM], content="typing")),
    ]
    return [{"name": name, **_described(event_of(record))} for name, record in cases]


def _sign(*, created_at: int = NOW, kind: int = 1078, tags: list[list[str]] | None = None, content: str = "") -> Record:
    return sign_record(KEY, created_at=UnixTime(created_at), kind=kind, tags=tags or [], content=content)


def _described(event: dict[str, object]) -> dict[str, object]:
    record = record_of(event)
    canonical = canonical_json(record.author, record.created_at, record.kind, record.tags, record.content)
    return {**event, "canonical": canonical.decode(), "wire": record.wire.hex()}


def _wire_refusals() -> list[dict[str, str]]:
    malformed = {**_broken_encodings(), **_broken_fields(), **_broken_texts()}
    return [
        *({"name": name, "reason": "malformed", "wire": wire.hex()} for name, wire in malformed.items()),
        *({"name": name, "reason": "signature", "wire": wire.hex()} for name, wire in _broken_signatures().items()),
    ]


def _fields(**changed: object) -> dict[str, object]:
    record = _sign(tags=[ROOM], content="text")
    fields: dict[str, object] = {
        "author": record.author,
        "created_at": record.created_at,
        "kind": record.kind,
        "tags": record.tags,
        "content": record.content,
        "signature": record.signature,
    }
    return fields | changed


def _wire(**changed: object) -> bytes:
    return _pack(list(_fields(**changed).values()))


def _pack(value: object) -> bytes:
    return bytes(msgpack.packb(value, unicode_errors="surrogatepass"))


def _swapped(part: bytes, other: bytes, **changed: object) -> bytes:
    wire = _wire(**changed)
    assert wire.count(part) == 1
    return wire.replace(part, other)


def _broken_encodings() -> dict[str, bytes]:
    fields = list(_fields().values())
    return {
        "nothing": b"",
        "a byte too many": _wire() + b"\x00",
        "a byte too few": _wire()[:-1],
        "two records": _wire() * 2,
        "a whole number": _pack(7),
        "nil": _pack(None),
        "a map": _pack(_fields()),
        "an empty map": b"\x80",
        "an unknown msgpack byte": b"\xc1",
        "5 fields": _pack(fields[:5]),
        "7 fields": _pack([*fields, 0]),
        "an array that claims 2^32 - 1 fields": b"\xdd\xff\xff\xff\xff",
        "a content that claims 2^32 - 1 bytes": b"\x96\xdb\xff\xff\xff\xff",
        "1000 arrays within each other": b"\x91" * 1000,
        "kind in 3 bytes more": _swapped(b"\xcd\x04\x36", b"\xce\x00\x00\x04\x36"),
        "kind as a signed number": _swapped(b"\xcd\x04\x36", b"\xd1\x04\x36"),
        "content with a longer head": _swapped(b"\xa4text", b"\xd9\x04text"),
        "author with a longer head": _swapped(b"\xc4\x20", b"\xc5\x00\x20"),
        "fields with a longer head": b"\xdc\x00\x06" + _wire()[1:],
    }


def _broken_fields() -> dict[str, bytes]:
    return {
        "author of 31 bytes": _wire(author=KEY.public_key[:31]),
        "author of 33 bytes": _wire(author=KEY.public_key + b"\x00"),
        "author as text": _wire(author="a" * 32),
        "signature of 63 bytes": _wire(signature=bytes(63)),
        "signature of 65 bytes": _wire(signature=bytes(65)),
        "no signature": _wire(signature=b""),
        "signature as text": _wire(signature="a" * 64),
        "created_at as a float": _wire(created_at=float(NOW)),
        "created_at as text": _wire(created_at=str(NOW)),
        "created_at true": _wire(created_at=True),
        "created_at nil": _wire(created_at=None),
        "created_at below 0": _wire(created_at=-1),
        "created_at 2^53": _wire(created_at=2**53),
        "created_at 2^64 - 1": _wire(created_at=2**64 - 1),
        "created_at as a timestamp extension": _swapped(b"\xce" + NOW_BYTES, b"\xd6\xff" + NOW_BYTES),
        "kind below 0": _wire(kind=-1),
        "kind 65536": _wire(kind=65536),
        "kind false": _wire(kind=False),
        "kind as a float": _wire(kind=1.0),
        "tags as an empty text": _wire(tags=""),
        "tags as empty bytes": _wire(tags=b""),
        "tags nil": _wire(tags=None),
        "tags as a map": _wire(tags={"h": ROOM[1]}),
        "a tag without texts": _wire(tags=[ROOM, []]),
        "a tag as text": _wire(tags=["h"]),
        "a tag within a tag": _wire(tags=[ROOM, ["x", ["y"]]]),
        "a number in a tag": _wire(tags=[ROOM, ["x", 1]]),
        "nil in a tag": _wire(tags=[ROOM, ["x", None]]),
        "bytes in a tag": _wire(tags=[ROOM, ["x", b"y"]]),
        "a map in a tag": _wire(tags=[ROOM, ["x", {}]]),
        "an empty extension in a tag": _swapped(b"\xa5place", b"\xc7\x00\x05", tags=[ROOM, ["x", "place"]]),
        "a tag of 17 texts": _wire(tags=[["x"] * 17]),
        "65 tags": _wire(tags=[["x"]] * 65),
        "content as bytes": _wire(content=b"text"),
        "content nil": _wire(content=None),
        "content as an array": _wire(content=[]),
    }


def _broken_texts() -> dict[str, bytes]:
    return {
        "NUL in content": _wire(content="a\0b"),
        "NUL in a tag": _wire(tags=[["x", "a\0b"]]),
        "NUL in the name of a tag": _wire(tags=[["\0", "a"]]),
        "U+0001": _wire(content="\x01"),
        "backspace": _wire(content="\b"),
        "vertical tab": _wire(content="\v"),
        "form feed": _wire(content="\f"),
        "escape": _wire(content="\x1b[31mred"),
        "U+001F": _wire(content="\x1f"),
        "a lone high surrogate": _wire(content="\ud800"),
        "a lone low surrogate in a tag": _wire(tags=[["x", "\udfff"]]),
        "a surrogate pair as 6 bytes": _wire(content="\ud83d\ude00"),
        "an overlong NUL": _swapped(b"\xa4text", b"\xa2\xc0\x80"),
        "bytes that are no UTF-8": _swapped(b"\xa4text", b"\xa1\xff"),
        "a tag value of 1025 bytes": _wire(tags=[["x", "a" * 1025]]),
        "a tag value of 1026 bytes in 342 characters": _wire(tags=[["x", "\u20ac" * 342]]),
        "a tag name of 1025 bytes": _wire(tags=[["a" * 1025]]),
        "room in upper case": _wire(tags=[["h", ROOM[1].upper()]]),
        "room with spaces": _wire(tags=[["h", "00 11 22 33 44 55 66 77 88 99 aa"]]),
        "room too short": _wire(tags=[["h", ROOM[1][:-2]]]),
        "room too long": _wire(tags=[["h", ROOM[1] + "00"]]),
        "room left out": _wire(tags=[["h"]]),
        "room in full-width digits": _wire(tags=[["h", "\uff11" * 32]]),
        "target in upper case": _wire(kind=5, tags=[["e", SOME_ID.upper()]]),
        "target too short": _wire(kind=5, tags=[["e", SOME_ID[:-1]]]),
        "target left out": _wire(kind=5, tags=[["e"]]),
        "link in upper case": _wire(tags=[["e", SOME_ID.upper(), "", "prev"]]),
    }


def _broken_signatures() -> dict[str, bytes]:
    record = _sign(tags=[ROOM], content="text")
    r, s = record.signature[:32], int.from_bytes(record.signature[32:], "big")
    stranger = SecretKey(bytes([2]) * 32)
    return {
        "zeros": _wire(signature=bytes(64)),
        "the last bit flipped": _wire(signature=r + (s ^ 1).to_bytes(32, "big")),
        "the first bit flipped": _wire(signature=bytes([r[0] ^ 0x80]) + record.signature[1:]),
        "r and s exchanged": _wire(signature=record.signature[32:] + r),
        "s negated": _wire(signature=r + (CURVE_ORDER - s).to_bytes(32, "big")),
        "s is the order of the curve": _wire(signature=r + CURVE_ORDER.to_bytes(32, "big")),
        "s is 2^256 - 1": _wire(signature=r + b"\xff" * 32),
        "r is the size of the field": _wire(signature=FIELD_SIZE + record.signature[32:]),
        "by someone else": _wire(signature=stranger.sign(record.id)),
        "over other content": _wire(content="tex!"),
        "over another second": _wire(created_at=NOW + 1),
        "author of zeros": _wire(author=bytes(32)),
        "author is the size of the field": _wire(author=FIELD_SIZE),
        "author above the size of the field": _wire(author=b"\xff" * 32),
        "author not on the curve": _wire(author=NOT_ON_CURVE),
    }


def _event_refusals() -> list[dict[str, str]]:
    event = event_of(_sign(tags=[ROOM], content="text"))
    text = json.dumps(event)
    cases = {
        "an array": "[]",
        "null": "null",
        "no fields": "{}",
        "sig left out": json.dumps({name: value for name, value in event.items() if name != "sig"}),
        "id in upper case": json.dumps({**event, "id": str(event["id"]).upper()}),
        "id of other content": json.dumps({**event, "content": "tex!"}),
        "id too short": json.dumps({**event, "id": str(event["id"])[:-2]}),
        "id with spaces": json.dumps({**event, "id": " " + str(event["id"])[1:]}),
        "pubkey in upper case": json.dumps({**event, "pubkey": str(event["pubkey"]).upper()}),
        "pubkey as npub": json.dumps({**event, "pubkey": bech32.encode("npub", KEY.public_key)}),
        "sig in upper case": json.dumps({**event, "sig": str(event["sig"]).upper()}),
        "sig too long": json.dumps({**event, "sig": str(event["sig"]) + "00"}),
        "sig null": json.dumps({**event, "sig": None}),
        "created_at of half a second": json.dumps({**event, "created_at": NOW + 0.5}),
        "created_at as text": json.dumps({**event, "created_at": str(NOW)}),
        "created_at true": json.dumps({**event, "created_at": True}),
        "created_at below 0": json.dumps({**event, "created_at": -1}),
        "created_at 2^53 + 1": json.dumps({**event, "created_at": 2**53 + 1}),
        "kind 65536": json.dumps({**event, "kind": 65536}),
        "kind null": json.dumps({**event, "kind": None}),
        "tags null": json.dumps({**event, "tags": None}),
        "tags as an object": json.dumps({**event, "tags": {"h": ROOM[1]}}),
        "tags as text": json.dumps({**event, "tags": ""}),
        "a tag as text": json.dumps({**event, "tags": ["h"]}),
        "a tag without texts": json.dumps({**event, "tags": [[]]}),
        "a tag within a tag": json.dumps({**event, "tags": [["x", ["y"]]]}),
        "a number in a tag": json.dumps({**event, "tags": [["x", 1]]}),
        "content null": json.dumps({**event, "content": None}),
        "content as an object": json.dumps({**event, "content": {"text": "hello"}}),
        "NUL in content": text.replace('"text"', '"\\u0000"'),
        "a lone surrogate in content": text.replace('"text"', '"\\ud800"'),
        "surrogates in the wrong order": text.replace('"text"', '"\\ude00\\ud83d"'),
        "a lone surrogate in a tag": json.dumps({**event, "tags": [["x", "\udc00"]]}),
    }
    return [{"name": name, "reason": "malformed", "event": event_text} for name, event_text in cases.items()]


def _keys() -> list[dict[str, str]]:
    # The first is the example of NIP-19.
    secrets = ["67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa", "01" * 32, "00" * 31 + "01"]
    keys = [SecretKey(bytes.fromhex(secret)) for secret in secrets]
    return [
        {
            "secret_key": key.secret.hex(),
            "nsec": key.to_nsec(),
            "public_key": key.public_key.hex(),
            "npub": bech32.encode("npub", key.public_key),
        }
        for key in keys
    ]


def _key_refusals() -> list[dict[str, str]]:
    npub = bech32.encode("npub", KEY.public_key)
    nsec = KEY.to_nsec()
    return [
        {"name": "nothing", "prefix": "npub", "text": ""},
        {"name": "hexadecimal", "prefix": "npub", "text": KEY.public_key.hex()},
        {"name": "an nsec for an npub", "prefix": "npub", "text": nsec},
        {"name": "an npub for an nsec", "prefix": "nsec", "text": npub},
        {"name": "a character changed", "prefix": "npub", "text": npub[:-1] + ("q" if npub[-1] != "q" else "p")},
        {"name": "a character left out", "prefix": "npub", "text": npub[:-1]},
        {"name": "a character too many", "prefix": "npub", "text": npub + "q"},
        {"name": "mixed case", "prefix": "npub", "text": npub[:-8] + npub[-8:].upper()},
        {"name": "a character bech32 does not have", "prefix": "npub", "text": npub[:10] + "b" + npub[11:]},
        {"name": "31 bytes", "prefix": "npub", "text": bech32.encode("npub", KEY.public_key[:31])},
        {"name": "33 bytes", "prefix": "npub", "text": bech32.encode("npub", KEY.public_key + b"\x00")},
        {"name": "not on the curve", "prefix": "npub", "text": bech32.encode("npub", NOT_ON_CURVE)},
        {"name": "the secret 0", "prefix": "nsec", "text": bech32.encode("nsec", bytes(32))},
        {
            "name": "a secret as large as the order",
            "prefix": "nsec",
            "text": bech32.encode("nsec", CURVE_ORDER.to_bytes(32, "big")),
        },
    ]


if __name__ == "__main__":
    for file_name, file_text in render().items():
        (Path(__file__).parent / file_name).write_text(file_text, encoding="utf-8")
