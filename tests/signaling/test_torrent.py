"""Our client against our tracker over real sockets, and against trackers that fail."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, Via, make_peer_id
from peerset.ports import SocketState
from peerset.protocol.inputs import OfferReceived
from peerset.signaling.sealing import Seal, info_hash_of, sealing_key
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent import TorrentSignaling
from peerset.testing.check_signaling import SignalingPair, check_signaling
from peerset.testing.tracker import local_tracker, scripted_tracker
from peerset.tracker.tracker import serve_tracker
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time
ROOM = RoomName("app", "room")
ME = PeerId("0000" + "m" * 16)
YOU = PeerId("0000" + "y" * 16)
OFFER = Offer(OfferId("o" * 20), "sdp")
NOBODY = "ws://127.0.0.1:1"


@asynccontextmanager
async def member(
    *trackers: str,
    peer_id: PeerId = ME,
    room: RoomName = ROOM,
    password: str = "",
    sockets: TrackerSockets | None = None,
) -> AsyncIterator[TorrentSignaling]:
    pool = sockets or TrackerSockets(random.Random(0))
    signaling = TorrentSignaling(
        room, peer_id, trackers=trackers, sockets=pool, password=password, rng=random.Random(peer_id)
    )
    try:
        async with asyncio.timeout(PATIENT_SECONDS):
            yield signaling
    finally:
        await signaling.aclose()


@asynccontextmanager
async def pair() -> AsyncIterator[SignalingPair]:
    async with local_tracker() as first, local_tracker() as second:
        sockets = TrackerSockets(random.Random(1))
        async with (
            member(first, second, NOBODY, sockets=sockets, password="secret") as left,
            member(first, second, peer_id=YOU, sockets=sockets, password="secret") as right,
        ):
            yield SignalingPair(left, ME, right, YOU)
        assert sockets.count == 0


async def test_the_client_passes_the_acceptance_suite() -> None:
    await check_signaling(pair)


async def test_status_tells_which_trackers_answer() -> None:
    async with local_tracker() as url, member(url, NOBODY) as signaling:
        assert [status.state for status in signaling.status()] == [SocketState.CLOSED] * 2
        await signaling.announce([])
        await signaling.settled()
        good, bad = signaling.status()
        assert (good.place, good.state, good.error, good.announces, good.swarm_size, good.peers) == (
            url,
            SocketState.OPEN,
            None,
            1,
            1,
            0,
        )
        assert good.last_success is not None
        assert good.next_try is None
        assert (bad.place, bad.state, bad.announces, bad.swarm_size) == (NOBODY, SocketState.RESTING, 0, None)
        assert bad.error
        assert bad.last_success is None
        assert bad.next_try is not None
        assert bad.next_try > bad.since


async def test_a_refusing_tracker_is_settled_with_its_reason() -> None:
    async def refuse(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            await socket.send_str('{"failure reason":"go away"}')

    async with scripted_tracker(refuse) as url, member(url) as signaling:
        await signaling.announce([])
        await signaling.settled()
        (status,) = signaling.status()
        assert (status.state, status.error) == (SocketState.OPEN, "'go away'")


async def test_leaving_ends_the_waiting_for_trackers() -> None:
    async def say_nothing(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            pass

    async with scripted_tracker(say_nothing) as url, member(url) as signaling:
        settling = asyncio.create_task(signaling.settled())
        asyncio.get_running_loop().call_later(0.05, lambda: closing.append(asyncio.create_task(signaling.aclose())))
        closing: list[asyncio.Task[None]] = []
        await settling
        await asyncio.wait(closing)


async def test_rooms_of_one_peer_share_the_tracker_s_socket() -> None:
    sockets = TrackerSockets(random.Random(0))
    async with (
        serve_tracker("127.0.0.1", 0, rng=random.Random(0)) as tracker,
        member(tracker.url, sockets=sockets) as here,
        member(tracker.url, sockets=sockets, room=RoomName("app", "other")) as there,
    ):
        for signaling in (here, there):
            await signaling.announce([])
        for signaling in (here, there):
            await signaling.settled()
        statistics = tracker.statistics
        assert (statistics.connections, statistics.swarms, statistics.members) == (1, 2, 2)
        await here.aclose()
        assert sockets.count == 1
        await there.announce([])


async def test_leaving_tells_the_tracker_at_once() -> None:
    sockets = TrackerSockets(random.Random(0))
    async with (
        serve_tracker("127.0.0.1", 0, rng=random.Random(0)) as tracker,
        member(tracker.url, sockets=sockets, room=RoomName("app", "stays")) as stays,
        member(tracker.url, sockets=sockets) as leaves,
    ):
        await stays.announce([])
        await leaves.announce([])
        await leaves.settled()
        await stays.settled()
        await leaves.aclose()
        async with member(tracker.url, peer_id=YOU) as late:
            await late.announce([])
            await late.settled()
            assert late.status()[0].swarm_size == 1


async def test_another_password_is_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async with local_tracker() as url, member(url, password="ours") as ours:
        inputs = ours.inputs()
        await ours.announce([])
        await ours.settled()
        async with member(url, peer_id=YOU, password="theirs") as theirs:
            for number in range(3):
                await theirs.announce([Offer(OfferId(f"{number:020d}"), "sdp")])
                await theirs.settled()
        async with member(url, peer_id=PeerId("0000" + "x" * 16), password="ours") as friend:
            await friend.announce([OFFER])
            heard = await anext(inputs)
        assert isinstance(heard, OfferReceived)
        assert heard.offer == OFFER
        assert ours.counts.sealed_otherwise >= 1
    lines = [record.getMessage() for record in caplog.records if record.name == "peerset.signaling.torrent"]
    assert lines == ["room 'room': peer 0000yyyy uses another password; it and others like it are ignored"]


async def test_an_answer_whose_tracker_is_gone_goes_through_the_others() -> None:
    async with local_tracker() as url, member(url, NOBODY) as left, member(url, peer_id=YOU) as right:
        inputs = right.inputs()
        await right.announce([])
        await right.settled()
        await left.announce([])
        await left.settled()
        await left.answer(YOU, Answer(OFFER.id, "sdp"), Via(NOBODY))
        answered = await anext(inputs)
        assert (answered.peer, answered.via) == (ME, Via(url))


async def test_a_tracker_that_returns_is_announced_to_at_once() -> None:
    async with local_tracker() as first, member(first) as signaling:
        await signaling.announce([OFFER])
        await signaling.settled()
    sdps: asyncio.Queue[str] = asyncio.Queue()

    async def hang_up_after_one(socket: web.WebSocketResponse) -> None:
        sdps.put_nowait(json.loads((await socket.receive()).data)["offers"][0]["offer"]["sdp"])

    async with scripted_tracker(hang_up_after_one) as url, member(url) as signaling:
        await signaling.announce([OFFER])
        before, after = await sdps.get(), await sdps.get()
        assert before == after


async def test_a_tracker_that_floods_with_offers_costs_no_more_than_the_inbox(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seal, ids = Seal(sealing_key(ROOM, "")), random.Random(0)
    offers = [
        json.dumps(
            {
                "action": "announce",
                "info_hash": info_hash_of(ROOM),
                "peer_id": make_peer_id(ids),
                "offer_id": f"{number:020d}",
                "offer": {"type": "offer", "sdp": seal.seal("sdp", ids)},
            }
        )
        for number in range(1_000)
    ]

    async def flood(socket: web.WebSocketResponse) -> None:
        for offer in offers:
            await socket.send_str(offer)

    async with scripted_tracker(flood) as url, member(url) as signaling:
        inputs = signaling.inputs()
        await signaling.settled()
        await anext(inputs)
        assert signaling.dropped > 0


async def test_a_member_that_was_never_used_closes() -> None:
    async with member(NOBODY) as signaling:
        await signaling.aclose()
        await signaling.announce([])
        await signaling.answer(YOU, Answer(OFFER.id, "sdp"), Via(NOBODY))
        assert [heard async for heard in signaling.inputs()] == []
