"""Messages on a stream of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import MESSAGE_BYTES_MAX
from peerset.errors import RemoteProtocolError
from peerset.transports.envelope import Unpacker, enclose


def messages_of(unpacker: Unpacker) -> list[bytes]:
    return list(iter(unpacker.next, None))


def test_the_length_is_four_bytes_with_the_high_one_first() -> None:
    assert enclose(b"hello") == b"\0\0\0\x05hello"


@given(messages=st.lists(st.binary(max_size=40)), cuts=st.lists(st.integers(1, 7)))
def test_messages_come_out_as_they_went_in_however_the_bytes_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(enclose, messages))
    unpacker = Unpacker()
    found = []
    for size in [*cuts, len(data)]:
        unpacker.feed(data[:size])
        data = data[size:]
        found += messages_of(unpacker)
    assert found == messages
    assert not unpacker.is_cut


def test_a_message_of_the_largest_size_is_taken_and_one_byte_more_is_not() -> None:
    unpacker = Unpacker()
    unpacker.feed(enclose(bytes(MESSAGE_BYTES_MAX)))
    assert messages_of(unpacker) == [bytes(MESSAGE_BYTES_MAX)]
    unpacker.feed((MESSAGE_BYTES_MAX + 1).to_bytes(4))
    with pytest.raises(RemoteProtocolError, match=f"a message of {MESSAGE_BYTES_MAX + 1} bytes"):
        unpacker.next()


def test_a_shells_greeting_is_shown_for_what_it_is() -> None:
    unpacker = Unpacker()
    unpacker.feed(b"Welcome to box\n")
    with pytest.raises(RemoteProtocolError, match="does not speak peerset: it begins with b'Welcome to box"):
        unpacker.next()


def test_a_stream_that_stands_within_a_message_is_cut() -> None:
    unpacker = Unpacker()
    unpacker.feed(enclose(b"hello")[:-1])
    assert messages_of(unpacker) == []
    assert unpacker.is_cut
