"""One room at several trackers: what it tells them, and what it makes of what they say."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from peerset.core.clock import Monotonic
from peerset.core.limits import SDP_BYTES_MAX, SIGNALS_REMEMBERED_MAX, TRACKER_PEERS_COUNTED_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.signaling.sealing import Seal, sealing_key
from peerset.signaling.torrent_room import TorrentRoom
from peerset.signaling.torrent_wire import AnswerForwarded, OfferForwarded, Replied

NAME = RoomName("app", "room")
ME = PeerId("0000" + "m" * 16)
THEM = PeerId("0000" + "t" * 16)
FIRST, SECOND = "ws://first", "ws://second"
OFFERS = [Offer(OfferId(f"{number:020d}"), f"sdp {number}") for number in range(3)]
START = Monotonic(100.0)
SEAL = Seal(sealing_key(NAME, ""))


def make_room(password: str = "") -> TorrentRoom:
    return TorrentRoom(NAME, ME, urls=[FIRST, SECOND], password=password, rng=random.Random(0))


def sent_by(room: TorrentRoom, now: float) -> list[tuple[str, Any]]:
    return [(url, json.loads(text)) for url, text in room.tick(Monotonic(now))]


def offer_of(room: TorrentRoom, sdp: str = "sdp", peer: PeerId = THEM, number: int = 0) -> OfferForwarded:
    sealed = SEAL.seal(sdp, random.Random(number))
    return OfferForwarded(room.info_hash, peer, OfferId(f"{number:020d}"), sealed)


def test_nothing_is_announced_before_the_room_says_what() -> None:
    room = make_room()
    room.open(FIRST, START)
    assert (room.deadline, room.tick(START)) == (None, [])


def test_offers_are_announced_at_once_to_every_open_tracker_and_only_there() -> None:
    room = make_room()
    room.open(FIRST, START)
    room.announce(OFFERS, START)
    assert room.deadline == START
    ((url, said),) = sent_by(room, START)
    assert (url, said["numwant"]) == (FIRST, 3)
    assert [offer["offer_id"] for offer in said["offers"]] == [offer.id for offer in OFFERS]
    assert [SEAL.open(offer["offer"]["sdp"]) for offer in said["offers"]] == [offer.sdp for offer in OFFERS]
    assert room.views[FIRST].announces == 1


def test_the_same_ciphertexts_are_repeated_everywhere_until_the_next_call() -> None:
    room = make_room()
    room.announce(OFFERS, START)
    room.open(FIRST, START)
    room.open(SECOND, Monotonic(START + 0.1))
    first, second, again = (sent_by(room, START + pause)[0] for pause in (0.0, 0.1, 0.3))
    assert (first[0], second[0], again[0]) == (FIRST, SECOND, FIRST)
    assert first[1] == second[1] == again[1]
    room.announce(OFFERS[:1], Monotonic(START + 0.31))
    replaced = sent_by(room, START + 0.31)
    assert [url for url, _ in replaced] == [FIRST, SECOND]
    assert replaced[0][1] == replaced[1][1] != first[1]


def test_a_reopened_tracker_is_told_at_once() -> None:
    room = make_room()
    room.announce(OFFERS, START)
    room.open(FIRST, START)
    room.tick(START)
    room.close(FIRST)
    assert room.deadline is None
    room.open(FIRST, Monotonic(200.0))
    assert [url for url, _ in room.tick(Monotonic(200.0))] == [FIRST]


def test_a_reply_sets_the_pace_and_tells_the_swarm_s_size() -> None:
    room = make_room()
    room.announce([], START)
    room.open(FIRST, START)
    room.hear_reply(FIRST, Replied(room.info_hash, 30.0, 1, None), START)
    for _ in range(4):
        assert room.deadline is not None
        room.tick(room.deadline)
    assert room.deadline == pytest.approx(START + 2.032 + 30)
    later = Monotonic(START + 5.0)
    room.hear_reply(FIRST, Replied(room.info_hash, None, None, None), later)
    view = room.views[FIRST]
    assert (view.replies, view.swarm_size, view.replied_at) == (2, 1, later)


def test_offers_and_answers_of_others_are_opened() -> None:
    room = make_room()
    offer = offer_of(room)
    answer = AnswerForwarded(room.info_hash, THEM, offer.offer_id, offer.sealed)
    assert room.hear_signal(FIRST, offer, START) == OfferReceived(THEM, Offer(offer.offer_id, "sdp"), Via(FIRST))
    assert room.hear_signal(FIRST, answer, START) == AnswerReceived(THEM, Answer(offer.offer_id, "sdp"), Via(FIRST))


def test_a_repeat_by_another_tracker_is_dropped_and_counted() -> None:
    room = make_room()
    room.hear_signal(FIRST, offer_of(room), START)
    assert room.hear_signal(SECOND, offer_of(room), Monotonic(START + 3.9)) is None
    assert room.counts.repeated == 1
    assert room.hear_signal(SECOND, offer_of(room), Monotonic(START + 4.0)) is not None


def test_our_own_signals_are_ignored() -> None:
    room = make_room()
    assert room.hear_signal(FIRST, offer_of(room, peer=ME), START) is None
    assert room.views[FIRST].peers == set()


def test_another_password_is_counted_and_never_raises() -> None:
    room = make_room("secret")
    assert room.hear_signal(FIRST, offer_of(room), START) is None
    assert (room.counts.sealed_otherwise, room.counts.malformed) == (1, 0)


def test_nonsense_in_a_signal_is_counted() -> None:
    room = make_room()
    assert room.hear_signal(FIRST, OfferForwarded(room.info_hash, THEM, OFFERS[0].id, "nonsense"), START) is None
    assert room.hear_signal(FIRST, offer_of(room, "x" * SDP_BYTES_MAX, number=1), START) is not None
    assert room.hear_signal(FIRST, offer_of(room, "x" * (SDP_BYTES_MAX + 1), number=2), START) is None
    assert room.counts.malformed == 2


def test_an_answer_names_its_offer_and_its_receiver() -> None:
    room = make_room()
    said = json.loads(room.answer(THEM, Answer(OFFERS[0].id, "sdp")))
    assert (said["to_peer_id"], said["offer_id"]) == (THEM, OFFERS[0].id)
    assert SEAL.open(said["answer"]["sdp"]) == "sdp"


def test_an_answer_has_the_form_in_which_its_offer_came() -> None:
    room = make_room()
    bare = replace(offer_of(room), is_bare=True)
    assert room.hear_signal(FIRST, bare, START) == OfferReceived(THEM, Offer(bare.offer_id, "sdp"), Via(FIRST))
    said = json.loads(room.answer(THEM, Answer(bare.offer_id, "answer")))
    assert SEAL.open(said["answer"]) == "answer"
    other = json.loads(room.answer(ME, Answer(bare.offer_id, "answer")))
    assert SEAL.open(other["answer"]["sdp"]) == "answer"


def test_the_form_of_so_many_offers_is_remembered() -> None:
    room = make_room()
    sealed = offer_of(room).sealed
    for number in range(SIGNALS_REMEMBERED_MAX + 1):
        offer = OfferForwarded(room.info_hash, THEM, OfferId(f"{number:020d}"), sealed, is_bare=True)
        room.hear_signal(FIRST, offer, START)
    first, last = (
        json.loads(room.answer(THEM, Answer(OfferId(f"{number:020d}"), "a"))) for number in (0, SIGNALS_REMEMBERED_MAX)
    )
    assert (type(first["answer"]), type(last["answer"])) == (dict, str)


def test_a_farewell_names_the_room() -> None:
    room = make_room()
    assert json.loads(room.farewell())["info_hash"] == room.info_hash


def test_no_more_peers_are_counted_than_the_limit() -> None:
    room = make_room()
    for number in range(TRACKER_PEERS_COUNTED_MAX + 10):
        room.hear_signal(FIRST, OfferForwarded(room.info_hash, PeerId(f"{number:020d}"), OFFERS[0].id, "x"), START)
    assert len(room.views[FIRST].peers) == TRACKER_PEERS_COUNTED_MAX
