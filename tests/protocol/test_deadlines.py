import random

from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from peerset.protocol.deadlines import Deadlines, earliest


def test_the_earliest_of_many_is_known_whatever_changes() -> None:
    rng = random.Random(1)
    dues: dict[PeerId, Monotonic | None] = {}
    deadlines = Deadlines(dues.get)
    peers = [PeerId(f"peer {number}") for number in range(20)]

    for _ in range(2_000):
        for peer in rng.sample(peers, rng.randint(0, 3)):
            dues[peer] = None if rng.random() < 0.2 else Monotonic(float(rng.randint(0, 1_000)))
            deadlines.touch([peer])
        assert deadlines.first == min((due for due in dues.values() if due is not None), default=None)
        now = Monotonic(float(rng.randint(0, 1_000)))
        assert deadlines.passed(now) == {peer for peer, due in dues.items() if due is not None and due <= now}


def test_the_earliest_of_what_is_due() -> None:
    early, late = Monotonic(0.0), Monotonic(1.0)

    assert earliest(late, None, early) == earliest(early, late) == early
    assert earliest() is earliest(None, None) is None


def test_only_those_that_were_touched_are_asked() -> None:
    asked = []

    def deadline_of(peer: PeerId) -> Monotonic:
        asked.append(peer)
        return Monotonic(1.0)

    deadlines = Deadlines(deadline_of)
    deadlines.touch([PeerId("one"), PeerId("two")])
    assert deadlines.first == 1.0
    deadlines.touch_one(PeerId("two"))
    assert deadlines.first == 1.0

    assert sorted(asked) == ["one", "two", "two"]


def test_a_deadline_that_moves_on_and_on_leaves_nothing_behind() -> None:
    due = Monotonic(0.0)
    deadlines = Deadlines(lambda _: due)

    for number in range(1_000):
        due = Monotonic(float(number))
        deadlines.touch_one(PeerId("one"))
        assert deadlines.first == due

    assert len(deadlines._heap) == 1
