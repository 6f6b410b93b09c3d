"""Writes heirs.json: successions, and for whom records speak that carry them. Run it after a change."""

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.grant import sign_grant, spoken_for
from peerset.core.heir import PREFIX, Succession, sign_succession
from peerset.core.keys import SecretKey
from peerset.core.limits import HEIRS_MAX
from peerset.core.record import KIND_RECORD, sign_record
from peerset.core.signal import RoomName

FILE: Final = Path(__file__).with_name("heirs.json")
NOTE: Final = (
    "`successions`: what a secret key signs for an heir, and the token. `cases`: events, and the key for which each "
    "speaks in a collection that is on behalf of others. `refusals`: texts that are no tokens."
)
KEYS: Final = [SecretKey(bytes([number]) * 32) for number in range(1, HEIRS_MAX + 4)]
OLD, HEIR, THIRD, THIEF, DEVICE, *_ = KEYS
ROOM: Final = RoomName("peerset", "lobby").tag
SINCE, NOON = UnixTime(1_790_000_000), UnixTime(1_790_043_200)


def make() -> str:
    """Give the text of the file."""
    parts = {
        "note": NOTE,
        "successions": [_named(*each) for each in ((OLD, HEIR, SINCE), (HEIR, THIRD, UnixTime(0)))],
        "cases": [_case(*each) for each in _cases()],
        "refusals": [{"name": name, "text": text} for name, text in _refusals().items()],
    }
    return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def token(key: SecretKey = OLD, heir: SecretKey = HEIR, since: UnixTime = SINCE) -> str:
    """Name *heir*."""
    return sign_succession(key, heir.public_key, since=since).text


def _named(key: SecretKey, heir: SecretKey, since: UnixTime) -> dict[str, Any]:
    said = {"secret_key": key.secret.hex(), "heir": heir.public_key.hex(), "since": since}
    return said | {"token": token(key, heir, since)}


def _cases() -> list[tuple[str, SecretKey, list[str], UnixTime]]:
    forged = Succession(
        OLD.public_key, THIEF.public_key, SINCE, sign_succession(THIEF, OLD.public_key, since=SINCE).signature
    )
    moved = Succession(
        OLD.public_key, HEIR.public_key, UnixTime(SINCE - 9), base64.urlsafe_b64decode(token()[5:] + "==")[72:]
    )
    chain = [token(key, heir) for key, heir in pairwise(KEYS)][::-1]
    device = DEVICE.public_key
    grant = sign_grant(HEIR, device, room_tag=ROOM, since=SINCE, until=NOON, is_on_behalf=True).text
    return [
        ("one's own", HEIR, [], NOON),
        ("an heir's", HEIR, [token()], NOON),
        ("at the first second", HEIR, [token()], SINCE),
        ("before it was the heir", HEIR, [token()], UnixTime(SINCE - 1)),
        ("an heir's heir", THIRD, [token(HEIR, THIRD), token()], NOON),
        ("in the wrong order", THIRD, [token(), token(HEIR, THIRD)], NOON),
        ("whose heir another is", THIEF, [token()], NOON),
        ("a second heir's", THIEF, [token(OLD, THIEF)], NOON),
        ("forged", THIEF, [forged.text], NOON),
        ("earlier than was signed", HEIR, [moved.text], UnixTime(SINCE - 5)),
        ("round in a circle", HEIR, [token(), token(HEIR, OLD)], NOON),
        ("by the old key, whose heir named it back", OLD, [token(HEIR, OLD), token()], NOON),
        ("with nonsense behind", HEIR, [token(), "x"], NOON),
        ("with nonsense before", HEIR, ["x", token()], NOON),
        ("the longest chain", KEYS[HEIRS_MAX], chain[-HEIRS_MAX:], NOON),
        ("a longer one", KEYS[HEIRS_MAX + 1], chain[-HEIRS_MAX - 1 :], NOON),
        ("by a device of an heir", DEVICE, [grant, token()], NOON),
    ]


def _case(name: str, key: SecretKey, tokens: list[str], at: UnixTime) -> dict[str, Any]:
    tags = [["h", ROOM.hex()], ["c", "diary"]]
    tags += [["heir" if each.startswith(PREFIX) or len(each) == 1 else "grant", each] for each in tokens]
    record = sign_record(key, created_at=at, kind=KIND_RECORD, tags=tags, content="")
    event = {
        "id": record.id.hex(),
        "pubkey": record.author.hex(),
        "created_at": record.created_at,
        "kind": record.kind,
        "tags": tags,
        "content": "",
        "sig": record.signature.hex(),
    }
    return {"name": name, "speaks_for": spoken_for(record).hex(), "event": event}


def _refusals() -> dict[str, str]:
    data = base64.urlsafe_b64decode(token()[len(PREFIX) :] + "==")
    changed = {
        "one byte less": data[:-1],
        "one byte more": data + b"\x00",
        "a key that is no point": b"\xff" * 32 + data[32:],
        "an heir that is no point": data[:32] + b"\xff" * 32 + data[64:],
        "one's own heir": data[:32] + data[:32] + data[64:],
        "a time beyond 2^53 - 1": data[:64] + b"\x00\x20" + bytes(6) + data[72:],
    }
    texts = {name: PREFIX + base64.urlsafe_b64encode(each).rstrip(b"=").decode() for name, each in changed.items()}
    texts |= {"nothing": "", "only what it begins with": PREFIX, "without that": token()[len(PREFIX) :]}
    texts["bits that mean nothing"] = token()[:-1] + chr(ord(token()[-1]) + 1)
    return texts | {"in capitals": token().upper(), "a sign": token()[:-1] + "+", "cut": token()[:-3]}


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
