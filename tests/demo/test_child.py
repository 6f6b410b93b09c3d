"""A demo peer's process, played by small scripts."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from peerset.demo.child import Child, DemoError, start_child
from peerset.demo.report import Status

pytestmark = pytest.mark.real_time

STATUS = """print('{"report":"status","sessions":1,"records":2,"root":"ab","state":"in sync"}', flush=True)"""
OBEDIENT = f"""
import sys
{STATUS}
for order in sys.stdin:
    if order != "ids\\n":
        break
    print('{{"report":"ids","ids":["aa","bb"]}}', flush=True)
"""


async def start(tmp_path: Path, script: str) -> tuple[Child, asyncio.Event]:
    changed = asyncio.Event()
    command = [sys.executable, "-c", script]
    child = await start_child(1, command=command, log=tmp_path / "log", on_change=changed.set)
    return child, changed


async def test_a_peers_last_word_is_kept(tmp_path: Path) -> None:
    child, changed = await start(tmp_path, OBEDIENT)
    await changed.wait()
    assert child.status == Status(1, 2, "ab", "in sync")
    assert child.failure is None
    await child.end()


async def test_ids_are_asked_for_again_and_again(tmp_path: Path) -> None:
    child, _ = await start(tmp_path, OBEDIENT)
    assert await child.ids() == ("aa", "bb")
    assert await child.ids() == ("aa", "bb")
    await child.end()


async def test_an_ended_peer_is_gone(tmp_path: Path) -> None:
    child, _ = await start(tmp_path, OBEDIENT)
    await child.end()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


async def test_a_peer_that_dies_leaves_its_last_words(tmp_path: Path) -> None:
    child, changed = await start(tmp_path, "import sys; sys.exit('no disk')")
    await changed.wait()
    assert child.failure == "ended with exit code 1: no disk"
    await child.end()


async def test_a_peer_that_dies_when_asked_is_an_error(tmp_path: Path) -> None:
    child, _ = await start(tmp_path, "input()")
    with pytest.raises(DemoError, match="peer 1 ended with exit code 0: it said nothing"):
        await child.ids()
    await child.end()


async def test_a_peer_that_talks_nonsense_has_failed(tmp_path: Path) -> None:
    child, changed = await start(tmp_path, "print('hello')")
    await changed.wait()
    assert child.failure is not None
    assert "no report" in child.failure
    await child.end()


async def test_a_failed_peer_says_why(tmp_path: Path) -> None:
    child, changed = await start(tmp_path, """print('{"report":"failed","reason":"no room"}', flush=True); input()""")
    await changed.wait()
    assert child.failure == "failed: no room"
    await child.end()


async def test_a_peer_that_will_not_leave_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.demo.child.LEAVE_TIMEOUT_SECONDS", 0.1)
    stubborn = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{STATUS}\ntime.sleep(600)"
    child, changed = await start(tmp_path, stubborn)
    await changed.wait()
    await child.end()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
