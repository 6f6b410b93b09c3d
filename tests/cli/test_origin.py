"""Which value wins, and who says so."""

from pathlib import Path

import pytest

from peerset.cli.building import all_settings
from peerset.cli.origin import Origins, Source, mistyped, read_files, settings_paths, user_path
from peerset.cli.setting import Setting
from peerset.errors import ConfigError


def setting_of(*words: str) -> Setting:
    *verb, flag = words
    return next(each for each in all_settings()[tuple(verb)] if each.flag == flag)


def test_who_says_so_is_told(home: Path) -> None:
    Path("peerset.toml").write_text('app = "a"\n[records]\nlimit = 3\n')
    origins = Origins(read_files("", all_settings(), {}), {"PEERSET_APP": "b", "PEERSET_RECORDS_COLLECTION": "c"})

    def told(flag: str, given: object = None) -> tuple[object, Source, str]:
        chosen = origins.choose(setting_of("records", flag), flag=given)
        return chosen.value, chosen.source, chosen.where

    assert told("limit") == (3, Source.FILE, "peerset.toml, line 3, [records]")
    assert told("limit", 5) == (5, Source.FLAG, "")
    assert told("app") == ("b", Source.ENVIRONMENT, "PEERSET_APP")
    assert told("collection") == ("c", Source.ENVIRONMENT, "PEERSET_RECORDS_COLLECTION")
    assert told("since") == ("", Source.DEFAULT, "")
    assert (
        Origins(read_files("", all_settings(), {}), {}).choose(setting_of("join", "app")).where
        == "peerset.toml, line 1"
    )


def test_the_variable_of_a_verb_wins_over_that_of_all(home: Path) -> None:
    origins = Origins([], {"PEERSET_APP": "all", "PEERSET_JOIN_APP": "one", "PEERSET_WATCH_APP": ""})
    assert origins.choose(setting_of("join", "app")).value == "one"
    assert origins.choose(setting_of("watch", "app")).value == "all"


def test_a_variable_that_makes_no_sense_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^PEERSET_RECORDS_LIMIT: limit is a whole number, not 'x'$"):
        Origins([], {"PEERSET_RECORDS_LIMIT": "x"}).choose(setting_of("records", "limit"))


def test_policies_add_up_and_both_places_are_told(home: Path) -> None:
    Path("peerset.toml").write_text('policies = ["words"]\n')
    origins = Origins(read_files("", all_settings(), {}), {"PEERSET_POLICIES": "links"})
    chosen = origins.choose(setting_of("join", "policy"))
    assert chosen.value == ["words", "links"]
    assert chosen.where == "PEERSET_POLICIES, added to peerset.toml, line 1"
    assert origins.policies(setting_of("join", "policy")) == (["words"], ["words", "links"])


def test_settings_are_looked_for_here_and_then_at_the_users(home: Path) -> None:
    assert settings_paths("", {}) == [Path("peerset.toml"), user_path()]
    assert user_path() == home / "config" / "peerset" / "config.toml"
    assert settings_paths("", {"PEERSET_CONFIG": "a.toml"}) == [Path("a.toml")]
    assert settings_paths("b.toml", {"PEERSET_CONFIG": "a.toml"}) == [Path("b.toml")]
    assert read_files("", all_settings(), {}) == []


@pytest.mark.parametrize("environment", [{}, {"PEERSET_CONFIG": "a.toml"}])
def test_a_file_that_is_named_has_to_be_there(home: Path, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"a\.toml cannot be read"):
        read_files("" if environment else "a.toml", all_settings(), environment)


def test_a_link_to_nowhere_is_no_missing_file(home: Path) -> None:
    Path("peerset.toml").symlink_to("nowhere")
    with pytest.raises(ConfigError, match=r"peerset\.toml cannot be read"):
        read_files("", all_settings(), {})


def test_a_mistyped_variable_is_found_and_a_strangers_is_not() -> None:
    environment = {
        "PEERSET_SIGNALLING": "a",
        "PEERSET_NSECS": "a",
        "PEERSET_APP": "a",
        "PEERSET_BUILD_HOST": "a",
        "PATH": "a",
    }
    near = mistyped(environment, all_settings(), ["PEERSET_NSEC"])
    assert near == [("PEERSET_NSECS", "PEERSET_NSEC"), ("PEERSET_SIGNALLING", "PEERSET_SIGNALING")]
