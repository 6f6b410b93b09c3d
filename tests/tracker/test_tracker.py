"""Our tracker over real sockets, with clients good and bad."""

import asyncio
import json
import random
import socket as sockets
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from peerset.errors import ConfigError
from peerset.tracker.connection import FAULTS_BURST_MAX
from peerset.tracker.frames import TEXT
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.swarms import MEMBER_AGE_MAX_SECONDS
from peerset.tracker.tracker import Tracker, serve_tracker
from tests.patience import PATIENT_SECONDS
from tests.tracker.test_frames import frame

pytestmark = pytest.mark.real_time
HASH = "h" * 20
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
Socket = aiohttp.ClientWebSocketResponse


def announce(peer: str, *offers: str, sdp: str = "sealed") -> str:
    return json.dumps(
        {
            "action": "announce",
            "info_hash": HASH,
            "peer_id": peer * 20,
            "offers": [{"offer_id": offer, "offer": {"type": "offer", "sdp": sdp}} for offer in offers],
        }
    )


@asynccontextmanager
async def running(
    *,
    limits: TrackerLimits | None = None,
    proxies: tuple[str, ...] = (),
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[Tracker, aiohttp.ClientSession]]:
    rng = random.Random(0)
    async with (
        asyncio.timeout(PATIENT_SECONDS),
        serve_tracker("127.0.0.1", 0, limits=limits, proxies=proxies, ssl_context=ssl_context, rng=rng) as tracker,
        aiohttp.ClientSession() as session,
    ):
        yield tracker, session


async def ask(socket: Socket, text: str) -> Any:
    await socket.send_str(text)
    return await socket.receive_json()


async def closing_code(socket: Socket) -> int | None:
    async for _ in socket:
        pass
    return socket.close_code


async def test_offers_and_answers_pass_between_members() -> None:
    async with (
        running() as (tracker, session),
        session.ws_connect(tracker.url) as alice,
        session.ws_connect(f"{tracker.url}/announce") as bob,
    ):
        assert await ask(alice, announce("a")) == {
            "action": "announce",
            "info_hash": HASH,
            "interval": 20,
            "complete": 0,
            "incomplete": 1,
        }
        assert (await ask(bob, announce("b", "o1", "o2")))["incomplete"] == 2
        offer = await alice.receive_json()
        assert (offer["peer_id"], offer["offer_id"], offer["offer"]["sdp"]) == ("b" * 20, "o1", "sealed")
        answer = json.loads(announce("a")) | {"answer": {"sdp": "s"}, "offer_id": "o1", "to_peer_id": "b" * 20}
        await alice.send_str(json.dumps(answer))
        assert (await bob.receive_json())["answer"] == {"type": "answer", "sdp": "s"}


async def test_json_in_binary_messages_is_read_too() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await socket.send_bytes(announce("a").encode())
        assert (await socket.receive_json())["incomplete"] == 1
        await socket.send_bytes(b"\xff\xfe")
        assert "failure reason" in await socket.receive_json()


async def test_swarms_are_scraped() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await ask(socket, announce("a"))
        reply = await ask(socket, json.dumps({"action": "scrape", "info_hash": HASH}))
        assert reply["files"] == {HASH: {"complete": 0, "incomplete": 1, "downloaded": 0}}


async def test_a_client_that_goes_is_forgotten() -> None:
    async with running() as (tracker, session):
        async with session.ws_connect(tracker.url) as alice:
            await ask(alice, announce("a"))
        async with session.ws_connect(tracker.url) as bob:
            assert (await ask(bob, announce("b")))["incomplete"] == 1


async def test_a_fault_is_told_with_its_swarm_when_it_is_known() -> None:
    async with (
        running(limits=TrackerLimits(members=0)) as (tracker, session),
        session.ws_connect(tracker.url) as socket,
    ):
        assert await ask(socket, "nonsense") == {"failure reason": "not JSON: 'nonsense'"}
        for text in (announce("a"), json.dumps(json.loads(announce("a")) | {"offers": [7]})):
            refusal = await ask(socket, text)
            assert (refusal["action"], refusal["info_hash"]) == ("announce", HASH)
            assert {"failure reason"} == refusal.keys() - {"action", "info_hash"}
        assert tracker.statistics.failures == 3


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"action":"announce"}', "[" * 100_000, '{"action":"scrape"}'], ids=range(6)
)
async def test_a_client_that_talks_nonsense_is_disconnected(text: str) -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        for _ in range(FAULTS_BURST_MAX + 1):
            await socket.send_str(text)
        assert await closing_code(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_client_that_floods_is_disconnected() -> None:
    limits = TrackerLimits(messages_per_second=0.001, messages_burst=3)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url) as socket:
        for _ in range(4):
            await socket.send_str(announce("a"))
        assert await closing_code(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION
        assert tracker.statistics.announces == 3


async def test_a_client_that_floods_by_pings_is_disconnected() -> None:
    limits = TrackerLimits(messages_per_second=0.001, messages_burst=3)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url, autoping=False) as socket:
        for _ in range(4):
            await socket.ping()
        assert [(await socket.receive()).type for _ in range(3)] == [aiohttp.WSMsgType.PONG] * 3
        assert await closing_code(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_flood_of_one_address_is_answered_by_a_reason_and_costs_nobody_else() -> None:
    limits = TrackerLimits(
        messages_free_per_second=0.001,
        messages_free_burst=2,
        messages_per_second_and_address=0.001,
        messages_burst_and_address=3,
    )
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url) as loud:
        for _ in range(5):
            assert "incomplete" in await ask(loud, announce("a"))
        for _ in range(FAULTS_BURST_MAX + 1):
            refusal = await ask(loud, announce("a"))
            assert "too many messages of your address" in refusal["failure reason"]
            assert (refusal["action"], refusal["info_hash"]) == ("announce", HASH)
        async with session.ws_connect(tracker.url) as quiet:
            assert (await ask(quiet, announce("b")))["incomplete"] == 2
        assert tracker.statistics.announces == 6


async def test_offers_beyond_the_pace_are_not_passed_on_and_their_maker_is_told() -> None:
    limits = TrackerLimits(offers_per_second=0.001, offers_burst=1)
    async with (
        running(limits=limits) as (tracker, session),
        session.ws_connect(tracker.url) as alice,
        session.ws_connect(tracker.url) as bob,
    ):
        await ask(alice, announce("a"))
        for number in range(2):
            assert (await ask(bob, announce("b", f"o{number}")))["incomplete"] == 2
        assert "1 offers were not passed on" in (await bob.receive_json())["warning message"]
        assert (await alice.receive_json())["offer_id"] == "o0"
        assert (tracker.statistics.offers, tracker.statistics.offers_limited) == (1, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only there is all of 127.0.0.0/8 this machine")
async def test_a_newcomer_s_offer_finds_the_honest_member_among_two_hundred_invented_ones_of_one_address() -> None:
    async with running(limits=TrackerLimits().with_address_members(200)) as (tracker, _), AsyncExitStack() as stack:

        async def connect(host: int) -> Socket:
            connector = aiohttp.TCPConnector(local_addr=(f"127.0.0.{host}", 0))
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            return await stack.enter_async_context(session.ws_connect(tracker.url))

        def member(number: int, *offers: str) -> str:
            return json.dumps(json.loads(announce("x", *offers)) | {"peer_id": f"{number:020d}"})

        honest = await connect(2)
        await ask(honest, member(9_000))
        for first in range(0, 200, 50):
            crowd = await connect(3)
            for number in range(first, first + 50):
                await ask(crowd, member(number))
        newcomer = await connect(4)
        assert (await ask(newcomer, member(9_001, "one", "two")))["incomplete"] == 202
        assert (await honest.receive_json())["peer_id"] == f"{9_001:020d}"


async def test_a_proxy_that_nobody_named_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as (tracker, session):
        for _ in range(2):
            async with session.ws_connect(tracker.url, headers={"X-Forwarded-For": "198.51.100.7"}) as socket:
                await ask(socket, announce("a"))
    assert [record.message[:45] for record in caplog.records if record.levelname == "WARNING"] == [
        "127.0.0.1 speaks for clients elsewhere, as pr"
    ]


def test_a_proxy_that_is_no_address_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="the proxy 'nginx' is no address"):
        Tracker("127.0.0.1", 0, proxies=["nginx"], rng=random.Random(0))


async def test_a_message_too_large_ends_the_connection() -> None:
    limits = TrackerLimits(message_bytes=1_000)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url) as socket:
        await socket.send_str("x" * 1_001)
        assert await closing_code(socket) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_a_client_that_says_nothing_is_disconnected() -> None:
    limits = TrackerLimits(idle_seconds=0.1)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url) as socket:
        assert await closing_code(socket) == aiohttp.WSCloseCode.OK


async def test_a_client_that_answers_no_heartbeat_is_turned_away() -> None:
    limits = TrackerLimits(heartbeat_seconds=0.1)
    async with running(limits=limits) as (tracker, session), session.ws_connect(tracker.url, autoping=False) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.PING
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_the_pings_of_a_client_are_answered() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url, autoping=False) as socket:
        await socket.ping(b"there?")
        answer = await socket.receive()
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"there?")


async def test_a_connection_that_makes_no_request_is_closed() -> None:
    async with running(limits=TrackerLimits(handshake_seconds=0.1)) as (tracker, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", tracker.port)
        assert await reader.read() == b""
        writer.close()


async def test_a_crowd_that_makes_no_request_is_turned_away_and_shuts_nobody_out() -> None:
    async with running(limits=TrackerLimits(strangers=1)) as (tracker, session):
        reader, first = await asyncio.open_connection("127.0.0.1", tracker.port)
        _, second = await asyncio.open_connection("127.0.0.1", tracker.port)
        assert await reader.read() == b""
        async with session.ws_connect(tracker.url) as socket:
            assert (await ask(socket, announce("a")))["incomplete"] == 1
        first.close()
        second.close()


async def test_connections_beyond_the_limit_are_refused() -> None:
    async with (
        running(limits=TrackerLimits(connections_per_address=1), proxies=("127.0.0.1",)) as (tracker, session),
        session.ws_connect(tracker.url),
        session.ws_connect(tracker.url, headers={"X-Forwarded-For": "198.51.100.7"}),
    ):
        async with session.ws_connect(tracker.url) as third:
            # A page cannot read why a handshake failed, so it succeeds.
            assert "1 connections are taken by your address" in (await third.receive_json())["failure reason"]
            assert await closing_code(third) == aiohttp.WSCloseCode.TRY_AGAIN_LATER
        assert (tracker.statistics.connections, tracker.statistics.connections_refused) == (2, 1)


async def test_a_tracker_that_one_network_fills_is_open_to_others() -> None:
    async with (
        running(limits=TrackerLimits(connections=2), proxies=("127.0.0.1",)) as (tracker, session),
        session.ws_connect(tracker.url) as first,
        session.ws_connect(tracker.url) as second,
    ):
        assert (await ask(first, announce("a")))["incomplete"] == 1
        async with session.ws_connect(tracker.url, headers={"X-Forwarded-For": "198.51.100.7"}) as guest:
            assert (await ask(guest, announce("b")))["incomplete"] == 2
            assert await closing_code(second) == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
            assert (await ask(first, announce("a")))["incomplete"] == 2


async def test_a_client_that_does_not_read_costs_others_nothing() -> None:
    async with running(limits=TrackerLimits(outbox_messages=2, messages_burst=10_000, offers_burst=1_000)) as (
        tracker,
        session,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", tracker.port, limit=1_000)
        writer.write(HANDSHAKE + frame(TEXT, announce("r").encode()))
        await reader.readuntil(b"incomplete")
        async with session.ws_connect(tracker.url) as sender:
            # More than the kernel, the transport and the outbox hold together.
            for number in range(200):
                assert (await ask(sender, announce("s", f"{number}" + "x" * 50, sdp="y" * 100_000)))["incomplete"] == 2
        writer.transport.abort()
        async with session.ws_connect(tracker.url) as sender:
            while (await ask(sender, announce("s")))["incomplete"] > 1:
                pass
        assert tracker.statistics.dropped > 0


async def test_members_that_do_not_announce_are_forgotten_while_connected() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        await ask(socket, announce("a"))
        loop = asyncio.get_running_loop()
        tracker._swarms.expire(type(tracker._opened_at)(loop.time() + MEMBER_AGE_MAX_SECONDS + 1))
        assert (tracker.statistics.members, tracker.statistics.connections) == (0, 1)


async def test_closing_says_goodbye_to_clients_and_may_be_done_twice() -> None:
    async with running() as (tracker, session), session.ws_connect(tracker.url) as socket:
        leaving = asyncio.create_task(closing_code(socket))
        await tracker.aclose()
        await tracker.aclose()
        assert await leaving == aiohttp.WSCloseCode.GOING_AWAY


async def test_a_port_in_use_is_a_clear_error() -> None:
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
            await Tracker("127.0.0.1", port, rng=random.Random(0)).open()


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "ws://127.0.0.1:7"), ("::", "ws://[::1]:7"), ("tracker.example", "ws://tracker.example:7")],
)
def test_the_address_is_one_that_clients_can_use(host: str, url: str) -> None:
    assert Tracker(host, 7, rng=random.Random(0)).url == url


async def test_tls_is_served(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=str(certificate))
    async with (
        running(ssl_context=server_side) as (tracker, session),
        session.ws_connect(tracker.url, ssl=client_side) as socket,
    ):
        assert tracker.url.startswith("wss://127.0.0.1:")
        assert (await ask(socket, announce("a")))["incomplete"] == 1


def make_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, SHA256())
    )
    path = folder / "tracker.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path
