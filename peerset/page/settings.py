"""What a served page is told: which room to join, and how."""

from dataclasses import dataclass
from typing import Final

from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.signaling.addresses import check_addresses
from peerset.signaling.specs import places_by_strategy

STRATEGIES: Final = ("torrent", "nostr", "mqtt", "relay")
"""The ways to meet that work in pages."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Which room the page joins.

    Raises:
        ConfigError: a spec of signaling that is none, or does not work in pages, or too many of them.

    """

    room: RoomName
    signaling: tuple[str, ...] = ()
    """How to meet, as specs (docs/signaling.md); none for Trystero's public trackers."""
    src: str = ""
    """The room's address, where there is more to say of the room than its name; without secrets."""
    has_ice_servers: bool = True
    """Ask the usual STUN servers; needless where everyone is on one machine, and slow without a network."""

    def __post_init__(self) -> None:
        for strategy, places in places_by_strategy(self.signaling or None).items():
            if strategy not in STRATEGIES:
                raise ConfigError(f"a page cannot meet by {strategy!a}; there are: {', '.join(STRATEGIES)}")
            if places is not None:
                check_addresses(places, noun="tracker" if strategy == "torrent" else "place")
