"""Proof of work (NIP-13)."""

from itertools import count

import pytest

from peerset import ConfigError, PolicyClass, Record, RecordId, Reject
from peerset_moderation.work import WorkPolicy, committed_target, leading_zero_bits
from tests.peerset_moderation.records import make_record

NIP13_ID = "000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d"
"""The event in NIP-13's example; it has 36 leading zero bits."""


def mine(bits: int, target: str) -> Record:
    for nonce in count():
        record = make_record(tags=[("nonce", str(nonce), target)])
        if leading_zero_bits(record.id) >= bits:
            return record
    raise AssertionError


def rule(parameters: str, record: Record) -> str:
    [verdict] = WorkPolicy.parse(parameters).judge([record])
    return verdict.rule if isinstance(verdict, Reject) else ""


@pytest.mark.parametrize(
    ("digits", "bits"), [(NIP13_ID, 36), ("002f" + "0" * 60, 10), ("f" * 64, 0), ("0" * 64, 256), ("0" * 63 + "1", 255)]
)
def test_leading_zero_bits_are_counted(digits: str, bits: int) -> None:
    assert leading_zero_bits(RecordId(bytes.fromhex(digits))) == bits


def test_it_decides_admission() -> None:
    assert WorkPolicy.parse("").policy_class is PolicyClass.ADMISSION


def test_work_that_was_promised_and_done_passes() -> None:
    assert rule("bits=6", mine(6, "6")) == ""
    assert rule("bits=6", mine(6, "20")) == ""


def test_work_that_was_not_done_is_refused() -> None:
    record = next(
        each for each in (make_record(str(n), tags=[("nonce", "1", "30")]) for n in count()) if each.id[0] > 127
    )
    [verdict] = WorkPolicy.parse("bits=6").judge([record])
    assert verdict == Reject("work", "0 bits of work; this room demands 6 (NIP-13)", "bits")


@pytest.mark.parametrize("target", ["5", "", "x", "-9", "1e9", "٣٣", "9" * 500])
def test_lucky_work_that_was_not_promised_is_refused(target: str) -> None:
    assert rule("bits=6", mine(6, target)) == "target"


def test_only_the_first_nonce_tag_counts() -> None:
    assert committed_target(make_record(tags=[("a", "b"), ("nonce", "1", "7"), ("nonce", "2", "9")])) == 7
    assert committed_target(make_record(tags=[("nonce",), ("nonce", "2", "9")])) is None
    assert committed_target(make_record()) is None


@pytest.mark.parametrize("parameters", ["bits=0", "bits=65", "bits=x", "zeros=5"])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="work"):
        WorkPolicy.parse(parameters)


def test_the_manifest_changes_with_the_bits() -> None:
    assert WorkPolicy.parse("").manifest.parameters == '{"bits":16}'
    assert WorkPolicy.parse("bits=20").manifest != WorkPolicy.parse("").manifest
