"""ICE candidates of strangers: their grammar (RFC 8839, 5.1) and which of them may be tried."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import (
    CANDIDATE_NETWORKS_MAX,
    CANDIDATE_PORT_MIN,
    CANDIDATES_PER_NETWORK_MAX,
    LOCAL_NAMES_MAX,
)
from peerset.core.network import IPAddress, IPNetwork, network_around

GRAMMAR: Final = re.compile(
    r"(?P<foundation>[A-Za-z0-9+/]{1,32}) (?P<component>[0-9]{1,3}) (?P<transport>[A-Za-z0-9-]{1,16})"
    r" (?P<priority>[0-9]{1,10}) (?P<address>[A-Za-z0-9.:-]{1,80}) (?P<port>[0-9]{1,5})"
    r" typ (?P<type>host|srflx|prflx|relay)(?P<rest>( [!-~]+)*)"
)
HIDDEN: Final = re.compile(r"[A-Za-z0-9-]{1,63}\.local")
PORT_MAX: Final = 65_535
PRIORITY_MAX: Final = 2**32 - 1
METADATA_SERVERS: Final = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Cloud metadata services outside the link-local networks; nobody is to make us talk to them."""
REFLECTING_PORTS: Final = frozenset({1_900, 3_283, 3_702, 5_093, 5_353, 5_683, 10_001, 11_211})
"""Of services that answer strangers at length: SSDP, remote desktops, printers, licences, mDNS, CoAP, memcached."""
IPV4_NETWORK_BITS: Final = 24
IPV6_NETWORK_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where a peer may be reached over UDP."""

    foundation: str
    priority: int
    address: str
    """An IP address, or a ``.local`` name."""
    port: int
    type: str
    is_udp: bool = True
    is_first_component: bool = True

    @property
    def is_hidden(self) -> bool:
        """The address hides behind a multicast DNS name."""
        return HIDDEN.fullmatch(self.address) is not None

    def text(self) -> str:
        """Write it as the value of an ``a=candidate`` line."""
        return f"{self.foundation} 1 udp {self.priority} {self.address} {self.port} typ {self.type}"


def parse_candidate(value: str) -> Candidate | None:
    """Read the value of an ``a=candidate`` line; None when it is of a kind that we do not know.

    Zone ids, host names, types and transports of a later standard are honest, and the other candidates count: what
    cannot be used "MUST be ignored" (RFC 8839, 5.1).
    """
    match = GRAMMAR.fullmatch(value)
    if match is None:
        return None
    port, priority = int(match["port"]), int(match["priority"])
    address = _read_address(match["address"])
    if address is None or port > PORT_MAX or priority > PRIORITY_MAX:
        return None
    return Candidate(
        foundation=match["foundation"],
        priority=priority,
        address=address,
        port=port,
        type=match["type"],
        is_udp=match["transport"].lower() == "udp",
        is_first_component=int(match["component"]) == 1,
    )


def keep_usable(
    candidates: Sequence[Candidate], *, allow_loopback: bool
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Give those worth trying, in their order: with an address, and with a hidden one.

    TCP, other components, peer-reflexive ones (they are found, never signalled), repeated places, ports of well-known
    services and addresses that no honest peer has are left out, and so is what goes beyond 4 for each network (/24, or
    /64 in IPv6) and beyond 6 networks: public ones first, for a peer may have bridges of its own without number.
    """
    seen: set[tuple[str, int]] = set()
    found: list[tuple[Candidate, IPNetwork]] = []
    hidden: list[Candidate] = []
    for candidate in candidates:
        place = (candidate.address, candidate.port)
        if place in seen or not _is_well_placed(candidate):
            continue
        seen.add(place)
        if candidate.is_hidden:
            hidden.append(candidate)
            continue
        address = ipaddress.ip_address(candidate.address)
        if _is_allowed(address, allow_loopback=allow_loopback):
            found.append((candidate, network_of(address)))
    return _choose(found), tuple(hidden[:LOCAL_NAMES_MAX])


def network_of(address: IPAddress) -> IPNetwork:
    """Give the network around *address*."""
    return network_around(address, ipv4_bits=IPV4_NETWORK_BITS, ipv6_bits=IPV6_NETWORK_BITS)


def _choose(found: Sequence[tuple[Candidate, IPNetwork]]) -> tuple[Candidate, ...]:
    """Keep what is of the first networks, and of each of them the first."""
    networks = sorted(dict.fromkeys(network for _, network in found), key=lambda network: network.is_private)
    left = dict.fromkeys(networks[:CANDIDATE_NETWORKS_MAX], CANDIDATES_PER_NETWORK_MAX)
    chosen = []
    for candidate, network in found:
        if left.get(network, 0):
            left[network] -= 1
            chosen.append(candidate)
    return tuple(chosen)


def _read_address(text: str) -> str | None:
    """Spell an IP address in one way; give a ``.local`` name as it is, and None for anything else."""
    if HIDDEN.fullmatch(text):
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _is_well_placed(candidate: Candidate) -> bool:
    is_open_port = candidate.port >= CANDIDATE_PORT_MIN and candidate.port not in REFLECTING_PORTS
    return candidate.is_udp and candidate.is_first_component and is_open_port and candidate.type != "prflx"


def _is_allowed(address: IPAddress, *, allow_loopback: bool) -> bool:
    if address.is_loopback:
        return allow_loopback
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo):
        # They smuggle an IPv4 address past the checks below.
        return False
    is_odd = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    is_this_network = address.version == 4 and address.packed[0] == 0
    return not (is_odd or is_this_network or address in METADATA_SERVERS)
