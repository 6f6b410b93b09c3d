import gc
import math
from dataclasses import replace

import pytest

from peerset.testing.crowd import Crowd, Plan, count_parts, neighbours
from peerset.testing.villains import VILLAINS

SMALL = Plan(
    members=6, records=2, warm_records=1, join_seconds=2.0, meet_seconds=20.0, idle_seconds=5.0, gap_seconds=0.5
)


def test_a_small_crowd_meets_and_every_record_reaches_everyone() -> None:
    told: list[float] = []

    figures = Crowd(SMALL, say=told.append).play()

    assert (figures.members, figures.honest, figures.living, figures.unmet) == (6, 6, 6, 0)
    assert figures.converged == figures.reached == 1.0
    assert math.isfinite(figures.converge_seconds)
    assert figures.parts == 1
    assert min(figures.degrees) >= 3
    assert len(figures.seconds) == 2 * 6
    assert len(figures.ideal.flood) == len(figures.ideal.tree) == 6 * 6
    assert 0 < figures.ideal.flood[-1] < figures.seconds[-1]
    assert figures.copies >= 1.0
    assert figures.framed_bytes > 299
    assert figures.banned == 0
    assert 2 * len(figures.snapshot.edges) == sum(figures.degrees)
    assert sorted(figures.snapshot.arrivals) == [0, 1, 2, 3, 4, 5]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_one_seed_gives_one_run() -> None:
    assert Crowd(SMALL).play() == Crowd(SMALL).play()
    assert Crowd(SMALL).play() != Crowd(replace(SMALL, seed=2)).play()


def test_two_behind_such_nats_never_have_a_channel_and_reach_each_other_through_others() -> None:
    crowd = Crowd(replace(SMALL, nat=0.5, seed=3))

    figures = crowd.play()

    hidden = {member.number for member in crowd.swarm.members if member.line.is_behind_nat}
    assert 2 <= len(hidden) < 6
    assert not any({one, other} <= hidden for one, other in figures.snapshot.edges)
    assert figures.converged == 1.0


def test_who_dies_comes_back_and_misses_nothing() -> None:
    crowd = Crowd(replace(SMALL, churn=10.0, records=8))

    figures = crowd.play()

    assert any(member.life > 1 for member in crowd.swarm.members)
    assert figures.living == 6
    assert figures.converged == 1.0


def test_without_trackers_who_dies_is_away_for_good() -> None:
    figures = Crowd(replace(SMALL, churn=5.0, records=8, trackers_seconds=20.0)).play()

    assert 0 < figures.living < 6
    assert figures.parts == 1


def test_who_comes_when_there_are_no_trackers_any_more_is_no_part_of_the_swarm() -> None:
    figures = Crowd(replace(SMALL, join_seconds=20.0, trackers_seconds=15.0)).play()

    assert figures.living == 6
    assert 1 <= figures.unmet <= 4
    assert figures.degrees.count(0) == figures.unmet == figures.late
    assert figures.lost == 0
    assert figures.parts == 1
    assert figures.converged == figures.reached == 1.0


def test_a_swarm_in_which_nobody_ever_meets_has_as_many_parts_as_members() -> None:
    figures = Crowd(replace(SMALL, trackers_seconds=0.001)).play()

    assert (figures.unmet, figures.parts) == (6, 6)
    assert figures.converged < 1.0


def test_every_kind_of_hostile_member_has_its_turn() -> None:
    crowd = Crowd(replace(SMALL, members=2 * len(VILLAINS) + 2, hostile=0.5))

    hostile = [member for member in crowd.swarm.members if member.is_hostile]
    for member in hostile:
        crowd.swarm.wake(member)
    assert len({type(member.machine) for member in hostile}) == len(VILLAINS) + 1


def test_hostile_members_take_part_and_harm_nobody_honest() -> None:
    figures = Crowd(replace(SMALL, members=9, hostile=0.4, villains="garbage,forge,hole")).play()

    assert figures.honest == 5
    assert len(figures.snapshot.hostile) == 4
    assert figures.banned == 0
    assert figures.converged == 1.0


def test_slow_members_get_everything_later() -> None:
    crowd = Crowd(replace(SMALL, slow=0.5, slow_judge_seconds=0.5, seed=2))

    figures = crowd.play()

    assert {member.judge_seconds for member in crowd.swarm.members} == {0.0, 0.5}
    assert figures.converged == 1.0
    assert figures.delivery(1.0) > 0.5


def test_members_share_networks_as_the_plan_says() -> None:
    crowd = Crowd(replace(SMALL, members=20, networks=2))

    assert len({member.line.address.rpartition(".")[0] for member in crowd.swarm.members}) == 2
    assert all(member.line.address.startswith("20.0.") for member in crowd.swarm.members)


def test_all_members_hold_one_object_for_one_record() -> None:
    crowd = Crowd(SMALL)

    crowd.play()

    held = {
        record.id: {id(member.disk.read([record.id])[0]) for member in crowd.swarm.members}
        for record in crowd.swarm.written.values()
    }
    assert len(held) == 3
    assert all(len(objects) == 1 for objects in held.values())


def test_a_kind_of_hostile_member_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'dragon'"):
        Plan(villains="lie,dragon")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"members": 0}, "honest member"),
        ({"hostile": 1.0}, "honest member"),
        ({"places": 0}, "a place"),
        ({"nat": 1.5}, "nat is a part of all members, from 0 to 1, not 1.5"),
        ({"idle_seconds": -1.0}, "idle_seconds must be a number from 0 on, not -1.0"),
        ({"meet_seconds": math.inf}, "not inf"),
        ({"slow": math.nan}, "not nan"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_value(wrong: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Plan(**wrong)  # type: ignore[arg-type] # each value is of its field's type


def test_parts_are_counted_of_those_that_are_asked_for() -> None:
    crowd = Crowd(SMALL)

    assert count_parts(crowd.swarm, set()) == 0
    assert count_parts(crowd.swarm, {0, 1, 2}) == 3
    assert neighbours(crowd.swarm, crowd.swarm.members[0]) == []


def test_no_circle_is_left_behind_where_no_process_dies() -> None:
    crowd = Crowd(replace(SMALL, hostile=0.3))
    gc.collect()
    # What other tests let go of meanwhile is none of it.
    before = {id(each) for each in gc.get_objects()}
    gc.disable()
    try:
        crowd.play()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        ours = [type(each) for each in gc.garbage if id(each) not in before]
        left = sorted({kind.__qualname__ for kind in ours if kind.__module__.startswith("peerset")})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert left == []
