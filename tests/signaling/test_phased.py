"""Rooms in phases over fifteen epochs of virtual time: who is there is met, and no tracker sees two epochs."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via, make_offer_id, make_peer_id
from peerset.errors import ConfigError
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.signaling.memory import MemoryHub, MemoryTracker
from peerset.signaling.phased import PhasedHub, PhasedSignaling
from peerset.signaling.phases import PhasedName
from peerset.signaling.several import SeveralHub

PERIOD_SECONDS: Final = 1_800
EPOCHS: Final = 15
BEGAN: Final = 1_700_000_000.0
OFFERS: Final = 6
MEET_SECONDS: Final = 30
"""Who is there for so long with another must have met it: members announce every ten seconds."""
ROOM: Final = RoomName("app", "lobby")
TRACKERS: Final = ("one", "two", "three")


class WatchedTracker(MemoryTracker):
    """A tracker that says what it knows."""

    @property
    def names(self) -> dict[str, set[PeerId]]:
        """Whom it lists now, by name."""
        return {name.room: set(members) for name, members in self._swarms.items()}


class World:
    """Three trackers, and members who come and go."""

    def __init__(self) -> None:
        self.rng = random.Random(7)
        self.trackers = {name: WatchedTracker(self.rng) for name in TRACKERS}
        self.hub = SeveralHub(rng=self.rng, hubs={name: MemoryHub(each) for name, each in self.trackers.items()})
        self.members: list[Member] = []

    @property
    def unix(self) -> float:
        return BEGAN + asyncio.get_running_loop().time()

    @property
    def names(self) -> set[str]:
        """The names of which any tracker lists members."""
        return {name for tracker in self.trackers.values() for name in tracker.names}

    @asynccontextmanager
    async def member(self, *, skew_seconds: float = 0.0, password: str = "") -> AsyncIterator["Member"]:
        """Be in the room for the length of the block, with a clock that is wrong by so much."""
        phased = PhasedHub(
            self.hub,
            period_seconds=PERIOD_SECONDS,
            clock=lambda: self.unix + skew_seconds,
            rng=random.Random(self.rng.random()),
        )
        member = Member(make_peer_id(self.rng), self.rng)
        signaling = phased.join(ROOM, member.id, places=TRACKERS, password=password)
        meeting = asyncio.create_task(member.meet(signaling))
        self.members.append(member)
        await signaling.announce(member.offers())
        try:
            yield member
        finally:
            member.left = asyncio.get_running_loop().time()
            meeting.cancel()
            await asyncio.wait([meeting])
            await signaling.aclose()


class Member:
    """Answers every offer, and remembers who answered."""

    def __init__(self, peer_id: PeerId, rng: random.Random) -> None:
        self.id = peer_id
        self.came = asyncio.get_running_loop().time()
        self.left = float("inf")
        self.met: set[PeerId] = set()
        self.answered: set[PeerId] = set()
        self._rng = rng

    def offers(self) -> list[Offer]:
        return [Offer(make_offer_id(self._rng), f"offer of {self.id}") for _ in range(OFFERS)]

    def together_seconds(self, other: "Member") -> float:
        """For how long both were there."""
        return min(self.left, other.left) - max(self.came, other.came)

    async def meet(self, signaling: PhasedSignaling) -> None:
        async for signal in signaling.inputs():
            match signal:
                case OfferReceived(peer, offer, via) if peer not in self.answered:
                    self.answered.add(peer)
                    await signaling.answer(peer, Answer(offer.id, f"answer of {self.id}"), via)
                case AnswerReceived(peer):
                    self.met.add(peer)
                case _:
                    pass


async def live(world: World, *, until: float) -> None:
    """Come and go, with a clock that is wrong by up to four minutes."""
    while (left := until - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(min(left, world.rng.uniform(0, PERIOD_SECONDS)))
        async with world.member(skew_seconds=world.rng.uniform(-240, 240)):
            await asyncio.sleep(world.rng.uniform(600, 3 * PERIOD_SECONDS))


async def watch(world: World, *, until: float) -> dict[str, list[str]]:
    """Give the names that each tracker listed, in order; never two at once, and no id of a peer under two."""
    seen: dict[str, list[str]] = {name: [] for name in TRACKERS}
    listed_as: dict[PeerId, str] = {}
    while asyncio.get_running_loop().time() < until:
        for name, tracker in world.trackers.items():
            listed = list(tracker.names)
            assert len(listed) <= 1, f"the tracker {name} sees two epochs"
            for room, peers in tracker.names.items():
                assert {listed_as.setdefault(peer, room) for peer in peers} <= {room}
            if listed and listed != seen[name][-1:]:
                seen[name] += listed
        await asyncio.sleep(60)
    return seen


async def test_all_who_are_there_meet_in_fifteen_epochs_and_no_tracker_sees_two_at_once() -> None:
    world = World()
    until = EPOCHS * PERIOD_SECONDS
    watching = asyncio.create_task(watch(world, until=until))
    await asyncio.gather(*(live(world, until=until) for _ in range(5)))
    seen = await watching
    pairs = [
        (one, other)
        for number, one in enumerate(world.members)
        for other in world.members[:number]
        if one.together_seconds(other) > MEET_SECONDS
    ]
    lost = [(one.came, other.came) for one, other in pairs if other.id not in one.met and one.id not in other.met]
    assert len(pairs) > 50
    assert lost == []
    # Each has its turn, and no name twice.
    assert all(len(names) == len(set(names)) >= EPOCHS // 3 for names in seen.values())
    assert set.intersection(*map(set, seen.values())) == set()


async def test_who_comes_at_a_border_meets_whoever_s_clock_is_behind_or_before() -> None:
    world = World()
    to_border = PERIOD_SECONDS - world.unix % PERIOD_SECONDS
    async with world.member(skew_seconds=-280) as slow, world.member(skew_seconds=280) as fast:
        for _ in range(12):
            await asyncio.sleep(to_border - 300 if to_border > 300 else 60)
            to_border = 0
            async with world.member() as newcomer:
                await asyncio.sleep(MEET_SECONDS)
            for other in (slow, fast):
                assert other.id in newcomer.met or newcomer.id in other.met


async def test_those_who_say_another_period_or_password_are_in_another_room() -> None:
    world = World()
    async with world.member() as one, world.member(password="secret") as other:
        await asyncio.sleep(3 * PERIOD_SECONDS)
    assert (one.met, other.met) == (set(), set())


async def test_what_was_said_to_one_place_is_answered_in_the_epoch_in_which_it_was_heard() -> None:
    world = World()
    phased = PhasedHub(world.hub, period_seconds=PERIOD_SECONDS, clock=lambda: world.unix, rng=random.Random(3))
    border = PERIOD_SECONDS - world.unix % PERIOD_SECONDS
    await asyncio.sleep(border)
    left, right = ids = [make_peer_id(world.rng) for _ in range(2)]
    one, other = (phased.join(ROOM, each, places=TRACKERS[:1]) for each in ids)
    heard = aiter(other.inputs())
    await one.announce([Offer(make_offer_id(world.rng), "offer")])
    await other.announce([])
    offer = await anext(heard)
    assert isinstance(offer, OfferReceived)
    assert offer.peer == left
    assert len(world.trackers["one"].names) == 2
    await other.answer(left, Answer(offer.offer.id, "answer"), offer.via)
    answer = await anext(aiter(one.inputs()))
    assert answer == AnswerReceived(right, Answer(offer.offer.id, "answer"), Via(offer.via))
    await one.aclose()
    await other.aclose()
    assert world.trackers["one"].names == {}


async def test_what_has_a_name_that_no_peer_can_have_is_left() -> None:
    world = World()
    name = PhasedName(ROOM, "", PERIOD_SECONDS).at(int(world.unix // PERIOD_SECONDS))
    phased = PhasedHub(world.hub, period_seconds=PERIOD_SECONDS, clock=lambda: world.unix, rng=random.Random(3))
    one = phased.join(ROOM, make_peer_id(world.rng), places=TRACKERS[:1])
    strange = world.hub.join(name, PeerId("no id of a peer here"), places=TRACKERS[:1])
    plain = world.hub.join(name, PeerId("0" * 20), places=TRACKERS[:1])
    heard = aiter(one.inputs())
    await one.announce([])
    for each in (strange, plain):
        await each.announce([Offer(make_offer_id(world.rng), "offer")])
    signal = await anext(heard)
    assert signal.peer == PhasedName(ROOM, "", PERIOD_SECONDS).aliases(int(world.unix // PERIOD_SECONDS)).peer(
        PeerId("0" * 20)
    )
    await one.aclose()
    for each in (strange, plain):
        await each.aclose()


async def test_a_clock_that_is_set_is_noticed_within_a_minute() -> None:
    world = World()
    ahead = 0.0
    phased = PhasedHub(world.hub, period_seconds=PERIOD_SECONDS, clock=lambda: world.unix + ahead, rng=random.Random(3))
    signaling = phased.join(ROOM, make_peer_id(world.rng), places=TRACKERS)
    await signaling.announce([])
    await asyncio.sleep(1)
    before = world.names
    ahead = 10.0 * PERIOD_SECONDS
    await asyncio.sleep(61)
    assert before
    assert world.names
    assert not before & world.names
    await signaling.aclose()
    await signaling.aclose()


def test_the_places_of_a_room_are_checked_before_it_is_joined() -> None:
    phased = PhasedHub(
        SeveralHub(rng=random.Random(0)), period_seconds=PERIOD_SECONDS, clock=lambda: 0.0, rng=random.Random(0)
    )
    with pytest.raises(ConfigError, match="no signaling strategy 'http'"):
        phased.check(places=["http://tracker.example"])
