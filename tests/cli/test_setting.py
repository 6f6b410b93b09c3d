"""One option as a setting."""

from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
import typer

from peerset.cli.setting import Setting, command_spec, option_of, settings_of, variable_of
from peerset.errors import ConfigError


def verb(
    room: Annotated[str, typer.Argument()],
    *,
    server: Annotated[list[str] | None, typer.Option(envvar="PEERSET_SERVERS")] = None,
    kind: Annotated[list[int] | None, typer.Option()] = None,
    count: Annotated[int | None, typer.Option(min=1, max=9)] = None,
    wait: Annotated[float, typer.Option("--wait", "-w", min=0)] = 3.0,
    page: Annotated[bool | None, typer.Option("--page/--no-page")] = None,
    since: Annotated[str, typer.Option(metavar="TIME")] = "",
    policy: Annotated[list[str] | None, typer.Option(envvar="PEERSET_POLICIES")] = None,
    key_file: Annotated[Path | None, typer.Option()] = None,
    now: Annotated[bool, typer.Option(is_eager=True)] = False,
) -> None:
    """Do something."""


SETTINGS = {setting.flag: setting for setting in settings_of(("do", "it"), verb)}


def setting(flag: str) -> Setting:
    return SETTINGS[flag]


def test_every_option_that_is_not_asked_first_is_one() -> None:
    assert list(SETTINGS) == ["server", "kind", "count", "wait", "page", "since", "policy", "key-file"]


def test_what_may_be_repeated_has_a_plural() -> None:
    assert setting("server").names == ("servers", "server")
    assert setting("policy").name == "policies"
    assert setting("count").names == ("count",)


def test_its_own_variable_wins_over_that_of_all_verbs() -> None:
    own = ("PEERSET_DO_IT_SERVERS", "PEERSET_DO_IT_SERVER")
    assert setting("server").variables == (*own, "PEERSET_SERVERS", "PEERSET_SERVER")
    assert setting("key-file").variables == ("PEERSET_DO_IT_KEY_FILE",)


@pytest.mark.parametrize(
    ("flag", "text", "value"),
    [
        ("server", "ws://a\tws://b\n ws://c ", ["ws://a", "ws://b", "ws://c"]),
        ("server", ' ["a b", "c"] ', ["a b", "c"]),
        ("kind", "1 2", [1, 2]),
        ("kind", "[1, 2]", [1, 2]),
        ("count", " 7 ", 7),
        ("wait", "2.5", 2.5),
        ("page", "Off", False),
        ("page", "1", True),
        ("since", "2h", "2h"),
        ("key-file", "a b", "a b"),
    ],
)
def test_a_variable_is_read(flag: str, text: str, value: object) -> None:
    assert setting(flag).read(text) == value


@pytest.mark.parametrize(
    ("flag", "text", "reason"),
    [
        ("server", '["a",', "written as JSON"),
        ("server", '[{"a": 1}]', "written as JSON"),
        ("kind", "1 x", "kinds is a list, each a whole number, not 'x'"),
        ("count", "1.5", "count is a whole number, not '1.5'"),
        ("count", "10", "count is at least 1 and at most 9, not 10"),
        ("wait", "nan", "wait is a number, not 'nan'"),
        ("wait", "inf", "wait is a number"),
        ("wait", "-1", "wait is at least 0, not -1"),
        ("page", "maybe", "page is true or false, not 'maybe'"),
        ("count", "nsec1qqqqqqqqqq", r"not '\*\*\*'"),
    ],
)
def test_a_variable_that_makes_no_sense_is_refused(flag: str, text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        setting(flag).read(text)


@pytest.mark.parametrize(
    ("flag", "value", "taken"),
    [
        ("server", ["a", "b"], ["a", "b"]),
        ("server", "a", ["a"]),
        ("kind", 1, [1]),
        ("wait", 3, 3),
        ("page", True, True),
        ("since", 1_700_000_000, "1700000000"),
        ("since", date(2026, 1, 31), "2026-01-31"),
        ("policy", ["words", {"command": ["node", "a b.mjs"]}], ["words", 'command:{"argv": ["node", "a b.mjs"]}']),
    ],
)
def test_the_value_of_a_file_is_taken(flag: str, value: object, taken: object) -> None:
    assert setting(flag).check(value) == taken


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("server", [1]),
        ("server", {"a": 1}),
        ("count", True),
        ("count", "3"),
        ("count", 1.0),
        ("count", 0),
        ("wait", float("nan")),
        ("page", "yes"),
        ("page", 1),
        ("since", 1.5),
        ("since", True),
        ("key-file", date(2026, 1, 31)),
        ("policy", [{"argv": ["node"]}]),
        ("policy", [[]]),
    ],
)
def test_a_value_of_another_kind_is_refused(flag: str, value: object) -> None:
    with pytest.raises(ConfigError):
        setting(flag).check(value)


@pytest.mark.parametrize("settings", [{"since": date(2026, 1, 1)}, {"timeout_seconds": float("nan")}])
def test_a_command_whose_settings_are_no_json_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="no JSON"):
        command_spec({"command": ["node"], **settings})


def test_what_is_no_option_declares_none() -> None:
    assert option_of(str) is None
    assert option_of(Annotated[str, "told"]) is None


def test_variables_are_in_capitals() -> None:
    assert variable_of("policy", "dry-run", "json") == "PEERSET_POLICY_DRY_RUN_JSON"
