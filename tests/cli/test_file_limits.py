"""Which files are kept here, as the command line says it."""

import json
import random
from typing import Any

import pytest

import peerset
from peerset.cli.exits import ExitCode
from peerset.cli.file_limits import FileLimitOptions
from peerset.cli.options import RoomOptions
from peerset.core.keys import SecretKey

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize(
    ("spec", "limits"),
    [
        ("", None),
        ("used", peerset.Limits()),
        ("all", peerset.Limits(keep="all")),
        ("all:room=10GiB", peerset.Limits(room="10GiB", keep="all")),
        ("used:blob=1 MiB,room=2 MiB", peerset.Limits(blob="1 MiB", room="2 MiB")),
    ],
)
def test_a_spec_says_what_is_kept_and_how_much(spec: str, limits: peerset.Limits | None) -> None:
    assert FileLimitOptions(with_files=spec).limits == limits


@pytest.mark.parametrize("spec", ["some", "all:", "all:keep=used", "all:blob", "used:blob=", "used:blob=1", "1 GiB"])
def test_what_is_no_spec_is_named_and_nothing_is_made(shell: Any, spec: str) -> None:
    ended = shell("join", "lobby", "--seconds", "0", "--with-files", spec)
    assert ended.code == ExitCode.USAGE
    assert len(ended.err.splitlines()) == 1
    assert "not '" in ended.err


def test_it_is_set_as_every_option_is(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_WITH_FILES", "all")
    rows = [json.loads(line) for line in shell("config", "show", "join", "--json").out.splitlines()]
    assert any("PEERSET_WITH_FILES" in map(str, row.values()) or "all" in map(str, row.values()) for row in rows)


async def test_a_room_is_joined_with_what_its_files_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", SecretKey.generate(random.Random(1)).to_nsec())
    options = RoomOptions(store="memory:", signaling=["ws://127.0.0.1:1"], with_files="used")
    async with options.join("lobby") as room:
        await room.files("site").put("a", bytes(100_000))
        assert [each.bytes_kept for each in await room.blobs()] == [100_000]
