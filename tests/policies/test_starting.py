"""Starting a policy's command: whatever is wrong is said with what to do."""

import time
from pathlib import Path

import pytest

from peerset.errors import ConfigError
from peerset.policies.starting import check_argv, start
from tests.patience import PATIENT_SECONDS
from tests.policies.conftest import Program

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("node judge.mjs", "no list of a program and its arguments"),
        ([], "no list"),
        (7, "no list"),
        ({"node"}, "no list"),
        (["node", 7], "the argument 7 is no text"),
        (["node", "a\0b"], "is no text without NUL"),
        ([""], "the program has no name"),
    ],
)
def test_what_is_no_command_is_refused(argv: object, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        check_argv(argv)


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"command 'nonesuch-at-all judge\.mjs' is not there: install 'nonesuch-at-all'"
    ):
        start(("nonesuch-at-all", "judge.mjs"), clock=time.monotonic, timeout_seconds=PATIENT_SECONDS)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(0o600, "may not be executed: make it executable"), (0o700, "does its first line name an interp")],
)
def test_a_file_that_is_no_program_is_refused_with_advice(tmp_path: Path, mode: int, reason: str) -> None:
    path = tmp_path / "judge"
    path.write_text("judge what you like\n")
    path.chmod(mode)
    with pytest.raises(ConfigError, match=reason):
        start((str(path),), clock=time.monotonic, timeout_seconds=PATIENT_SECONDS)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("sys.exit('I lack a word list')", "it ended with exit code 1; it said: 'I lack a word list'"),
        ("raise ValueError('no words')", "exit code 1; it said: '.*ValueError: no words'"),
        ("print('hello')", "it said what is no JSON in UTF-8: 'hello'"),
        ("introduce(version='one')", "it states no manifest: version is 'one'"),
        ("os.close(1); sys.stdin.read()", "it closed its output"),
    ],
)
def test_a_command_that_is_no_policy_is_refused_with_its_last_words(program: Program, source: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        start(tuple(program(source)), clock=time.monotonic, timeout_seconds=PATIENT_SECONDS)


def test_a_command_that_says_nothing_is_refused_in_time(program: Program) -> None:
    with pytest.raises(ConfigError, match=r"it did not introduce itself within 0\.2 s$"):
        start(tuple(program("sys.stdin.read()")), clock=time.monotonic, timeout_seconds=0.2)


def test_a_command_that_introduces_itself_is_given_with_what_it_said(program: Program) -> None:
    child, introduction = start(
        tuple(program("introduce(); accept_all()")), clock=time.monotonic, timeout_seconds=PATIENT_SECONDS
    )
    child.close()
    assert introduction.manifest.name == "calm"
