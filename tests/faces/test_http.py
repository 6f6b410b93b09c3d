"""Rooms over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from peerset.errors import ConfigError, StoreError
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.http import http_served
from peerset.faces.limits import FaceLimits
from peerset.room.room import Room
from tests.faces.conftest import TOKEN, events_of, joined, written

pytestmark = pytest.mark.real_time


class Client:
    """Asks, and gives the status and what was said."""

    def __init__(self, session: aiohttp.ClientSession, place: str) -> None:
        self.session = session
        self.place = place
        self.headers: dict[str, str] = {}

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, body: Any, **options: Any) -> tuple[int, Any]:
        return await self.ask("POST", path, json=body, **options)

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.session.request(method, self.place + path, **options) as answer:
            self.headers = dict(answer.headers)
            said = json.loads(await answer.text() or "null")
            if answer.status >= 400:
                assert answer.content_type == "application/problem+json"
                assert said["status"] == answer.status
            return answer.status, said


@asynccontextmanager
async def asking(*rooms: Room, gate: Gate | None = None, limits: FaceLimits | None = None) -> AsyncIterator[Client]:
    """Show *rooms* over HTTP, and be a client."""
    gallery = Gallery(lambda: rooms, limits or FaceLimits())
    try:
        async with http_served(gallery, gate or Gate(), limits=limits) as url, aiohttp.ClientSession() as session:
            yield Client(session, url.removesuffix("/openapi.json"))
    finally:
        await gallery.aclose()


async def test_records_are_written_and_read_page_by_page() -> None:
    async with joined() as room, joined("hall") as hall, asking(room, hall) as client:
        records = [written(room, f"{number}", at=-number, tags=(["t", "n"], ["c", "notes"])) for number in range(7)]
        [stray] = events_of(written(hall, "elsewhere"))
        events = events_of(*records)
        said = await client.post("/rooms/test/lobby/records", {"records": [*events, stray, {"id": 3}]})
        assert said[0] == 200
        fates = [(fate["id"], fate["outcome"]) for fate in said[1]["fates"]]
        assert fates == [
            *((event["id"], "taken") for event in events),
            (stray["id"], "invalid"),
            (None, "invalid"),
        ]
        again = await client.post("/rooms/test/lobby/records", {"records": events[:1]})
        assert again[1]["fates"] == [{"id": events[0]["id"], "outcome": "known", "reason": ""}]
        path, found, after = "/rooms/test/lobby/records?tag=t:n&collection=notes&limit=3", list[Any](), ""
        while True:
            status, page = await client.get(path + after)
            assert (status, len(page["records"]) <= 3) == (200, True)
            found += page["records"]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert found == events
        assert (await client.get(f"/rooms/test/lobby/records?id={events[2]['id']}"))[1]["records"] == [events[2]]
        assert (await client.get("/rooms/test/lobby/records?search=5&kind=1&kind=2"))[1]["records"] == [events[5]]
        assert (await client.get(f"/rooms/test/lobby/records/{events[2]['id']}"))[1] == events[2]
        assert (await client.get(f"/rooms/test/lobby/records/{'0' * 64}"))[0] == 404
        assert (await client.get("/rooms"))[1]["rooms"] == [
            {"app": "test", "room": "lobby", "tag": room.name.tag.hex(), "records": 7},
            {"app": "test", "room": "hall", "tag": hall.name.tag.hex(), "records": 0},
        ]
        assert (await client.get("/rooms/test/hall"))[1]["room"] == "hall"
        assert (await client.get("/rooms/test/cellar"))[1]["detail"] == "no such room is shown here"


async def test_long_records_come_in_more_pages() -> None:
    async with joined() as room, asking(room, limits=FaceLimits(page_bytes=100_000)) as client:
        records = [written(room, f"{number}".ljust(40_000, "x"), at=-number) for number in range(5)]
        await room.add(records)
        sizes, after = list[int](), ""
        while len(sizes) < 10:
            _, page = await client.get(f"/rooms/test/lobby/records?{after}")
            sizes.append(len(page["records"]))
            if page["next"] is None:
                break
            after = f"after={page['next']}"
        assert sum(sizes) == 5
        assert max(sizes) == 3


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("?limit=0", "limit: a whole number from 1 to 500"),
        ("?limit=1&limit=2", "limit is said once"),
        ("?colour=red", "there is no parameter 'colour'"),
        ("?after=abc", "after is of the form"),
        ("?id=abc", "id has 64 to 64"),
        ("?tag=long:x", "tag is of the form"),
        ("?search=%20%21", "search is of the form"),
    ],
)
async def test_what_makes_no_sense_is_said(path: str, says: str) -> None:
    async with joined() as room, asking(room) as client:
        status, said = await client.get(f"/rooms/test/lobby/records{path}")
        assert (status, said["title"]) == (400, "Bad Request")
        assert says in said["detail"]


async def test_a_body_that_makes_no_sense_is_said() -> None:
    limits = FaceLimits(body_bytes=10_000)
    async with joined() as room, asking(room, limits=limits) as client:
        path = "/rooms/test/lobby/records"
        bodies: list[Any] = [
            [],
            {},
            {"records": []},
            {"records": [3]},
            {"records": [{}] * 101},
            {"records": [{}], "a": 1},
        ]
        for body in bodies:
            assert (await client.post(path, body))[0] == 400
        typed = {"Content-Type": "application/json"}
        assert (await client.ask("POST", path, data=b"[" * 5_000, headers=typed))[0] == 400
        assert (await client.ask("POST", path, data=b"\xff", headers=typed))[0] == 400
        assert (await client.ask("POST", path, data=b"{}", headers={"Content-Type": "text/plain"}))[0] == 415
        assert (await client.ask("POST", path, data=b"x" * 20_000, headers=typed))[0] == 413
        status, _ = await client.ask("DELETE", path)
        assert (status, client.headers["Allow"]) == (405, "GET,OPTIONS,POST")
        assert (await client.get("/elsewhere"))[0] == 404


async def test_scrapers_without_the_token_are_told_so_and_one_that_asks_too_often_to_wait() -> None:
    limits = FaceLimits(requests_per_second=0.001, requests_burst=4)
    async with joined() as room, asking(room, gate=Gate(token=TOKEN), limits=limits) as client:
        for said in ({}, {"Authorization": "Bearer another"}):
            status, problem = await client.get("/rooms", **said)
            assert (status, problem["detail"], client.headers["WWW-Authenticate"]) == (
                401,
                "a token is wanted",
                "Bearer",
            )
        assert (await client.get(f"/rooms?token={TOKEN}"))[0] == 200
        for _ in range(3):
            assert (await client.get("/rooms", Authorization=f"Bearer {TOKEN}"))[0] == 200
        assert (await client.get("/rooms", Authorization=f"Bearer {TOKEN}"))[0] == 429
        assert client.headers["Retry-After"] == "1"


async def test_pages_read_what_their_site_was_named_for() -> None:
    async with joined() as room, asking(room, gate=Gate(origins=frozenset(["https://app.example"]))) as client:
        assert (await client.get("/rooms", Origin="https://evil.example"))[0] == 403
        assert (await client.get("/rooms", Host="evil.example"))[0] == 403
        assert (await client.get("/rooms", Host="[evil"))[0] in (400, 403)
        assert (await client.get("/rooms", Origin="https://app.example"))[0] == 200
        assert client.headers["Access-Control-Allow-Origin"] == "https://app.example"
        path, asked = "/rooms/test/lobby/records", {"Access-Control-Request-Method": "POST"}
        assert (await client.ask("OPTIONS", path, headers={"Origin": "https://app.example", **asked}))[0] == 204
        assert client.headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert (await client.ask("OPTIONS", path, headers={"Origin": "https://evil.example", **asked}))[0] == 403
        assert (await client.ask("OPTIONS", path))[0] == 405


async def test_a_disk_that_cannot_be_read_is_said() -> None:
    async with joined() as room, asking(room) as client:

        async def fail(_: object) -> list[Any]:
            raise StoreError("the disk is gone")

        room.records = fail  # type: ignore[assignment]  # a disk that is gone
        status, said = await client.get("/rooms/test/lobby/records")
        assert (status, said["detail"]) == (503, "the disk is gone")


async def test_nobody_proves_a_key_over_http() -> None:
    async with joined() as room:
        with pytest.raises(ConfigError, match="name a token"):
            async with asking(room, gate=Gate(keys=frozenset())):
                raise AssertionError
