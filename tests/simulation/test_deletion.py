import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(3))
def test_what_its_author_deleted_is_gone_everywhere_and_stays_away(seed: int) -> None:
    assert play("deletion", seed).happened > 0
