"""A sealed room of pages and Python peers: they read each other through one who reads nothing; in real browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.seal import read_seal_text
from peerset.testing.tracker import local_tracker
from tests.interop.browser import within
from tests.patience import PATIENT_SECONDS
from tests.web.peer_page import peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

SEAL: Final = peerset.new_seal()
SECRETS: Final = [
    b"secretplaces",
    b"hauptstadt",
    b"Berlin",
    b"Potsdam",
    b"greetings",
    SEAL.encode(),
    read_seal_text(SEAL),
]
"""What nobody may find who has not the secret."""


@asynccontextmanager
async def joined(tracker: str, **options: Any) -> AsyncIterator[peerset.Room]:
    """Join the room as a peer of its own."""
    way: dict[str, Any] = {"signaling": [tracker], "ice_servers": (), "allow_loopback": True, "host": peerset.Host()}
    async with peerset.join("sealed", **way, **options) as room:
        yield room


async def alike(room: peerset.Room, count: int) -> None:
    """Wait until *room* holds so many records."""
    stream = room.events()
    async with within(PATIENT_SECONDS, f"{count} records"):
        while room.count != count:
            await anext(stream)


def found_in(folder: Path) -> list[bytes]:
    """Give those of the secrets that stand in the files of *folder*."""
    held = b"".join(each.read_bytes() for each in folder.iterdir())
    assert len(held) > 4_096
    return [each for each in SECRETS if each in held]


@pytest.mark.interop(client="peerset in a page", what="a sealed room through a blind seeder")
async def test_pages_and_python_read_each_other_through_one_who_reads_nothing(browser: int, tmp_path: Path) -> None:
    async with local_tracker() as tracker, joined(tracker, store=tmp_path / "blind.db", seeder=True) as blind:
        async with joined(tracker, seal=SEAL) as ann:
            await ann.collection("secretplaces", shared=True).put("hauptstadt", {"city": "Berlin"})
            await ann.publish("greetings from Berlin", tags={"t": "greetings"})
            await alike(blind, 2)
        async with peer_page(browser) as page:
            await page.enter("sealed", signaling=[tracker], seal=SEAL, store="memory")
            await page.call("hold", count=2)
            assert await page.contents() == ["greetings from Berlin", '{"city":"Berlin"}']
            assert await page.call("find", collection="secretplaces") == {"hauptstadt": {"city": "Berlin"}}
            await page.call("put", collection="secretplaces", key="hauptstadt", value={"city": "Potsdam"})
            await page.publish("greetings from Potsdam")
            await alike(blind, 4)
        async with joined(tracker, seal=SEAL) as ben:
            await alike(ben, 4)
            assert ben.root == blind.root
            places = ben.collection("secretplaces", shared=True)
            assert [doc.value for doc in await places.find()] == [{"city": "Potsdam"}]
            assert [doc.value for doc in await places.history("hauptstadt")] == [
                {"city": "Potsdam"},
                {"city": "Berlin"},
            ]
            assert {each.content for each in await ben.records()} >= {"greetings from Potsdam", "greetings from Berlin"}
            assert ben.seal is not None
            assert (ben.seal.foreign, ben.seal.broken, ben.seal.unsealed) == (0, 0, 0)
        assert await blind.records() == []
        assert found_in(tmp_path) == []
    assert found_in(tmp_path) == []
