import random

import pytest

from peerset.core.limits import SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES
from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.protocol.effects import MakeOffers
from peerset.protocol.inputs import AnswerMade, Clogged, Closed, DialFailed, Drained, OffersMade, Opened, Received
from peerset.testing.clockwork import Clockwork
from peerset.testing.links import LinkInput, Links

ALICE, BOB, CAROL = PeerId("alice"), PeerId("bob"), PeerId("carol")


class Net:
    """Links among three peers that write down what they hear."""

    def __init__(self) -> None:
        self.clock = Clockwork(random.Random(1))
        self.heard: list[tuple[PeerId, LinkInput]] = []
        self.is_cut = False
        self.can_connect = True
        self.latency = 0.1
        self.seconds_a_byte = 0.0
        self.links = Links(
            self.clock,
            lambda peer, event: self.heard.append((peer, event)),
            lambda: self.latency,
            is_cut=lambda one, other: self.is_cut,
            can_connect=lambda one, other: self.can_connect,
            address_of=str,
            seconds_a_byte=lambda _: self.seconds_a_byte,
        )

    def offer(self, peer: PeerId) -> Offer:
        self.links.make_offers(peer, MakeOffers(1))
        self.clock.run(1.0)
        made = self.heard.pop()[1]
        assert isinstance(made, OffersMade)
        return made.offers[0]

    def connect(self, offerer: PeerId, answerer: PeerId) -> None:
        offer = self.offer(offerer)
        self.links.make_answer(answerer, offerer, offer)
        self.links.accept_answer(offerer, answerer, Answer(offer.id, "answer"))
        self.clock.run(2.0)

    def connected(self) -> "Net":
        self.connect(ALICE, BOB)
        self.heard.clear()
        return self

    def received(self, peer: PeerId) -> list[bytes]:
        return [event.data for to, event in self.heard if to == peer and isinstance(event, Received)]

    def closed(self, peer: PeerId) -> list[str]:
        return [event.reason for to, event in self.heard if to == peer and isinstance(event, Closed)]


def test_an_offer_and_its_answer_open_a_channel_that_both_ends_seal_alike() -> None:
    net = Net()

    net.connect(ALICE, BOB)

    opened = {to: event for to, event in net.heard if isinstance(event, Opened)}
    assert opened[ALICE].peer == BOB
    assert opened[BOB].peer == ALICE
    assert opened[ALICE].binding.local == opened[BOB].binding.remote
    assert opened[ALICE].binding.remote == opened[BOB].binding.local
    assert opened[ALICE].address == "bob"


def test_an_offer_can_be_answered_once() -> None:
    net = Net()
    offer = net.offer(ALICE)
    for peer in (BOB, CAROL):
        net.links.make_answer(peer, ALICE, offer)
        net.links.accept_answer(ALICE, peer, Answer(offer.id, "answer"))

    net.clock.run(2.0)

    assert (ALICE, DialFailed(CAROL, "the offer is gone")) in net.heard
    assert [to for to, event in net.heard if isinstance(event, Opened)] == [ALICE, BOB]


@pytest.mark.parametrize("owner", [ALICE, BOB])
def test_only_its_owner_can_drop_an_offer(owner: PeerId) -> None:
    net = Net()
    offer = net.offer(ALICE)

    net.links.drop_offers(owner, (offer.id, OfferId("unknown")))
    net.links.accept_answer(ALICE, BOB, Answer(offer.id, "answer"))
    net.clock.run(2.0)

    assert ((ALICE, DialFailed(BOB, "the offer is gone")) in net.heard) is (owner == ALICE)


def test_what_is_no_offer_is_a_fault() -> None:
    net = Net()

    net.links.make_answer(BOB, ALICE, Offer(OfferId("o"), "m=audio"))
    net.clock.run(1.0)

    assert net.heard == [(BOB, DialFailed(ALICE, "not a session description", is_fault=True))]


def test_offers_and_connections_fail_at_the_given_rates() -> None:
    net = Net()
    net.links.offer_failures = net.links.connect_failures = 1.0
    net.links.make_offers(ALICE, MakeOffers(3))
    net.clock.run(1.0)
    assert net.heard == [(ALICE, OffersMade(()))]

    net.links.offer_failures = 0.0
    net.connect(ALICE, BOB)

    assert not any(isinstance(event, Opened) for _, event in net.heard)


def test_an_attempt_that_was_given_up_does_not_open() -> None:
    net = Net()
    offer = net.offer(ALICE)
    net.links.make_answer(BOB, ALICE, offer)
    net.links.accept_answer(ALICE, BOB, Answer(offer.id, "answer"))

    net.links.disconnect(BOB, ALICE)
    net.clock.run(2.0)

    assert [event for _, event in net.heard if not isinstance(event, AnswerMade)] == []


def test_messages_arrive_in_order_however_latency_varies() -> None:
    net = Net().connected()
    for number, net.latency in enumerate((0.9, 0.1, 0.5)):
        net.links.send(ALICE, BOB, bytes([number]))

    net.clock.run(1.0)

    assert net.received(BOB) == [b"\x00", b"\x01", b"\x02"]


def test_a_slow_line_clogs_and_drains_and_too_much_on_it_closes_the_channel() -> None:
    net = Net().connected()
    net.seconds_a_byte = 1e-6
    for _ in range(SEND_QUEUE_HIGH_BYTES // 100_000 + 1):
        net.links.send(ALICE, BOB, bytes(100_000))
    net.clock.run(0.0)
    assert net.heard == [(ALICE, Clogged(BOB))]
    net.clock.run(2.0)
    assert (ALICE, Drained(BOB)) in net.heard
    assert len(net.received(BOB)) == SEND_QUEUE_HIGH_BYTES // 100_000 + 1
    for _ in range(SEND_QUEUE_BYTES_PER_PEER_MAX // 100_000 + 1):
        net.links.send(ALICE, BOB, bytes(100_000))
    assert net.links.overflows == 1


def test_nothing_is_sent_without_a_channel() -> None:
    net = Net()

    net.links.send(ALICE, BOB, b"lost")
    net.links.disconnect(ALICE, BOB)
    net.clock.run(1.0)

    assert net.heard == []


def test_a_disconnect_flushes_first_and_closes_both_ends() -> None:
    net = Net().connected()
    net.links.send(ALICE, BOB, b"goodbye")

    net.links.disconnect(ALICE, BOB)
    net.links.send(ALICE, BOB, b"too late")
    net.clock.run(1.0)

    assert net.received(BOB) == [b"goodbye"]
    assert net.closed(ALICE) == ["closed by us"]
    assert net.closed(BOB) == ["closed by the peer"]
    assert net.links.channels() == []


def test_a_broken_channel_loses_what_is_on_it_and_each_end_learns_of_it() -> None:
    net = Net().connected()
    net.links.send(ALICE, BOB, b"lost")

    net.links.break_channel(net.links.channels()[0])
    net.clock.run(20.0)

    assert net.received(BOB) == []
    assert net.closed(ALICE) == net.closed(BOB) == ["the channel broke"]


def test_the_neighbours_of_a_dead_process_learn_of_it_later() -> None:
    net = Net().connected()
    net.links.send(ALICE, BOB, b"last words")

    net.links.kill(ALICE)
    net.clock.run(60.0)

    assert net.received(BOB) == [b"last words"]
    assert net.closed(BOB) == ["the peer is gone"]
    assert net.closed(ALICE) == []


def test_the_offers_and_attempts_of_a_dead_process_are_gone() -> None:
    net = Net()
    net.connect(BOB, CAROL)
    mine, other = net.offer(ALICE), net.offer(BOB)
    net.links.make_answer(ALICE, BOB, other)

    net.links.kill(ALICE)
    net.links.accept_answer(BOB, ALICE, Answer(other.id, "answer"))
    net.links.accept_answer(ALICE, BOB, Answer(mine.id, "answer"))
    net.clock.run(2.0)

    assert (ALICE, DialFailed(BOB, "the offer is gone")) in net.heard
    assert len(net.links.channels()) == 1


def test_who_dies_before_its_channel_opens_leaves_none() -> None:
    net = Net()
    offer = net.offer(ALICE)
    net.links.make_answer(BOB, ALICE, offer)
    net.links.accept_answer(ALICE, BOB, Answer(offer.id, "answer"))

    net.links.kill(ALICE)
    net.clock.run(60.0)

    assert net.links.channels() == []
    assert not any(isinstance(event, Opened) for _, event in net.heard)


def test_a_partition_holds_messages_back_until_it_ends() -> None:
    net = Net().connected()
    net.is_cut = True
    for number in range(3):
        net.links.send(ALICE, BOB, bytes([number]))
    net.clock.run(1.0)
    net.links.release()
    assert net.received(BOB) == []

    net.is_cut = False
    net.links.release()

    assert net.received(BOB) == [b"\x00", b"\x01", b"\x02"]


def test_a_goodbye_does_not_pass_a_partition() -> None:
    net = Net().connected()
    net.is_cut = True

    net.links.disconnect(ALICE, BOB)
    net.clock.run(5.0)

    assert net.closed(ALICE) == ["closed by us"]
    assert net.closed(BOB) == []


@pytest.mark.parametrize("lasts", [True, False])
def test_a_channel_across_a_partition_dies_unless_it_ends_in_time(*, lasts: bool) -> None:
    net = Net().connected()
    net.links.notice_cuts()
    net.is_cut = True
    net.links.notice_cuts()

    net.clock.run(5.0)
    net.is_cut = lasts
    net.clock.run(60.0)

    assert bool(net.closed(ALICE)) is lasts


def test_nobody_connects_across_a_partition() -> None:
    net = Net()
    net.is_cut = True

    net.connect(ALICE, BOB)

    assert not any(isinstance(event, Opened) for _, event in net.heard)


def test_an_end_learns_of_the_loss_of_a_channel_before_it_sees_the_next() -> None:
    net = Net().connected()
    net.is_cut = True
    net.links.disconnect(ALICE, BOB)
    net.clock.run(1.0)
    net.is_cut = False

    net.connect(ALICE, BOB)

    assert [type(event) for to, event in net.heard if to == BOB and not isinstance(event, AnswerMade)] == [
        Closed,
        Opened,
    ]


def test_of_two_channels_that_cross_the_first_is_used() -> None:
    net = Net().connected()

    net.connect(BOB, ALICE)

    assert not any(isinstance(event, Opened | Closed) for _, event in net.heard)


def test_two_that_can_never_connect_get_no_channel() -> None:
    net = Net()
    net.can_connect = False

    net.connect(ALICE, BOB)

    assert not any(isinstance(event, Opened) for _, event in net.heard)
    assert net.links.channels() == []


def test_who_dies_takes_its_channels_along_and_nobody_elses() -> None:
    net = Net().connected()
    net.connect(BOB, CAROL)
    net.heard.clear()

    net.links.kill(ALICE)
    net.clock.run(60.0)

    assert net.closed(BOB) == ["the peer is gone"]
    assert net.closed(CAROL) == []
    assert [channel.ends for channel in net.links.channels()] == [(BOB, CAROL)]
