import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    FRAME_PAYLOAD_BYTES,
    JSON_DEPTH_MAX,
    MESSAGE_BYTES_MAX,
    OPEN_MESSAGE_TIMEOUT_SECONDS,
    OPEN_MESSAGES_PER_PEER_MAX,
    REASSEMBLY_BYTES_PER_PEER_MAX,
)
from peerset.transports.frames import BINARY, LAST, METADATA, NOT_TEXT, ActionFrame
from peerset.transports.reassembly import Fault, Reassembler, decode_json

NOW = Monotonic(100.0)
SLICE = bytes(FRAME_PAYLOAD_BYTES)


def test_messages_may_interleave() -> None:
    reassembler = Reassembler()
    assert reassembler.receive(ActionFrame("a", 0, 0, b"one "), NOW) is None
    assert reassembler.receive(ActionFrame("a", 1, 0, b"two "), NOW) is None
    assert reassembler.receive(ActionFrame("b", 0, LAST, b"three"), NOW) == Action("b", "three")
    assert reassembler.receive(ActionFrame("a", 1, LAST, b"2"), NOW) == Action("a", "two 2")
    assert reassembler.receive(ActionFrame("a", 0, LAST, b"1"), NOW) == Action("a", "one 1")
    assert reassembler.size_bytes == 0


def test_metadata_may_be_null() -> None:
    reassembler = Reassembler()
    assert reassembler.receive(ActionFrame("a", 0, METADATA, b"null"), NOW) is None
    assert reassembler.receive(ActionFrame("a", 0, LAST, b"x"), NOW) == Action("a", "x", None)


def test_metadata_sent_twice_counts_once() -> None:
    reassembler = Reassembler()
    reassembler.receive(ActionFrame("a", 0, METADATA, b"[1]"), NOW)
    reassembler.receive(ActionFrame("a", 0, METADATA, b"[2]"), NOW)
    assert reassembler.receive(ActionFrame("a", 0, LAST, b""), NOW) == Action("a", "", [2])
    assert reassembler.size_bytes == 0


def test_a_message_of_our_protocol_past_its_limit_is_fatal() -> None:
    reassembler = Reassembler()
    whole = MESSAGE_BYTES_MAX // FRAME_PAYLOAD_BYTES
    for _ in range(whole):
        assert reassembler.receive(ActionFrame("peerset", 0, BINARY | NOT_TEXT, SLICE), NOW) is None
    fault = reassembler.receive(ActionFrame("peerset", 0, BINARY | NOT_TEXT, SLICE), NOW)
    assert fault == Fault(f"a message of more than {MESSAGE_BYTES_MAX} bytes", is_fatal=True)


def test_an_endless_message_is_fatal() -> None:
    reassembler = Reassembler()
    results = [reassembler.receive(ActionFrame("a", 0, BINARY, SLICE), NOW) for _ in range(65)]
    fault = Fault(f"more than {REASSEMBLY_BYTES_PER_PEER_MAX} bytes of unfinished messages", is_fatal=True)
    assert results.index(fault) in (63, 64)


def test_an_endless_message_of_empty_slices_is_fatal() -> None:
    reassembler = Reassembler()
    results = [reassembler.receive(ActionFrame("a", 0, BINARY, b""), NOW) for _ in range(4_096)]
    assert isinstance(results[-1], Fault)


def test_too_many_unfinished_messages_are_fatal() -> None:
    reassembler = Reassembler()
    for nonce in range(OPEN_MESSAGES_PER_PEER_MAX):
        assert reassembler.receive(ActionFrame("a", nonce, 0, b""), NOW) is None
    fault = reassembler.receive(ActionFrame("b", 0, 0, b""), NOW)
    assert fault == Fault(f"more than {OPEN_MESSAGES_PER_PEER_MAX} unfinished messages", is_fatal=True)


def test_a_message_that_went_quiet_is_forgotten_and_its_nonce_is_free() -> None:
    reassembler = Reassembler()
    reassembler.receive(ActionFrame("a", 0, 0, b"abandoned"), NOW)
    reassembler.receive(ActionFrame("b", 0, 0, b"kept "), Monotonic(NOW + OPEN_MESSAGE_TIMEOUT_SECONDS / 2))
    later = Monotonic(NOW + OPEN_MESSAGE_TIMEOUT_SECONDS)
    assert reassembler.receive(ActionFrame("a", 0, LAST, b"new"), later) == Action("a", "new")
    assert reassembler.receive(ActionFrame("b", 0, LAST, b"on"), later) == Action("b", "kept on")


@pytest.mark.parametrize(
    ("tag", "payload"),
    [
        (LAST, b"\xff"),
        (LAST | NOT_TEXT, b""),
        (LAST | NOT_TEXT, b"{"),
        (LAST | NOT_TEXT, b"NaN"),
        (LAST | NOT_TEXT, b"[-Infinity]"),
        (LAST | NOT_TEXT, b"[-1e999]"),
        (LAST | NOT_TEXT, b'"\\ud800"'),
        (LAST | NOT_TEXT, b'{"\\udc00":1}'),
        (LAST | NOT_TEXT, b"9" * 5_000),
        (LAST | NOT_TEXT, b"[" * 5_000),
        (LAST | NOT_TEXT, b'{"a":' * 5_000),
        (LAST | METADATA, b"?"),
    ],
)
def test_an_unreadable_message_is_a_fault_and_no_more(tag: int, payload: bytes) -> None:
    fault = Reassembler().receive(ActionFrame("a", 0, tag, payload), NOW)
    assert isinstance(fault, Fault)
    assert not fault.is_fatal


def test_brackets_within_texts_are_no_nesting() -> None:
    many = JSON_DEPTH_MAX + 1
    assert decode_json(b'["' + b"[" * many + b'\\"{"]') == ["[" * many + '"{']
    assert decode_json(b"[" + b",".join([b"[]"] * many) + b"]") == [[] for _ in range(many)]


def test_escaped_pairs_of_surrogates_are_characters() -> None:
    assert decode_json(b'"\\ud83e\\udd80"') == "\N{CRAB}"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.integers(0, 255), st.binary(max_size=30))))
def test_any_frames_give_actions_faults_or_nothing(frames: list[tuple[str, int, int, bytes]]) -> None:
    reassembler = Reassembler()
    for name, nonce, tag, payload in frames:
        result = reassembler.receive(ActionFrame(name, nonce, tag, payload), NOW)
        assert result is None or isinstance(result, Action | Fault)
        assert (result is None) == (not tag & LAST)
    assert reassembler.size_bytes >= 0
