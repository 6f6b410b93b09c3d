"""What policies are asked about pins."""

from collections.abc import Sequence
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_PIN, Record, sign_record
from peerset.core.rules import Manifest
from peerset.core.verdict import Accept, PolicyClass, Reject, Verdict
from peerset.moderation.panel import Panel
from peerset.moderation.pinned import PINS, Gate, subject_of

ROOM: Final = "0" * 32


class Censor:
    """Refuses a word, and says where it is."""

    policy_class = PolicyClass.ADMISSION
    manifest = Manifest("censor", 1)

    def __init__(self, name: str = "censor") -> None:
        self.name = name
        self.asked: list[Record] = []

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        self.asked += records
        return [
            Reject(self.name, "a word", span=(0, 4)) if each.content.startswith("spam") else Accept()
            for each in records
        ]


def sign(content: str, *, kind: int = 1078, tags: Sequence[tuple[str, str]] = (), author: int = 1) -> Record:
    return sign_record(
        SecretKey(bytes([author]) * 32),
        created_at=UnixTime(9),
        kind=kind,
        tags=[("h", ROOM), *tags],
        content=content,
    )


def pin_of(record: Record) -> Record:
    return sign(pin_content(record), kind=KIND_PIN, tags=pin_tags(record), author=2)


def test_a_room_without_the_policy_takes_no_pins_and_all_else() -> None:
    record = sign("a")
    gate = Gate([Censor()])
    assert gate.refusal_of(record) is None
    refusal = gate.refusal_of(pin_of(record))
    assert refusal is not None
    assert (refusal.policy, refusal.rule) == (PINS, "allow")
    assert "nobody may pin in this room" in refusal.reason


def test_with_it_only_what_holds_something_is_taken() -> None:
    record = sign("a")
    gate = Gate([Censor(PINS)])
    assert gate.refusal_of(pin_of(record)) is None
    refusal = gate.refusal_of(sign("?", kind=KIND_PIN, tags=pin_tags(record)))
    assert refusal == Reject(PINS, "the content of a pin is not base64", "form")


@pytest.mark.parametrize("kind", [1078, KIND_PIN])
def test_what_is_no_pin_is_its_own_subject(kind: int) -> None:
    record = sign("text", kind=kind)
    assert subject_of(record, policy="words") is record


async def test_policies_are_asked_of_the_record_inside_and_that_of_pins_of_the_pin() -> None:
    spam, ham = pin_of(sign("spam")), pin_of(sign("ham"))
    censor, pins = Censor(), Censor(PINS)
    panel = Panel([censor, pins])
    refused, taken = await panel.judge([spam, ham])
    panel.close()
    assert refused == Reject("censor", "a word")
    assert taken == Accept()
    assert {each.content for each in censor.asked} == {"spam", "ham"}
    assert set(pins.asked) == {ham}
