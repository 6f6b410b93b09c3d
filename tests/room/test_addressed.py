"""Where a room is: addresses that are joined, and those that a room gives."""

from typing import Any, Final

import pytest

import peerset
from peerset.core.address import FileTarget, KeyTarget, RecordTarget, parse_address
from peerset.core.keys import npub
from peerset.core.signal import RoomName
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

ADDRESS: Final = "peerset:chess/lobby?phases=6h&policy=words&policy=quota:newest%3D5&retention=30d&signaling=lan:"
GRANT, OTHER = "AQID" * 48, "BAUG" * 48


def joined(room: str, **options: Any) -> Any:
    return peerset.join(room, host=MemorySwarm().host(), **options)


async def test_an_address_joins_the_room_that_it_names_as_it_says() -> None:
    async with joined(ADDRESS + "#password=secret") as room:
        assert room.name == RoomName("chess", "lobby")
        assert room.address() == ADDRESS.replace("%3D", "=")
        assert parse_address(room.invitation()).password == "secret"


async def test_those_meet_who_join_by_name_and_by_address_or_link() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("https://chat.example/#peerset:peerset/lobby", host=swarm.host()) as two,
    ):
        record = await one.publish("hello")
        await one.synced(timeout=PATIENT_SECONDS)
        assert await two.get(record.id) == record
        assert one.address(record) == two.address(record.id.hex())


async def test_what_is_said_beside_an_address_counts_more() -> None:
    options = {
        "signaling": ["nostr:", "torrent:wss://a.example", "wss://a.example"],
        "password": "other",
        "phases": "12h",
        "policies": [],
        "retention": "40d",
    }
    async with joined(f"{ADDRESS}#password=secret", **options) as room:
        said = parse_address(room.invitation())
        assert (said.signaling, said.phases, said.policies) == (("nostr:", "wss://a.example"), 43_200, ())
        assert (said.retention, said.password) == (40 * 86_400, "other")


async def test_another_app_than_that_of_the_address_is_refused() -> None:
    with pytest.raises(peerset.ConfigError, match="of the app 'chess', not of 'draughts'"):
        async with joined(ADDRESS, app="draughts"):
            pass
    async with joined(ADDRESS, app="chess") as room:
        assert room.name.app == "chess"


@pytest.mark.parametrize(
    "room", ["peerset:lobby", "peerset:a/b?policy=command:sh", "peerset:a/b#seal=seal1qq", "PEERSET:"]
)
async def test_what_begins_like_an_address_and_is_none_joins_nothing(room: str) -> None:
    with pytest.raises(peerset.ConfigError):
        async with joined(room):
            pass


async def test_a_room_gives_the_address_of_what_is_in_it() -> None:
    async with joined("lobby") as room:
        record = await room.publish("hello")
        whose = npub(room.key)
        assert room.address() == "peerset:peerset/lobby"
        assert parse_address(room.address(record)).target == RecordTarget(record.id)
        key = room.address(collection="places", key="a/b", author=whose, at=record)
        assert parse_address(key).target == KeyTarget("places", "a/b", room.key, record.id)
        file = room.address(collection="site", path="docs/index.html")
        assert parse_address(file).target == FileTarget("site", "docs/index.html")
        assert file == "peerset:peerset/lobby/file/site/docs/index.html"


@pytest.mark.parametrize(
    "named",
    [
        {"record": "abcd"},
        {"collection": "c"},
        {"key": "k"},
        {"collection": "c", "key": "k", "path": "p"},
        {"at": "ab" * 32},
    ],
)
async def test_what_names_nothing_in_a_room_has_no_address(named: dict[str, str]) -> None:
    async with joined("lobby") as room:
        with pytest.raises(peerset.ConfigError):
            room.address(**named)


async def test_an_invitation_carries_what_it_takes_and_a_link_keeps_it_behind_the_hash() -> None:
    async with joined(
        "lobby", password="secret", policies=["words", peerset.view("mine", version=1)(lambda _: None)]
    ) as room:
        invited = room.invitation(grants=[GRANT, OTHER])
        assert invited == f"peerset:peerset/lobby?policy=words#grant={GRANT}&grant={OTHER}&password=secret"
        link = room.invitation(grants=GRANT, page="https://chat.example/?lang=de")
        before, _, after = link.partition("#")
        assert before == "https://chat.example/?lang=de"
        assert after == f"peerset:peerset/lobby?policy=words&grant={GRANT}&password=secret"
        with pytest.raises(peerset.ConfigError, match="a page has an address"):
            room.invitation(page="chat.example")
        with pytest.raises(peerset.ConfigError, match="a grant is a text"):
            room.invitation(grants="not a grant")


async def test_the_part_of_a_room_has_an_address_of_its_own() -> None:
    async with joined("lobby", retention="30d") as room, room.sub("photos") as part:
        assert part.address() == "peerset:peerset/lobby%2Fphotos?retention=30d"
