"""What is said in a local network is for the room alone, and whatever comes is a value or an error."""

import json
import random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import LAN_LINE_BYTES_MAX, SDP_BYTES_MAX
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import SignalingError
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.signaling.lan_wire import (
    INSTANCE_BYTES,
    decode,
    decode_presence,
    draw_instance,
    encode_answer,
    encode_offer,
    encode_presence,
    lan_seal,
)
from peerset.signaling.sealing import Seal, sealing_key

ROOM: Final = RoomName("app", "room")
SEAL: Final = lan_seal(ROOM, "")
OTHERS: Final = lan_seal(ROOM, "secret")
ME, THEM = PeerId("0000" + "m" * 16), PeerId("0000" + "t" * 16)
OFFER_ID: Final = OfferId("o" * 20)
HERE: Final = Via("1")


def rng() -> random.Random:
    return random.Random(0)


def test_an_instance_says_nothing_and_is_a_label_of_dns() -> None:
    drawn = draw_instance(rng())
    assert bytes.fromhex(drawn)
    assert len(drawn) == 2 * INSTANCE_BYTES < 64


def test_a_presence_is_readable_for_the_room_alone() -> None:
    announced = encode_presence(SEAL, "instance", ME, rng())
    assert decode_presence(SEAL, "instance", announced) == ME
    assert decode_presence(OTHERS, "instance", announced) is None
    assert decode_presence(Seal(sealing_key(ROOM, "")), "instance", announced) is None
    assert not any(ME.encode() in value or b"room" in value for value in announced.values())
    assert all(len(key) + 1 + len(value) <= 255 for key, value in announced.items()), "a text of DNS is no longer"


def test_a_presence_is_of_its_instance_alone() -> None:
    with pytest.raises(SignalingError, match="the announcement 'copy' says"):
        decode_presence(SEAL, "copy", encode_presence(SEAL, "instance", ME, rng()))


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {b"v": b"1"},
        {b"v": b"2", b"p": SEAL.seal(f"instance {ME}", rng()).encode()},
        {b"v": None, b"p": None},
        {b"v": b"1", b"p": b"nonsense"},
        {b"v": b"1", b"p": b"\xff"},
        {b"v": b"1", b"p": SEAL.seal("instance short", rng()).encode()},
    ],
)
def test_a_presence_that_makes_no_sense_is_an_error(properties: dict[bytes, bytes | None]) -> None:
    with pytest.raises(SignalingError):
        decode_presence(SEAL, "instance", properties)


def test_offers_and_answers_reach_whom_they_are_for() -> None:
    offer, answer = Offer(OFFER_ID, "v=0\r\nnaïve"), Answer(OFFER_ID, "v=0\r\n")
    line = encode_offer(SEAL, ME, THEM, offer, rng())
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(SEAL, line, THEM, HERE) == OfferReceived(ME, offer, HERE)
    assert decode(SEAL, line, ME, HERE) is None
    assert decode(OTHERS, line, THEM, HERE) is None
    back = encode_answer(SEAL, THEM, ME, answer, rng())
    assert decode(SEAL, back, ME, HERE) == AnswerReceived(THEM, answer, HERE)


def test_the_largest_description_fits_into_a_line_and_larger_ones_do_not() -> None:
    line = encode_offer(SEAL, ME, THEM, Offer(OFFER_ID, "\r\n" * (SDP_BYTES_MAX // 2)), rng())
    assert len(line) <= LAN_LINE_BYTES_MAX
    assert decode(SEAL, line, THEM, HERE) is not None
    with pytest.raises(SignalingError, match="expected at most"):
        encode_offer(SEAL, ME, THEM, Offer(OFFER_ID, "x" * LAN_LINE_BYTES_MAX), rng())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"from": "short"}, "from is 'short'"),
        ({"from": None}, "from is NoneType"),
        ({"offer_id": 7}, "offer_id is int"),
        ({"sdp": None}, "sdp is NoneType"),
        ({"sdp": "x" * (SDP_BYTES_MAX + 1)}, "sdp is"),
        ({"type": "shout"}, "type is 'shout'"),
    ],
)
def test_what_makes_no_sense_is_an_error(fields: dict[str, object], reason: str) -> None:
    said = {"type": "offer", "from": ME, "to": THEM, "offer_id": OFFER_ID, "sdp": "s"} | fields
    with pytest.raises(SignalingError, match=reason):
        decode(SEAL, SEAL.seal(json.dumps(said), rng()).encode(), THEM, HERE)


@given(st.binary() | st.text().map(lambda text: SEAL.seal(text, rng()).encode()))
def test_any_line_is_a_signal_or_nothing_or_an_error(line: bytes) -> None:
    try:
        assert decode(SEAL, line, ME, HERE) is None
    except SignalingError:
        return
