from peerset.testing.crowd import Crowd, Plan

LARGE = Plan(
    members=80,
    join_seconds=10.0,
    meet_seconds=10.0,
    idle_seconds=2.0,
    records=4,
    warm_records=2,
    gap_seconds=0.5,
    nat=0.1,
    slow=0.05,
)


def test_eighty_members_are_one_swarm_in_which_every_record_reaches_all() -> None:
    figures = Crowd(LARGE).play()

    assert figures.converged == 1.0
    assert figures.parts == 1
    assert figures.unmet == 0
    assert min(figures.degrees) >= 6
    assert figures.delivery(0.5) <= 1.0
    assert 1.0 <= figures.copies <= 1.3
    assert figures.banned == 0


SETTLED = Plan(members=40, join_seconds=10.0, meet_seconds=60.0, warm_records=40, idle_seconds=20.0, records=1)


def test_a_settled_room_keeps_few_neighbours_and_says_little_while_nobody_writes() -> None:
    figures = Crowd(SETTLED).play()

    assert min(figures.degrees) >= 6
    assert max(figures.degrees) <= 20
    assert figures.degree <= 13.5
    assert 0 < figures.idle_bytes <= 190
    assert figures.converged == 1.0
