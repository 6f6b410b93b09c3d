"""Age by fixed dates (admission) and by the clock (view)."""

import pytest

from peerset import ConfigError, PolicyClass, Reject
from peerset_moderation.age import UNIX_MAX, AgePolicy, FreshnessPolicy
from tests.peerset_moderation.records import START, make_record


def rules(policy: AgePolicy | FreshnessPolicy, *times: int) -> list[str]:
    verdicts = policy.judge([make_record(at=at) for at in times])
    return [verdict.rule if isinstance(verdict, Reject) else "" for verdict in verdicts]


def test_fixed_dates_decide_admission_with_both_ends_included() -> None:
    policy = AgePolicy.parse("earliest=1000,latest=2000")
    assert policy.policy_class is PolicyClass.ADMISSION
    assert rules(policy, 999, 1_000, 2_000, 2_001) == ["earliest", "", "", "latest"]


@pytest.mark.parametrize(
    ("text", "unix"),
    [
        ("1793491200", 1_793_491_200),
        ("2026-11-01", 1_793_491_200),
        ("2026-11-01T00:00:00Z", 1_793_491_200),
        ("2026-11-01T02:00:00+02:00", 1_793_491_200),
        ("2026-11-01T00:00", 1_793_491_200),
    ],
)
def test_dates_are_read_as_utc_unless_they_say_otherwise(text: str, unix: int) -> None:
    assert AgePolicy.parse(f"earliest={text}").manifest == AgePolicy(earliest=unix).manifest


def test_the_reason_names_the_date() -> None:
    [verdict] = AgePolicy.parse("latest=2026-11-01").judge([make_record(at=1_800_000_000)])
    assert verdict == Reject("age", "dated after 2026-11-01T00:00:00+00:00", "latest")
    [verdict] = AgePolicy(earliest=UNIX_MAX).judge([make_record()])
    assert verdict == Reject("age", f"dated before {UNIX_MAX} (Unix seconds)", "earliest")


WRONG_DATES = (
    *("", "earliest=", "earliest=tomorrow", "earliest=1960-01-01", "earliest=-5", "latest=99999-01-01", "before=1"),
    *("earliest=2000,latest=1000", f"latest={UNIX_MAX + 1}", "earliest=0001-01-01T00:00:00+14:00"),
)
WRONG_AGES = ("", "maximum=7", "maximum=7w", "maximum=-1d", "maximum=367d", "minimum=2d,maximum=1d", "max=1d")


@pytest.mark.parametrize("parameters", WRONG_DATES)
def test_wrong_dates_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="age"):
        AgePolicy.parse(parameters)


def test_the_manifest_changes_with_the_dates() -> None:
    assert len({AgePolicy.parse(text).manifest for text in ("earliest=1", "earliest=2", "latest=2")}) == 3


def test_ages_by_the_clock_only_hide() -> None:
    policy = FreshnessPolicy(minimum_seconds=10, maximum_seconds=100, now=lambda: START)
    assert policy.policy_class is PolicyClass.VIEW
    assert rules(policy, START - 101, START - 100, START - 10, START - 9) == ["maximum", "", "", "minimum"]


def test_a_record_ahead_of_the_clock_is_fresh() -> None:
    assert rules(FreshnessPolicy(maximum_seconds=10, now=lambda: START), START + 60) == [""]


def test_ages_are_read_with_their_unit() -> None:
    manifests = {FreshnessPolicy.parse(f"maximum={text}").manifest for text in ("7d", "168h", "10080m", "604800s")}
    assert [each.parameters for each in manifests] == ['{"maximum_seconds":604800,"minimum_seconds":0}']


@pytest.mark.parametrize("parameters", WRONG_AGES)
def test_wrong_ages_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="freshness"):
        FreshnessPolicy.parse(parameters)
