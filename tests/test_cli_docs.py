"""docs/cli.md against the command line itself."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.cli.app import build
from peerset.cli.building import all_settings, command_of
from peerset.cli.exits import ExitCode
from peerset.cli.verbs import verbs_by_words
from tests.patience import PATIENT_SECONDS

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "cli.md").read_text("utf-8")
README: Final = (ROOT / "README.md").read_text("utf-8")
APP: Final[Any] = build()
for words, verb in verbs_by_words():
    group = APP if len(words) == 1 else APP.commands[words[0]]
    group.commands[words[-1]] = command_of(words, verb)
SECTIONS: Final = {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in re.split(r"(?m)^## ", PAGE)[1:]}
SHARED: Final = SECTIONS["Options of verbs that open a room"] + SECTIONS["Files and variables"]
VERBS: Final = sorted(name for name, verb in APP.commands.items() if not verb.hidden)


def options_of(verb: Any) -> list[str]:
    """Every long option of *verb* and of the verbs below it."""
    below = [option for inner in getattr(verb, "commands", {}).values() for option in options_of(inner)]
    own = [max(each.opts, key=len) for each in verb.params if max(each.opts, key=len).startswith("--")]
    return [option for option in own + below if option != "--help"]


def examples() -> list[str]:
    return re.findall(r"(?m)^\$ (?:PEERSET_\w+=\S+ )*(peerset .*)$", PAGE + README)


def transcript(section: str) -> list[tuple[str, str]]:
    """Each line that is typed in the console of *section*, with what it prints."""
    (console,) = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    return [tuple(part.split("\n", 1)) for part in re.split(r"(?m)^\$ ", console)[1:]]


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


@pytest.mark.real_time
def test_the_examples_of_files_and_variables_print_what_the_page_says(tmp_path: Path) -> None:
    section = SECTIONS["Files and variables"]
    (settings,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (tmp_path / "peerset.toml").write_text(settings)
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    path = f"{Path(sys.executable).parent}:/bin:/usr/bin"
    for line, printed in transcript(section):
        ended = subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=PATIENT_SECONDS,
            check=False,
            env={**places, "PATH": path},
        )
        assert ended.stdout + ended.stderr == printed


@pytest.mark.parametrize("variable", re.findall(r"`(PEERSET_[A-Z_]+)[`=]", SECTIONS["Files and variables"]))
def test_every_variable_on_the_page_is_one(variable: str) -> None:
    known = {name for settings in all_settings().values() for setting in settings for name in setting.variables}
    assert variable in known | {"PEERSET_CONFIG", "PEERSET_"}
