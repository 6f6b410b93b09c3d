"""Commands, whose every option the command line, the environment and files can set."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from peerset.cli.building import all_settings, function_of, settable, spread
from peerset.cli.options import RoomOptions
from peerset.cli.setting import POLICY, Setting, settings_of
from peerset.cli.settings import shared
from peerset.cli.start import start
from peerset.core.limits import DISK_BYTES
from peerset.errors import ConfigError
from tests.cli.commands import VERBS, command_at

SETTINGS = [setting for words, settings in all_settings().items() if words for setting in settings]


def ids_of(setting: Setting) -> str:
    return " ".join((*setting.words, setting.flag))


FIRST = list({each.name if each.is_shared else ids_of(each): each for each in reversed(SETTINGS)}.values())
"""What is shared, at one verb: files and the order of what sets it are read by the same code wherever it stands."""


def samples(setting: Setting) -> list[object]:
    """Three values of *setting*, as different from each other and the default as can be."""
    if setting.kind is bool:
        return [setting.default is not True, setting.default is True, setting.default is not True]
    if setting.kind is str:
        return ["one", "two", "three"]
    return [setting.kind((setting.least or 0) + each) for each in (2, 3, 4)]


def value_at(setting: Setting, rank: int) -> object:
    """A value for *setting* that no other text has, and that is no default."""
    value = samples(setting)[0]
    return f"{setting.flag} by {rank}".replace(" ", "-") if setting.kind is str else value


def text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def toml_of(setting: Setting, value: object) -> str:
    text = f'"{value}"' if setting.kind is str else text_of(value)
    return f"[{text}, {text}]" if setting.is_list else text


def params_of(words: tuple[str, ...], *arguments: str, config: str = "") -> dict[str, object]:
    """What the verb of *words* is given."""
    command = command_at(words)
    needed = ["x" for each in command.params if each.param_type_name == "argument" and each.required]
    root: Any = typer.Context(command, info_name="peerset")
    chosen = ["--config", config] if config else []
    context = command.make_context(words[-1], [*needed, *arguments, *chosen], parent=root)
    return {name: str(value) if isinstance(value, Path) else value for name, value in context.params.items()}


def value_of(setting: Setting, *arguments: str, config: str = "") -> object:
    """What the verb of *setting* is given for it."""
    return params_of(setting.words, *arguments, config=config)[setting.argument]


def expected(setting: Setting, value: object) -> object:
    return [value, value] if setting.is_list else value


def arguments_of(setting: Setting, value: object) -> list[str]:
    if setting.kind is not bool:
        return [f"--{setting.flag}", text_of(value)] * (2 if setting.is_list else 1)
    return [f"--{setting.flag}"] if value else []


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """No settings from outside."""


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_option_is_set_by_each_variable_of_its_verb(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = all_settings().get(words, [])
    # All options at once, by the first variable of each, then by the second.
    for rank in range(max((len(each.variables) for each in settings), default=0)):
        given = {each: value_at(each, rank) for each in settings if rank < len(each.variables)}
        with monkeypatch.context() as patch:
            for each, value in given.items():
                text = text_of(value)
                patch.setenv(each.variables[rank], f"{text} {text}" if each.is_list else text)
            params = params_of(words)
        assert {ids_of(each): params[each.argument] for each in given} == {
            ids_of(each): expected(each, value) for each, value in given.items()
        }
    assert all(
        each.variables[0].startswith("_".join(["PEERSET", *words]).upper().replace("-", "_")) for each in settings
    )


@pytest.mark.parametrize("setting", FIRST, ids=ids_of)
def test_every_option_is_set_by_a_file(setting: Setting) -> None:
    here, near, far = Path("peerset.toml"), *samples(setting)[:2]
    for name in setting.names:
        section = f"[{'.'.join(setting.words)}]\n{name} = "
        here.write_text(section + toml_of(setting, near))
        assert value_of(setting) == expected(setting, near)
        if setting.is_shared:
            here.write_text(f"{name} = {toml_of(setting, near)}\n")
            assert value_of(setting) == expected(setting, near)
            here.write_text(f"{setting.name} = {toml_of(setting, far)}\n{section}{toml_of(setting, near)}\n")
            assert value_of(setting) == expected(setting, near)


@pytest.mark.parametrize("setting", [each for each in FIRST if each.flag != POLICY], ids=ids_of)
def test_the_command_line_wins_over_variables_and_these_over_files(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag, variable, file = samples(setting)
    Path("peerset.toml").write_text(f"[{'.'.join(setting.words)}]\n{setting.name} = {toml_of(setting, file)}\n")
    text = text_of(variable)
    monkeypatch.setenv(setting.variables[0], f"{text} {text}" if setting.is_list else text)
    assert value_of(setting) == expected(setting, variable)
    assert value_of(setting, *arguments_of(setting, flag)) == expected(setting, flag)


def test_policies_add_to_those_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = next(each for each in all_settings()[("join",)] if each.flag == POLICY)
    Path("peerset.toml").write_text('policies = ["words"]\n')
    assert value_of(policies, "--policy", "links") == ["words", "links"]
    monkeypatch.setenv("PEERSET_POLICIES", "rate quota")
    assert value_of(policies) == ["words", "rate", "quota"]
    assert value_of(policies, "--policy", "links") == ["words", "links"]


def test_a_named_file_stands_for_the_usual_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = next(each for each in all_settings()[("records",)] if each.flag == "limit")
    (home / "config" / "peerset").mkdir(parents=True)
    (home / "config" / "peerset" / "config.toml").write_text("[records]\nlimit = 1\n")
    assert value_of(limit) == 1
    Path("peerset.toml").write_text("[records]\nlimit = 2\n")
    assert value_of(limit) == 2
    Path("other.toml").write_text('[records]\ncollection = "c"\n')
    assert value_of(limit, config="other.toml") is None
    monkeypatch.setenv("PEERSET_CONFIG", "other.toml")
    assert value_of(limit) is None
    assert value_of(limit, config="peerset.toml") == 2


def test_nothing_of_a_verb_is_done_when_a_section_of_another_is_wrong() -> None:
    limit = next(each for each in all_settings()[("records",)] if each.flag == "limit")
    Path("peerset.toml").write_text("[demo]\npers = 3\n")
    with pytest.raises(
        ConfigError, match=r"peerset\.toml, line 2: 'pers' cannot be set in \[demo\]: did you mean 'peers'"
    ):
        value_of(limit)


def test_no_two_settings_have_one_variable_unless_it_means_the_same() -> None:
    owners: dict[str, set[str]] = {}
    for setting in SETTINGS:
        for variable in setting.variables:
            owners.setdefault(variable, set()).add(setting.flag if setting.is_shared else ids_of(setting))
    assert {variable: names for variable, names in owners.items() if len(names) > 1} == {}


def test_what_is_shared_means_the_same_everywhere() -> None:
    for one in shared(all_settings()):
        alike = [each for each in SETTINGS if each.is_shared and each.name == one.name]
        assert {(each.kind, each.is_list, each.default) for each in alike} <= {(one.kind, one.is_list, one.default)}


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_is_what_lists_say_of_it(words: tuple[str, ...]) -> None:
    documented = " ".join((function_of(VERBS[words]).__doc__ or "").split("\n\n")[0].split())
    assert documented == VERBS[words].text


def test_every_setting_but_those_that_are_asked_first_is_found() -> None:
    assert {setting.flag for setting in settings_of((), start)} == {"verbose", "debug", "log"}
    assert settable(settings_of((), start), start).__doc__ == start.__doc__


def test_a_verb_shows_its_shared_options_to_typer() -> None:
    def verb(room: Annotated[str, typer.Argument()], *, options: RoomOptions, own: int = 1) -> None:
        """Do something."""
        seen.append((room, options, own))

    seen: list[tuple[str, RoomOptions, int]] = []
    shown = spread(verb)
    names = list(inspect.signature(shown).parameters)
    assert names[:2] == ["room", "own"]
    assert {"signaling", "store", "key", "app"} <= set(names)
    assert shown.__doc__ == "Do something."

    given: dict[str, object] = {"app": "a", "store": "memory:", "signaling": None, "ice_server": None, "relay": False}
    given |= {
        "phases": "",
        "plain_channels": False,
        "policy": None,
        "receipts": False,
        "own_key": False,
        "seal_file": "",
        "with_files": "",
        "grant": None,
        "retention": "",
        "window": "",
        "disk_bytes": DISK_BYTES,
    }
    shown(room="lobby", own=2, key="k", password_file="", **given)
    assert seen == [("lobby", RoomOptions(app="a", store="memory:", key="k"), 2)]
