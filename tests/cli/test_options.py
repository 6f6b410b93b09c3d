"""Shared options."""

from pathlib import Path

import pytest

import peerset
from peerset.cli.exits import NotFoundError
from peerset.cli.options import (
    SLUG_CHARACTERS_MAX,
    FilterOptions,
    StoreOptions,
    default_store_path,
    find_record,
    parse_tag,
)
from peerset.core.filter import Filter
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.room.query import read_query


def test_a_room_has_a_readable_file_of_its_own() -> None:
    one = default_store_path(RoomName("peerset", "Café /../ lobby"))
    other = default_store_path(RoomName("peerset", "Café ... lobby"))
    assert one.name.startswith("Caf-lobby-")
    assert one.parent == other.parent
    assert one != other


def test_a_rooms_file_name_is_bounded() -> None:
    path = default_store_path(RoomName("peerset", "x" * 1_000))
    assert len(path.name) < SLUG_CHARACTERS_MAX + 30


def test_a_room_named_without_letters_has_a_file() -> None:
    assert default_store_path(RoomName("peerset", "***")).suffix == ".db"


@pytest.mark.real_time
async def test_the_directory_of_the_default_store_is_made_when_it_is_opened(home: Path) -> None:
    options = StoreOptions()
    scheme, _, path = options.store_of("lobby").partition(":")
    assert scheme == "sqlite"
    assert not Path(path).parent.exists()
    await (await options.open_store_of("lobby")).aclose()
    assert Path(path).exists()


def test_a_reader_is_told_that_nothing_is_stored(home: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing is stored for room 'lobby'"):
        StoreOptions().existing_store_of("lobby")


def test_a_store_of_another_kind_is_taken_as_it_is(home: Path) -> None:
    assert StoreOptions(store="memory:").existing_store_of("lobby") == "memory:"


def test_filter_options_are_a_query() -> None:
    options = FilterOptions(
        id=["3f2a"],
        author=["npub1x"],
        kind=[1, 7],
        since="2h",
        until="2026-01-31",
        tag=["t=a", "t=b", "d=k=v"],
        collection="c",
        after="77aa",
        limit=3,
    )
    assert options.query == {
        "ids": ["3f2a"],
        "authors": ["npub1x"],
        "kinds": [1, 7],
        "since": "2h",
        "until": "2026-01-31",
        "tags": {"t": ["a", "b"], "d": ["k=v"]},
        "collection": "c",
        "after": "77aa",
        "limit": 3,
    }


def test_no_filter_options_match_all() -> None:
    assert read_query(FilterOptions().query, now=0).filter == Filter()


@pytest.mark.parametrize("text", ["", "t", "=a"])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="NAME=VALUE"):
        parse_tag(text)


async def test_a_record_is_found_by_its_beginning() -> None:
    async with peerset.join("lobby", signaling=[]) as room:
        record = await room.publish("hello")
        assert await find_record(room, record.id.hex()[:8]) == record.id
        with pytest.raises(NotFoundError, match="no record"):
            await find_record(room, "0" * 40)
