from peerset.testing.scenarios import PARTIES, SCENARIOS, VILLAIN_NAMES
from peerset.testing.villains import VILLAINS


def test_every_villain_that_a_scenario_names_exists() -> None:
    assert set(VILLAIN_NAMES) == set(VILLAINS)
    assert {name for scenario in SCENARIOS.values() for name in scenario.faults.villains} <= set(VILLAINS)


def test_parties_hold_different_things_for_right_and_say_so_in_their_hellos() -> None:
    assert len({bylaws.rules.id for bylaws in PARTIES}) == len(PARTIES) > 2
