"""A room as a Nostr relay: who comes in, and what is told of it."""

import json

import aiohttp
import pytest

from peerset.errors import ConfigError
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from tests.faces.conftest import TOKEN, joined, relayed, talking

pytestmark = pytest.mark.real_time
INFORMATION = {"Accept": "application/nostr+json"}


async def told(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    place = url.replace("ws://", "http://")
    async with aiohttp.ClientSession() as session, session.get(place, headers=headers) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def test_each_room_has_a_path_and_a_document() -> None:
    async with joined("lobby") as lobby, joined("hall/photos é") as hall, relayed(lobby, hall) as url:
        status, text, headers = await told(f"{url}/rooms/test/lobby", **INFORMATION)
        said = json.loads(text)
        assert (status, headers["Content-Type"]) == (200, "application/nostr+json")
        assert said["peerset"] == {"app": "test", "room": "lobby", "tag": lobby.name.tag.hex()}
        assert lobby.name.tag.hex() in said["description"]
        assert {1, 11, 42, 45, 50} <= set(said["supported_nips"])
        assert said["limitation"]["max_subscriptions"] == FaceLimits().subscriptions
        assert "Access-Control-Allow-Origin" not in headers
        other = json.loads((await told(f"{url}/rooms/test/hall%2Fphotos%20%C3%A9", **INFORMATION))[1])
        assert other["peerset"]["room"] == "hall/photos é"
        for path in ("/", "/rooms/test/cellar", "/rooms/peerset/lobby", "/rooms/test/%00", "/elsewhere"):
            assert (await told(url + path, **INFORMATION))[0] == 404
        assert (await told(f"{url}/rooms/test/lobby"))[:2] == (426, "this is a Nostr relay: connect by a web socket\n")
    async with joined() as lobby, relayed(lobby) as url:
        # With one room there is nothing to choose.
        assert json.loads((await told(url, **INFORMATION))[1])["name"] == "lobby"


async def test_pages_of_strangers_do_not_reach_the_relay_of_this_machine() -> None:
    gate = Gate(origins=frozenset(["https://app.example"]))
    async with joined() as room, relayed(room, gate=gate) as url:
        assert (await told(url, Host="evil.example", **INFORMATION))[0] == 403
        assert (await told(url, Origin="https://evil.example", **INFORMATION))[0] == 403
        status, _, headers = await told(url, Origin="https://app.example", **INFORMATION)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with talking(url, origin="https://evil.example"):
                raise AssertionError
        async with talking(url, origin="https://app.example") as talk:
            assert await talk.stored("all", {}) == []


async def test_who_has_no_token_is_not_let_in() -> None:
    async with joined() as room, relayed(room, gate=Gate(token=TOKEN)) as url:
        for wrong in ("", "?token=another", "?token=%C3%A9"):
            assert (await told(url + wrong, **INFORMATION))[:2] == (401, "a token is wanted\n")
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                async with talking(url + wrong):
                    raise AssertionError
        async with talking(f"{url}/?token={TOKEN.replace(' ', '%20')}") as talk:
            assert await talk.stored("all", {}) == []
        async with talking(url, headers={"Authorization": f"Bearer {TOKEN}"}) as talk:
            assert await talk.stored("all", {}) == []


async def test_more_clients_than_there_are_places_are_told_to_come_back() -> None:
    async with joined() as room, relayed(room, limits=FaceLimits(connections=2)) as url, talking(url):
        async with talking(url):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                async with talking(url):
                    raise AssertionError
        async with talking(url) as talk:
            assert await talk.stored("all", {}) == []


async def test_a_port_that_is_taken_is_said() -> None:
    async with joined() as room, relayed(room) as url:
        with pytest.raises(ConfigError, match="cannot listen on"):
            async with relayed(room, gate=Gate(port=int(url.rpartition(":")[2]))):
                raise AssertionError
