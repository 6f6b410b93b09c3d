import pytest
from aiortc import RTCIceTransportPolicy

from peerset.core.ice import IceServer
from peerset.transports.options import ConnectionOptions, configure


@pytest.mark.parametrize("relay_only", [True, False])
def test_servers_and_policy_are_told_to_aiortc(relay_only: bool) -> None:
    servers = [IceServer("stun:a.example"), IceServer("turn:b.example", "me", "secret")]
    configuration = configure(ConnectionOptions(servers, relay_only=relay_only, allow_loopback=False))
    told = [(server.urls, server.username, server.credential) for server in configuration.iceServers or ()]
    assert told == [("stun:a.example", None, None), ("turn:b.example", "me", "secret")]
    assert (configuration.iceTransportPolicy is RTCIceTransportPolicy.RELAY) is relay_only
