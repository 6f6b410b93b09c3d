"""What a served page is told: which room to join, and how."""

from dataclasses import dataclass

from peerset.core.signal import RoomName
from peerset.signaling.addresses import check_addresses


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Which room the page joins.

    Raises:
        ConfigError: a tracker that is no websocket address, or too many of them.

    """

    room: RoomName
    signaling: tuple[str, ...] = ()
    """Where to meet; none for Trystero's public ones."""
    has_ice_servers: bool = True
    """Ask the usual STUN servers; needless where everyone is on one machine, and slow without a network."""

    def __post_init__(self) -> None:
        if self.signaling:
            check_addresses(self.signaling, noun="tracker")
