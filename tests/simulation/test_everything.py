import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(5))
def test_everything_at_once_breaks_no_promise(seed: int) -> None:
    assert play("everything", seed).happened > 0
