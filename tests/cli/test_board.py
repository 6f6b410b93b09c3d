"""The board of ``peerset top``, drawn without a terminal."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

import peerset
from peerset.cli.board import Board, Rates, see
from peerset.cli.sight import RoomRow, Sight, look
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.control import listening
from peerset.node.keeper import Standing, State
from tests.cli.top_pictures import IMAGES, Still, draw, pictures, words
from tests.patience import PATIENT_SECONDS

WINDOW = {"ff5f57", "febc2e", "28c840", "c5c8c6"}
"""Colours of what is drawn around the terminal."""
pytestmark = pytest.mark.real_time


@asynccontextmanager
async def noded(folder: Path) -> AsyncIterator[None]:
    """Answer at the socket in *folder* as a node with two rooms does."""
    async with (
        peerset.join("lobby", app="test", signaling=[], policies=["links"]) as lobby,
        peerset.join("hall", app="test", signaling=[]) as hall,
    ):
        for number in range(3):
            await hall.publish(f"record {number}")
        with pytest.raises(peerset.RejectedError):
            await lobby.publish("https://spam.example")
        rooms = [lobby, hall]

        async def obey(order: dict[str, Any]) -> object:
            name = RoomName(order["app"], order["room"]) if "room" in order else None
            return look([Standing(room.name, State.OPEN) for room in rooms], rooms, name).row()

        async with listening(folder, obey):
            yield


def shown(board: Board) -> list[str]:
    """Give the lines that are drawn."""
    return words(board.export_screenshot())


async def until_shown(pilot: Pilot[None], board: Board, pattern: str) -> list[str]:
    """Wait until a line is drawn that matches *pattern*, or several do, for a long path is broken into lines."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while not (re.search(pattern, " ".join(lines := shown(board))) or any(re.search(pattern, at) for at in lines)):
            await pilot.pause(0.02)
    return lines


async def test_it_shows_the_rooms_of_a_node_sorts_them_and_looks_into_one(tmp_path: Path) -> None:
    board = Board(tmp_path)
    async with noded(tmp_path), board.run_test() as pilot:
        lines = await until_shown(pilot, board, "^test/lobby open 0 0/0 1")
        places = [line.split()[0] for line in lines if line.startswith("test/")]
        assert places == ["test/hall", "test/lobby"]
        assert any("test/lobby ! record" in line and "refused (links)" in line for line in lines)
        # By records comes first, then by peers, then by what was refused.
        await pilot.press("s", "s", "s")
        lines = await until_shown(pilot, board, "sorted by refused")
        assert [line.split()[0] for line in lines if line.startswith("test/")] == ["test/lobby", "test/hall"]
        await pilot.press("down", "enter")
        lines = await until_shown(pilot, board, "^peer author state")
        assert "test/hall" in lines
        assert "nothing was refused yet" in lines
        await pilot.press("escape")
        await until_shown(pilot, board, "^room state records")
        await pilot.press("q")
    assert board.return_code == 0


async def test_where_no_node_runs_it_says_so_and_shows_what_is_stored(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no node runs with"):
        await see(tmp_path)
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "lobby-0123.db").touch()
    board = Board(tmp_path)
    async with board.run_test() as pilot:
        lines = await until_shown(pilot, board, "^lobby-0123 stored")
        assert any("no node runs" in line for line in lines)
        await pilot.press("enter", "escape")
        # A node that starts is seen.
        async with noded(tmp_path):
            await until_shown(pilot, board, "^test/lobby open")


async def test_what_strangers_named_is_text_and_steers_nothing() -> None:
    board = Still()
    evil = "[red]odd[/red]\x1b[31m\u202e\n[@click=app.quit]x"
    async with board.run_test(size=(120, 24)) as pilot:
        board.draw(Sight([RoomRow(evil, evil, evil, evil)], notes=[evil]), evil)
        await pilot.pause()
        lines = shown(board)
        board.into = evil, evil
        board.draw(Sight([RoomRow(evil, evil, evil, evil)], notes=[evil]))
        await pilot.pause()
        lines += shown(board)
    assert not [line for line in lines if not line.isprintable()]
    assert sum("[red]odd[/red]\\x1b[31m\\u202e" in line for line in lines) >= 3


@pytest.mark.parametrize("size", [(30, 10), (40, 10), (80, 24), (200, 60)])
async def test_it_fits_every_terminal_and_leaves_out_columns_not_letters(size: tuple[int, int]) -> None:
    lines = words(await draw(size=size))
    [head] = [line for line in lines if line.startswith("room")]
    wide = ["room", "state", "records", "synced", "refused", "in/s", "out/s", "lag"]
    assert head.split() == [column for column in wide if column in head.split()]
    assert ("lag" in head, "records" in head) == (size[0] > 100, size[0] >= 80)


async def test_it_is_drawn_anew_when_the_terminal_changes(tmp_path: Path) -> None:
    board = Board(tmp_path)
    async with noded(tmp_path), board.run_test() as pilot:
        await until_shown(pilot, board, "^test/lobby open")
        await pilot.resize_terminal(50, 12)
        await until_shown(pilot, board, "^room state .*(?<!lag)$")
        await pilot.resize_terminal(160, 40)
        await until_shown(pilot, board, "lag$")


async def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    colours = set(re.findall(r"fill[:=] ?\"?#([0-9a-f]{6})", await draw())) - WINDOW
    assert {colour for colour in colours if colour != 3 * colour[:2]} == set()


async def test_the_pictures_of_the_docs_are_of_today() -> None:
    for name, svg in await pictures():
        assert words((IMAGES / name).read_text("utf-8")) == words(svg), "run python -m tests.cli.top_pictures"


def test_rates_are_of_the_time_between_two_looks() -> None:
    rates, row = Rates(), RoomRow("a", "b", "open", received_bytes=1_000, sent_bytes=10)
    assert rates.take(row, 5.0) == (0, 0)
    assert rates.take(RoomRow("a", "b", "open", received_bytes=3_000, sent_bytes=10), 7.0) == (1_000, 0)
    # The room was opened again.
    assert rates.take(row, 8.0) == (0, 0)


async def test_a_node_that_hangs_is_a_word_on_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.node.control.ANSWER_SECONDS_MAX", 0.05)

    async def obey(_: dict[str, Any]) -> object:
        await asyncio.sleep(3_600)
        raise AssertionError

    board = Board(tmp_path)
    async with listening(tmp_path, obey), board.run_test() as pilot:
        await until_shown(pilot, board, "does not answer within")
