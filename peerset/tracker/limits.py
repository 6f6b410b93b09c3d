"""What our tracker gives to its clients: in all, to one address, to one member, to one connection."""

from dataclasses import dataclass, replace
from typing import Final

ADDRESS_MEMBERS: Final = 128
"""Members of one swarm at one address. A school of 60 behind one address fits twice: who loses its network and comes
back is there twice until its old socket is found dead."""

ADDRESS_MEMBERS_MAX: Final = 32_768
"""So many are all members of all swarms."""


@dataclass(frozen=True, slots=True)
class TrackerLimits:
    """What one tracker gives to its clients; with these, at most about a gigabyte under the worst attack.

    An address is one of IPv4 or a /64 of IPv6. The network around it, a /24 or a /48, has as much as four addresses.
    """

    connections: int = 4_096
    connections_per_address: int = 2 * ADDRESS_MEMBERS
    """A page or process has one socket for all its rooms."""
    members: int = ADDRESS_MEMBERS_MAX
    """Of all swarms together; whoever is in two rooms counts twice."""
    members_per_address: int = 8 * ADDRESS_MEMBERS
    members_per_swarm: int = 4_096
    members_per_swarm_and_address: int = ADDRESS_MEMBERS
    swarms_per_connection: int = 8 * ADDRESS_MEMBERS
    """As many as its address has members in all: a node keeps hundreds of rooms on one socket."""
    offers_per_second: float = 0.5
    """Of one member that are passed on: 10 in the interval of a small swarm, where honest members make 5."""
    offers_burst: int = 60
    """A newcomer announces four times within 1.4 seconds, with up to 10 offers each."""
    offers_per_second_and_address: float = 20.0
    """As many as 60 members make who look for others (0.3 a second each)."""
    offers_burst_and_address: int = 1_200
    """60 newcomers at once, with 20 offers each."""
    offers_per_second_and_receiver: float = 0.2
    """Of one address to one member elsewhere, who has four places for a network and is busy with each offer."""
    offers_burst_and_receiver: int = 12
    relayed_bytes_per_second_and_address: float = 524_288.0
    """Of what an address publishes on topics, as it is passed on; to each who gets it, 256 bytes beside the message."""
    relayed_bytes_burst_and_address: int = 33_554_432
    """60 pages that come into one room at once: each with four announcements, and an offer, an answer and six
    candidates with each of the others."""
    relayed_per_second_and_receiver: float = 20.0
    """Messages of one address to one connection elsewhere."""
    relayed_burst_and_receiver: int = 1_000
    message_bytes: int = 131_072
    messages_per_second: float = 20.0
    """Of one connection; one that sends more is closed."""
    messages_burst: int = 400
    """At a relay, a page sends half a dozen messages to each of the members that it finds in a room."""
    messages_free_per_second: float = 2.0
    """So many of each connection count for nobody else; what goes beyond is of what its address has."""
    messages_free_burst: int = 60
    messages_per_second_and_address: float = 100.0
    messages_burst_and_address: int = 2_000
    outbox_messages: int = 128
    outbox_bytes: int = 262_144
    strangers: int = 512
    """Connections without a request at a time."""
    handshake_seconds: float = 10.0
    """From the opening of a connection to its request."""
    idle_seconds: float = 300.0
    """Between two messages of a client; Trystero announces every 120 s at the slowest."""
    heartbeat_seconds: float = 30.0

    def with_address_members(self, count: int) -> "TrackerLimits":
        """Let *count* members of one swarm come from one address, and let its other shares grow or shrink with them."""
        part = count / ADDRESS_MEMBERS
        return replace(
            self,
            connections_per_address=2 * count,
            members_per_address=8 * count,
            members_per_swarm_and_address=count,
            offers_per_second_and_address=self.offers_per_second_and_address * part,
            offers_burst_and_address=max(self.offers_burst, round(self.offers_burst_and_address * part)),
            relayed_bytes_per_second_and_address=self.relayed_bytes_per_second_and_address * part,
            relayed_bytes_burst_and_address=round(self.relayed_bytes_burst_and_address * part),
            messages_per_second_and_address=self.messages_per_second_and_address * part,
            messages_burst_and_address=round(self.messages_burst_and_address * part),
        )
