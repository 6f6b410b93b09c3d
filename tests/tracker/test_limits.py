"""What one address has, scaled as a whole."""

from peerset.tracker.limits import ADDRESS_MEMBERS, TrackerLimits


def test_the_shares_of_an_address_grow_and_shrink_together() -> None:
    assert TrackerLimits().with_address_members(ADDRESS_MEMBERS) == TrackerLimits()
    large = TrackerLimits().with_address_members(10 * ADDRESS_MEMBERS)
    assert (large.members_per_swarm_and_address, large.connections_per_address) == (1_280, 2_560)
    assert (large.offers_per_second_and_address, large.offers_burst_and_address) == (200, 12_000)
    small = TrackerLimits().with_address_members(1)
    # One member alone may still make what any member may.
    assert small.offers_burst_and_address == small.offers_burst


def test_a_school_behind_one_address_fits_twice() -> None:
    limits = TrackerLimits()
    assert limits.members_per_swarm_and_address >= 2 * 60
    assert limits.connections_per_address >= 2 * limits.members_per_swarm_and_address
