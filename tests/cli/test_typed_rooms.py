"""Rooms as they are typed: names and addresses, on the command line and on standard input."""

import json
from typing import Any

import pytest

from peerset.cli.typed_rooms import meant
from peerset.core.signal import RoomName
from tests.cli.test_qr import read

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
LOBBY = "peerset:chess/lobby"


def test_an_address_names_the_app_and_a_name_goes_with_the_one_that_is_set() -> None:
    assert meant("lobby", "draughts").name == RoomName("draughts", "lobby")
    assert meant(LOBBY, "draughts").name == RoomName("chess", "lobby")


def test_an_address_stands_wherever_a_room_is_typed(shell: Any) -> None:
    written = shell("publish", LOBBY, "hello", *NOWHERE, "--json")
    assert written.code == 0, written.err
    assert json.loads(written.out)["content"] == "hello"
    for words in (["records", "lobby", "--app", "chess"], ["records", LOBBY], ["records", f"{LOBBY}/key/places/home"]):
        assert json.loads(shell(*words, "--json").out)["content"] == "hello"
    assert shell("mutes", "list", LOBBY).code == 0
    assert shell("export", LOBBY).out.count("\n") == 1
    assert "nothing is stored for room 'other'" in shell("records", "peerset:chess/other#password=secret").err


def test_an_address_on_standard_input_is_read_there_and_seen_by_nobody(shell: Any) -> None:
    ended = shell("address", "-", stdin=f"{LOBBY}#password=secret\nmore\n")
    assert (ended.code, ended.out, ended.err) == (0, f"{LOBBY}\n", "")
    told = shell("address", f"{LOBBY}#password=secret")
    assert "others on this machine can list" in told.err
    assert "secret" not in told.err.replace("has secrets", "")
    assert shell("address", "-").code == 2
    assert shell("address", "-", stdin="x" * 100_000).code == 2


def test_a_bad_address_is_told_and_its_secret_is_not(shell: Any) -> None:
    ended = shell("records", f"{LOBBY}#seal=seal1secret")
    assert ended.code == 2
    assert "seal1... must have 63 characters" in ended.err
    assert "secret" not in ended.err
    assert shell("join", f"{LOBBY}?policy=command:sh", "--seconds", "0").code == 2


def test_qr_codes_are_drawn_beside_the_line(shell: Any) -> None:
    ended = shell("address", LOBBY, "--qr")
    assert ended.out == f"{LOBBY}\n"
    assert read(ended.err) == LOBBY
