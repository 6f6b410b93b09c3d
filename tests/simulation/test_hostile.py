import pytest

from peerset.testing.scenarios import VILLAIN_NAMES
from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(4))
def test_honest_members_reach_one_set_whatever_mix_of_villains_is_among_them(seed: int) -> None:
    assert play("hostile", seed).happened > 0


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("villain", VILLAIN_NAMES)
def test_honest_members_reach_one_set_among_villains_of_one_kind(villain: str, seed: int) -> None:
    assert play(f"hostile-{villain}", seed).happened > 0
