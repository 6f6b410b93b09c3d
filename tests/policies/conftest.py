"""Commands for the tests: small Python programs, each in a process of its own."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from peerset.policies.command import CommandPolicy

PRELUDE = """
import fcntl, json, os, pathlib, subprocess, sys, time

def say(**said):
    print(json.dumps(said), flush=True)

def introduce(**more):
    say(**{"protocol": 1, "name": "calm", "version": 1, "class": "admission", **more})

def questions():
    for line in sys.stdin:
        yield json.loads(line)

def accept(question):
    say(seq=question["seq"], verdict="accept")

def accept_all():
    for question in questions():
        accept(question)

def count_lives():
    with open("lives", "a+") as file:
        file.write("x")
    return len(pathlib.Path("lives").read_text())

"""

TOUCHY = """
introduce()
for question in questions():
    if question["record"]["content"] == "record 2":
        MISBEHAVE
    accept(question)
"""

PATIENT_SECONDS = 60.0
"""A limit that no command of these tests reaches, however busy the machine is."""

Program = Callable[[str], list[str]]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Write a program that begins with the prelude, and give its command; it runs in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def write(source: str) -> list[str]:
        path = tmp_path / f"judge{len(list(tmp_path.glob('judge*')))}.py"
        path.write_text(PRELUDE + source)
        # Isolated and without site packages it starts three times as fast.
        return [sys.executable, "-I", "-S", str(path)]

    return write


class JumpingClock:
    """The real clock, which a test may set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Give the seconds."""
        return time.monotonic() + self.ahead


def patient(argv: list[str]) -> CommandPolicy:
    return CommandPolicy(argv, timeout_seconds=PATIENT_SECONDS, start_timeout_seconds=PATIENT_SECONDS)


def patient_spec(argv: list[str]) -> str:
    """Name the command so that it, too, has all the time it needs."""
    limits = {"timeout_seconds": PATIENT_SECONDS, "start_timeout_seconds": PATIENT_SECONDS}
    return "command:" + json.dumps({"argv": argv, **limits})


def touchy(program: Program, misbehaviour: str) -> CommandPolicy:
    return patient(program(TOUCHY.replace("MISBEHAVE", misbehaviour)))


def is_gone(pid: int) -> bool:
    """Whether *pid* is no child of ours any more, not even as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True
    return False
