import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action, Json, Missing
from peerset.core.limits import LEGACY_FRAME_PAYLOAD_BYTES
from peerset.errors import ConfigError
from peerset.transports.frames import ActionFrame, encode_presence, encode_room_frame
from peerset.transports.legacy_frames import (
    LEGACY_HEADER_BYTES,
    LegacyEncoder,
    decode_legacy_frame,
    fits_legacy_name,
    heard_by_legacy,
    tells_modern,
)
from peerset.transports.reassembly import Reassembler
from tests.transports.test_frames import NOW, json_values, payload_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "trystero.json").read_text("utf-8"))


def join(frames: list[bytes]) -> object:
    reassembler = Reassembler()
    results = [reassembler.receive(frame, NOW) for frame in map(decode_legacy_frame, frames) if frame is not None]
    assert results[:-1] == [None] * (len(frames) - 1)
    assert reassembler.size_bytes == 0
    return results[-1]


@pytest.mark.parametrize("vector", VECTORS["frames_legacy"], ids=lambda vector: str(vector["name"]))
def test_frames_are_those_of_trystero(vector: dict[str, Any]) -> None:
    payload = payload_of(vector) if "payload" in vector else ""
    action = Action(vector["action"], payload, vector.get("meta", Missing()))
    frames = LegacyEncoder().encode(action)
    if "frames_hex" in vector:
        assert [frame.hex() for frame in frames] == vector["frames_hex"]
    else:
        assert [
            {
                "length": len(frame),
                "header_hex": frame[:15].hex(),
                "payload_first8_hex": frame[15:23].hex(),
                "sha256": hashlib.sha256(frame).hexdigest(),
            }
            for frame in frames
        ] == vector["frames"]
    assert join(frames) == action


def test_every_action_name_counts_its_own_nonces_and_wraps_after_255() -> None:
    encoder = LegacyEncoder()
    frames = [encoder.encode(Action("a", ""))[0] for _ in range(257)] + encoder.encode(Action("b", ""))
    assert [frame[12] for frame in frames[254:]] == [254, 255, 0, 0]


@pytest.mark.parametrize("metadata", [{"a": 1}, [1]])
def test_metadata_goes_with_bytes_alone(metadata: Json) -> None:
    assert heard_by_legacy(Action("a", b"1", metadata)) == Action("a", b"1", metadata)
    others: tuple[Json, ...] = ("text", {"a": 1}, None)
    for payload in others:
        assert heard_by_legacy(Action("a", payload, metadata)) == Action("a", payload)
    assert join(LegacyEncoder().encode(Action("a", "text", metadata))) == Action("a", "text")


@pytest.mark.parametrize("metadata", [None, 0, False, "text"])
def test_metadata_that_is_neither_object_nor_array_stays_here(metadata: Json) -> None:
    assert heard_by_legacy(Action("a", b"1", metadata)) == Action("a", b"1")


def test_names_of_twelve_bytes_fit() -> None:
    assert [fits_legacy_name(name) for name in ("a", "x" * 12, "é" * 6, "x" * 13, "é" * 7, "\ud800")] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("name", ["", "\ud800", "a\0b"])
def test_a_name_that_no_peer_could_read_is_the_callers_error(name: str) -> None:
    with pytest.raises(ConfigError):
        LegacyEncoder().encode(Action(name, ""))


def test_metadata_that_no_frame_holds_is_the_callers_error() -> None:
    with pytest.raises(ConfigError):
        LegacyEncoder().encode(Action("a", b"", {"a": "x" * LEGACY_FRAME_PAYLOAD_BYTES}))


@pytest.mark.parametrize(
    "data",
    [b"", b"a" * 14, bytes(15), b"\xff" * 15, b"a" * (LEGACY_HEADER_BYTES + LEGACY_FRAME_PAYLOAD_BYTES + 1)],
    ids=len,
)
def test_other_bytes_are_ignored(data: bytes) -> None:
    assert decode_legacy_frame(data) is None
    assert tells_modern(data) is None


def test_the_first_message_tells_the_dialect() -> None:
    assert tells_modern(encode_presence("t" * 64, is_present=True)) is True
    assert tells_modern(encode_room_frame("t" * 64, b"")) is True
    assert tells_modern(LegacyEncoder().encode(Action("chat", "hello"))[0]) is False
    assert tells_modern(LegacyEncoder().encode(Action("@_ping", ""))[0]) is False
    assert tells_modern(b"\x03" + b"a" * 20) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_a_frame_or_nothing(data: bytes) -> None:
    frame = decode_legacy_frame(data)
    assert frame is None or isinstance(frame, ActionFrame)


@given(
    st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=12),
    json_values | st.binary(max_size=40),
    json_values | st.just(Missing()),
)
def test_what_is_encoded_is_decoded(name: str, payload: bytes | Json, metadata: Json | Missing) -> None:
    action = Action(name, payload, metadata)
    assert join(LegacyEncoder().encode(action)) == heard_by_legacy(action)
