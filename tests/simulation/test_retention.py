import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_what_grew_old_is_collected_everywhere_and_never_comes_back(seed: int) -> None:
    assert play("retention", seed).happened > 0
