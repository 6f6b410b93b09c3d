"""What arrives while two sets are compared, or just after."""

import random

from peerset.core.clock import Monotonic
from peerset.core.limits import ROUND_TIMEOUT_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Root
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.sync import Sync
from tests.protocol.pair import ROOM, START
from tests.protocol.test_pace import at


def make_sync(*, is_initiator: bool) -> Sync:
    rng, peer = random.Random(0), PeerId("0000peer")
    return Sync(
        peer,
        Index(),
        ROOM.tag,
        salt=bytes(16),
        is_initiator=is_initiator,
        sift=lambda _salt, wanted, _keys, _parts: wanted,
        rng=rng,
    )


def root(number: int) -> Root:
    """Give a root that surely differs from ours."""
    return Root(number, window(START).first_day, everything(START), 1, b"x" * 16)


def rounds(effects: list[Request]) -> list[int]:
    return [each.message.round for each in effects if isinstance(each, Send) and isinstance(each.message, Root)]


def test_after_an_unequal_round_an_invitation_is_followed_within_a_second() -> None:
    sync = make_sync(is_initiator=True)
    sync.start(at(0))
    sync.tick(at(ROUND_TIMEOUT_SECONDS))
    sync.receive(root(0), at(31))
    assert sync.deadline == Monotonic(31)
    assert rounds(sync.tick(at(31))) == [2]


def test_after_an_unequal_round_the_other_side_invites_once_its_set_changed() -> None:
    sync = make_sync(is_initiator=False)
    sync.receive(root(1), at(10))
    sync.tick(at(10 + ROUND_TIMEOUT_SECONDS))
    assert sync.deadline is None
    sync.moved(at(50))
    assert rounds(sync.tick(at(50))) == [0]
