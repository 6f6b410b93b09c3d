import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_the_content_of_what_has_expired_is_nowhere_and_all_reach_one_set(seed: int) -> None:
    assert play("expiry", seed).happened > 0
