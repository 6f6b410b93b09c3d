"""What arrives while two sets are compared, or just after."""

import random

from peerset.core.clock import Monotonic
from peerset.core.limits import ROOT_INTERVAL_SECONDS, ROOT_QUIET_SECONDS, ROUND_TIMEOUT_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Root
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from peerset.protocol.sync import Sync
from tests.protocol.pair import ROOM, START, Net, make_record
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


def test_settled_peers_compare_again_when_something_is_new_and_else_seldom() -> None:
    net = Net()
    one, two = net.add(1), net.add(2)
    net.connect(one, two)

    def count() -> int:
        return sum(isinstance(message, Root) for member in (one, two) for _, message, _ in member.sent)

    before = count()
    net.pass_time(ROOT_QUIET_SECONDS / 2)
    assert count() == before
    net.publish(one, make_record(1, at=net.now.unix))
    net.pass_time(6 * ROOT_INTERVAL_SECONDS)
    assert count() == before + 1
    net.pass_time(10 * ROOT_QUIET_SECONDS)
    assert 9 <= count() - before <= 13
