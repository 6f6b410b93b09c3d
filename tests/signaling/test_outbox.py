"""What waits for a slow socket is bounded, and sent in order."""

import asyncio

import pytest

from peerset.core.limits import TRACKER_OUTBOX_BYTES_MAX, TRACKER_OUTBOX_MESSAGES_MAX
from peerset.signaling.outbox import Outbox


class RecordingSocket:
    """Remembers what it sends; fails after *lifetime* texts."""

    def __init__(self, lifetime: int = 1_000) -> None:
        self.sent: list[str] = []
        self._lifetime = lifetime

    async def send_str(self, data: str, /) -> None:
        if len(self.sent) >= self._lifetime:
            raise ConnectionResetError("gone")
        self.sent.append(data)


def make_outbox() -> Outbox:
    return Outbox(TRACKER_OUTBOX_MESSAGES_MAX, TRACKER_OUTBOX_BYTES_MAX)


async def test_texts_are_sent_in_order_also_those_that_come_later() -> None:
    outbox, socket = make_outbox(), RecordingSocket()
    outbox.put("a")
    sending = asyncio.create_task(outbox.drain_to(socket))
    await outbox.flushed()
    outbox.put("b")
    outbox.put("c")
    await outbox.flushed()
    sending.cancel()
    await asyncio.wait([sending])
    assert socket.sent == ["a", "b", "c"]


async def test_an_empty_outbox_is_flushed() -> None:
    await make_outbox().flushed()


async def test_a_lost_connection_ends_the_sending() -> None:
    outbox = make_outbox()
    outbox.put("a")
    outbox.put("b")
    await outbox.drain_to(RecordingSocket(lifetime=1))


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["x"] * (TRACKER_OUTBOX_MESSAGES_MAX + 1), TRACKER_OUTBOX_MESSAGES_MAX),
        (["x" * (TRACKER_OUTBOX_BYTES_MAX // 2)] * 3, 2),
    ],
    ids=["messages", "bytes"],
)
async def test_a_full_outbox_drops_what_comes_and_counts_it(texts: list[str], kept: int) -> None:
    outbox = make_outbox()
    assert [outbox.put(text) for text in texts] == [True] * kept + [False] * (len(texts) - kept)
    assert outbox.dropped == len(texts) - kept
