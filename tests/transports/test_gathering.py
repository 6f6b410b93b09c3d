"""What an offer says of where we are."""

import random

import pytest

from peerset.core.ice import IceServer
from peerset.core.signal import RoomName, make_peer_id
from peerset.transports import connection, gathering
from peerset.transports.webrtc import WebRTCHub
from tests.doctor.test_stun import serve
from tests.patience import PATIENT_SECONDS
from tests.transports.test_webrtc import join

pytestmark = pytest.mark.real_time


async def offers_of(server: str, *, rooms: int) -> list[str]:
    hub = WebRTCHub(make_peer_id(random.Random(1)), ice_servers=[IceServer(server)], allow_loopback=True)
    ends = [join(hub, RoomName("app", f"room {number}")) for number in range(rooms)]
    offers = [offer.sdp for end in ends for offer in await end.transport.make_offers(2)]
    await hub.aclose()
    await hub.wait_closed()
    return offers


async def test_every_offer_tells_what_stun_says_of_the_shared_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GATHER_TIMEOUT_SECONDS", PATIENT_SECONDS)
    monkeypatch.setattr(connection, "SETUP_TIMEOUT_SECONDS", PATIENT_SECONDS)
    async with serve("192.0.2.1", 4_000) as server:
        offers = await offers_of(server, rooms=2)
    assert len(offers) == 4
    for sdp in offers:
        [mapped] = {line.split()[4] for line in sdp.split("\r\n") if "typ srflx" in line}
        assert mapped == "192.0.2.1"
        assert "127.0.0.1" in sdp


async def test_a_server_that_is_silent_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GATHER_TIMEOUT_SECONDS", 0.1)
    [one, _] = await offers_of("stun:127.0.0.1:9", rooms=1)
    assert "typ host" in one
    assert "srflx" not in one


async def test_a_server_that_has_no_address_is_left_out() -> None:
    [one, _] = await offers_of("stun:nowhere.invalid:9", rooms=1)
    assert "typ host" in one
    assert "srflx" not in one
