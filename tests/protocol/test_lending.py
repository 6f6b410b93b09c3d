from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ATTEMPT_TIMEOUT_SECONDS, INTRODUCED_OFFERS_MAX
from peerset.core.signal import Offer, OfferId, PeerId, by_neighbour
from peerset.protocol.effects import DropOffers, MakeOffers, SendOffer
from peerset.protocol.inputs import Purpose
from peerset.protocol.lending import Lending

FRIEND = by_neighbour(PeerId("friend"))


def at(seconds: float) -> Moment:
    return Moment(Monotonic(1_000.0 + seconds), UnixTime(1_790_000_000))


def peer(number: int) -> PeerId:
    return PeerId(f"peer {number}")


def offer(number: int) -> Offer:
    return Offer(OfferId(f"offer {number}"), "sdp")


def make() -> Lending:
    return Lending(Purpose.INTRODUCED, INTRODUCED_OFFERS_MAX)


def lent(count: int) -> Lending:
    lending = make()
    lending.call((peer(number), FRIEND) for number in range(count))
    lending.add([offer(number) for number in range(count)], at(0))
    return lending


def test_whom_we_call_gets_an_offer_of_its_own() -> None:
    lending = make()
    assert lending.call([(peer(1), FRIEND), (peer(2), FRIEND), (peer(1), FRIEND)]) == [
        MakeOffers(2, Purpose.INTRODUCED)
    ]
    assert lending.has(peer(1))
    assert lending.add([offer(1), offer(2)], at(0)) == [
        SendOffer(peer(1), offer(1), FRIEND),
        SendOffer(peer(2), offer(2), FRIEND),
    ]
    assert lending.call([(peer(2), FRIEND)]) == []
    assert lending.fits(offer(1).id, peer(1))
    assert not lending.fits(offer(1).id, peer(2))


def test_of_offers_that_are_out_there_are_only_so_many() -> None:
    lending = make()
    callees = [(peer(number), FRIEND) for number in range(50)]
    assert lending.call(callees) == [MakeOffers(INTRODUCED_OFFERS_MAX, Purpose.INTRODUCED)]
    assert lending.call(callees) == []


def test_who_gets_no_offer_is_called_another_time_and_what_is_too_many_is_dropped() -> None:
    lending = make()
    lending.call([(peer(1), FRIEND), (peer(2), FRIEND)])
    assert lending.add([offer(1)], at(0)) == [SendOffer(peer(1), offer(1), FRIEND)]
    assert not lending.has(peer(2))
    assert lending.add([offer(3)], at(0)) == [DropOffers((offer(3).id,))]


def test_offers_that_are_made_one_after_the_other_go_to_whom_they_were_made_for() -> None:
    lending = make()
    lending.call([(peer(1), FRIEND)])
    lending.call([(peer(2), FRIEND)])
    assert lending.add([offer(1)], at(0)) == [SendOffer(peer(1), offer(1), FRIEND)]
    assert lending.add([offer(2)], at(0)) == [SendOffer(peer(2), offer(2), FRIEND)]


def test_what_nobody_answers_is_dropped_in_time() -> None:
    lending = lent(2)
    lending.take(offer(0).id)
    assert lending.deadline == at(ATTEMPT_TIMEOUT_SECONDS).monotonic
    assert lending.expire(at(ATTEMPT_TIMEOUT_SECONDS - 1)) == []
    assert lending.expire(at(ATTEMPT_TIMEOUT_SECONDS)) == [DropOffers((offer(1).id,))]
    assert lending.deadline is None
    assert len(lending) == 0


def test_what_waits_for_who_is_connected_is_dropped() -> None:
    assert lent(2).release(peer(1)) == [DropOffers((offer(1).id,))]
    assert lent(2).release(peer(7)) == []


def test_at_the_end_all_is_dropped() -> None:
    assert lent(2).stop() == [DropOffers((offer(0).id, offer(1).id))]
    assert make().stop() == []
