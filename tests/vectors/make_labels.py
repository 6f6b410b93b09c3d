"""Writes labels.json: what the rules `moderators` and `revoked` shadow of sets of records. Run it after a change."""

import json
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.label import HIDDEN, KEY_TAG, KIND_LABEL, RECORD_TAG, REVOKED, label_tags
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record, event_of, sign_record
from peerset.moderation.shadows import Shadows
from peerset.ports import SetRule
from peerset_moderation.moderators import ModeratorRule
from peerset_moderation.revoked import RevokedRule

FILE: Final = Path(__file__).with_name("labels.json")
NOTE: Final = (
    "`rules`: options of `moderators` and `revoked`, and their manifest. `cases`: "
    "for the rule of that number, events of one room, and for each why it is shadowed; null where readers see it."
)
ONE, TWO, WRITER, STRANGER = (SecretKey(bytes([number]) * 32) for number in (1, 2, 3, 4))
ROOM: Final = ("h", "00112233445566778899aabbccddeeff")
START: Final = 1_790_000_000
MODERATORS: Final = [ONE.public_key, TWO.public_key]


def make() -> str:
    """Give the text of the file."""
    keys = [each.hex() for each in MODERATORS]
    said: list[tuple[str, dict[str, Any], SetRule]] = [
        ("moderators", {"keys": keys, "mutual": False}, ModeratorRule(keys=MODERATORS)),
        ("moderators", {"keys": keys, "mutual": True}, ModeratorRule(keys=MODERATORS, mutual=True)),
        ("revoked", {"owners": keys}, RevokedRule(owners=MODERATORS)),
    ]
    rules = [
        {"name": name, "options": options, "parameters": rule.manifest.parameters, "manifest": rule.manifest.id.hex()}
        for name, options, rule in said
    ]
    cases = [_case(name, number, said[number][2], records) for name, number, records in _cases()]
    return json.dumps({"note": NOTE, "rules": rules, "cases": cases}, indent=1, ensure_ascii=False) + "\n"


def _cases() -> list[tuple[str, int, list[Record]]]:
    spam = _record(WRITER, 0)
    return [
        ("a moderator's label hides, and is seen", 0, [spam, _label(ONE, spam, 1, "spam")]),
        ("without a word", 0, [spam, _label(ONE, spam, 1, "")]),
        ("of two, the first one's word", 0, [spam, _label(TWO, spam, 2, "later"), _label(ONE, spam, 1, "first")]),
        ("a stranger's label hides nothing", 0, [spam, _label(STRANGER, spam, 1, "I do not like it")]),
        ("a label of a stranger's label", 0, [spam, *_of_label(STRANGER, spam)]),
        ("a label of a moderator's label hides nothing", 0, [spam, *_of_label(TWO, spam)]),
        ("labels of each other", 1, _loop()),
        ("what a moderator wrote is seen", 0, [own := _record(ONE, 0), _label(TWO, own, 1, "no")]),
        ("unless the rule is mutual", 1, [own, _label(TWO, own, 1, "no")]),
        ("of what is not here", 0, [_label(ONE, spam, 1, "gone")]),
        ("dated before what it names", 0, [spam, _label(ONE, spam, -5, "early")]),
        ("of another name space", 0, [spam, _sign(ONE, 1, KIND_LABEL, [("l", HIDDEN, "other"), _e(spam)], "no")]),
        ("of another word", 0, [spam, _sign(ONE, 1, KIND_LABEL, [("l", "nice", "peerset"), _e(spam)], "no")]),
        ("of another kind", 0, [spam, _sign(ONE, 1, KIND_RECORD, label_tags(HIDDEN, RECORD_TAG, spam.id), "no")]),
        ("that names nothing", 0, [spam, _sign(ONE, 1, KIND_LABEL, [("l", HIDDEN, "peerset"), ("t", "x")], "no")]),
        ("of several, the first", 0, [spam, other := _record(WRITER, 3), _both(spam, other)]),
        (
            "a deletion is left alone",
            0,
            [gone := _sign(WRITER, 5, KIND_DELETION, [_e(spam)], ""), _label(ONE, gone, 6, "")],
        ),
        ("a long word is cut", 0, [spam, _label(ONE, spam, 1, "ä\U0001f600" * 150)]),
        ("what is dated later than a revocation", 2, [spam, _revoked(ONE, 1, "left"), after := _record(WRITER, 2)]),
        ("at the same moment it is seen", 2, [_record(WRITER, 1), _revoked(ONE, 1, "left")]),
        ("of two revocations the first counts", 2, [_record(WRITER, 2), _revoked(ONE, 3, ""), _revoked(TWO, 1, "out")]),
        ("a microsecond later", 2, [_sign(WRITER, 1, KIND_RECORD, [("us", "1")], ""), _revoked(ONE, 1, "")]),
        ("of what is no key", 2, [_sign(ONE, 1, KIND_LABEL, [("l", REVOKED, "peerset"), ("p", "AB" * 32)], ""), after]),
        ("by a stranger", 2, [_revoked(STRANGER, 1, "no"), _record(WRITER, 2)]),
        ("of another key", 2, [_revoked(ONE, 1, "no"), _record(STRANGER, 2)]),
        ("owners are not revoked", 2, [_revoked(ONE, 1, "no", of=TWO), _record(TWO, 2)]),
        ("deletions are left alone", 2, [_revoked(ONE, 1, ""), _sign(WRITER, 2, KIND_DELETION, [_e(spam)], "")]),
    ]


def _loop() -> list[Record]:
    first = _label(ONE, _record(WRITER, 0), 1, "one")
    second = _label(TWO, first, 2, "two")
    return [first, second, _label(ONE, second, 3, "three")]


def _of_label(key: SecretKey, record: Record) -> list[Record]:
    label = _label(key, record, 1, "no")
    return [label, _label(ONE, label, 2, "abuse of labels")]


def _both(*records: Record) -> Record:
    return _sign(ONE, 4, KIND_LABEL, [("l", HIDDEN, "peerset"), *map(_e, records)], "both")


def _e(record: Record) -> tuple[str, ...]:
    return ("e", record.id.hex())


def _record(key: SecretKey, at: int) -> Record:
    return _sign(key, at, KIND_RECORD, [], f"at {at}")


def _label(key: SecretKey, record: Record, at: int, word: str) -> Record:
    return _sign(key, at, KIND_LABEL, label_tags(HIDDEN, RECORD_TAG, record.id), word)


def _revoked(key: SecretKey, at: int, word: str, *, of: SecretKey = WRITER) -> Record:
    return _sign(key, at, KIND_LABEL, label_tags(REVOKED, KEY_TAG, of.public_key), word)


def _sign(key: SecretKey, at: int, kind: int, tags: list[tuple[str, ...]], content: str) -> Record:
    return sign_record(key, created_at=UnixTime(START + at), kind=kind, tags=[ROOM, *tags], content=content)


def _case(name: str, number: int, rule: SetRule, records: list[Record]) -> dict[str, Any]:
    shadows = Shadows([rule])
    shadows.add(records)
    found = [shadows.shadowing(each.id) for each in records]
    why = [None if each is None else each.reason for each in found]
    return {"name": name, "rule": number, "why": why, "events": [event_of(each) for each in records]}


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
