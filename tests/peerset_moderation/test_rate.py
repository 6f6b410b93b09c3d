"""Rate: token buckets by author and session, on a given clock."""

import time
from collections.abc import AsyncIterator
from typing import TypeVar

import pytest

import peerset
from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset.core.clock import UnixTime
from peerset.core.record import sign_record
from peerset.testing.memory import MemorySwarm
from peerset_moderation.rate import BUCKETS_MAX, LIVE_SECONDS, Buckets, Pace, RatePolicy
from tests.peerset_moderation.records import START, make_record

T = TypeVar("T")


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


def rules(
    policy: RatePolicy, count: int, *, author: int = 1, at: int = START, sender: bytes | None = None
) -> list[str]:
    records = [make_record(str(n), author=author, at=at) for n in range(count)]
    verdicts = policy.judge(records) if sender is None else policy.judge_from(records, [sender] * count)
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
    assert rules(policy, 2, sender=b"a") == ["", "session"]
    assert rules(policy, 1, author=2, sender=b"b") == [""]


def test_a_session_is_one_whoever_its_authors_are() -> None:
    policy, _ = make(session=Pace(3, 60))
    records = [make_record("hello", author=number) for number in range(1, 6)]
    verdicts = policy.judge_from(records, [b"a", b"a", b"b", b"a", b"a"])
    assert [isinstance(verdict, Accept) for verdict in verdicts] == [True, True, True, True, False]


def test_history_is_held_against_nobody() -> None:
    policy, _ = make(session=Pace(1, 60))
    assert rules(policy, 50, at=START - LIVE_SECONDS, sender=b"a") == [""] * 50
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


@pytest.mark.real_time
async def test_a_peer_that_relays_a_burst_of_many_authors_is_held_by_its_session() -> None:
    swarm, now = MemorySwarm(), UnixTime(int(time.time()))
    shown, burst = 5, 20
    async with (
        peerset.join("lobby", host=swarm.host(), policies=[f"rate:session={shown}/day"]) as reader,
        peerset.join("lobby", host=swarm.host()) as crier,
    ):
        events = reader.events()
        records = [sign(number + 1, reader.name.tag, now) for number in range(burst)]
        own = await reader.publish("what its own user writes is held by no session")
        await crier.add(records)
        hidden = [event async for event in first(events, peerset.RecordHidden, burst - shown)]
        assert {event.policy for event in hidden} == {"rate"}
        assert {each.rule for each in reader.moderation.quarantine()} == {"session"}
        assert reader.count == burst + 1
        visible = await reader.records()
        assert own in visible
        assert len(visible) == shown + 1


async def first(events: peerset.EventStream, kind: type[T], count: int) -> AsyncIterator[T]:
    """Give the next *count* events of *kind*."""
    while count:
        event = await anext(events)
        if isinstance(event, kind):
            count -= 1
            yield event


def sign(author: int, room_tag: bytes, now: UnixTime) -> peerset.Record:
    key = peerset.SecretKey(author.to_bytes(32, "big"))
    return sign_record(key, created_at=now, kind=1078, tags=[["h", room_tag.hex()]], content="hear, hear")
