from peerset.core.limits import OWED_RECORDS_FIRST, OWED_RECORDS_MAX
from peerset.protocol.ends import Ends
from peerset.protocol.outlet import Outlet
from peerset.protocol.recents import Recents
from tests.protocol.test_relay import PEERS


def make_branch() -> Ends:
    return Ends(Outlet(PEERS[0], Recents()), has_lacking=True, is_branch=True)


def owed_by(branch: Ends) -> int:
    """Let *branch* bring records until it is waited for; give how many that took."""
    count = 0
    while not branch.is_expected:
        branch.bring()
        count += 1
    return count


def test_who_is_waited_for_in_vain_owes_twice_as_many_records_each_time() -> None:
    branch = make_branch()
    assert branch.is_expected
    owed = []
    for _ in range(12):
        branch.miss()
        owed.append(owed_by(branch))
    assert owed == [min(OWED_RECORDS_FIRST << number, OWED_RECORDS_MAX) for number in range(12)]


def test_nobody_brings_more_than_it_owes() -> None:
    branch = make_branch()
    for _ in range(100):
        branch.bring()
    branch.miss()
    assert owed_by(branch) == OWED_RECORDS_FIRST
