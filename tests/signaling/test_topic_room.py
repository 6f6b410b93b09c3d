"""One room at several relays: what it publishes, and what it makes of what others publish."""

import json
import random
from typing import Any, Final

import pytest

from peerset.core.clock import Monotonic
from peerset.core.limits import TOPIC_OFFERS_REMEMBERED_MAX, TRACKER_PEERS_COUNTED_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.protocol.inputs import AnswerReceived, CandidateReceived, OfferReceived, PeerAnnounced
from peerset.signaling.sealing import Seal, root_topic, sealing_key, self_topic
from peerset.signaling.topic_room import ANNOUNCE_PAUSE_SECONDS, TopicRoom
from peerset.signaling.topic_wire import encode_announcement, encode_answer, encode_offer

NAME: Final = RoomName("app", "room")
ME: Final = PeerId("0000" + "m" * 16)
THEM: Final = PeerId("Aa0Bb1Cc2Dd3Ee4Ff5Gg")
FIRST, SECOND = "wss://first", "wss://second"
OFFER: Final = Offer(OfferId("Offer000000000000001"), "our sdp")
START: Final = Monotonic(100.0)
ROOT, OWN = root_topic(NAME), self_topic(NAME, ME)
LINE: Final = "1 1 udp 1 192.0.2.1 5000 typ host"


def make_room(password: str = "") -> TopicRoom:
    return TopicRoom(NAME, ME, urls=[FIRST, SECOND], password=password, rng=random.Random(0))


def sealed(text: str, password: str = "") -> str:
    return Seal(sealing_key(NAME, password)).seal(text, random.Random(1))


def opened(text: str) -> str | None:
    return Seal(sealing_key(NAME, "")).open(text)


def older_offer(sdp: str = "their sdp") -> str:
    return json.dumps({"peerId": THEM, "offer": {"type": "offer", "sdp": sealed(sdp)}})


def candidate(offer_id: str | None = "0123456789AB", value: object = f"candidate:{LINE}") -> str:
    fields: dict[str, Any] = {"peerId": THEM, "candidate": sealed(json.dumps({"candidate": value, "sdpMid": "0"}))}
    return json.dumps(fields | ({} if offer_id is None else {"offerId": offer_id}))


def after(seconds: float) -> Monotonic:
    return Monotonic(START + seconds)


def test_it_listens_to_its_own_topic_before_the_one_of_all() -> None:
    assert make_room().topics == (OWN, ROOT)


def test_it_says_that_it_is_here_wherever_it_listens_once_it_is_told_to() -> None:
    room = make_room()
    room.open(FIRST, START)
    assert (room.deadline, room.tick(START)) == (None, [])
    room.announce(START)
    ((url, said),) = room.tick(START)
    assert (url, said.topic, json.loads(said.content)) == (FIRST, ROOT, {"peerId": ME})
    assert room.views[FIRST].announces == 1


def test_it_says_so_again_soon_and_then_every_minute() -> None:
    room = make_room()
    room.announce(START)
    room.open(FIRST, START)
    times = []
    for _ in range(6):
        assert room.deadline is not None
        times.append(room.deadline - START)
        room.tick(room.deadline)
    assert times == pytest.approx([0.0, 0.166, 0.699, 2.032, 62.032, 122.032])


def test_whoever_asks_often_is_announced_once_in_a_while() -> None:
    room = make_room()
    room.announce(START)
    room.open(FIRST, START)
    while room.deadline is not None and room.deadline < after(3):
        room.tick(room.deadline)
    for number in range(20):
        room.announce(after(3 + number / 100))
    assert room.deadline == pytest.approx(START + 2.032 + ANNOUNCE_PAUSE_SECONDS)


def test_nothing_is_announced_at_a_place_that_is_out_of_reach() -> None:
    room = make_room()
    room.announce(START)
    room.open(FIRST, START)
    room.close(FIRST)
    assert room.deadline is None


def test_others_are_heard_on_both_topics() -> None:
    for topic in (ROOT, OWN):
        room = make_room()
        assert room.hear(FIRST, topic, encode_announcement(THEM), START) == PeerAnnounced(THEM, Via(FIRST))
        assert room.views[FIRST].peers == {THEM}


def test_an_offer_goes_to_one_peer_and_an_older_one_hears_that_we_are_here() -> None:
    offering, announcing = make_room().offer(THEM, OFFER)
    assert offering.topic == announcing.topic == self_topic(NAME, THEM)
    said = json.loads(offering.content)
    assert (said["peerId"], said["offerId"], opened(said["offer"])) == (ME, OFFER.id, OFFER.sdp)
    assert json.loads(announcing.content) == {"peerId": ME}


def test_offers_answers_and_candidates_of_others_are_opened() -> None:
    room = make_room()
    name = OfferId("0123456789AB")
    assert room.hear(FIRST, OWN, encode_offer(THEM, name, sealed("their sdp")), START) == OfferReceived(
        THEM, Offer(name, "their sdp"), Via(FIRST)
    )
    assert room.hear(FIRST, OWN, encode_answer(THEM, name, sealed("their sdp")), START) == AnswerReceived(
        THEM, Answer(name, "their sdp"), Via(FIRST)
    )
    assert room.hear(FIRST, OWN, candidate(), START) == CandidateReceived(THEM, name, LINE, Via(FIRST))


def test_an_answer_or_candidate_that_names_no_offer_means_the_last_one_that_its_peer_got() -> None:
    room = make_room()
    unnamed = json.dumps({"peerId": THEM, "answer": sealed("their sdp")})
    assert room.hear(FIRST, OWN, unnamed, START) is None
    room.offer(THEM, OFFER)
    heard = room.hear(FIRST, OWN, unnamed, after(5))
    assert heard == AnswerReceived(THEM, Answer(OFFER.id, "their sdp"), Via(FIRST))
    assert room.hear(FIRST, OWN, candidate(None), after(5)) == CandidateReceived(THEM, OFFER.id, LINE, Via(FIRST))


def test_what_two_places_bring_comes_once() -> None:
    room = make_room()
    offer = encode_offer(THEM, OFFER.id, sealed("their sdp"))
    assert room.hear(FIRST, OWN, offer, START) is not None
    assert room.hear(SECOND, OWN, offer, after(3.9)) is None
    assert room.counts.repeated == 1
    assert room.hear(SECOND, ROOT, encode_announcement(THEM), START) is not None
    assert room.hear(FIRST, ROOT, encode_announcement(THEM), after(1)) is None


def test_each_offer_is_answered_in_the_dialect_in_which_it_came() -> None:
    room = make_room()
    heard = room.hear(FIRST, OWN, older_offer(), START)
    assert isinstance(heard, OfferReceived)
    assert heard.offer.sdp == "their sdp"
    older = json.loads(room.answer(THEM, Answer(heard.offer.id, "our sdp")).content)
    assert set(older) == {"peerId", "answer"}
    assert (older["answer"]["type"], opened(older["answer"]["sdp"])) == ("answer", "our sdp")

    modern = room.answer(THEM, Answer(OfferId("0123456789AB"), "our sdp"))
    said = json.loads(modern.content)
    assert (modern.topic, said["offerId"], opened(said["answer"])) == (
        self_topic(NAME, THEM),
        "0123456789AB",
        "our sdp",
    )


def test_one_offer_of_the_older_dialect_has_one_id_wherever_it_comes_from() -> None:
    first, second = (make_room().hear(FIRST, OWN, older_offer(), START) for _ in range(2))
    assert isinstance(first, OfferReceived)
    assert first == second


def test_hearing_ourselves_shows_that_the_place_works() -> None:
    room = make_room()
    assert room.hear(FIRST, ROOT, encode_announcement(ME), START) is None
    assert room.hear(FIRST, OWN, encode_offer(ME, OFFER.id, sealed("x")), START) is None
    assert (room.views[FIRST].replies, room.views[FIRST].replied_at, room.views[FIRST].peers) == (1, START, set())


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        (ROOT, encode_offer(THEM, OFFER.id, sealed("an offer to all of the room"))),
        (ROOT, encode_answer(THEM, OFFER.id, sealed("sdp"))),
        ("another topic", encode_announcement(THEM)),
        (OWN, "nonsense"),
        (OWN, encode_offer(THEM, OFFER.id, "nonsense")),
        (OWN, candidate(value=7)),
    ],
)
def test_what_stands_where_it_does_not_belong_or_makes_no_sense_is_counted(topic: str, text: str) -> None:
    room = make_room()
    assert room.hear(FIRST, topic, text, START) is None
    assert room.counts.malformed == 1


def test_the_end_of_candidates_is_nothing_to_tell() -> None:
    room = make_room()
    assert room.hear(FIRST, OWN, candidate(value=""), START) is None
    assert room.counts.malformed == 0


def test_another_password_is_counted() -> None:
    room = make_room("secret")
    assert room.hear(FIRST, OWN, encode_offer(THEM, OFFER.id, sealed("sdp")), START) is None
    assert room.counts.sealed_otherwise == 1


def test_of_peers_and_offers_only_so_many_are_remembered() -> None:
    room = make_room()
    for number in range(TRACKER_PEERS_COUNTED_MAX + 1):
        room.hear(FIRST, ROOT, encode_announcement(PeerId(f"{number:020}")), START)
    assert len(room.views[FIRST].peers) == TRACKER_PEERS_COUNTED_MAX
    for number in range(TOPIC_OFFERS_REMEMBERED_MAX + 1):
        room.offer(PeerId(f"{number:020}"), OFFER)
    forgotten = json.dumps({"peerId": f"{0:020}", "answer": sealed("sdp")})
    assert room.hear(FIRST, OWN, forgotten, START) is None
