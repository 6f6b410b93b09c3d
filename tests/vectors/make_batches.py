"""Writes batches.json: what commits of batches say, and what of them is seen. Run it after a change of either."""

import json
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import (
    KIND_COMMIT,
    KIND_DELETION,
    KIND_KEYED,
    KIND_RECORD,
    Record,
    RecordId,
    event_of,
    sign_record,
)
from peerset.documents.commit import commit_content, read_commit
from peerset.documents.definition import define
from peerset.documents.plan import plan
from peerset.stores.documents import Documents

FILE: Final = Path(__file__).with_name("batches.json")
NOTE: Final = (
    "Atomic batches (docs/protocol.md, Batches). commits: events, and what they say as commits; null where they are "
    "none. seen: for each set of the events, as a binary number of which the lowest digit stands for the first of "
    "them, what of it readers see in a collection that is called notes and has no schema, as such a number."
)
NOW: Final = 1_790_000_000
ANN, BOB = (SecretKey(bytes([number]) * 32) for number in (1, 2))
NONCE, OTHER = ("ab" * 16, "cd" * 16)


def make() -> str:
    """Give the text of the file."""
    events = _events()
    seen = [_seen(events, number) for number in range(2 ** len(events))]
    parts = [("commits", [_read(each) for each in _commits()]), ("events", [event_of(each) for each in events])]
    lines = [f'"{name}": [\n  {_joined(part)}\n ]' for name, part in parts]
    return "{\n " + ",\n ".join([f'"note": {json.dumps(NOTE)}', *lines, f'"seen": {json.dumps(seen)}']) + "\n}\n"


def _joined(part: list[Any]) -> str:
    return ",\n  ".join(map(json.dumps, part))


def _commits() -> list[Record]:
    ids = [RecordId(bytes([number]) * 32) for number in range(3)]
    contents = [commit_content(ids), commit_content([*ids, ids[0]]), "", "{}", "[]", "[1]", "null", '["ab"]']
    contents += [f'["{"AB" * 32}"]', f'["{"ab" * 32}", 1]', f' [ "{"ab" * 32}"\n]']
    commits = [_record(0, content, _part(NONCE), kind=KIND_COMMIT) for content in contents]
    commits += [_record(0, contents[0], _part(each), kind=KIND_COMMIT) for each in ("", "0a", "0A" * 16, "0a" * 17)]
    several = [("batch",), _part(NONCE), _part(OTHER)]
    return [
        *commits,
        _record(0, contents[0], kind=KIND_COMMIT),
        _record(0, contents[0], *several, kind=KIND_COMMIT),
        _record(0, contents[0], _part(NONCE)),
    ]


def _read(record: Record) -> dict[str, Any]:
    found = read_commit(record)
    read = None if found is None else {"nonce": found.nonce, "ids": sorted(each.hex() for each in found.ids)}
    return {"event": event_of(record), "read": read}


def _events() -> list[Record]:
    key = ("d", "notes/k")
    before = _record(-9, '"before"', key, kind=KIND_KEYED)
    one = _record(0, '"one"', _part(NONCE))
    two = _record(0, '"two"', key, _part(NONCE), kind=KIND_KEYED)
    stranger = _record(0, '"stranger"', _part(NONCE), author=BOB)
    first = _record(0, commit_content([one.id, two.id]), _part(NONCE), kind=KIND_COMMIT)
    # Another batch, whose commit lists a part of the first.
    three = _record(0, '"three"', _part(OTHER))
    second = _record(0, commit_content([three.id, two.id]), _part(OTHER), kind=KIND_COMMIT)
    deletions = [_record(0, "", ("e", two.id.hex()), kind=KIND_DELETION, author=author) for author in (ANN, BOB)]
    foreign = _record(0, commit_content([one.id]), _part(NONCE), kind=KIND_COMMIT, author=BOB)
    return [before, one, two, stranger, first, three, second, *deletions, foreign]


def _seen(events: list[Record], number: int) -> int:
    documents = Documents(0)
    documents.define([NOTES])
    documents.add([each for place, each in enumerate(events) if number >> place & 1], [])
    ids = {record.id for record, _ in documents.matching(plan(NOTES, None, now=NOW))}
    return sum(1 << place for place, each in enumerate(events) if each.id in ids)


def _part(nonce: str) -> tuple[str, ...]:
    return ("batch", nonce)


def _record(at: int, content: str, *tags: tuple[str, ...], kind: int = KIND_RECORD, author: SecretKey = ANN) -> Record:
    own = [("h", "00" * 16), ("c", "notes"), *tags]
    return sign_record(author, created_at=UnixTime(NOW + at), kind=kind, tags=own, content=content)


NOTES: Final = define("notes", None)

if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
