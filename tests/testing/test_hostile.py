import random
from collections import deque

import pytest

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.message import (
    Announce,
    Credit,
    Days,
    Fin,
    Fingerprint,
    Hello,
    IdList,
    Message,
    Ping,
    Ranges,
    Records,
    Role,
    Root,
    Skip,
    Want,
)
from peerset.core.record import decode_record
from peerset.core.rules import Rules
from peerset.core.signal import ChannelBinding, PeerId
from peerset.errors import MalformedError, WireError
from peerset.protocol.effects import MakeOffers, Send
from peerset.protocol.inputs import Closed, Opened, Received
from peerset.protocol.node import Node
from peerset.testing.bylaws import STRICT
from peerset.testing.faults import Faults
from peerset.testing.hostile import PruneVillain, Villain
from peerset.testing.machine import SIMULATED_ROOM, SPAM, Deed, OfferAs, SendBytes
from peerset.testing.swarm import EPOCH, Swarm
from peerset.testing.villains import VILLAINS

OWN, ALICE, BOB = PeerId("0000me"), PeerId("0000alice"), PeerId("0000bob")
BINDING = ChannelBinding(bytes(32), bytes(32))


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(EPOCH + int(seconds)))


def make(name: str, *, seed: int = 1) -> Villain:
    rng = random.Random(seed)
    node = Node(OWN, SecretKey.generate(rng), room=SIMULATED_ROOM, rng=rng)
    villain = VILLAINS[name](node, rng)
    assert any(isinstance(deed, MakeOffers) for deed in villain.start(at(0)))
    return villain


def meet(villain: Villain, *peers: PeerId) -> list[Deed]:
    return [deed for peer in peers for deed in villain.receive(Opened(peer, BINDING, "direct"), at(0))]


def prove(villain: Villain, peer: PeerId) -> None:
    """Let *villain* meet an honest node, and both prove their keys."""
    rng = random.Random(2)
    honest = Node(peer, SecretKey.generate(rng), room=SIMULATED_ROOM, rng=rng)
    honest.start(at(0))
    letters = deque((peer, deed) for deed in meet(villain, peer))
    letters.extend((OWN, deed) for deed in honest.receive(Opened(OWN, BINDING, "direct"), at(0)))
    while letters:
        to, deed = letters.popleft()
        if isinstance(deed, Send):
            arrived = Received(OWN if to == peer else peer, wire.encode(deed.message))
            answers = honest.receive(arrived, at(0)) if to == peer else villain.receive(arrived, at(0))
            letters.extend((arrived.peer, answer) for answer in answers)


def hello(nonce: int) -> Hello:
    return Hello(1, SIMULATED_ROOM.tag, bytes(32), bytes([nonce]) * 32, bytes(32), 7_776_000, Role.MEMBER, 0, EPOCH)


def acts(villain: Villain, times: int = 40) -> list[Deed]:
    deeds: list[Deed] = []
    for number in range(1, times + 1):
        deeds += villain.act(at(number))
    return deeds


def test_a_plain_villain_behaves_and_forgets_who_is_gone() -> None:
    villain = Villain(make("silence")._node, random.Random(1))
    meet(villain, ALICE, BOB)

    villain.receive(Closed(ALICE, "gone"), at(1))
    villain.receive(Closed(ALICE, "gone again"), at(1))

    assert villain.peers == [BOB]
    assert villain.act(at(1)) == []


def test_a_villain_acts_at_its_own_times() -> None:
    villain = make("garbage")
    meet(villain, ALICE)
    assert villain.deadline is not None
    first = villain.deadline
    assert first <= 3.0

    assert not any(isinstance(deed, SendBytes) for deed in villain.tick(at(first - 0.01)))
    assert any(isinstance(deed, SendBytes) for deed in villain.tick(at(first)))
    assert villain.deadline > first


def test_garbage_is_no_message() -> None:
    villain = make("garbage")
    meet(villain, ALICE)

    for deed in acts(villain):
        assert isinstance(deed, SendBytes)
        with pytest.raises(WireError):
            wire.decode(deed.data)


def test_a_replay_shows_one_peer_what_another_showed() -> None:
    villain = make("replay")
    meet(villain, ALICE)
    stolen = wire.encode(hello(7))
    villain.receive(Received(ALICE, stolen), at(0))
    villain.receive(Received(ALICE, wire.encode(Ping(1))), at(0))
    villain.receive(Received(ALICE, b"noise"), at(0))

    assert SendBytes(BOB, stolen) in meet(villain, BOB)
    assert villain.distort(Send(BOB, Ping(1))) == [Send(BOB, Ping(1))]


def test_every_forgery_is_refusable() -> None:
    villain = make("forge")
    meet(villain, ALICE)

    for deed in acts(villain):
        assert isinstance(deed, Send)
        assert isinstance(deed.message, Records)
        try:
            record = decode_record(deed.message.blobs[0])
        except MalformedError:
            continue
        is_near = abs(record.created_at - EPOCH) <= DAY_SECONDS
        assert not (record.has_valid_signature() and record.room_tag == SIMULATED_ROOM.tag and is_near)


@pytest.mark.parametrize(
    "message",
    [
        Root(1, 20_000, EPOCH, 3, bytes(16)),
        Fin(1, 3, bytes(16)),
        Days(1, 20_000, EPOCH, 8, ((3, bytes(8)),)),
        Ranges(1, (Fingerprint((EPOCH, b""), bytes(8)), IdList((EPOCH + 1, b""), ()))),
        Want(1, (bytes(5),)),
    ],
)
def test_a_liar_changes_what_it_says_but_not_its_form(message: Message) -> None:
    villain = make("lie")

    said = [villain.distort(Send(ALICE, message)) for _ in range(20)]

    lies = [deed.message for deeds in said for deed in deeds if isinstance(deed, Send) and deed.message != message]
    assert lies
    assert all(wire.decode(wire.encode(lie)) == lie for lie in lies)


def test_a_liar_leaves_alone_what_it_cannot_lie_about() -> None:
    villain = make("lie")
    for message in (Ping(1), Ranges(1, (Skip((EPOCH, b"")),))):
        assert all(villain.distort(Send(ALICE, message)) == [Send(ALICE, message)] for _ in range(20))


def test_a_flood_comes_in_bursts() -> None:
    villain = make("flood")
    meet(villain, ALICE, BOB)

    said = [deed.message for deed in villain.act(at(1)) if isinstance(deed, Send)]
    assert len(said) == 100
    # What is refused before it is sent attacks nobody.
    assert [wire.decode(wire.encode(message)) for message in said] == said


def blobs_of(deeds: list[Deed]) -> list[bytes]:
    messages = [deed.message for deed in deeds if isinstance(deed, Send)]
    return [blob for message in messages if isinstance(message, Records) for blob in message.blobs]


@pytest.mark.parametrize("name", ["breach", "spam"])
def test_refused_records_are_fresh_and_sound_and_come_to_an_end(name: str) -> None:
    villain = make(name)
    meet(villain, BOB)
    assert villain.act(at(1)) == []
    prove(villain, ALICE)

    records = [decode_record(blob) for blob in blobs_of(acts(villain, 60))]

    assert len({record.id for record in records}) == len(records) == 10_000
    assert records[0].has_valid_signature()
    assert all(record.content.startswith(SPAM) for record in records)


def test_a_repeated_record_is_the_same_each_time() -> None:
    villain = make("repeat")
    prove(villain, ALICE)

    blobs = blobs_of(acts(villain, 60))

    assert len(blobs) == 10_000
    assert len(set(blobs)) == 1


@pytest.mark.parametrize(
    ("name", "is_own"), [("breach", True), ("spam", False), ("repeat", False), ("courteous", False)]
)
def test_a_spammer_names_the_rules_that_suit_it(name: str, is_own: bool) -> None:
    villain = make(name)
    (greeting,) = [deed.message for deed in meet(villain, ALICE) if isinstance(deed, Send)]

    assert isinstance(greeting, Hello)
    assert (greeting.rules_id == Rules().id) is is_own
    assert villain.distort(Send(ALICE, Ping(1))) == [Send(ALICE, Ping(1))]


def test_a_courteous_spammer_leaves_all_credit_to_what_it_pushes() -> None:
    villain = make("courteous")
    meet(villain, ALICE)
    assert villain.act(at(1)) == []
    assert villain.distort(Send(ALICE, Announce((bytes(8),)))) == []
    assert villain.distort(Send(ALICE, Records(0, ()))) == []
    assert villain.distort(Send(ALICE, Records(3, ()))) == [Send(ALICE, Records(3, ()))]
    assert villain.receive(Received(ALICE, wire.encode(Credit(0, 4_096))), at(1)) == []


def test_a_courteous_spammer_is_never_blamed_and_served_slowly() -> None:
    swarm = Swarm(1, Faults(bylaws=(STRICT,)))
    honest = swarm.add_member()
    for member in (honest, swarm.add_member(villain="courteous")):
        swarm.wake(member)
    swarm.run(60)
    assert honest.node is not None
    assert [status.state for status in honest.node.peers] == ["established"]
    assert honest.node.saved_strikes(swarm.moment(honest)) == ()
    assert 64 < len(honest.disk.refused) <= 64 + 4 * 60


def test_who_prunes_pushes_each_valid_record_to_everyone_and_passes_nothing_on() -> None:
    swarm = Swarm(1, Faults(bylaws=(STRICT,)))
    honest = [swarm.add_member() for _ in range(2)]
    for member in (*honest, swarm.add_member(villain="prune")):
        swarm.wake(member)
    swarm.run(60)
    villain = make("prune")
    meet(villain, ALICE)
    assert villain.distort(Send(ALICE, Announce((bytes(8),)))) == []
    assert villain.distort(Send(ALICE, hello(1))) == [Send(ALICE, hello(1))]
    one, other = [len(member.disk) for member in honest]
    assert one == other > PruneVillain.records_max / 2
    assert [member.node.saved_strikes(swarm.moment(member)) for member in honest if member.node] == [(), ()]


def test_silence_says_hello_at_most() -> None:
    villain = make("silence")
    assert [type(deed.message) for deed in meet(villain, ALICE) if isinstance(deed, Send)] == [Hello]
    assert villain.distort(Send(ALICE, Ping(1))) == []
    assert villain.distort(Send(PeerId("0000Z"), hello(1))) == [Send(PeerId("0000Z"), hello(1))]
    assert villain.distort(Send(PeerId("0000A"), hello(1))) == []


def test_an_offer_villain_invents_peers() -> None:
    deeds = make("offers").act(at(1))

    assert len({deed.peer for deed in deeds if isinstance(deed, OfferAs)}) == 10
