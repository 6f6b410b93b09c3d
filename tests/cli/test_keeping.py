"""For how long records are kept here, as the command line says it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.cli.keeping import RetentionOptions
from peerset.cli.options import RoomOptions
from peerset.core.action import Missing
from peerset.core.keys import SecretKey

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize("span", ["59m", "0", "3701d", "soon"])
@pytest.mark.parametrize("verb", ["publish", "gc"])
def test_a_retention_that_cannot_be_is_said_and_nothing_is_made_or_lost(
    shell: Any, tmp_path: Path, verb: str, span: str
) -> None:
    store = tmp_path / "lobby.db"
    options = ["--store", f"sqlite:{store}", f"--retention={span}"]
    ended = shell(verb, "lobby", *(["hello"] if verb == "publish" else []), *options)
    assert ended.code == 2
    assert f"from an hour to 3,700 days, such as '30d', or 'forever', not '{span}'" in ended.err
    assert not store.exists()


def test_a_retention_is_what_was_said_if_anything() -> None:
    assert RetentionOptions(retention="30d").said_retention == "30d"
    assert RetentionOptions().said_retention == Missing()


def test_a_window_is_set_as_every_option_is(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_WINDOW", "7d")
    rows = [json.loads(line) for line in shell("config", "show", "sync", "--json").out.splitlines()]
    assert any("7d" in map(str, row.values()) for row in rows)


@pytest.mark.parametrize("window", ["7", "an hour", "59m", "4000d"])
def test_what_is_no_window_is_named(shell: Any, window: str) -> None:
    ended = shell("sync", "lobby", "--with", "cat", "--window", window)
    assert ended.code == ExitCode.USAGE
    assert f"a window is from an hour to 3,700 days, such as '30d', or 'forever', not {window!r}" in ended.err


@pytest.mark.parametrize("bytes_", ["1048575", "1G", "-1"])
def test_a_store_of_no_size_is_refused(shell: Any, bytes_: str) -> None:
    assert shell("join", "lobby", "--disk-bytes", bytes_).code == ExitCode.USAGE


async def test_a_room_is_joined_with_what_its_store_may_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", SecretKey.generate(random.Random(1)).to_nsec())
    options = RoomOptions(store=f"sqlite:{tmp_path / 'lobby.db'}", signaling=["ws://127.0.0.1:1"], disk_bytes=2**21)
    async with options.join("lobby") as room:
        assert room.moderation.thrift.bytes_max == 2**21
