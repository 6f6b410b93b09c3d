from peerset.core.limits import SDP_CANDIDATES_MAX, TRICKLED_OFFERS_MAX
from peerset.core.signal import OfferId, PeerId
from peerset.transports.trickle import Trickle

ONE, OTHER = PeerId("one"), PeerId("other")


def name(number: int) -> OfferId:
    return OfferId(f"offer {number}")


def test_what_came_early_is_given_once_in_order_to_the_peer_that_sent_it() -> None:
    trickle = Trickle()
    trickle.put(ONE, name(1), "first")
    trickle.put(ONE, name(1), "second")
    trickle.put(OTHER, name(1), "of another")
    assert trickle.take(ONE, name(2)) == []
    assert trickle.take(ONE, name(1)) == ["first", "second"]
    assert trickle.take(ONE, name(1)) == []


def test_it_is_bounded_for_one_offer_and_in_all() -> None:
    trickle = Trickle()
    for number in range(TRICKLED_OFFERS_MAX + 1):
        for each in range(SDP_CANDIDATES_MAX + 1):
            trickle.put(ONE, name(number), str(each))
    assert trickle.take(ONE, name(0)) == []
    assert trickle.take(ONE, name(1)) == [str(each) for each in range(SDP_CANDIDATES_MAX)]
