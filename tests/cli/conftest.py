"""A shell for the tests of the command line: its own data directory, stdin, stdout and exit code."""

import asyncio
import gc
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest

from peerset.cli import app
from peerset.keyfiles import create_key
from peerset.testing.tracker import local_tracker
from tests.cli.commands import built, command_at

END_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """What a verb left behind."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ended]


class FakeStdin(io.TextIOWrapper):
    """A pipe with a text in it."""

    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, and no settings from outside."""
    for name in [name for name in os.environ if name.startswith("PEERSET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run a verb in this process."""
    monkeypatch.setattr(app, "build", built)
    monkeypatch.setattr(app, "command_of", lambda words, _: command_at(words))

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["peerset", *arguments])
        monkeypatch.setattr(sys, "stdin", FakeStdin(stdin))
        # What a verb says of garbage and of logs is said to a process that ends with it.
        monkeypatch.setattr(gc, "freeze", lambda: None)
        code, log = 0, logging.getLogger("peerset")
        level, handlers = log.level, log.handlers[:]
        try:
            app.main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        finally:
            log.setLevel(level)
            log.handlers[:] = handlers
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start a verb in a process of its own; what is left of it is ended with the test."""
    create_key()
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str, terminal: int = subprocess.PIPE, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "peerset", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            text=True,
            cwd=home,
            env={**os.environ, "NO_COLOR": "1", **environment},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
    for process in started:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Let *process* leave, and kill it when it will not."""
    try:
        process.communicate(timeout=END_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def tracker() -> Iterator[str]:
    """The address of a tracker, one for all tests: whom a test started has left it when the next one begins."""
    loop, address, is_over = asyncio.new_event_loop(), Future[str](), asyncio.Event()

    async def serve() -> None:
        async with local_tracker() as url:
            address.set_result(url)
            await is_over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="tracker")
    thread.start()
    yield address.result(END_TIMEOUT_SECONDS)
    loop.call_soon_threadsafe(is_over.set)
    thread.join()
    loop.close()
