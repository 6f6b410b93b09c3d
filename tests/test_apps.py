"""The apps of docs/apps run, between peers, and stay short."""

import asyncio
import runpy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from tests.data.places import pair

APPS: Final = sorted((Path(__file__).resolve().parents[1] / "docs" / "apps").glob("*.py"))
LINES_MAX: Final = 40


def app(name: str) -> dict[str, Any]:
    [path] = [path for path in APPS if path.stem == name]
    return runpy.run_path(str(path))


async def equal(one: peerset.Room, two: peerset.Room) -> None:
    """Wait until both hold the same."""
    await asyncio.sleep(10)
    assert one.root == two.root


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_an_app_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES_MAX


async def test_tasks_are_kept_by_all(capsys: pytest.CaptureFixture[str]) -> None:
    todo = app("todo")["todo"]
    async with pair() as (one, two):
        await todo(one, "add", "Paint", "the", "door")
        await todo(one, "add", "Buy", "milk")
        await equal(one, two)
        await todo(two, "done", "paint-the-door")
        await equal(one, two)
        capsys.readouterr()
        await todo(one)
        assert capsys.readouterr().out == "[ ] Buy milk\n[x] Paint the door\n"
        await todo(one, "drop", "paint-the-door")
        assert capsys.readouterr().out == "[ ] Buy milk\n"


async def test_a_chat_is_heard_by_who_comes_later(capsys: pytest.CaptureFixture[str]) -> None:
    chat = app("chat")
    async with pair() as (one, two):
        said = one.collection("chat", chat["Line"])
        for text in ("hello", "anybody?"):
            await said.append(chat["Line"]("ann", text))
        await equal(one, two)
        listening = asyncio.create_task(chat["listen"](two))
        await asyncio.sleep(1)
        await said.append(chat["Line"]("ann", "there you are"))
        await equal(one, two)
        await asyncio.sleep(1)
        listening.cancel()
        await asyncio.wait([listening])
        assert capsys.readouterr().out == "ann: hello\nann: anybody?\nann: there you are\n"


async def test_places_are_found_on_the_map(capsys: pytest.CaptureFixture[str]) -> None:
    places = app("places")["places"]
    async with pair() as (one, two):
        await places(one, "add", "52.52", "13.40", "Café", "Mitte")
        await places(one, "add", "48.85", "2.35", "Café", "Rive", "Gauche")
        await equal(one, two)
        await places(two, "near", "52.5", "13.4", "3000")
        assert capsys.readouterr().out == "52.52 13.4 Café Mitte\n"
        await places(two, "find", "CAF*", "gauche")
        assert capsys.readouterr().out == "48.85 2.35 Café Rive Gauche\n"


async def test_sensors_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    log = app("sensors")["log"]

    async def numbers(*given: str) -> AsyncIterator[str]:
        for number in given:
            yield number

    async with pair() as (one, two):
        await log(one, "attic", numbers("20.5", "21.5\n"))
        await equal(one, two)
        capsys.readouterr()
        await log(two, "cellar", numbers("12"))
        assert capsys.readouterr().out.splitlines() == [
            "{'sensor': 'attic', 'count': 2, 'mean': 21.0, 'highest': 21.5}",
            "{'sensor': 'cellar', 'count': 1, 'mean': 12.0, 'highest': 12.0}",
        ]
