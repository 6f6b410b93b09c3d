from peerset.core.signal import ChannelBinding, PeerId
from peerset.protocol.inputs import Closed, Opened
from peerset.transports.awareness import Awareness

ONE, OTHER = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)
BINDING = ChannelBinding(b"l" * 32, b"r" * 32)


def test_a_room_means_the_channel_it_has_taken_word_of() -> None:
    awareness = Awareness[str]()
    for channel in ("first", "second"):
        awareness.tell(channel)
    assert not awareness.is_stale(ONE, "second")
    awareness.heed(Opened(ONE, BINDING, "direct"))
    assert awareness.is_stale(ONE, "second")
    assert awareness.is_stale(ONE, None)
    assert not awareness.is_stale(ONE, "first")
    awareness.heed(Closed(ONE, "another connection serves the room"))
    awareness.heed(Opened(ONE, BINDING, "direct"))
    assert not awareness.is_stale(ONE, "second")


def test_what_was_never_told_is_not_stale() -> None:
    awareness = Awareness[str]()
    awareness.heed(Closed(OTHER, "an attempt that failed"))
    assert not awareness.is_stale(OTHER, None)
    assert not awareness.is_stale(OTHER, "some channel")
