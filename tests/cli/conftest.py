"""A shell for the tests of the command line: its own data directory, stdin, stdout and exit code."""

import gc
import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from peerset.cli.app import main
from peerset.keyfiles import create_key

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

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["peerset", *arguments])
        monkeypatch.setattr(sys, "stdin", FakeStdin(stdin))
        code, log = 0, logging.getLogger("peerset")
        level, handlers, frozen = log.level, log.handlers[:], gc.get_freeze_count()
        try:
            main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        finally:
            # What a verb says of logs is said to a process that ends with it.
            log.setLevel(level)
            log.handlers[:] = handlers
            if gc.get_freeze_count() > frozen:
                gc.unfreeze()
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
            stdin=subprocess.PIPE,
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


@pytest.fixture
def tracker(start: Start) -> str:
    """The address of a tracker in a process of its own."""
    process = start("tracker", "--port", "0")
    assert process.stdout is not None
    return process.stdout.readline().strip()
