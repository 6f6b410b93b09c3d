"""Texts of clients become messages or reasons; replies have the reference tracker's form."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object
from peerset.tracker.wire import (
    HEAD_LENGTH,
    OFFERS_TAKEN_MAX,
    SCRAPED_SWARMS_MAX,
    SUBJECT_LENGTH_MAX,
    Announced,
    Answered,
    ClientMessage,
    ClientOffer,
    OfferWriter,
    Scraped,
    decode,
    encode_answer,
    encode_failure,
    encode_reply,
    encode_scrape,
    encode_warning,
    subject_of,
)

CAPTURES: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8")
)["captures"]
MODERN: Final = CAPTURES["torrent_modern"]
HASH: Final = "h" * 20
ANNOUNCE: Final = {"action": "announce", "info_hash": HASH, "peer_id": "p" * 20}
OFFER: Final = {"offer_id": "o" * 20, "offer": {"type": "offer", "sdp": "sealed"}}
ANSWER: Final = ANNOUNCE | {"to_peer_id": "q" * 20, "offer_id": "o", "answer": {"type": "answer", "sdp": "sealed"}}


def read(text: str) -> ClientMessage:
    return decode(decode_object(text), text)


def test_what_pages_announce_is_understood() -> None:
    sent = MODERN["announce_sent"]
    (offer,) = sent["offers"]
    assert read(json.dumps(sent)) == Announced(
        sent["info_hash"],
        sent["peer_id"],
        (ClientOffer(offer["offer_id"], offer["offer"]["sdp"], is_plain=True),),
        is_seeder=False,
        has_left=False,
    )


def test_a_dormant_page_is_a_seeder() -> None:
    said = read(json.dumps(CAPTURES["torrent_modern_dormant_announce"]))
    assert isinstance(said, Announced)
    assert said.is_seeder


def test_what_pages_answer_is_passed_on_as_the_reference_tracker_does() -> None:
    said = read(json.dumps(MODERN["answer_sent"]))
    assert isinstance(said, Answered)
    assert json.loads(encode_answer(said)) == MODERN["answer_received"]


def test_what_pages_are_told_has_the_reference_tracker_s_form() -> None:
    received = MODERN["offer_received"]
    offer = ClientOffer(received["offer_id"], received["offer"]["sdp"])
    assert json.loads(OfferWriter(received["info_hash"], received["peer_id"])(offer)) == received
    reply = encode_reply(MODERN["announce_reply"]["info_hash"], interval_seconds=120, seeders=0, leechers=1)
    assert json.loads(reply) == MODERN["announce_reply"]


@pytest.mark.parametrize(
    ("fields", "is_seeder", "has_left"),
    [
        ({}, False, False),
        ({"left": 0}, True, False),
        ({"left": 0.0}, True, False),
        ({"left": 7}, False, False),
        ({"left": None}, False, False),
        ({"left": False}, False, False),
        ({"event": "started"}, False, False),
        ({"event": None}, False, False),
        ({"event": "completed"}, True, False),
        ({"event": "stopped"}, False, True),
        ({"offers": None, "numwant": "many"}, False, False),
    ],
)
def test_events_and_what_is_left_tell_the_member_s_state(
    fields: dict[str, object], is_seeder: bool, has_left: bool
) -> None:
    assert read(json.dumps(ANNOUNCE | fields)) == Announced(HASH, "p" * 20, (), is_seeder, has_left)


def test_ids_may_be_any_bytes() -> None:
    binary = "".join(map(chr, range(236, 256)))
    said = read(json.dumps(ANNOUNCE | {"info_hash": binary, "peer_id": binary}))
    assert isinstance(said, Announced)
    assert (said.info_hash, said.peer_id) == (binary, binary)


def test_offers_beyond_the_limit_are_not_taken() -> None:
    said = read(json.dumps(ANNOUNCE | {"offers": [OFFER] * (OFFERS_TAKEN_MAX + 1)}))
    assert isinstance(said, Announced)
    assert len(said.offers) == OFFERS_TAKEN_MAX


def test_keys_of_a_description_that_nobody_needs_are_not_passed_on() -> None:
    offer = OFFER | {"offer": {"type": "pranswer", "sdp": "sealed", "extra": [[[]]]}}
    said = read(json.dumps(ANNOUNCE | {"offers": [offer]}))
    assert isinstance(said, Announced)
    assert json.loads(OfferWriter(HASH, "p" * 20)(said.offers[0]))["offer"] == {"type": "offer", "sdp": "sealed"}


@given(st.text(max_size=40), st.text(min_size=1, max_size=20), st.booleans())
def test_an_offer_is_passed_on_as_it_was_whatever_json_escapes_of_it(sdp: str, offer_id: str, is_ascii: bool) -> None:
    offers = [{"offer_id": offer_id, "offer": {"type": "offer", "sdp": sdp}}]
    said = read(json.dumps(ANNOUNCE | {"offers": offers}, ensure_ascii=is_ascii))
    assert isinstance(said, Announced)
    written = OfferWriter(HASH, "p" * 20)(said.offers[0])
    assert written.isascii()
    assert json.loads(written) == ANNOUNCE | offers[0]


@given(st.text(max_size=40), st.booleans())
def test_an_offer_that_is_no_object_is_passed_on_as_it_was(text: str, is_ascii: bool) -> None:
    offers = [{"offer_id": "o" * 20, "offer": text}]
    said = read(json.dumps(ANNOUNCE | {"offers": offers}, ensure_ascii=is_ascii))
    assert isinstance(said, Announced)
    written = OfferWriter(HASH, "p" * 20)(said.offers[0])
    assert written.isascii()
    assert json.loads(written) == ANNOUNCE | offers[0]


def test_an_answer_that_is_no_object_is_passed_on_as_it_was() -> None:
    said = read(json.dumps(ANSWER | {"answer": "sealed"}))
    assert isinstance(said, Answered)
    assert json.loads(encode_answer(said)) == ANNOUNCE | {"offer_id": "o", "answer": "sealed"}


@pytest.mark.parametrize("empty", [{}, {"offer_id": "o" * 20}, {"offer_id": "o" * 20, "offer": None}, {"fake": "f"}])
def test_offers_that_offer_nothing_are_ignored(empty: dict[str, object]) -> None:
    said = read(json.dumps(ANNOUNCE | {"offers": [empty, OFFER, empty]}))
    assert isinstance(said, Announced)
    assert [offer.id for offer in said.offers] == [OFFER["offer_id"]]


def test_a_scrape_asks_for_one_or_several() -> None:
    assert read(json.dumps({"action": "scrape", "info_hash": HASH})) == Scraped((HASH,))
    assert read(json.dumps({"action": "scrape", "info_hash": [HASH, "i" * 20]})) == Scraped((HASH, "i" * 20))
    assert json.loads(encode_scrape({HASH: (1, 2)}, interval_seconds=60)) == {
        "action": "scrape",
        "files": {HASH: {"complete": 1, "incomplete": 2, "downloaded": 1}},
        "flags": {"min_request_interval": 60},
    }


def test_a_warning_names_the_swarm_and_is_no_failure() -> None:
    assert json.loads(encode_warning("slower", HASH)) == {
        "action": "announce",
        "info_hash": HASH,
        "warning message": "slower",
    }


def test_a_failure_names_what_the_message_named() -> None:
    assert json.loads(encode_failure("no")) == {"failure reason": "no"}
    assert json.loads(encode_failure("no", ANNOUNCE)) == {
        "action": "announce",
        "info_hash": HASH,
        "failure reason": "no",
    }
    assert json.loads(encode_failure("no", {"action": "scrape", "info_hash": [HASH]})) == {
        "action": "scrape",
        "failure reason": "no",
    }
    long = {"action": "a" * SUBJECT_LENGTH_MAX, "info_hash": "i" * (SUBJECT_LENGTH_MAX + 1)}
    assert json.loads(encode_failure("no", long)) == {"action": long["action"], "failure reason": "no"}


@given(st.text(max_size=20), st.booleans())
def test_what_an_unread_message_is_about_is_found_in_its_head(info_hash: str, is_ascii: bool) -> None:
    message = {"numwant": 5, "event": '"action":"no"', "action": "announce", "info_hash": info_hash}
    text = json.dumps(message, ensure_ascii=is_ascii)
    assert subject_of(text) == {"action": "announce", "info_hash": info_hash}


@pytest.mark.parametrize("text", ["", '{"action":7,"info_hash":"open', '{"action":"\\x"}', "action", " " * HEAD_LENGTH])
def test_an_unread_message_may_be_about_nothing(text: str) -> None:
    assert subject_of(text + json.dumps(ANNOUNCE if len(text) == HEAD_LENGTH else {})) == {}


@given(st.text())
def test_whatever_an_unread_message_is_its_subject_can_be_named(text: str) -> None:
    assert "failure reason" in json.loads(encode_failure("no", subject_of('{"action":"' + text)))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"action": None}, "action"),
        ({"action": {}}, "action"),
        ({"info_hash": "short"}, "info_hash"),
        ({"info_hash": "\u0100" * 20}, "info_hash"),
        ({"peer_id": 5}, "peer_id"),
        ({"event": "exploded"}, "event"),
        ({"event": ["stopped"]}, "event"),
        ({"offers": ["offer"]}, "an offer is a str"),
        ({"offers": [OFFER | {"offer_id": ""}]}, "offer_id"),
        ({"offers": [OFFER | {"offer_id": "o" * 65}]}, "offer_id"),
        ({"offers": [OFFER | {"offer": {"type": "offer"}}]}, "without the text sdp"),
        (ANSWER | {"to_peer_id": None}, "to_peer_id"),
        (ANSWER | {"offer_id": None}, "offer_id"),
        (ANSWER | {"answer": ["yes"]}, "without the text sdp"),
        ({"offers": [OFFER | {"offer": 7}]}, "without the text sdp"),
        ({"action": "scrape", "info_hash": []}, "a scrape of 0"),
        ({"action": "scrape", "info_hash": [HASH] * (SCRAPED_SWARMS_MAX + 1)}, "a scrape of 65"),
        ({"action": "scrape", "info_hash": None}, "info_hash"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        read(json.dumps(ANNOUNCE | fields))


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(HASH),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "sdp", "offer_id"]), inner),
    max_leaves=6,
)
FIELDS: Final = st.dictionaries(st.sampled_from([*ANSWER, "offers", "event", "left"]), JSON)


@given(st.text() | FIELDS.map(json.dumps) | FIELDS.map(lambda fields: json.dumps(ANSWER | fields)))
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    try:
        read(text)
    except SignalingError:
        return
