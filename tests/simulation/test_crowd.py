from peerset.testing.crowd import Crowd, Plan

LARGE = Plan(
    members=300,
    join_seconds=10.0,
    meet_seconds=10.0,
    idle_seconds=2.0,
    records=4,
    warm_records=2,
    gap_seconds=0.5,
    nat=0.1,
    slow=0.05,
)


def test_three_hundred_members_are_one_swarm_in_which_every_record_reaches_all() -> None:
    figures = Crowd(LARGE).play()

    assert figures.converged == 1.0
    assert figures.parts == 1
    assert min(figures.degrees) >= 6
    assert figures.delivery(0.5) <= 1.0
    assert 1.0 <= figures.copies <= 1.3
    assert figures.banned == 0
