"""The lines between a policy's command and us."""

import json
from typing import Any

import pytest

from peerset.core.limits import RECORD_BYTES_MAX
from peerset.core.record import event_of, sign_record
from peerset.core.rules import Manifest
from peerset.core.verdict import Accept, PolicyClass, Reject, Verdict
from peerset.errors import PolicyError
from peerset.policies.lines import (
    QUESTION_BYTES_MAX,
    REASON_CHARACTERS_MAX,
    RULE_CHARACTERS_MAX,
    Introduction,
    read_answer,
    read_introduction,
    write_question,
)
from tests.protocol.pair import START, key, make_record

RECORD = make_record(7)
HELLO = {"protocol": 1, "name": "calm", "version": 3, "class": "view"}


def line(**said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def answer(said: bytes, seq: int = 5) -> Verdict:
    return read_answer(said, seq, record=RECORD, policy="calm")


def test_a_question_is_the_event_behind_its_number() -> None:
    question = write_question(5, RECORD)
    assert question.startswith(b'{"seq":5,"record":{"id":"')
    assert question.endswith(b"}}\n")
    assert json.loads(question) == {"seq": 5, "record": event_of(RECORD)}


def test_a_question_is_one_line_in_every_language() -> None:
    text = "a\nb\r\u0085\u2028\u2029 \u007f 🏔"
    question = write_question(1, sign_record(key(1), created_at=START, kind=1, tags=[], content=text))
    assert question.isascii()
    assert question.splitlines(keepends=True) == [question]
    assert json.loads(question)["record"]["content"] == text


@pytest.mark.parametrize("letter", ["é", "\n", '"', "€", "🏔"])
def test_the_largest_record_fits_into_a_question(letter: str) -> None:
    room = RECORD_BYTES_MAX - 64 - 32 - 64 * 16 * 5 - 100
    tags = [["", *[letter] * 15] for _ in range(64)]
    content = letter * (room // len(letter.encode()))
    record = sign_record(key(1), created_at=START, kind=1, tags=tags, content=content)
    assert len(write_question(2**53, record)) <= QUESTION_BYTES_MAX


def test_a_command_says_what_it_is() -> None:
    assert read_introduction(line(**HELLO)) == Introduction(Manifest("calm", 3), PolicyClass.VIEW)
    said = {**HELLO, "class": "admission", "parameters": {"b": 1, "a": ["ü"]}, "hashes": ["ab" * 32]}
    manifest = Manifest("calm", 3, '{"a":["ü"],"b":1}', (bytes.fromhex("ab" * 32),))
    assert read_introduction(line(**said) + b"\r") == Introduction(manifest, PolicyClass.ADMISSION)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"protocol": 2}, "speaks protocol 2, not 1"),
        ({"protocol": True}, "speaks protocol True"),
        ({"class": "set rule"}, "of the class 'set rule', not one of admission, view"),
        ({"class": []}, "of the class"),
        ({"name": "Loud"}, "is not lower-case ASCII"),
        ({"name": 7}, "states no manifest"),
        ({"version": "1"}, "version is '1'"),
        ({"version": -1}, "version is -1"),
        ({"parameters": []}, "not a JSON object"),
        ({"parameters": {"a": 0.5}}, "no text, whole number"),
        ({"parameters": {"a": "\ud800"}}, "no canonical JSON"),
        ({"hashes": "ab"}, "not a list of hexadecimal texts"),
        ({"hashes": [1]}, "not a list of hexadecimal texts"),
        ({"hashes": ["xy"]}, "states no manifest"),
        ({"hashes": ["ab"]}, "is not 32 bytes"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_what_is_wrong_with_an_introduction_is_said(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        read_introduction(json.dumps({**HELLO, **change}).encode())


@pytest.mark.parametrize("missing", sorted(HELLO))
def test_an_introduction_leaves_nothing_out(missing: str) -> None:
    with pytest.raises(PolicyError, match=f"left out '{missing}'"):
        read_introduction(line(**{name: value for name, value in HELLO.items() if name != missing}))


def test_an_answer_accepts_or_rejects() -> None:
    assert answer(line(seq=5, verdict="accept")) == Accept()
    assert answer(line(seq=5, verdict="reject", reason="zu laut ‼")) == Reject("calm", "zu laut ‼")
    whole = line(seq=5, verdict="reject", reason="r" * REASON_CHARACTERS_MAX, rule="marks", span=[0, 8])
    assert answer(whole) == Reject("calm", "r" * REASON_CHARACTERS_MAX, "marks", (0, 8))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "no JSON"),
        (b"garbage " * 100, "no JSON in UTF-8: 'garbage .*…$"),
        (b'\xff{"seq":5}', "no JSON in UTF-8"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b"[" * 50_000, "no JSON"),
        (b'{"seq":' + b"9" * 5_000 + b"}", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'"accept"', "no JSON object"),
        (line(verdict="accept"), "left out 'seq'"),
        (line(seq=5), "left out 'verdict'"),
        (line(seq=6, verdict="accept"), "answered to 6 when 5 was its turn"),
        (line(seq=True, verdict="accept"), "answered to True"),
        (line(seq="5", verdict="accept"), "answered to '5'"),
        (line(seq=5.0, verdict="accept"), "answered to 5.0"),
        (line(seq=5, verdict="accept", reason="nice"), "neither accept alone nor reject"),
        (line(seq=5, verdict="perhaps"), "neither accept alone nor reject"),
        (line(seq=5, verdict=True), "neither accept alone nor reject"),
        (line(seq=5, verdict="reject"), "neither accept alone nor reject with a reason"),
        (line(seq=5, verdict="accept", colour="red"), "unknown key 'colour'"),
        (b'{"seq":5,"verdict":"accept","\\ud800":1}', "unknown key"),
        (line(seq=5, verdict="reject", reason=""), "reason that is no printable text"),
        (line(seq=5, verdict="reject", reason="  "), "reason that is no printable text"),
        (line(seq=5, verdict="reject", reason=7), "reason that is no printable text"),
        (line(seq=5, verdict="reject", reason="\x1b[2J"), "reason that is no printable text"),
        (b'{"seq":5,"verdict":"reject","reason":"\\ud800"}', "reason that is no printable text"),
        (line(seq=5, verdict="reject", reason="r" * (REASON_CHARACTERS_MAX + 1)), "of 1 to 200 characters"),
        (line(seq=5, verdict="reject", reason="r", rule="r" * (RULE_CHARACTERS_MAX + 1)), "rule .* 1 to 64 characters"),
        (line(seq=5, verdict="reject", reason="r", rule="failed"), "gave the rule 'failed'"),
        (line(seq=5, verdict="reject", reason="r", span=[0, 9]), r"span \[0, 9\], which lies outside the content"),
        (line(seq=5, verdict="reject", reason="r", span=[3, 2]), "lies outside"),
        (line(seq=5, verdict="reject", reason="r", span=[-1, 2]), "lies outside"),
        (line(seq=5, verdict="reject", reason="r", span=[False, True]), "lies outside"),
        (line(seq=5, verdict="reject", reason="r", span=[0, 1, 2]), "lies outside"),
        (line(seq=5, verdict="reject", reason="r", span=None), "lies outside"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(said: bytes, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason) as error:
        answer(said)
    assert len(str(error.value)) < 300
    assert str(error.value).isprintable()
