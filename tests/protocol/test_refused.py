"""What was refused before, and what it costs to bring it."""

import pytest

from peerset.core.limits import REFUSED_IDS_MAX
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.refused import Refused, fault_of_refused
from peerset.protocol.strikes import Fault
from tests.protocol.pair import make_record

PEER, SALT = PeerId("0000peer"), b"s" * 16
RECORD = make_record()
LIVE, ASKED, ROUND = Arrival(RECORD, PEER, 0), Arrival(RECORD, PEER, 0, is_asked=True), Arrival(RECORD, PEER, 3)
BOUND = Arrival(RECORD, PEER, 3, is_bound=True)


def make_id(number: int) -> RecordId:
    return RecordId(number.to_bytes(8, "big") + bytes(24))


@pytest.mark.parametrize(
    ("arrival", "first", "again"),
    [
        (LIVE, Fault.UNWELCOME, Fault.REFUSED),
        (ASKED, Fault.FRUITLESS, None),
        (ROUND, Fault.FRUITLESS, None),
        (BOUND, Fault.BREACH, Fault.BREACH),
    ],
    ids=["pushed", "asked for", "in a round", "against its own rules"],
)
def test_a_refused_record_costs_as_much_as_its_sender_could_know(
    arrival: Arrival, first: Fault, again: Fault | None
) -> None:
    refused = Refused()
    refused.remember(RECORD.id, is_by_policy=True)
    assert (fault_of_refused(arrival), refused.fault_of(arrival)) == (first, again)


def test_rules_in_common_say_nothing_of_what_no_policy_refused() -> None:
    refused = Refused()
    refused.remember(RECORD.id, is_by_policy=False)
    assert refused.fault_of(BOUND) is None


def test_only_so_many_are_remembered_by_id_prefix_and_short_id() -> None:
    refused = Refused()
    for number in range(REFUSED_IDS_MAX + 1):
        refused.remember(make_id(number), is_by_policy=True)
    assert [make_id(0) in refused, make_id(1) in refused] == [False, True]
    assert [refused.has_prefix(make_id(number)[:8]) for number in (0, 1)] == [False, True]
    assert len(refused.short_ids(SALT)) == REFUSED_IDS_MAX
    assert short_id(SALT, make_id(1)) in refused.short_ids(SALT)
