"""The acceptance suite of policies passes good ones and names what is wrong with bad ones."""

from collections.abc import Callable
from typing import Any

import pytest

import peerset
from peerset.testing.check_policy import check_policy
from tests.testing import policies

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize("make", [policies.calm, policies.Newest])
async def test_a_good_policy_passes(make: Callable[[], Any]) -> None:
    await check_policy(make)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (policies.moody, "asked twice"),
        (policies.hashing, "in another process, the policy gives other verdicts"),
        (policies.Blunt, "has no reason"),
        (policies.Foreign, "names another policy"),
        (policies.Misplaced, "lies outside the content"),
        (policies.Nosy, "only a view may ask who"),
        (policies.Terse, "one Accept or Reject a record"),
        (policies.First, "in another order, the rule keeps others"),
        (policies.Nobody, "hid a whole group"),
    ],
)
async def test_a_bad_policy_is_told_what_is_wrong(make: Callable[[], Any], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        await check_policy(make)


async def test_what_has_not_the_shape_of_a_policy_is_the_callers_error() -> None:
    with pytest.raises(peerset.ConfigError):
        await check_policy(object)  # type: ignore[arg-type]  # no policy at all
