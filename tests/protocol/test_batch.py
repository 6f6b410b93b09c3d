"""Records that travel together: who brought them, and where they stand."""

from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.batch import TRANSITIONS, Batch, State
from tests.protocol.pair import make_record

PEER, OTHER = PeerId("0000peer"), PeerId("0000other")
RECORDS = (make_record(1), make_record(2), make_record(3))


def make_batch() -> Batch:
    one, two, three = RECORDS
    return Batch(7, [Arrival(one, PEER, 0), Arrival(two, None, 0), Arrival(three, PEER, 4)])


def test_a_batch_knows_how_many_records_each_brought() -> None:
    batch = make_batch()
    assert batch.brought == {PEER: 2, None: 1}
    assert batch.bad == {}


def test_a_batch_gives_its_records_in_the_order_they_came_in() -> None:
    assert make_batch().records == RECORDS


def test_what_is_noted_of_a_peer_holds_for_all_it_brought_and_nobody_else() -> None:
    batch = make_batch()
    batch.disown(PEER)
    batch.ban(OTHER)
    assert [arrival.is_owed for arrival in batch.arrivals] == [False, True, False]
    assert [arrival.is_banned for arrival in batch.arrivals] == [False, False, False]
    assert batch.brought == {None: 1}


def test_a_banned_peer_is_marked_on_all_it_brought() -> None:
    batch = make_batch()
    batch.ban(PEER)
    assert [arrival.is_banned for arrival in batch.arrivals] == [True, False, True]


def test_a_fresh_batch_waits_to_be_verified_and_every_state_but_one_for_some_answer() -> None:
    assert make_batch().state is State.VERIFYING
    assert set(State) - {state for state, _ in TRANSITIONS} == {State.VERIFIED}
