"""One room in a local network: who is there, and what of what they say is for it."""

import random
from dataclasses import replace

from peerset.core.clock import Monotonic
from peerset.core.limits import LAN_PEERS_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced
from peerset.signaling.lan_room import Found, LanRoom, Neighbour

NAME = RoomName("app", "room")
ME, THEM = PeerId("0000" + "m" * 16), PeerId("0000" + "t" * 16)
OFFER = Offer(OfferId("o" * 20), "v=0\r\n")
ANSWER = Answer(OFFER.id, "v=0\r\n")
NOW = Monotonic(100.0)
HERE = Via("1")


def make_room(peer: PeerId = ME, *, password: str = "", seed: int = 0) -> LanRoom:
    return LanRoom(NAME, peer, password=password, rng=random.Random(seed))


def presence_of(room: LanRoom) -> Found:
    return Found(room.instance, ("192.0.2.7",), 7, dict(room.presence()))


def test_who_announces_itself_is_there_until_it_is_gone() -> None:
    room, them = make_room(), make_room(THEM, seed=1)
    found = presence_of(them)
    via = Via(them.instance)
    assert room.find(found) == PeerAnnounced(THEM, via)
    assert room.announced == [PeerAnnounced(THEM, via)]
    assert room.neighbours[via] == Neighbour(THEM, ("192.0.2.7",), 7)
    assert room.find(found) is None, "it is known"
    assert room.find(replace(found, port=8)) == PeerAnnounced(THEM, via)
    for _ in range(2):
        room.lose(them.instance)
    assert room.announced == []


def test_others_rooms_and_we_ourselves_are_nobody() -> None:
    room = make_room()
    for other in (make_room(THEM, password="secret", seed=1), make_room(ME, seed=2)):
        assert room.find(presence_of(other)) is None
    assert room.find(Found("x", ("192.0.2.7",), 7, {b"v": b"1", b"p": b"nonsense"})) is None
    assert (room.announced, room.malformed) == ([], 1)


def test_so_many_are_remembered() -> None:
    room = make_room()
    for number in range(LAN_PEERS_MAX + 1):
        room.find(presence_of(make_room(PeerId(f"{number:020d}"), seed=number + 1)))
    assert len(room.announced) == LAN_PEERS_MAX
    first = make_room(PeerId(f"{0:020d}"), seed=1)
    assert room.find(replace(presence_of(first), port=8)) is not None, "it is one of them"


def test_an_offer_is_answered() -> None:
    room, them = make_room(), make_room(THEM, seed=1)
    assert them.hear(room.offer(THEM, OFFER), HERE, NOW) == OfferReceived(ME, OFFER, HERE)
    assert room.hear(them.answer(ME, ANSWER), HERE, NOW) == AnswerReceived(THEM, ANSWER, HERE)


def test_what_came_a_moment_ago_is_heard_once() -> None:
    room, them = make_room(), make_room(THEM, seed=1)
    line = room.offer(THEM, OFFER)
    assert [them.hear(line, HERE, NOW) is None for _ in range(2)] == [False, True]
    assert them.hear(line, HERE, Monotonic(NOW + 5)) is not None


def test_what_is_ours_or_others_or_makes_no_sense_is_nothing() -> None:
    room = make_room()
    assert room.hear(room.offer(ME, OFFER), HERE, NOW) is None
    assert room.hear(make_room(THEM, password="secret").offer(ME, OFFER), HERE, NOW) is None
    assert room.hear(b"nonsense\n", HERE, NOW) is None
    assert room.malformed == 1
