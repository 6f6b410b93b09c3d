import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_what_users_purge_never_comes_back_and_all_others_reach_one_set(seed: int) -> None:
    assert play("purge", seed).happened > 0
