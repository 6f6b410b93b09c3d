"""Writes receipts.json: receipts with their records, and records that are none. Run it after a change of receipts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, hash_group, sign_receipt
from peerset.core.record import Record, RecordId, event_of, sign_record
from peerset.core.rules import Manifest
from peerset.core.signal import RoomTag

FILE: Final = Path(__file__).with_name("receipts.json")
NOTE: Final = (
    "receipts: sign_receipt(secret_key, receipt) gives the event, and receipt_of(event) is the receipt. refusals: "
    "events with good ids and signatures that hold no receipt. groups: hash_group(ids) is hash, in whatever order."
)

KEY: Final = SecretKey(bytes([1]) * 32)
ROOM: Final = RoomTag(bytes.fromhex("00112233445566778899aabbccddeeff"))
NOW: Final = UnixTime(1_790_000_000)
IDS: Final = [RecordId(bytes([number]) * 32) for number in (0x5C, 0x07, 0xFF)]
WORDS: Final = Manifest("words", 1, '{"languages":["en"]}', (bytes(32),))
QUOTA: Final = Manifest("quota", 1, '{"newest":5,"per":"collection"}')

RECEIPTS: Final = (
    ("a refusal by one of the rules", Receipt(IDS[0], "words", WORDS.id, Fate.REFUSED, "whole")),
    ("a refusal by the only rule", Receipt(IDS[1], "kinds", Manifest("kinds", 1).id, Fate.REFUSED)),
    ("a rule with what JSON escapes", Receipt(IDS[0], "my-rules.2", WORDS.id, Fate.REFUSED, 'a "b"\\\n\x01/\x7f')),
    ("a rule of 64 code points", Receipt(IDS[0], "words", WORDS.id, Fate.REFUSED, "\U0001f30d" * 64)),
    ("a shadowing", Receipt(IDS[2], "quota", QUOTA.id, Fate.SHADOWED, group=hash_group(IDS))),
)
GROUPS: Final[tuple[list[RecordId], ...]] = ([], IDS[:1], IDS)


def refusals() -> Iterator[tuple[str, Record]]:
    """Name and record of what must not be read as a receipt."""
    content = json.loads(RECEIPTS[0][1].content)
    shadowing = json.loads(RECEIPTS[4][1].content)
    yield "another kind", sign(kind=1_078)
    yield "no JSON", sign("refused")
    yield "an array", sign("[]")
    yield "arrays without end", sign("[" * 1_000)
    yield "spaces", sign(RECEIPTS[0][1].content.replace(":", ": "))
    yield "keys in another order", sign(plain(dict(reversed(content.items()))))
    yield "a key twice", sign(RECEIPTS[0][1].content.replace("{", '{"manifest":"",', 1))
    yield "an escape that nothing needs", sign(RECEIPTS[0][1].content.replace("words", "w\\u006frds"))
    yield "a fraction", sign(plain(content | {"rule": 1.5}))
    yield "a lone surrogate", sign(plain(content | {"rule": "?"}).replace("?", "\\ud800"))
    yield "a key too many", sign(plain(content | {"why": "it is spam"}))
    for name in content:
        yield f"no {name}", sign(plain({key: value for key, value in content.items() if key != name}))
        yield f"{name} null", sign(plain(content | {name: None}))
    yield "an unknown verdict", sign(plain(content | {"verdict": "accepted"}))
    yield "a verdict of taste", sign(plain(content | {"verdict": "hidden"}))
    yield "a manifest of 31 bytes", sign(plain(content | {"manifest": WORDS.id.hex()[2:]}))
    yield "a manifest in upper case", sign(plain(content | {"manifest": WORDS.id.hex().upper()}))
    yield "a policy in upper case", sign(plain(content | {"policy": "Words"}))
    yield "a policy without a name", sign(plain(content | {"policy": ""}))
    yield "a rule of 65 code points", sign(plain(content | {"rule": "x" * 65}))
    yield "a refusal within a group", sign(plain({"group": "00" * 32, **content}))
    yield "a shadowing without its group", sign(plain({k: v for k, v in shadowing.items() if k != "group"}), of=IDS[2])
    yield "a shadowing with an empty group", sign(plain(shadowing | {"group": ""}), of=IDS[2])
    yield "a shadowing by a rule", sign(plain(shadowing | {"rule": "newest"}), of=IDS[2])
    yield from tag_refusals()


def tag_refusals() -> Iterator[tuple[str, Record]]:
    room, collection, record = RECEIPTS[0][1].tags(ROOM)
    for name, tags in (
        ("no tags", []),
        ("no room", [collection, record]),
        ("no collection", [room, record]),
        ("another collection", [room, ["c", "notes"], record]),
        ("no record", [room, collection]),
        ("another record than the content's", [room, collection, ["e", IDS[1].hex()]]),
        ("a record with a relay", [room, collection, [*record, ""]]),
        ("tags in another order", [collection, room, record]),
        ("two records", [room, collection, record, ["e", IDS[1].hex()]]),
        ("two rooms", [room, collection, record, ["h", "f" * 32]]),
    ):
        yield name, sign(tags=tags)


def sign(
    content: str = RECEIPTS[0][1].content,
    *,
    kind: int = KIND_RECEIPT,
    tags: list[list[str]] | None = None,
    of: RecordId = IDS[0],
) -> Record:
    given = [["h", ROOM.hex()], ["c", "receipts"], ["e", of.hex()]] if tags is None else tags
    return sign_record(KEY, created_at=NOW, kind=kind, tags=given, content=content)


def plain(value: dict[str, Any]) -> str:
    """Write *value* without spaces, its keys in their order."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def described(receipt: Receipt) -> dict[str, str]:
    return {
        "record": receipt.record_id.hex(),
        "policy": receipt.policy,
        "manifest": receipt.manifest.hex(),
        "verdict": receipt.fate.value,
        "rule": receipt.rule,
        "group": receipt.group.hex(),
    }


def make() -> str:
    """Give the text of the file."""
    receipts = [
        {
            "name": name,
            "receipt": described(receipt),
            "event": event_of(sign_receipt(KEY, receipt, room_tag=ROOM, created_at=NOW)),
        }
        for name, receipt in RECEIPTS
    ]
    more = sign(tags=[*RECEIPTS[0][1].tags(ROOM), ["nonce", "1", "0"]])
    vectors = {
        "note": NOTE,
        "secret_key": KEY.secret.hex(),
        "room": ROOM.hex(),
        "receipts": receipts,
        "further_tags": [
            {"name": "proof of work", "receipt": described(RECEIPTS[0][1]), "event": event_of(more)},
        ],
        "refusals": [{"name": name, "event": event_of(record)} for name, record in refusals()],
        "groups": [{"ids": [each.hex() for each in ids], "hash": hash_group(ids).hex()} for ids in GROUPS],
    }
    return json.dumps(vectors, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
