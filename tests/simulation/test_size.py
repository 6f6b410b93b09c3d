from peerset.testing.simulator import play


def test_twenty_members_reach_one_set() -> None:
    assert play("convergence", 1_000, peers=20).records > 0


def test_two_members_reach_one_set() -> None:
    assert play("everything", 1_000, peers=2).happened > 0
