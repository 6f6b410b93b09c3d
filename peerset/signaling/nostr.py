"""Signaling by Nostr relays, as Trystero's Nostr strategy does it."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from peerset.core.clock import UnixTime, clamped
from peerset.core.keys import SecretKey
from peerset.core.signal import PeerId, RoomName
from peerset.signaling.addresses import check_addresses
from peerset.signaling.kept_socket import SocketTimes
from peerset.signaling.nostr_relay import NostrRelay
from peerset.signaling.relay_choice import choose
from peerset.signaling.shared_places import SharedPlaces
from peerset.signaling.topics import TopicSignaling

STRATEGY: Final = "nostr"
RELAYS_CHOSEN: Final = 5
KNOWN_RELAYS: Final = tuple(
    f"wss://{host}"
    for host in (
        "basspistol.org",
        "bucket.coracle.social",
        "chorus.pjv.me",
        "koru.bitcointxoko.org",
        "nos.lol",
        "nostr-01.uid.ovh",
        "nostr-01.yakihonne.com",
        "nostr-relay.corb.net",
        "nostr.data.haus",
        "nostr.islandarea.net",
        "nostr.sathoarder.com",
        "nostr.tegila.com.br",
        "nostr.vulpem.com",
        "purplerelay.com",
        "relay-can.zombi.cloudrodion.com",
        "relay-rpi.edufeed.org",
        "relay.agorist.space",
        "relay.artio.inf.unibe.ch",
        "relay.mostr.pub",
        "relay.mostro.network",
        "relay.sigit.io",
        "relay02.lnfi.network",
        "schnorr.me",
        "social.amanah.eblessing.co",
        "staging.yabu.me",
        "strfry.shock.network",
        "top.testrelay.top",
        "yabu.me/v2",
    )
)
"""Those that pages of Trystero 0.25.4 choose from; `choose` says which five, by the application's name."""


class NostrRelays(SharedPlaces[NostrRelay]):
    """The relays of a process. On each, events are signed by a key that is drawn for as long as it is in use."""

    def __init__(
        self, rng: random.Random, *, unix: Callable[[], UnixTime] | None = None, times: SocketTimes | None = None
    ) -> None:
        super().__init__()
        self._rng = rng
        self._unix = unix or _read_clock
        self._times = times

    def make(self, url: str) -> NostrRelay:
        """Give the relay at *url*."""
        key = SecretKey.generate(self._rng)
        return NostrRelay(url, key=key, unix=self._unix, rng=self._rng, times=self._times)


class NostrHub:
    """Gives each room its signaling; the relays behind them are shared, and close with the last room."""

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._relays = NostrRelays(rng)

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that *places*, which are relays, are addresses of websockets.

        Raises:
            ConfigError: one is not, or there is none, or too many.

        """
        if places is not None:
            check_addresses(places, noun="relay")

    def default_places(self, room: RoomName) -> Sequence[str]:
        """Give the five relays where pages of the application of *room* are."""
        return choose(KNOWN_RELAYS, room.app, RELAYS_CHOSEN)

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TopicSignaling:
        """Join *room* at the relays *places*; when None, at the five where pages of that application are.

        Raises:
            ConfigError: one is not the address of a websocket, or there is none, or too many.

        """
        urls = self.default_places(room) if places is None else places
        return TopicSignaling(
            room,
            peer_id,
            strategy=STRATEGY,
            urls=check_addresses(urls, noun="relay"),
            places=self._relays,
            password=password,
            rng=self._rng,
        )


def _read_clock() -> UnixTime:
    return clamped(time.time())
