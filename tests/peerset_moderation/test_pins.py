"""Who may pin."""

from pathlib import Path

import pytest

from peerset import ConfigError, PolicyClass, Reject, npub
from peerset.core.record import KIND_PIN
from peerset_moderation.pins import KIND_PIN as KIND_NAMED
from peerset_moderation.pins import PinPolicy
from tests.peerset_moderation.records import key, make_record

ALICE, BOB = (key(number).public_key for number in (1, 2))


def rules(policy: PinPolicy, *, kind: int = KIND_PIN) -> list[str]:
    verdicts = policy.judge([make_record(author=number, kind=kind) for number in (1, 2)])
    return [verdict.rule if isinstance(verdict, Reject) else "" for verdict in verdicts]


def test_it_decides_admission_of_pins_alone() -> None:
    policy = PinPolicy(allow=[ALICE])
    assert policy.policy_class is PolicyClass.ADMISSION
    assert KIND_NAMED == KIND_PIN
    assert rules(policy) == ["", "allow"]
    assert rules(policy, kind=1078) == ["", ""]


def test_who_may_pin_is_in_the_rules_whatever_the_order_and_the_way_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "librarians.txt"
    path.write_text(f"{BOB.hex()}\n{npub(ALICE)} # Alice\n", "utf-8")
    policy = PinPolicy.parse(f"allow-file={path}")
    assert rules(policy) == ["", ""]
    assert policy.manifest == PinPolicy.parse(f"allow={ALICE.hex()},{BOB.hex()}").manifest
    assert policy.manifest != PinPolicy(allow=[ALICE]).manifest


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("", "pins: give allow= or allow-file="),
        ("deny=x", "pins: "),
        ("allow=npub1nonsense", "pins: allow: 'npub1nonsense' is neither"),
        ("allow-file=/nowhere/at/all", "pins: allow-file: /nowhere/at/all"),
    ],
)
def test_what_names_nobody_is_refused_with_its_reason(parameters: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PinPolicy.parse(parameters)
