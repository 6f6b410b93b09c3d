"""Texts to trackers are Trystero's own; texts from trackers become messages or clear errors."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerset.core.limits import OFFERS_PER_ANNOUNCE_MAX, SDP_BYTES_MAX, TRACKER_MESSAGE_BYTES_MAX
from peerset.core.signal import OfferId, PeerId
from peerset.errors import SignalingError
from peerset.signaling.sealing import InfoHash
from peerset.signaling.torrent_wire import (
    AnswerForwarded,
    Complained,
    OfferForwarded,
    Replied,
    SealedOffer,
    announceable,
    decode,
    encode_announce,
    encode_answer,
    encode_bare_answer,
    encode_farewell,
)

CAPTURES: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8")
)["captures"]
HASH: Final = InfoHash(CAPTURES["torrent_info_hash"])
PEER: Final = PeerId("Rg5KZpJu0XuhWh71e8hi")
OFFER: Final = {
    "action": "announce",
    "info_hash": HASH,
    "peer_id": PEER,
    "offer_id": "P0EXwV7tPNvgI7zSNxm7",
    "offer": {"type": "offer", "sdp": "sealed"},
}
ANSWER: Final = {key: value for key, value in OFFER.items() if key != "offer"} | {
    "answer": {"type": "answer", "sdp": "sealed"}
}
REPLY: Final = {"action": "announce", "info_hash": HASH, "interval": 120, "complete": 0, "incomplete": 1}


@pytest.mark.parametrize("dialect", ["torrent_modern", "torrent_legacy"])
def test_an_announce_has_the_page_s_form(dialect: str) -> None:
    sent = CAPTURES[dialect]["announce_sent"]
    offers = [SealedOffer(OfferId(offer["offer_id"]), offer["offer"]["sdp"]) for offer in sent["offers"]]
    # The capture's offers are cut to the first, its numwant is not.
    assert json.loads(encode_announce(HASH, PeerId(sent["peer_id"]), offers)) == {**sent, "numwant": len(offers)}


@pytest.mark.parametrize("dialect", ["torrent_modern", "torrent_legacy"])
def test_an_answer_is_the_page_s_to_the_byte(dialect: str) -> None:
    sent = CAPTURES[dialect]["answer_sent"]
    text = encode_answer(
        HASH,
        PeerId(sent["peer_id"]),
        to_peer_id=PeerId(sent["to_peer_id"]),
        offer_id=OfferId(sent["offer_id"]),
        sealed=sent["answer"]["sdp"],
    )
    assert text == json.dumps(sent, separators=(",", ":"))


def test_offers_and_answers_may_be_mere_texts() -> None:
    offer, answer = OFFER | {"offer": "sealed"}, ANSWER | {"answer": "sealed"}
    ids = PEER, OfferId(str(OFFER["offer_id"]))
    assert decode(json.dumps(offer)) == [OfferForwarded(HASH, *ids, "sealed", is_bare=True)]
    assert decode(json.dumps(answer)) == [AnswerForwarded(HASH, *ids, "sealed")]
    text = encode_bare_answer(HASH, PEER, to_peer_id=PeerId("q" * 20), offer_id=ids[1], sealed="sealed")
    assert json.loads(text) == answer | {"to_peer_id": "q" * 20}


def test_a_farewell_says_stopped() -> None:
    assert json.loads(encode_farewell(HASH, PEER))["event"] == "stopped"


@pytest.mark.parametrize("dialect", ["torrent_modern", "torrent_legacy"])
def test_what_a_tracker_told_a_page_decodes(dialect: str) -> None:
    capture = CAPTURES[dialect]
    offer, answer = capture["offer_received"], capture["answer_received"]
    assert decode(json.dumps(capture["announce_reply"])) == [Replied(HASH, 120, 0, 1)]
    assert decode(json.dumps(offer)) == [
        OfferForwarded(HASH, offer["peer_id"], offer["offer_id"], offer["offer"]["sdp"])
    ]
    assert decode(json.dumps(answer)) == [
        AnswerForwarded(HASH, answer["peer_id"], answer["offer_id"], answer["answer"]["sdp"])
    ]


def test_a_failure_is_a_complaint_and_nothing_else() -> None:
    assert decode(json.dumps({**REPLY, "failure reason": "no\nroom"})) == [Complained(True, r"'no\nroom'")]


def test_a_warning_goes_with_the_rest_of_its_message() -> None:
    assert decode(json.dumps({**REPLY, "warning message": "slow down"})) == [
        Complained(False, "'slow down'"),
        Replied(HASH, 120, 0, 1),
    ]
    assert decode('{"warning message":"alone"}') == [Complained(False, "'alone'")]


def test_a_reply_may_leave_out_everything() -> None:
    assert decode(json.dumps({"action": "announce", "info_hash": HASH})) == [Replied(HASH, None, None, None)]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({}, "action"),
        ({"action": "scrape"}, "action"),
        ({"action": ["announce"]}, "action"),
        (REPLY | {"info_hash": "short"}, "info_hash"),
        (REPLY | {"info_hash": 20}, "info_hash"),
        (OFFER | {"peer_id": None}, "peer_id"),
        (OFFER | {"peer_id": "P" * 19}, "peer_id"),
        (OFFER | {"peer_id": "\u00e9" * 20}, "peer_id"),
        (OFFER | {"offer_id": 7}, "offer_id"),
        (OFFER | {"offer_id": "a" * 19 + "\n"}, "offer_id"),
        (OFFER | {"offer": ["sealed"]}, "an offer without"),
        (OFFER | {"offer": {"sdp": None}}, "an offer without"),
        (ANSWER | {"answer": [1]}, "an answer without"),
    ],
)
def test_what_makes_no_sense_is_refused(message: dict[str, object], reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        decode(json.dumps(message))


@pytest.mark.parametrize("odd", ["60", -2, True, [], {}, -0.5])
def test_a_field_that_makes_no_sense_counts_as_absent(odd: object) -> None:
    assert decode(json.dumps(REPLY | {"interval": odd})) == [Replied(HASH, None, 0, 1)]
    assert decode(json.dumps(REPLY | {"complete": odd, "incomplete": odd})) == [Replied(HASH, 120, None, None)]


def test_endless_numbers_are_bounded() -> None:
    text = (
        json.dumps(REPLY).replace('"interval": 120', '"interval": 1e999').replace('"complete": 0', '"complete": 1e999')
    )
    assert decode(text) == [Replied(HASH, float("inf"), 2**31, 1)]


def test_no_more_offers_are_announced_than_allowed() -> None:
    offers = [SealedOffer(OfferId(f"{number:020d}"), "sealed") for number in range(OFFERS_PER_ANNOUNCE_MAX + 5)]
    assert announceable(offers) == offers[:OFFERS_PER_ANNOUNCE_MAX]


@given(st.lists(st.integers(0, 2 * SDP_BYTES_MAX), max_size=12))
@example([2 * SDP_BYTES_MAX] * 10)
def test_an_announce_fits_in_one_message(sizes: list[int]) -> None:
    fitting = announceable([SealedOffer(OfferId(f"{number:020d}"), "s" * size) for number, size in enumerate(sizes)])
    assert len(encode_announce(HASH, PEER, fitting)) <= TRACKER_MESSAGE_BYTES_MAX


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(HASH) | st.just(PEER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "sdp", "x"]), inner),
    max_leaves=6,
)
FIELDS: Final = st.dictionaries(
    st.sampled_from([*OFFER, *ANSWER, *REPLY, "failure reason", "warning message"]), JSON | st.just("announce")
)


@given(st.text() | FIELDS.map(json.dumps) | FIELDS.map(lambda fields: json.dumps(OFFER | fields)))
def test_any_text_is_messages_or_an_error(text: str) -> None:
    try:
        messages = decode(text)
    except SignalingError:
        return
    assert messages
