"""Several strategies at once: our tracker over real sockets beside the one in memory, and such that break."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

import pytest

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via
from peerset.errors import ConfigError
from peerset.ports import SignalingHub, SocketState
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.signaling.memory import MemoryHub, MemorySignaling, MemoryTracker
from peerset.signaling.memory_topics import MEMORY_BOARD, MemoryTopics
from peerset.signaling.nostr import RELAYS_CHOSEN
from peerset.signaling.several import SeveralHub, SeveralSignaling
from peerset.signaling.topics import TopicSignaling
from peerset.signaling.torrent import DEFAULT_TRACKERS
from peerset.testing.check_signaling import SignalingPair, check_signaling
from peerset.testing.check_topics import check_topics
from peerset.testing.tracker import local_tracker
from tests.patience import until

ROOM = RoomName("app", "room")
LEFT = PeerId("0000" + "L" * 16)
RIGHT = PeerId("0000" + "R" * 16)
OFFER = Offer(OfferId("Offer" + "0" * 15), "v=0")


class Broken(MemorySignaling):
    """Raises whatever it is asked for."""

    async def announce(self, offers: Sequence[Offer]) -> None:
        raise OSError("broken")

    async def aclose(self) -> None:
        raise RuntimeError("cannot even leave")


class Unjoinable(MemoryHub):
    """Cannot be joined where a socket cannot be opened."""

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> MemorySignaling:
        raise OSError("no such network")


class Flooding(MemorySignaling):
    """Brings offers of invented peers, and never ends."""

    async def inputs(self) -> AsyncIterator[SignalingInput]:
        for number in count():
            yield OfferReceived(PeerId(f"{number:020d}"), OFFER, Via("flood"))
            await asyncio.sleep(0)


class Kind(MemoryHub):
    """Joins by another class of signaling."""

    def __init__(self, kind: type[MemorySignaling]) -> None:
        self._kind = kind

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> MemorySignaling:
        return self._kind(room, peer_id, tracker=MemoryTracker(random.Random(0)))


class Topics:
    """Joins by topics in memory."""

    def __init__(self) -> None:
        self._places = MemoryTopics()

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Take any places."""

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TopicSignaling:
        rng = random.Random(peer_id)
        return TopicSignaling(room, peer_id, strategy="board", urls=[MEMORY_BOARD], places=self._places, rng=rng)


@asynccontextmanager
async def members(
    specs: Sequence[str], **hubs: SignalingHub
) -> AsyncIterator[tuple[SeveralSignaling, SeveralSignaling]]:
    """Join by *specs* twice, each with sockets of its own; *hubs* are shared."""
    left, right = (
        SeveralHub(rng=random.Random(peer), hubs=hubs).join(ROOM, peer, places=specs) for peer in (LEFT, RIGHT)
    )
    yield left, right
    await left.aclose()
    await right.aclose()


@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["one", "both", "broken"])
async def test_several_keep_the_promises_of_one(kind: str) -> None:
    @asynccontextmanager
    async def pair() -> AsyncIterator[SignalingPair]:
        async with local_tracker() as url:
            beside: dict[str, dict[str, SignalingHub]] = {
                "one": {},
                "both": {"memory": MemoryHub(MemoryTracker(random.Random(0)))},
                "broken": {"broken": Kind(Broken), "absent": Unjoinable(MemoryTracker(random.Random(0)))},
            }
            async with members([url, *beside[kind]], **beside[kind]) as (left, right):
                yield SignalingPair(left, LEFT, right, RIGHT)

    await check_signaling(pair)


async def test_an_offer_that_comes_two_ways_is_heard_once_and_answered_by_the_first() -> None:
    hubs = {name: MemoryHub(MemoryTracker(random.Random(0))) for name in ("first", "second")}
    async with members(["first", "second"], **hubs) as (left, right):
        left_inputs, right_inputs = left.inputs(), right.inputs()
        await right.announce([])
        await left.announce([OFFER])
        heard = await anext(right_inputs)
        assert heard == OfferReceived(LEFT, OFFER, Via("first:memory:"))
        await right.answer(LEFT, Answer(OFFER.id, "sdp"), heard.via)
        answered = await anext(left_inputs)
        assert answered == AnswerReceived(RIGHT, Answer(OFFER.id, "sdp"), Via("first:memory:"))
        await left.aclose()
        await right.aclose()
        assert [signal async for signal in right_inputs] == []
        assert [signal async for signal in left_inputs] == []


@pytest.mark.parametrize("count", [1, 2])
async def test_topics_among_several_keep_their_promises(count: int) -> None:
    @asynccontextmanager
    async def pair() -> AsyncIterator[SignalingPair]:
        hubs: dict[str, SignalingHub] = {f"board{number}": Topics() for number in range(count)}
        hubs["broken"] = Kind(Broken)
        async with members(list(hubs), **hubs) as (left, right):
            yield SignalingPair(left, LEFT, right, RIGHT)

    await check_topics(pair)


async def test_who_announces_itself_by_two_ways_is_heard_by_both_and_offered_to_by_one() -> None:
    hubs = {"first": Topics(), "second": Topics()}
    async with members(["first", "second"], **hubs) as (left, right):
        left_inputs, right_inputs = left.inputs(), right.inputs()
        await left.announce([])
        await right.announce([])
        ways = {Via("first:memory:"), Via("second:memory:")}
        assert {await anext(left_inputs), await anext(left_inputs)} == {PeerAnnounced(RIGHT, via) for via in ways}
        await left.offer(RIGHT, OFFER, Via("second:memory:"))
        heard = await anext(right_inputs)
        while isinstance(heard, PeerAnnounced):
            heard = await anext(right_inputs)
        assert heard == OfferReceived(LEFT, OFFER, Via("second:memory:"))


async def test_an_answer_goes_no_other_way_than_the_offer_came() -> None:
    hubs = {name: MemoryHub(MemoryTracker(random.Random(0))) for name in ("first", "second")}
    async with members(["first", "second"], **hubs) as (left, right):
        left_inputs = left.inputs()
        await left.announce([])
        await right.announce([])
        for via in ("nowhere:memory:", "neighbour:someone", "first:elsewhere", "first"):
            await right.answer(LEFT, Answer(OFFER.id, via), Via(via))
        await right.answer(LEFT, Answer(OFFER.id, "second"), Via("second:memory:"))
        assert await anext(left_inputs) == AnswerReceived(RIGHT, Answer(OFFER.id, "second"), Via("second:memory:"))


async def test_a_flood_of_one_strategy_keeps_no_other_waiting() -> None:
    hubs = {"flood": Kind(Flooding), "memory": MemoryHub(MemoryTracker(random.Random(0)))}
    async with members(["flood", "memory"], **hubs) as (left, right):
        inputs = right.inputs()
        await right.announce([])
        await left.announce([OFFER])
        await asyncio.sleep(1)
        heard = [await anext(inputs) for _ in range(4)]
        assert OfferReceived(LEFT, OFFER, Via("memory:memory:")) in heard


async def test_a_strategy_that_breaks_is_told_with_its_next_try_while_others_work() -> None:
    hubs = {"broken": Kind(Broken), "memory": MemoryHub(MemoryTracker(random.Random(0)))}
    async with members(["broken:somewhere", "memory"], **hubs) as (left, _):
        assert [(status.strategy, status.place, status.state) for status in left.status()] == [
            ("broken", "somewhere", SocketState.CLOSED),
            ("memory", "", SocketState.CLOSED),
        ]
        await left.announce([])
        await until(lambda: left.status()[0].next_try is not None)
        assert (left.status()[0].state, left.status()[0].error) == (SocketState.RESTING, "OSError: broken")


async def test_leaving_takes_two_seconds_at_most_and_ends_all() -> None:
    class Clinging(MemorySignaling):
        async def aclose(self) -> None:
            await asyncio.sleep(60)

    loop = asyncio.get_running_loop()
    async with members(["cling"], cling=Kind(Clinging)) as (left, right):
        inputs = left.inputs()
        await left.announce([])
        await right.aclose()
        began = loop.time()
        await left.aclose()
        await left.aclose()
        assert loop.time() - began <= 2.0
        assert [signal async for signal in inputs] == []
        await left.announce([])
        assert left.status()[0].announces == 0


@pytest.mark.parametrize(
    ("specs", "reason"),
    [
        (["https://tracker.example"], "there is no signaling strategy 'https'; there are: .*torrent"),
        (["torrent:https://tracker.example"], "the tracker 'https://tracker.example' is not an address"),
        (["ws://"], "the tracker 'ws://' is not an address"),
        (["?"], "'\\?' does not say how to meet"),
        ([], "0 ways to meet are given"),
    ],
)
def test_what_cannot_be_joined_is_told_before_it_is(specs: list[str], reason: str) -> None:
    hub = SeveralHub(rng=random.Random(0))
    with pytest.raises(ConfigError, match=reason):
        hub.check(places=specs)
    with pytest.raises(ConfigError, match=reason):
        hub.join(ROOM, LEFT, places=specs)


def test_rooms_share_the_hub_of_a_strategy() -> None:
    hub = SeveralHub(rng=random.Random(0))
    hub.check()
    hub.check(places=["torrent:", "torrent"])
    assert list(hub._hubs) == ["torrent"]


def test_each_place_has_a_spec_and_default_places_are_told_apart_where_they_are_known() -> None:
    hub = SeveralHub(rng=random.Random(0), hubs={"memory": MemoryHub(MemoryTracker(random.Random(0)))})
    defaults = [f"torrent:{url}" for url in DEFAULT_TRACKERS]
    assert hub.each_place(ROOM, places=None) == defaults
    assert hub.each_place(ROOM, places=["torrent", "memory:"]) == [*defaults, "memory:"]
    assert hub.each_place(ROOM, places=["wss://a.example", "memory"]) == ["torrent:wss://a.example", "memory:"]
    assert len(hub.each_place(ROOM, places=["nostr:"])) == RELAYS_CHOSEN
    assert hub.each_place(ROOM, places=hub.each_place(ROOM, places=None)) == defaults
