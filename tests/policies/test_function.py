"""Policies from plain functions."""

import pytest

import peerset
from peerset.core.record import Record
from tests.protocol.pair import make_record


@peerset.view("nights", version=3, parameters='{"from":22}')
def nights(record: Record) -> str | None:
    return "too late" if record.content == "record 1" else None


def test_a_function_becomes_a_policy() -> None:
    assert nights.name == "nights"
    assert nights.policy_class is peerset.PolicyClass.VIEW
    assert nights.manifest == peerset.Manifest("nights", 3, '{"from":22}')
    assert nights.judge([make_record(1), make_record(2)]) == [
        peerset.Reject("nights", "too late"),
        peerset.Accept(),
    ]


def test_a_malformed_name_is_refused_at_once() -> None:
    with pytest.raises(peerset.ConfigError, match="No Good"):
        peerset.admission("No Good", version=1)
