"""Writes grants.json: grants, and what the policy `writers` says of records that carry them. Run it after a change."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.grant import ALL, Grant, sign_grant, spoken_for
from peerset.core.keys import PublicKey, SecretKey, npub
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, sign_record
from peerset.core.signal import RoomName, RoomTag
from peerset.core.verdict import Reject
from peerset.errors import ConfigError
from peerset.plugins import open_policy
from peerset_moderation.authors import AuthorPolicy
from peerset_moderation.writers import WriterPolicy

_LISTS: Final = ("allow", "deny")

FILE: Final = Path(__file__).with_name("grants.json")
NOTE: Final = (
    "`grants`: what an owner's secret signs for a writer in the room of a tag, and the token. `policies`: parameters "
    "of `writers` and the id of its manifest; `authors`: the same of `authors`. `cases`: events, and the rule by which "
    "the policy of that number refuses each, with its reason, null where it is admitted; and the key for which it "
    "speaks. `specs`: policies by their specs, and the ids of their manifests, null where there is no such policy. "
    "`refusals`: texts that are no tokens."
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
        "specs": [_spec(text) for text in _specs()],
        "refusals": _refusals(),
    }
    return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def grant(
    owner: SecretKey = OWNER,
    writer: PublicKey = WRITER.public_key,
    room: RoomTag = ROOM,
    collections: tuple[str, ...] = (ALL,),
    *,
    on_behalf: bool = False,
) -> Grant:
    """Sign a grant for a day."""
    return sign_grant(
        owner,
        writer,
        room_tag=room,
        since=SINCE,
        until=UNTIL,
        collections=collections,
        is_on_behalf=on_behalf,
    )


def _grants() -> list[tuple[str, SecretKey, RoomTag, Grant]]:
    return [
        ("for everything", OWNER, ROOM, grant()),
        ("for two collections", OWNER, ROOM, grant(collections=("places", "notes"))),
        ("for a name beyond ASCII", SECOND, ROOM, grant(SECOND, collections=("räume", "\ufeff"))),
        ("in another room", OWNER, OTHER_ROOM, grant(room=OTHER_ROOM)),
        ("on behalf of its owner", OWNER, ROOM, grant(on_behalf=True)),
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
        "on_behalf": given.is_on_behalf,
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
    decomposed = grant(collections=("ra\u0308ume",))
    past = sign_grant(
        OWNER, WRITER.public_key, room_tag=ROOM, since=UnixTime(0), until=UnixTime(SINCE - 1), collections=["notes"]
    )
    forged = Grant(OWNER.public_key, STRANGER.public_key, SINCE, UNTIL, ALL, good.signature)
    stretched = Grant(OWNER.public_key, WRITER.public_key, SINCE, UnixTime(UNTIL + 9), ALL, good.signature)
    renamed = Grant(OWNER.public_key, WRITER.public_key, SINCE, UNTIL, "notes", places.signature)
    voiced = replace(good, is_on_behalf=True)
    elsewhere = grant(room=OTHER_ROOM)
    mine, device = grant(STRANGER, on_behalf=True), grant(on_behalf=True)
    handed = grant(WRITER, STRANGER.public_key, on_behalf=True)
    mine_in_places = grant(STRANGER, collections=("places",), on_behalf=True)
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
        ("of another room", 0, {"grant": elsewhere.text}),
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
        ("an owner's device", 0, {"grant": device.text}),
        ("a device of who may not write", 0, {"grant": mine.text}),
        ("a device of somebody, and granted itself", 0, {"grants": [good.text, mine.text]}),
        ("the other way round", 0, {"grants": [mine.text, good.text]}),
        ("a device of two", 0, {"grants": [mine.text, device.text]}),
        ("a device in one collection, granted in all", 0, {"grants": [good.text, mine_in_places.text]}),
        ("a device there", 0, {"grants": [good.text, mine_in_places.text], "collection": "places"}),
        ("chained by two grants", 0, {"key": STRANGER, "grants": [good.text, handed.text]}),
        ("chained the other way round", 0, {"key": STRANGER, "grants": [handed.text, good.text]}),
        ("two halves", 0, {"grants": [places.text, mine.text], "collection": "notes"}),
        (
            "its time in one, its collection in the other",
            0,
            {"grants": [places.text, past.text], "collection": "notes"},
        ),
        ("a bad one before a good one", 0, {"grants": ["nonsense", good.text]}),
        ("two bad ones before a good one", 0, {"grants": ["nonsense", elsewhere.text, good.text]}),
        ("twice the same", 0, {"grants": [good.text, good.text]}),
        ("one that was given a voice", 0, {"grant": voiced.text}),
        ("a device's that has run out", 0, {"grant": device.text, "at": UnixTime(UNTIL + 1)}),
        ("in a collection that is written in another way", 2, {"grant": decomposed.text, "collection": "räume"}),
    ]


def _case(name: str, number: int, said: dict[str, Any]) -> dict[str, Any]:
    tags = [["h", ROOM.hex()]]
    tags += [["c", said["collection"]]] if "collection" in said else []
    tags += [["grant", each] for each in said.get("grants", [said["grant"]] if "grant" in said else [])]
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


def _specs() -> list[str]:
    one, two = npub(OWNER.public_key), npub(SECOND.public_key)
    return [
        f"writers:owners={one}",
        f"writers:owners={one},{SECOND.public_key.hex()},collections=places, notes",
        f"authors:allow={one},{two}",
        f"authors:deny={two},collections=r\u00e4ume",
        f"pins:allow={one}",
        f"moderators:{one},{two}",
        f"moderators:keys={one},mutual=yes",
        f"revoked:owners={one}",
        "budget:author=1048576,room=16777216",
        "budget",
        "writers",
        "writers:owners=",
        "writers:owners=me",
        f"writers:{one}",
        f"writers:owners={one},owners={two}",
        f"writers:owners={one},collections=",
        f"writers:owners={one},collections=*",
        f"writers:owners={one},collections=two words",
        "authors:",
        f"moderators:keys={one},mutual=perhaps",
        f"moderators:keys={one},mutual=yes,no",
        "revoked:owners=\u0000",
        "budget:author=1e9",
        "budget:author=-1",
        "budget:author=99999999999999999",
    ]


def _spec(text: str) -> dict[str, Any]:
    try:
        return {"spec": text, "manifest": open_policy(text).manifest.id.hex()}
    except ConfigError:
        return {"spec": text, "manifest": None}


def _refusals() -> list[dict[str, str]]:
    data = base64.urlsafe_b64decode(grant().text + "==")
    changed = {
        "nothing": b"",
        "one byte": b"\x00",
        "without collections": data[:145],
        "a voice that is none": data[:80] + b"\x02" + data[81:],
        "without a voice, as before": data[:80] + data[81:],
        "an owner that is no point": b"\xff" * 32 + data[32:],
        "a writer that is no point": data[:32] + b"\xff" * 32 + data[64:],
        "until before since": data[:64] + data[72:80] + data[64:72] + data[80:],
        "a time beyond 2^53 - 1": data[:72] + b"\x00\x20" + bytes(6) + data[80:],
        "a name that is no UTF-8": data[:145] + b"\xff",
        "two spaces": data[:145] + b"places  notes",
        "a space at the end": data[:145] + b"places ",
        "all and one": data[:145] + b"* places",
        "a line feed": data[:145] + b"pla\nces",
        "longer than a tag": data[:145] + b"a" * 624,
    }
    texts = {name: base64.urlsafe_b64encode(each).rstrip(b"=").decode() for name, each in changed.items()}
    texts |= {"padded": grant().text + "=", "a sign": grant().text[:-1] + "+", "a space": " " + grant().text}
    # The last character of a token of 146 bytes carries bits that mean nothing: there is one way to write them.
    last = grant().text[-1]
    texts["bits that mean nothing"] = grant().text[:-1] + chr(ord(last) + 1)
    return [{"name": name, "text": text} for name, text in texts.items()]


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
