"""Rate: token buckets by author and session, on a given clock."""

import pytest

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.rate import BUCKETS_MAX, LIVE_SECONDS, Buckets, Pace, RatePolicy
from tests.moderation.records import START, make_record


class Clock:
    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


TWO_A_MINUTE = Pace(2, 60)
MANY = Pace(100, 60)


def make(author: Pace = TWO_A_MINUTE, session: Pace = MANY) -> tuple[RatePolicy, Clock]:
    clock = Clock()
    return RatePolicy(author=author, session=session, now=clock), clock


def rules(policy: RatePolicy, count: int, *, author: int = 1, at: int = START, session: bytes = b"") -> list[str]:
    verdicts = policy.judge([make_record(str(n), author=author, at=at) for n in range(count)], session=session)
    return [verdict.rule if isinstance(verdict, Reject) else "" for verdict in verdicts]


def test_a_burst_passes_and_what_comes_after_it_is_hidden() -> None:
    policy, _ = make()
    assert policy.policy_class is PolicyClass.VIEW
    assert rules(policy, 4) == ["", "", "author", "author"]


def test_a_bucket_fills_again_with_time() -> None:
    policy, clock = make()
    rules(policy, 2)
    clock.now += 30
    assert rules(policy, 2, at=START + 30) == ["", "author"]
    clock.now += 600
    assert rules(policy, 3, at=START + 630) == ["", "", "author"]


def test_what_was_refused_costs_no_token() -> None:
    policy, clock = make()
    rules(policy, 50)
    clock.now += 60
    assert rules(policy, 2, at=START + 60) == ["", ""]


def test_authors_have_buckets_of_their_own() -> None:
    policy, _ = make()
    assert rules(policy, 3) == ["", "", "author"]
    assert rules(policy, 3, author=2) == ["", "", "author"]


def test_a_session_has_a_bucket_too() -> None:
    policy, _ = make(session=Pace(1, 60))
    assert rules(policy, 2, session=b"a") == ["", "session"]
    assert rules(policy, 1, author=2, session=b"b") == [""]


def test_history_is_not_held_against_its_author() -> None:
    policy, _ = make()
    assert rules(policy, 50, at=START - LIVE_SECONDS) == [""] * 50
    assert rules(policy, 3, at=START - LIVE_SECONDS + 1) == ["", "", "author"]


def test_a_clock_that_is_set_back_empties_no_bucket_for_long() -> None:
    policy, clock = make()
    rules(policy, 2)
    clock.now -= 86_400
    assert rules(policy, 1, at=START - 86_400) == ["author"]
    clock.now += 60
    assert rules(policy, 1, at=START - 86_400) == [""]


def test_the_pace_is_exact_over_a_long_time() -> None:
    buckets = Buckets(Pace(3, 10))
    taken = sum(buckets.take(b"a", second / 10) for second in range(10_000))
    assert taken in range(300, 305)


def test_the_buckets_are_bounded_and_the_least_recently_used_goes_first() -> None:
    buckets = Buckets(Pace(1, 60))
    assert buckets.take(b"first", 0.0)
    assert all(buckets.take(number.to_bytes(4, "big"), 0.0) for number in range(BUCKETS_MAX))
    assert len(buckets) == BUCKETS_MAX
    assert not buckets.take((5).to_bytes(4, "big"), 0.0)
    assert buckets.take(b"first", 0.0)


def test_the_default_clock_tells_the_time() -> None:
    assert RatePolicy.parse("").judge([make_record()]) == [Accept()]


@pytest.mark.parametrize(
    "parameters",
    ["author=5", "author=5/week", "author=0/minute", "author=x/minute", "author=1,2", "peer=1/day", "author="],
)
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="rate"):
        RatePolicy.parse(parameters)


def test_the_manifest_changes_with_the_parameters() -> None:
    assert RatePolicy.parse("author=5/hour").manifest.parameters == '{"author":[5,3600],"session":[600,60]}'
    assert len({RatePolicy.parse(text).manifest for text in ("", "author=5/hour", "session=5/second")}) == 3
