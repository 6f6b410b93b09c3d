"""Writes diffs.json: what differs between two times, and between two lists of documents. Run it after a change."""

import json
import random
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, event_of, sign_record
from peerset.data.difference import Place, difference_of
from peerset.documents.definition import define
from peerset.documents.document import Row, row_of

FILE: Final = Path(__file__).with_name("diffs.json")
NOTE: Final = (
    "diffs: what of the registers of versions differs between two times, of one author, or of all if shared: the key, "
    "and the places of the versions before and after. differences: what a live query says of two lists, in which a "
    "letter is a register and a digit its version."
)
NOW: Final = 1_790_000_000
KEYS: Final = (SecretKey(bytes([1]) * 32), SecretKey(bytes([2]) * 32))


def make() -> str:
    """Give the text of the file."""
    versions = _versions()
    parts = {
        "note": NOTE,
        "versions": [event_of(record) for record in versions],
        "diffs": _diffs(versions),
        "differences": _differences(),
    }
    # One entry a line, so that changes of different entries merge.
    return "{\n" + ",\n".join(f' "{name}": {_lines(part)}' for name, part in parts.items()) + "\n}\n"


def _lines(part: object) -> str:
    if not isinstance(part, list):
        return json.dumps(part)
    return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in part) + "\n ]"


def _versions() -> list[Record]:
    """Give versions of registers of two authors, some of them tombstones, and a document."""
    rng = random.Random(17)
    keys = ("a/1", "a/2", "b", "\uffff", "\U0001f30d")
    records: list[Record] = []
    for place in range(40):
        is_void = rng.random() < 0.25
        tags = [["us", str(rng.randrange(3) * 400_000 + place)], ["d", f"notes/{rng.choice(keys)}"]]
        content = "" if is_void else f"{place}"
        void = [["void"]] if is_void else []
        seconds = rng.randrange(12)
        records.append(_version(seconds, content, *tags, *void, key=rng.randrange(2)))
    records.append(_version(3, "7"))
    return records


def _diffs(records: list[Record]) -> list[dict[str, Any]]:
    """Say which registers differ between two times: key, place before, place after."""
    found: list[dict[str, Any]] = []
    for is_shared in (False, True):
        definition = define("notes", shared=is_shared)
        rows = [row_of(definition, record) for record in records]
        for before, after in ((0, 11), (2.5, 7), (5, 5), (3, 9.400001), (8, 4)):
            for prefix in ("", "a/"):
                author = None if is_shared else KEYS[0].public_key
                sides = [_winners(records, rows, NOW + at, prefix, author) for at in (before, after)]
                names = sorted({*sides[0], *sides[1]}, key=str.encode)
                differing = [[key, sides[0].get(key), sides[1].get(key)] for key in names]
                asked: dict[str, Any] = {"before": NOW + before, "after": NOW + after, "prefix": prefix}
                asked["author"] = None if author is None else author.hex()
                found.append({**asked, "read": [each for each in differing if each[1] != each[2]]})
    return found


def _winners(
    records: list[Record], rows: list[Row | None], at: float, prefix: str, author: bytes | None
) -> dict[str, int]:
    """Give the place of the version of each register that was seen at a time; none of what was deleted."""
    # A second is past when its end is.
    stamp = at * 10**6 + 10**6 - 1 if isinstance(at, int) else round(at * 10**6)
    newest: dict[str, tuple[int, int]] = {}
    for place, (record, row) in enumerate(zip(records, rows, strict=True)):
        if row is None or row.key is None or not row.key.startswith(prefix) or author not in (None, record.author):
            continue
        rival = newest.get(row.key)
        if row.stamp <= stamp and (rival is None or (row.stamp, records[rival[1]].id) > (rival[0], record.id)):
            newest[row.key] = (row.stamp, place)
    return {key: place for key, (_, place) in newest.items() if not rows[place].state}  # type: ignore[union-attr] # rows


def _differences() -> list[dict[str, Any]]:
    """Give lists of versions, each a letter and a digit, and what makes one into the other."""
    rng = random.Random(23)
    cases = [("", "a1b1"), ("a1b1", ""), ("a1b1", "a1b1"), ("a1b1c1d1", "e1d2b1a2"), ("a1b1", "a2b1a1")]
    for _ in range(40):
        names = rng.sample("abcdefgh", rng.randrange(9))
        kept = [f"{name}1" for name in names if rng.random() < 0.7]
        for name in rng.sample("abcdefgh", rng.randrange(6)):
            kept = [each for each in kept if each[0] != name or rng.random() < 0.1]
            kept.insert(rng.randrange(len(kept) + 1), f"{name}2")
        cases.append(("".join(f"{name}1" for name in names), "".join(kept)))
    made = []
    for before, after in cases:
        lists = [
            [Place(text[at], text[at : at + 2], text[at : at + 2]) for at in range(0, len(text), 2)]
            for text in (before, after)
        ]
        found = difference_of(*lists)
        moved = [[each.before, each.after, each.doc] for each in found.moved]
        parts = {"added": found.added, "removed": found.removed, "moved": moved, "changed": found.changed}
        made.append({"before": before, "after": after, **parts})
    return made


def _version(at: int, content: str, *tags: list[str], key: int = 0) -> Record:
    is_keyed = any(tag[0] == "d" for tag in tags)
    return sign_record(
        KEYS[key],
        created_at=UnixTime(NOW + at),
        kind=KIND_KEYED if is_keyed else KIND_RECORD,
        tags=[["h", "00" * 16], ["c", "notes"], *tags],
        content=content,
    )


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
