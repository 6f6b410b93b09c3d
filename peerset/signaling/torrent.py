"""Signaling through BitTorrent websocket trackers, as Trystero's torrent strategy does it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Sequence
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.signal import Answer, Offer, PeerId, RoomName, Via
from peerset.ports import SignalingStatus, SocketState
from peerset.protocol.inputs import SignalingInput
from peerset.signaling.addresses import check_addresses
from peerset.signaling.inbox import SignalInbox
from peerset.signaling.signal_seal import SignalCounts
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent_room import TorrentRoom
from peerset.signaling.torrent_wire import AnswerForwarded, Complained, OfferForwarded, Replied, TrackerMessage
from peerset.signaling.tracker_socket import TrackerSocket

DEFAULT_TRACKERS: Final = (
    "wss://open.ftorrent.com",
    "wss://tracker.webtorrent.dev",
    "wss://tracker.openwebtorrent.com",
)
"""The three that Trystero 0.25 pages use by default; a page uses the first three of its list."""

logger = logging.getLogger(__name__)


class TorrentSignaling:
    """Announces *room* to several *trackers* at once, as member *peer_id*.

    The sockets open when `inputs` or `announce` is first called. *rng* draws nonces: in production it must be a
    `random.SystemRandom`.

    Raises:
        ConfigError: a tracker's address is not that of a websocket, or there is none, or too many.

    """

    def __init__(
        self,
        room: RoomName,
        peer_id: PeerId,
        *,
        trackers: Sequence[str],
        sockets: TrackerSockets,
        password: str = "",
        rng: random.Random,
    ) -> None:
        urls = check_addresses(trackers, noun="tracker")
        self._name = room
        self._peer_id = peer_id
        self._pool = sockets
        self._room = TorrentRoom(room, peer_id, urls=urls, password=password, rng=rng)
        self._inbox = SignalInbox()
        self._sockets: dict[str, TrackerSocket] = {}
        self._due = asyncio.Event()
        self._changed = asyncio.Event()
        self._pacing: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def counts(self) -> SignalCounts:
        """What arrived and was not passed on."""
        return self._room.counts

    @property
    def dropped(self) -> int:
        """How many signals were dropped because nobody took them in time."""
        return self._inbox.dropped

    async def announce(self, offers: Sequence[Offer]) -> None:
        """Announce the room now, with *offers*, and again at the trackers' pace until the next call."""
        self._start()
        self._room.announce(offers, _now())
        self._due.set()

    async def offer(self, peer: PeerId, offer: Offer, via: Via) -> None:
        """Do nothing, and be never asked to: trackers pass offers to whom they choose."""

    async def answer(self, peer: PeerId, answer: Answer, via: Via) -> None:
        """Send *answer* to *peer* through *via*, or through every open tracker when that one is gone."""
        open_sockets = {url: socket for url, socket in self._sockets.items() if socket.state is SocketState.OPEN}
        text = self._room.answer(peer, answer)
        for socket in [open_sockets[via]] if via in open_sockets else open_sockets.values():
            socket.send(text)

    def inputs(self) -> AsyncIterator[SignalingInput]:
        """Iterate offers and answers of others; ends after `aclose`. Called once."""
        self._start()
        return aiter(self._inbox)

    def status(self) -> list[SignalingStatus]:
        """Tell how the room stands with each tracker, in the order given."""
        return [self._status(url) for url in self._room.views]

    async def settled(self) -> None:
        """Wait until each tracker has replied to an announce or failed; for those who ask for `status` once."""
        self._start()
        while not self._is_closed and not all(map(self._is_settled, self._room.views)):
            self._changed.clear()
            await self._changed.wait()

    async def aclose(self) -> None:
        """Leave the swarm on every tracker, within 2 seconds; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._inbox.close()
        self._changed.set()
        if self._pacing is None:
            return
        self._pacing.cancel()
        farewell = self._room.farewell()
        leaving = [
            asyncio.create_task(self._leave(socket, farewell), name=f"leave {url}")
            for url, socket in self._sockets.items()
        ]
        self._sockets.clear()
        await asyncio.wait([self._pacing, *leaving])

    def socket_opened(self, url: str) -> None:
        """Announce on the fresh socket at once."""
        self._room.open(url, _now())
        self._due.set()

    def socket_failed(self, url: str) -> None:
        """Announce nothing there until it is open again."""
        self._room.close(url)
        self._changed.set()

    def socket_heard(self, url: str, message: TrackerMessage) -> None:
        """Sort what a tracker says."""
        match message:
            case Replied():
                self._room.hear_reply(url, message, _now())
                self._changed.set()
            case Complained():
                self._changed.set()
            case OfferForwarded() | AnswerForwarded():
                self._hear_signal(url, message)

    def _hear_signal(self, url: str, signal: OfferForwarded | AnswerForwarded) -> None:
        had_foreign = self.counts.sealed_otherwise > 0
        heard = self._room.hear_signal(url, signal, _now())
        if heard is not None:
            self._inbox.put(heard)
        elif self.counts.sealed_otherwise and not had_foreign:
            logger.warning(
                "room %a: peer %s uses another password; it and others like it are ignored",
                self._name.room[:64],
                signal.peer[:8],
            )

    def _start(self) -> None:
        if self._pacing is not None or self._is_closed:
            return
        self._pacing = asyncio.create_task(self._pace(), name=f"announce {self._room.info_hash}")
        for url in self._room.views:
            self._sockets[url] = self._pool.subscribe(
                url, self._peer_id, info_hash=self._room.info_hash, subscriber=self
            )

    async def _pace(self) -> None:
        while True:
            self._due.clear()
            for url, text in self._room.tick(_now()):
                self._sockets[url].announce(self._room.info_hash, text)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._room.deadline):
                    await self._due.wait()

    async def _leave(self, socket: TrackerSocket, farewell: str) -> None:
        socket.send(farewell)
        await self._pool.release(socket, self._peer_id, info_hash=self._room.info_hash)

    def _is_settled(self, url: str) -> bool:
        socket = self._sockets.get(url)
        return self._room.views[url].replies > 0 or (socket is not None and socket.error is not None)

    def _status(self, url: str) -> SignalingStatus:
        view, socket = self._room.views[url], self._sockets.get(url)
        return SignalingStatus(
            strategy="torrent",
            place=url,
            state=SocketState.CLOSED if socket is None else socket.state,
            error=None if socket is None else socket.error,
            since=_now() if socket is None else socket.since,
            last_success=view.replied_at,
            next_try=None if socket is None else socket.next_try,
            announces=view.announces,
            replies=view.replies,
            swarm_size=view.swarm_size,
            peers=len(view.peers),
        )


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())


class TorrentHub:
    """Gives each room its `TorrentSignaling`; the sockets behind them are shared, and close with the last room."""

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._sockets = TrackerSockets(rng)

    def check(self, *, places: Sequence[str] | None = None) -> None:
        """Make sure that *places*, which are trackers, are addresses of websockets.

        Raises:
            ConfigError: one is not, or there is none, or too many.

        """
        check_addresses(DEFAULT_TRACKERS if places is None else places, noun="tracker")

    def default_places(self, room: RoomName) -> Sequence[str]:
        """Give Trystero's own public list, whatever the room."""
        del room
        return DEFAULT_TRACKERS

    def join(
        self, room: RoomName, peer_id: PeerId, *, places: Sequence[str] | None = None, password: str = ""
    ) -> TorrentSignaling:
        """Join *room* on the trackers *places*, Trystero's own public list when None.

        Raises:
            ConfigError: a tracker's address is not that of a websocket, or there is none, or too many.

        """
        urls = DEFAULT_TRACKERS if places is None else places
        return TorrentSignaling(room, peer_id, trackers=urls, sockets=self._sockets, password=password, rng=self._rng)
