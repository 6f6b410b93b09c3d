"""Ten thousand refused records pushed in a row: who pushes them is banned, and the others hardly notice."""

from functools import cache

import pytest

from tests.simulation.siege import HONEST, RECORDS, Siege, besiege

JUDGED_MAX = {"breach": 200, "spam": 700, "repeat": 1}
"""Refused records that a member judges before it is rid of their sender."""
undisturbed = cache(besiege)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("villain", sorted(JUDGED_MAX))
def test_refused_records_in_a_row_earn_a_ban_and_delay_the_others_less_than_twofold(villain: str, seed: int) -> None:
    siege, calm = besiege(seed, villain), undisturbed(seed, None)

    assert len(siege.latencies) == len(calm.latencies) == RECORDS * (HONEST - 1)
    assert all(siege.quantile(part) <= 2 * calm.quantile(part) for part in (0.5, 0.95, 0.99)), slowness(siege, calm)
    assert set(siege.bans) == set(siege.refused) != set()
    assert all("record" in reason for reason in siege.bans.values())
    assert max(siege.refused.values()) <= JUDGED_MAX[villain]


def slowness(siege: Siege, calm: Siege) -> str:
    return ", ".join(f"{siege.quantile(part):.3f} s, not {calm.quantile(part):.3f} s" for part in (0.5, 0.95, 0.99))
