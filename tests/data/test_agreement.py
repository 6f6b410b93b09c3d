"""Up to when all peers agree."""

from functools import partial

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import UPTO_LAG_SECONDS
from peerset.core.signal import PeerId
from peerset.core.stamp import MICROSECONDS
from peerset.data.agreement import Agreement
from peerset.protocol.events import Event, PeerJoined, PeerLeft, PeerSynced, RecordsIndexed

ONE, OTHER, KEY = PeerId("1" * 20), PeerId("2" * 20), PublicKey(bytes(32))
NOW = 1_790_000_000


def test_all_that_are_present_must_have_equal_roots() -> None:
    agreement = Agreement()
    seen: list[int] = []
    events: list[Event] = [
        PeerJoined(ONE, KEY),
        PeerSynced(ONE, 0, 0),
        PeerJoined(OTHER, KEY),
        PeerSynced(ONE, 0, 0),
        RecordsIndexed(0),
        PeerSynced(OTHER, 0, 0),
        PeerSynced(ONE, 0, 0),
        PeerJoined(PeerId("3" * 20), KEY),
        PeerSynced(OTHER, 0, 0),
        PeerLeft(PeerId("3" * 20), KEY, "bye"),
        PeerLeft(PeerId("4" * 20), KEY, "bye"),
    ]
    for second, event in enumerate(events):
        agreement.take(event, partial(UnixTime, NOW + second))
        seen.append(agreement.settled // MICROSECONDS + UPTO_LAG_SECONDS - NOW if agreement.settled else -1)
    assert seen == [-1, 1, 1, 1, 1, 3, 5, 5, 5, 6, 6]
