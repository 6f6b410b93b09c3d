"""Writes grants.json: grants, and what the policy `writers` says of records that carry them. Run it after a change."""

import base64
import json
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.grant import ALL, Grant, sign_grant, spoken_for
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, sign_record
from peerset.core.signal import RoomName, RoomTag
from peerset.core.verdict import Reject
from peerset_moderation.authors import AuthorPolicy
from peerset_moderation.writers import WriterPolicy

_LISTS: Final = ("allow", "deny")

FILE: Final = Path(__file__).with_name("grants.json")
NOTE: Final = (
    "`grants`: what an owner's secret signs for a writer in the room of a tag, and the token. `policies`: parameters "
    "of `writers` and the id of its manifest; `authors`: the same of `authors`. `cases`: events, and the rule by which "
    "the policy of that number refuses each, with its reason, null where it is admitted; and the key for which it "
    "speaks. `refusals`: texts that are no tokens."
)
OWNER, SECOND, WRITER, STRANGER = (SecretKey(bytes([number]) * 32) for number in (1, 2, 3, 4))
ROOM: Final = RoomName("peerset", "lobby").tag
OTHER_ROOM: Final = RoomName("peerset", "attic").tag
SINCE, NOON, UNTIL = (UnixTime(1_790_000_000 + seconds) for seconds in (0, 43_200, 86_400))
POLICIES: Final[tuple[dict[str, Any], ...]] = (
    {"owners": [OWNER.public_key], "collections": None},
    {"owners": [OWNER.public_key], "collections": ["places", "notes"]},
    {"owners": [SECOND.public_key, OWNER.public_key], "collections": ["räume"]},
)

AUTHORS: Final[tuple[dict[str, Any], ...]] = (
    {"allow": [OWNER.public_key, WRITER.public_key], "deny": [], "collections": None},
    {"allow": None, "deny": [STRANGER.public_key], "collections": None},
    {"allow": [OWNER.public_key], "deny": [STRANGER.public_key], "collections": ["räume", "places"]},
)


def make() -> str:
    """Give the text of the file."""
    parts = {
        "note": NOTE,
        "grants": [_granted(*each) for each in _grants()],
        "policies": [_policy(figures) for figures in POLICIES],
        "authors": [_authors(figures) for figures in AUTHORS],
        "cases": [_case(*each) for each in _cases()],
        "refusals": _refusals(),
    }
    return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def grant(
    owner: SecretKey = OWNER,
    writer: PublicKey = WRITER.public_key,
    room: RoomTag = ROOM,
    collections: tuple[str, ...] = (ALL,),
) -> Grant:
    """Sign a grant for a day."""
    return sign_grant(owner, writer, room_tag=room, since=SINCE, until=UNTIL, collections=collections)


def _grants() -> list[tuple[str, SecretKey, RoomTag, Grant]]:
    return [
        ("for everything", OWNER, ROOM, grant()),
        ("for two collections", OWNER, ROOM, grant(collections=("places", "notes"))),
        ("for a name beyond ASCII", SECOND, ROOM, grant(SECOND, collections=("räume", "\ufeff"))),
        ("in another room", OWNER, OTHER_ROOM, grant(room=OTHER_ROOM)),
    ]


def _granted(name: str, key: SecretKey, room: RoomTag, given: Grant) -> dict[str, Any]:
    return {
        "name": name,
        "secret_key": key.secret.hex(),
        "room": room.hex(),
        "writer": given.writer.hex(),
        "since": given.since,
        "until": given.until,
        "collections": given.collections,
        "token": given.text,
    }


def _policy(figures: dict[str, Any]) -> dict[str, Any]:
    manifest = WriterPolicy(**figures).manifest
    owners = [owner.hex() for owner in figures["owners"]]
    return figures | {"owners": owners, "parameters": manifest.parameters, "manifest": manifest.id.hex()}


def _authors(figures: dict[str, Any]) -> dict[str, Any]:
    manifest = AuthorPolicy(**figures).manifest
    lists = {name: None if figures[name] is None else [each.hex() for each in figures[name]] for name in _LISTS}
    return figures | lists | {"parameters": manifest.parameters, "manifest": manifest.id.hex()}


def _cases() -> list[tuple[str, int, dict[str, Any]]]:
    good, chained = grant(), grant(WRITER, STRANGER.public_key)
    places = grant(collections=("places",))
    forged = Grant(OWNER.public_key, STRANGER.public_key, SINCE, UNTIL, ALL, good.signature)
    stretched = Grant(OWNER.public_key, WRITER.public_key, SINCE, UnixTime(UNTIL + 9), ALL, good.signature)
    renamed = Grant(OWNER.public_key, WRITER.public_key, SINCE, UNTIL, "notes", places.signature)
    return [
        ("an owner's own", 0, {"key": OWNER}),
        ("a stranger's", 0, {"key": STRANGER}),
        ("granted", 0, {"grant": good.text}),
        ("at the first second", 0, {"grant": good.text, "at": SINCE}),
        ("at the last second", 0, {"grant": good.text, "at": UNTIL}),
        ("not yet", 0, {"grant": good.text, "at": UnixTime(SINCE - 1)}),
        ("expired", 0, {"grant": good.text, "at": UnixTime(UNTIL + 1)}),
        ("forged", 0, {"key": STRANGER, "grant": forged.text}),
        ("stretched", 0, {"grant": stretched.text, "at": UnixTime(UNTIL + 5)}),
        ("renamed", 0, {"grant": renamed.text, "collection": "notes"}),
        ("chained", 0, {"key": STRANGER, "grant": chained.text}),
        ("of another room", 0, {"grant": grant(room=OTHER_ROOM).text}),
        ("of another writer", 0, {"key": STRANGER, "grant": good.text}),
        ("for one collection", 0, {"grant": places.text, "collection": "places"}),
        ("for another collection", 0, {"grant": places.text, "collection": "notes"}),
        ("for one collection, in none", 0, {"grant": places.text}),
        ("truncated", 0, {"grant": good.text[:-5]}),
        ("without what it is for", 0, {"grant": good.text[:192]}),
        ("padded", 0, {"grant": good.text + "="}),
        ("empty", 0, {"grant": ""}),
        ("deleted by whoever wrote it, later", 0, {"grant": places.text, "kind": KIND_DELETION, "at": UNTIL + 9}),
        ("deleted by a stranger", 0, {"key": STRANGER, "kind": KIND_DELETION}),
        ("a register", 0, {"grant": places.text, "collection": "places", "kind": KIND_KEYED}),
        ("a stranger's elsewhere", 1, {"key": STRANGER, "collection": "chat"}),
        ("a stranger's in no collection", 1, {"key": STRANGER}),
        ("a stranger's in one of them", 1, {"key": STRANGER, "collection": "notes"}),
        ("granted in one of them", 1, {"grant": places.text, "collection": "places"}),
        ("granted in the other", 1, {"grant": places.text, "collection": "notes"}),
        ("deleted by a stranger, where it may write", 1, {"key": STRANGER, "kind": KIND_DELETION}),
        ("by the other owner's grant", 2, {"grant": grant(SECOND).text, "collection": "räume"}),
        ("the other owner's own", 2, {"key": SECOND, "collection": "räume"}),
        ("a stranger's, of two owners", 2, {"key": STRANGER, "collection": "räume"}),
    ]


def _case(name: str, number: int, said: dict[str, Any]) -> dict[str, Any]:
    tags = [["h", ROOM.hex()]]
    tags += [["c", said["collection"]]] if "collection" in said else []
    tags += [["grant", said["grant"]]] if "grant" in said else []
    kind, at = said.get("kind", KIND_RECORD), UnixTime(said.get("at", NOON))
    record = sign_record(said.get("key", WRITER), created_at=at, kind=kind, tags=tags, content="")
    (verdict,) = WriterPolicy(**POLICIES[number]).judge([record])
    event = {
        "id": record.id.hex(),
        "pubkey": record.author.hex(),
        "created_at": record.created_at,
        "kind": record.kind,
        "tags": tags,
        "content": "",
        "sig": record.signature.hex(),
    }
    rule, reason = (verdict.rule, verdict.reason) if isinstance(verdict, Reject) else (None, None)
    speaks_for = spoken_for(record).hex()
    return {"name": name, "policy": number, "rule": rule, "reason": reason, "speaks_for": speaks_for, "event": event}


def _refusals() -> list[dict[str, str]]:
    data = base64.urlsafe_b64decode(grant().text + "==")
    changed = {
        "nothing": b"",
        "one byte": b"\x00",
        "without collections": data[:144],
        "an owner that is no point": b"\xff" * 32 + data[32:],
        "a writer that is no point": data[:32] + b"\xff" * 32 + data[64:],
        "until before since": data[:64] + data[72:80] + data[64:72] + data[80:],
        "a time beyond 2^53 - 1": data[:72] + b"\x00\x20" + bytes(6) + data[80:],
        "a name that is no UTF-8": data[:144] + b"\xff",
        "two spaces": data[:144] + b"places  notes",
        "a space at the end": data[:144] + b"places ",
        "all and one": data[:144] + b"* places",
        "a line feed": data[:144] + b"pla\nces",
        "longer than a tag": data[:144] + b"a" * 625,
    }
    texts = {name: base64.urlsafe_b64encode(each).rstrip(b"=").decode() for name, each in changed.items()}
    texts |= {"padded": grant().text + "=", "a sign": grant().text[:-1] + "+", "a space": " " + grant().text}
    # The last character of a token of 145 bytes carries bits that mean nothing: there is one way to write them.
    last = grant().text[-1]
    texts["bits that mean nothing"] = grant().text[:-1] + chr(ord(last) + 1)
    return [{"name": name, "text": text} for name, text in texts.items()]


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
