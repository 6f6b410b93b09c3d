"""Policies tried on records without a room."""

import pytest

import peerset
from peerset.core.record import Record
from peerset.moderation.explanation import masked
from peerset.moderation.rulebook import open_policies
from peerset.moderation.trial import try_policies
from tests.protocol.pair import START, make_record
from tests.testing.policies import Newest


@peerset.admission("odd", version=1)
def odd(record: Record) -> str | None:
    return "odd" if int(record.content.split()[1]) % 2 else None


@peerset.view("night", version=1)
def night(_record: Record) -> str | None:
    return None


def test_each_policy_is_asked_by_itself_of_every_record() -> None:
    records = [make_record(number, at=START + number) for number in range(4)]
    outcomes = try_policies(open_policies([Newest(), night, odd]), records)
    assert [(outcome.policy.name, sorted(outcome.refusals)) for outcome in outcomes] == [
        ("odd", [1, 3]),
        ("night", []),
        ("newest", [0, 1, 2]),
    ]
    assert outcomes[2].refusals[0] == peerset.Reject("newest", "an older one")
    assert all(outcome.seconds >= 0 for outcome in outcomes)


def test_without_records_nothing_is_refused() -> None:
    assert [outcome.refusals for outcome in try_policies(open_policies([odd, Newest()]), [])] == [{}, {}]


@pytest.mark.parametrize(
    ("content", "span", "expected"),
    [
        ("a badword here", (2, 9), "a b****** here"),
        ("badword", (0, 7), "b******"),
        ("x" * 40 + "badword" + "y" * 40, (40, 47), "…" + "x" * 16 + "b******" + "y" * 16 + "…"),
        ("end", (3, 3), "end"),
    ],
)
def test_what_a_span_holds_is_starred_out(content: str, span: tuple[int, int], expected: str) -> None:
    assert masked(content, span) == expected
