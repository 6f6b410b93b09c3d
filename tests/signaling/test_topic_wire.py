"""What peers publish, in both dialects, and what is nothing of the kind."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import CANDIDATE_BYTES_MAX, TOPIC_CONTENT_BYTES_MAX
from peerset.core.signal import OfferId, PeerId
from peerset.errors import SignalingError
from peerset.signaling.topic_wire import (
    Announcing,
    Answering,
    Offering,
    Trickling,
    decode,
    decode_candidate,
    encode_announcement,
    encode_answer,
    encode_offer,
    encode_older_answer,
)

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8")
)
PEER: Final = PeerId("Aa0Bb1Cc2Dd3Ee4Ff5Gg")
OFFER_ID: Final = OfferId("0123456789AB")


def test_each_content_is_read_as_it_was_written() -> None:
    assert decode(encode_announcement(PEER)) == Announcing(PEER)
    assert decode(encode_offer(PEER, OFFER_ID, "sealed")) == Offering(PEER, OFFER_ID, "sealed", is_older=False)
    assert decode(encode_answer(PEER, OFFER_ID, "sealed")) == Answering(PEER, OFFER_ID, "sealed")
    assert json.loads(encode_older_answer(PEER, "sealed"))["answer"] == {"type": "answer", "sdp": "sealed"}


def test_a_candidate_and_an_offer_of_the_older_dialect_are_read() -> None:
    candidate = json.dumps({"peerId": PEER, "candidate": "sealed", "offerId": OFFER_ID, "passive": True})
    assert decode(candidate) == Trickling(PEER, OFFER_ID, "sealed")
    older = json.dumps({"peerId": PEER, "offer": {"type": "offer", "sdp": "sealed"}})
    assert decode(older) == Offering(PEER, None, "sealed", is_older=True)
    assert decode(json.dumps({"peerId": PEER, "answer": "sealed"})) == Answering(PEER, None, "sealed")


def contents(value: object) -> list[dict[str, Any]]:
    """Find what real pages published in what was captured of them."""
    if isinstance(value, dict):
        found = [value] if "peerId" in value else []
        return found + [each for inner in value.values() for each in contents(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in contents(inner)]
    if isinstance(value, str) and value.startswith('{"peerId"'):
        return [json.loads(value)]
    return []


def test_what_real_pages_published_is_read() -> None:
    captured = contents(VECTORS["captures"])
    kinds = {type(decode(json.dumps(content))) for content in captured if "answer" not in content}
    assert kinds >= {Announcing, Offering}
    assert {type(decode(json.dumps(content))) for content in captured if isinstance(content.get("answer"), str)} == {
        Answering
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"peerId":"short"}',
        '{"peerId":7}',
        json.dumps({"peerId": PEER, "offerId": "no/slash", "offer": "sealed"}),
        json.dumps({"peerId": PEER, "offerId": 7}),
        json.dumps({"peerId": PEER, "offer": ""}),
        json.dumps({"peerId": PEER, "offer": None}),
        json.dumps({"peerId": PEER, "offer": {"type": "offer"}}),
        json.dumps({"peerId": PEER, "answer": {"type": "answer", "sdp": "to what offer of ours?"}}),
        json.dumps({"peerId": PEER, "candidate": 7}),
        json.dumps({"peerId": PEER, "offer": "x" * TOPIC_CONTENT_BYTES_MAX}),
    ],
)
def test_what_is_nothing_that_pages_publish_is_refused(text: str) -> None:
    with pytest.raises(SignalingError):
        decode(text)


@given(st.text())
def test_any_text_is_a_content_or_refused(text: str) -> None:
    try:
        decode(text)
    except SignalingError:
        return


def test_a_candidate_is_the_value_of_its_line_and_the_end_of_them_is_none() -> None:
    line = "1 1 udp 1 192.0.2.1 5000 typ host"
    assert decode_candidate(json.dumps({"candidate": f"candidate:{line}", "sdpMid": "0"})) == line
    assert decode_candidate('{"candidate":"","sdpMid":"0"}') is None


@pytest.mark.parametrize("value", ["x" * (CANDIDATE_BYTES_MAX + 1), None, 7])
def test_what_is_no_candidate_is_refused(value: object) -> None:
    with pytest.raises(SignalingError):
        decode_candidate(json.dumps({"candidate": value}))
