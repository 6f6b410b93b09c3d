"""A room has files, within limits, beside whatever store it has."""

from pathlib import Path

import pytest

import peerset
from peerset.core.record import KIND_KEYED
from peerset.room import filing
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import LIMITS, content, joined


class Plain:
    """A store that has no place for blobs."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    def __getattr__(self, name: str) -> object:
        if name == "blobs":
            raise AttributeError(name)
        return getattr(self._store, name)


async def test_a_store_without_a_place_for_blobs_gets_one_in_memory() -> None:
    shelf = await filing.shelf_for(Plain(), LIMITS)  # type: ignore[arg-type]
    assert shelf is not None
    assert await shelf.store.held() == {}
    assert await filing.shelf_for(Plain(), None) is None  # type: ignore[arg-type]


async def test_what_records_named_before_is_known_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "RECORDS_AT_ONCE", 3)
    store = f"sqlite:{tmp_path / 'lobby.db'}"
    async with joined(1, store=store) as (room,):
        for number in range(7):
            await room.files("site").put(f"{number}", content(30_000, number))
        assert len(await room.blobs()) == 7
    async with joined(1, store=store) as (room,):
        # All are named still, so none of them was tidied away.
        assert [len(await room.files("site").get(f"{number}") or b"") for number in range(7)] == [30_000] * 7
        assert len(await room.blobs()) == 7
        assert len(await room.records(kinds=KIND_KEYED)) == 7


async def test_files_of_one_name_are_one_collection_and_no_other() -> None:
    async with peerset.join("lobby", signaling=[], host=MemorySwarm().host()) as room:
        assert room.files("site").name == room.files("site", author=room.key).name == "site"
        assert repr(room.files("site")) == "<Files 'site'>"
        assert await room.blobs() == []
        with pytest.raises(peerset.ConfigError):
            room.files("site", shared=True)
        with pytest.raises(peerset.ConfigError):
            room.files("No Name")
        with pytest.raises(peerset.ConfigError):
            room.files("site", author="nobody")
    with pytest.raises(peerset.RoomClosedError):
        room.files("site")


async def test_files_are_limits_or_none() -> None:
    with pytest.raises(peerset.ConfigError, match=r"peerset\.Limits"):
        async with peerset.join("lobby", signaling=[], files="1 GiB"):  # type: ignore[arg-type]
            pass
