"""One socket a tracker and peer id, for as long as a room uses it."""

import random

import pytest

from peerset.core.signal import PeerId
from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.sealing import InfoHash
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent_wire import TrackerMessage

pytestmark = pytest.mark.real_time
URL = "ws://127.0.0.1:1"
ME = PeerId("m" * 20)
YOU = PeerId("y" * 20)
ROOM = InfoHash("r" * 20)
OTHER = InfoHash("o" * 20)


class Deaf:
    """A room that does not care."""

    def __init__(self) -> None:
        self.opened = 0

    def socket_opened(self, url: str) -> None:
        self.opened += 1

    def socket_failed(self, url: str) -> None:
        pass

    def socket_heard(self, url: str, message: TrackerMessage) -> None:
        pass


async def test_rooms_share_a_socket_until_the_last_leaves() -> None:
    pool = TrackerSockets(random.Random(0))
    first = pool.subscribe(URL, ME, info_hash=ROOM, subscriber=Deaf())
    second = pool.subscribe(URL, ME, info_hash=OTHER, subscriber=Deaf())
    assert first is second
    await pool.release(first, ME, info_hash=ROOM)
    assert (pool.count, first.state) == (1, SocketState.CONNECTING)
    await pool.release(first, ME, info_hash=OTHER)
    await pool.release(first, ME, info_hash=OTHER)
    assert pool.count == 0


async def test_two_peer_ids_have_two_sockets() -> None:
    pool = TrackerSockets(random.Random(0))
    mine = pool.subscribe(URL, ME, info_hash=ROOM, subscriber=Deaf())
    yours = pool.subscribe(URL, YOU, info_hash=ROOM, subscriber=Deaf())
    assert mine is not yours
    await pool.release(mine, ME, info_hash=ROOM)
    await pool.release(yours, YOU, info_hash=ROOM)


async def test_a_peer_joins_a_room_once() -> None:
    pool = TrackerSockets(random.Random(0))
    socket = pool.subscribe(URL, ME, info_hash=ROOM, subscriber=Deaf())
    with pytest.raises(ConfigError, match="already"):
        pool.subscribe(URL, ME, info_hash=ROOM, subscriber=Deaf())
    await pool.release(socket, ME, info_hash=ROOM)


async def test_a_room_that_joins_an_open_socket_is_told_so() -> None:
    pool = TrackerSockets(random.Random(0))
    socket = pool.subscribe(URL, ME, info_hash=ROOM, subscriber=Deaf())
    socket._socket.state = SocketState.OPEN
    late = Deaf()
    pool.subscribe(URL, ME, info_hash=OTHER, subscriber=late)
    assert late.opened == 1
    await pool.release(socket, ME, info_hash=ROOM)
    await pool.release(socket, ME, info_hash=OTHER)
