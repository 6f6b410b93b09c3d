import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action, Json, Missing
from peerset.core.clock import Monotonic
from peerset.core.limits import FRAME_PAYLOAD_BYTES
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.transports.frames import (
    ActionFrame,
    Encoder,
    Presence,
    RoomFrame,
    decode_action_frame,
    decode_frame,
    encode_presence,
    encode_room_frame,
    room_token,
)
from peerset.transports.reassembly import Reassembler

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8"))
NOW = Monotonic(0.0)
TOKEN = "t" * 64

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


def payload_of(vector: dict[str, Any]) -> bytes | Json:
    payload = vector["payload"]
    if payload["kind"] != "binary":
        value: Json = payload["value"]
        return value
    if "hex" in payload:
        return bytes.fromhex(payload["hex"])
    return bytes(index % 251 for index in range(payload["length"]))


def inner_frames(encoder: Encoder, action: Action) -> list[bytes]:
    frames = [decode_frame(data) for data in encoder.encode(action)]
    return [frame.frame for frame in frames if isinstance(frame, RoomFrame)]


def join(frames: list[bytes]) -> object:
    reassembler = Reassembler()
    results = [reassembler.receive(frame, NOW) for frame in map(decode_action_frame, frames) if frame is not None]
    assert results[:-1] == [None] * (len(frames) - 1)
    assert reassembler.size_bytes == 0
    return results[-1]


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS["frames_modern_inner"] if "payload" in v], ids=lambda vector: str(vector["name"])
)
def test_frames_are_those_of_trystero(vector: dict[str, Any]) -> None:
    action = Action(vector["action"], payload_of(vector), vector.get("meta", Missing()))
    frames = inner_frames(Encoder(TOKEN), action)
    if "frames_hex" in vector:
        assert [frame.hex() for frame in frames] == vector["frames_hex"]
    else:
        assert [
            {
                "length": len(frame),
                "header_hex": frame[:36].hex(),
                "payload_first8_hex": frame[36:44].hex(),
                "sha256": hashlib.sha256(frame).hexdigest(),
            }
            for frame in frames
        ] == vector["frames"]
    assert join(frames) == action


def test_every_action_name_counts_its_own_nonces() -> None:
    vector = next(v for v in VECTORS["frames_modern_inner"] if v["name"].startswith("nonce sequence"))
    encoder = Encoder(TOKEN)
    frames = [
        inner_frames(encoder, Action(*pair))[0] for pair in (("msg", "a"), ("msg", "b"), ("msg", "c"), ("other", "z"))
    ]
    assert [frame.hex() for frame in frames] == vector["frames_hex"]


def test_the_nonce_wraps_after_65535() -> None:
    vector = next(v for v in VECTORS["frames_modern_inner"] if v["name"].startswith("nonce wrap"))
    encoder = Encoder(TOKEN)
    payload = decode_action_frame(bytes.fromhex(vector["frames_hex"][0]))
    assert payload is not None
    frames = [inner_frames(encoder, Action("msg", payload.payload.decode()))[0] for _ in range(65_537)]
    assert [frame[:36].hex() for frame in frames[-2:]] == [text[:72] for text in vector["frames_hex"]]


def test_room_and_presence_frames_are_those_of_trystero() -> None:
    vector = VECTORS["room_frames_modern"]
    token = room_token(RoomName(vector["appId"], vector["roomId"]))
    assert token == vector["room_token"]
    assert encode_presence(token, is_present=True).hex() == vector["presence_true_hex"]
    assert encode_presence(token, is_present=False).hex() == vector["presence_false_hex"]
    assert decode_frame(bytes.fromhex(vector["presence_false_hex"])) == Presence(token, is_present=False)
    assert Encoder(token).encode(Action("@_hsready", ""))[0].hex() == vector["hsready_wrapped_hex"]
    assert Encoder(token).encode(Action("msg", "hello"))[0].hex() == vector["msg_hello_wrapped_hex"]


def test_requests_and_responses_are_read_as_trystero_writes_them() -> None:
    vector = VECTORS["request_response_modern"]
    request = join([bytes.fromhex(text) for text in vector["request_frames_hex"][:2]])
    assert isinstance(request, Action)
    assert (request.payload, request.metadata) == ({"n": 41}, {"r": "07CfJmQtX18cGjNqUx29", "m": {"x": 1}})
    failure = join([bytes.fromhex(text) for text in vector["response_frames_hex"][2:]])
    assert isinstance(failure, Action)
    assert (failure.payload, failure.metadata) == (None, {"r": "DgKnRuY3AdHkOrVy4aEh", "e": "no thanks"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x01",
        b"\x01\x00\x00",
        b"\x01\x00\x05abc",
        b"\x01\x00\x01\xff",
        b"\x02",
        b"\x02\x01\x00\x00",
        b"\x02\x02\x00\x01a",
        b"\x03\x00\x01a",
    ],
)
def test_other_bytes_on_the_channel_are_ignored(data: bytes) -> None:
    assert decode_frame(data) is None


@pytest.mark.parametrize(
    "data", [b"", b"a" * 35, bytes(36), b"\xff" * 36, b"a" * (36 + FRAME_PAYLOAD_BYTES + 1)], ids=len
)
def test_other_bytes_of_a_room_are_ignored(data: bytes) -> None:
    assert decode_action_frame(data) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_a_frame_or_nothing(data: bytes) -> None:
    outer = decode_frame(data)
    assert outer is None or isinstance(outer, RoomFrame | Presence)
    if isinstance(outer, RoomFrame):
        assert encode_room_frame(outer.token, outer.frame) == data
    inner = decode_action_frame(data)
    assert inner is None or isinstance(inner, ActionFrame)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
    json_values | st.binary(max_size=40),
    json_values | st.just(Missing()),
)
def test_what_is_encoded_is_decoded(name: str, payload: bytes | Json, metadata: Json | Missing) -> None:
    action = Action(name, payload, metadata)
    assert join(inner_frames(Encoder(TOKEN), action)) == action


@pytest.mark.parametrize("name", ["", "x" * 33, "\ud800", "a\0b"])
def test_a_name_that_no_peer_could_read_is_the_callers_error(name: str) -> None:
    with pytest.raises(ConfigError):
        Encoder(TOKEN).encode(Action(name, ""))


@pytest.mark.parametrize(
    ("payload", "metadata"),
    [
        ("\ud800", Missing()),
        (float("nan"), Missing()),
        ([float("inf")], Missing()),
        ({"a": "\udfff"}, Missing()),
        ("", "x" * FRAME_PAYLOAD_BYTES),
    ],
)
def test_a_payload_that_no_peer_could_read_is_the_callers_error(payload: Json, metadata: Json | Missing) -> None:
    with pytest.raises(ConfigError):
        Encoder(TOKEN).encode(Action("a", payload, metadata))
