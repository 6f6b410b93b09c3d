"""docs/cli.md against the command line itself."""

import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main

from peerset.cli.app import Errors, build
from peerset.cli.exits import ExitCode

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "cli.md").read_text("utf-8")
README: Final = (ROOT / "README.md").read_text("utf-8")
APP: Final[Any] = typer.main.get_command(build(Errors()))
SECTIONS: Final = {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in re.split(r"(?m)^## ", PAGE)[1:]}
SHARED: Final = SECTIONS["Options of verbs that open a room"]
VERBS: Final = sorted(name for name, verb in APP.commands.items() if not verb.hidden)


def options_of(verb: Any) -> list[str]:
    """Every long option of *verb* and of the verbs below it."""
    below = [option for inner in getattr(verb, "commands", {}).values() for option in options_of(inner)]
    own = [max(each.opts, key=len) for each in verb.params if max(each.opts, key=len).startswith("--")]
    return [option for option in own + below if option != "--help"]


def examples() -> list[str]:
    return re.findall(r"(?m)^\$ (peerset .*)$", PAGE + README)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_a_section_that_names_its_options(name: str) -> None:
    section = SECTIONS[f"peerset {name}"]
    missing = [option for option in options_of(APP.commands[name]) if f"`{option}" not in section + SHARED]
    assert missing == []


def test_no_section_describes_what_is_not_there() -> None:
    described = {title.removeprefix("peerset ") for title in SECTIONS if title.startswith("peerset ")}
    assert described == set(VERBS)
    known = {option for name in VERBS for option in options_of(APP.commands[name])} | set(options_of(APP)) | {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) - known == set()


def test_every_environment_variable_is_named() -> None:
    read = set()
    for path in (ROOT / "peerset" / "cli").glob("*.py"):
        read |= set(re.findall(r"\"(PEERSET_[A-Z_]+)\"", path.read_text("utf-8")))
    assert {name for name in read if f"`{name}`" not in PAGE} == set()


def test_the_exit_codes_are_those_of_the_code() -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| (.*) \|$", SECTIONS["Exit codes"])
    assert [(int(code), meaning) for code, meaning in rows] == [(code.value, code.meaning) for code in ExitCode]


@pytest.mark.parametrize("line", examples())
def test_every_example_can_be_typed(line: str) -> None:
    command, arguments = APP, shlex.split(line)[1:]
    while arguments and hasattr(command, "commands") and not arguments[0].startswith("-"):
        command = command.commands[arguments.pop(0)]
    command.make_context(line, arguments)
