"""How a face counts who asks it."""

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from peerset.core.signal import RoomName
from peerset.faces.gate import Gate
from peerset.faces.showing import http, nostr
from peerset.faces.tally import FaceTally
from tests.faces.conftest import TOKEN, joined
from tests.faces.test_showing import Holder
from tests.patience import until

pytestmark = pytest.mark.real_time
NAMES = frozenset[RoomName]()


async def test_it_counts_who_is_there_who_was_and_who_was_refused() -> None:
    relay, served = FaceTally(), FaceTally()
    async with joined() as lobby, ClientSession() as session:
        holder, gate = Holder([lobby]), Gate(token=TOKEN)
        async with (
            nostr(holder, gate=gate, names=NAMES, tally=relay) as url,
            http(holder, gate=gate, names=NAMES, tally=served) as place,
        ):
            async with session.ws_connect(f"{url}/?token={TOKEN}"):
                await until(lambda: relay.open == 1)
            with pytest.raises(WSServerHandshakeError):
                await session.ws_connect(url)
            for path in ("rooms", "nowhere", "rooms/test/gone"):
                async with session.get(place.replace("openapi.json", f"{path}?token={TOKEN}")):
                    pass
            async with session.get(place):
                pass
            await until(lambda: relay.open == 0)
    assert (relay.answered, served.answered) == ({101: 1, 401: 1}, {200: 1, 404: 2, 401: 1})
    assert served.open == 0
