import pytest

from peerset.core.limits import CANDIDATE_NETWORKS_MAX, CANDIDATE_PORT_MIN, CANDIDATES_PER_NETWORK_MAX
from peerset.transports.candidate import Candidate, keep_usable, parse_candidate


def at(
    address: str, *, port: int = 50_000, rest: str = "typ host", transport: str = "udp", component: int = 1
) -> Candidate:
    candidate = parse_candidate(f"1 {component} {transport} 1 {address} {port} {rest}")
    assert candidate is not None
    return candidate


def kept(*candidates: Candidate, allow_loopback: bool = False) -> list[str]:
    return [candidate.address for candidate in keep_usable(candidates, allow_loopback=allow_loopback)[0]]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",  # an address under test, nothing is bound
        "0.1.2.3",
        "::",
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "224.0.0.251",
        "239.1.1.1",
        "ff02::fb",
        "255.255.255.255",
        "240.0.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::ffff:127.0.0.1",
        "2002:a9fe:a9fe::1",
        "2001:0:1:2:3:4:5:6",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_an_address_that_no_honest_peer_has_is_left_out(address: str) -> None:
    assert kept(at(address)) == []


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.0.7", "172.16.0.1", "203.0.113.7", "fd12::1", "2a00:1450::1"])
def test_private_and_public_addresses_are_kept(address: str) -> None:
    assert kept(at(address)) == [address]


def test_loopback_is_kept_when_asked_for_but_metadata_servers_never_are() -> None:
    assert kept(at("127.0.0.1"), at("::1"), at("169.254.169.254"), allow_loopback=True) == ["127.0.0.1", "::1"]


def test_addresses_are_written_in_one_way() -> None:
    assert at("2A00:0:0::0001").address == "2a00::1"


def test_tcp_other_components_and_unusable_ports_are_left_out() -> None:
    assert kept(
        at("10.0.0.1", transport="tcp", rest="typ host tcptype active"),
        at("10.0.0.2", component=2),
        at("10.0.0.3", port=0),
        at("10.0.0.3", port=53),
        at("10.0.0.3", port=CANDIDATE_PORT_MIN - 1),
        at("10.0.0.3", port=11_211),
        at("10.0.0.4", rest="typ prflx"),
        at("10.0.0.5", rest="typ relay raddr 0.0.0.0 rport 0"),
        at("10.0.0.6", port=CANDIDATE_PORT_MIN),
    ) == ["10.0.0.5", "10.0.0.6"]


def test_a_network_gets_few_tries() -> None:
    many = [at(f"203.0.113.{host}") for host in range(9)] + [at("203.0.114.1")]
    assert kept(*many) == [f"203.0.113.{host}" for host in range(CANDIDATES_PER_NETWORK_MAX)] + ["203.0.114.1"]
    many = [at(f"2a00::{host:x}") for host in range(1, 9)] + [at("2a00:0:0:1::1")]
    assert len(kept(*many)) == CANDIDATES_PER_NETWORK_MAX + 1


def test_few_networks_are_tried_and_public_ones_before_a_peer_s_own_bridges() -> None:
    bridges = [at(f"172.{number}.0.1") for number in range(17, 27)]
    public = [at("8.8.8.8", rest="typ srflx"), at("2a00::1")]
    found = kept(*bridges, *public)
    assert len(found) == CANDIDATE_NETWORKS_MAX
    assert found == [candidate.address for candidate in (*bridges[: CANDIDATE_NETWORKS_MAX - 2], *public)]


def test_one_place_is_tried_once() -> None:
    assert kept(at("10.0.0.1"), at("10.0.0.1"), at("10.0.0.1", port=2_000)) == ["10.0.0.1"] * 2
