"""The README's example runs as it stands, and meets another peer."""

import asyncio
import random
import re
import signal
import sys
import textwrap
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Final

import pytest

import peerset
from peerset.cli.verbs import verbs_by_words
from peerset.testing.memory import MemorySwarm
from peerset.tracker.tracker import serve_tracker
from tests.patience import until

README: Final = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
LINES_MAX: Final = 15


def examples() -> list[str]:
    return re.findall(r"(?s)```python\n(.*?)```", README)


def example() -> str:
    program, *_ = examples()
    return program


def test_the_example_is_short() -> None:
    assert len(example().splitlines()) <= LINES_MAX


def test_whoever_has_no_tracker_is_told_of_one() -> None:
    [shown] = re.findall(r"(?m)^\$ (peerset tracker) --port 8000$", README)
    assert tuple(shown.split()[1:]) in dict(verbs_by_words())


async def test_the_database_works_as_it_stands() -> None:
    _, database, _ = examples()
    scope: dict[str, Any] = {"peerset": peerset, "dataclass": dataclass, "replace": replace, "Annotated": Annotated}
    exec(f"async def run(room):\n{textwrap.indent(database, '    ')}\n    return tasks, open_ones", scope)
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        tasks, open_ones = await scope["run"](room)
        assert len(open_ones) == 0
        assert (await tasks.get("door")).value.done
        assert len(await tasks.history("door")) == 2


@pytest.mark.real_time
async def test_the_moderated_room_can_be_joined() -> None:
    *_, moderated = examples()
    joining = partial(peerset.join, host=MemorySwarm().host())
    joined = eval(moderated, {"peerset": SimpleNamespace(join=joining)})
    async with joined as room:
        assert (await room.publish("hello")).content == "hello"


@pytest.mark.real_time
async def test_the_example_meets_a_peer_and_trades_records(tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example(), "utf-8")
    async with serve_tracker("127.0.0.1", 0, rng=random.SystemRandom()) as tracker:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", str(script), tracker.url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with peerset.join("lobby", signaling=[tracker.url], ice_servers=(), allow_loopback=True) as room:
                # It may be met before it has written.
                await until(lambda: room.count == 1)
                [record] = await room.records(collection="chat")
                assert record.content == '{"text": "hello from Python"}'
                assert await process.stdout.readline() == b'you: {"text": "hello from Python"}\n'
                await room.publish("hello back", collection="chat")
                assert await process.stdout.readline() == f"{peerset.npub(room.key)} hello back\n".encode()
        finally:
            process.send_signal(signal.SIGINT)
            _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.real_time
async def test_the_example_says_what_happens_alone_and_ends_quietly(tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example(), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(script), "ws://127.0.0.1:9"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert await process.stdout.readline() == b'you: {"text": "hello from Python"}\n'
    assert b"out of reach" in await process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")
