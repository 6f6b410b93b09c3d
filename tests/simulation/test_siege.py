"""Ten thousand refused records pushed in a row: the others hardly notice, and who pushes without credit is banned."""

from functools import cache

import pytest

from tests.simulation.siege import HONEST, MEETING_SECONDS, RECORDS, SECONDS, Siege, besiege

RUDE_JUDGED_MAX = {"breach": 150, "spam": 150, "repeat": 1}
"""Refused records that a member judges of who pushes them without credit, before it is rid of their sender."""
COURTEOUS_JUDGED_MAX = 64 + 4 * int(MEETING_SECONDS + SECONDS)
"""And of who waits for credit: a window, and then four a second."""
REASONS = ({"more than was granted"}, set[str]())
undisturbed = cache(besiege)


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("villain", [*sorted(RUDE_JUDGED_MAX), "courteous"])
def test_refused_records_in_a_row_delay_the_others_less_than_twofold(villain: str, seed: int) -> None:
    siege, calm = besiege(seed, villain), undisturbed(seed, None)

    assert len(siege.latencies) == len(calm.latencies) == RECORDS * (HONEST - 1)
    assert all(siege.quantile(part) <= 2 * calm.quantile(part) for part in (0.5, 0.95, 0.99)), slowness(siege, calm)
    assert set(siege.refused) != set()
    assert max(siege.refused.values()) <= RUDE_JUDGED_MAX.get(villain, COURTEOUS_JUDGED_MAX)
    assert {reason.split(",")[0] for reason in siege.bans.values()} == REASONS[villain == "courteous"]


@pytest.mark.parametrize("seed", range(2))
def test_who_pushes_to_everyone_and_passes_nothing_on_delays_most_records_less_than_twofold(seed: int) -> None:
    siege, calm = besiege(seed, "prune"), undisturbed(seed, None)

    assert len(siege.latencies) == len(calm.latencies)
    assert siege.quantile(0.5) <= 2 * calm.quantile(0.5), slowness(siege, calm)
    assert siege.bans == {}


def slowness(siege: Siege, calm: Siege) -> str:
    return ", ".join(f"{siege.quantile(part):.3f} s, not {calm.quantile(part):.3f} s" for part in (0.5, 0.95, 0.99))
