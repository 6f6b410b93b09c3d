"""``peerset.toml``."""

import json
from pathlib import Path

import pytest

from peerset.cli.settings import SETTINGS_BYTES_MAX, read_policies
from peerset.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "peerset.toml"


def test_policies_are_read_in_order(path: Path) -> None:
    path.write_text('# ours\npolicies = ["words", "links:allow=zoom.us"]\n')
    assert read_policies(path) == ["words", "links:allow=zoom.us"]


def test_a_command_stands_there_as_a_table(path: Path) -> None:
    path.write_text('policies = ["words", { command = ["node", "a b.mjs"], timeout_seconds = 1.5, fails_open = true }]')
    words, command = read_policies(path)
    name, _, parameters = command.partition(":")
    assert (words, name) == ("words", "command")
    assert json.loads(parameters) == {"argv": ["node", "a b.mjs"], "timeout_seconds": 1.5, "fails_open": True}


def test_an_empty_file_names_none(path: Path) -> None:
    path.write_text("")
    assert read_policies(path) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"policies = [", "is no TOML"),
        (b"policies = \xff", "line 1: not UTF-8"),
        (b"policies = " + b"[" * 100_000, "is no TOML"),
        (b"x" * (SETTINGS_BYTES_MAX + 1), "is longer than 1048576 bytes"),
        (b"polices = []", "sets 'polices', but only 'policies' can be set"),
        (b'policies = "words"', "policies is a list of texts"),
        (b"policies = [1]", "policies is a list of texts"),
        (b'policies = [{ command = "node judge.mjs" }]', r'tables such as \{ command = \["node", "judge.mjs"\] \}'),
        (b'policies = [{ argv = ["node"] }]', "policies is a list of texts"),
        (b'policies = [{ command = ["node"], since = 2026-11-21 }]', "has a setting that is no JSON"),
        (b'policies = [{ command = ["node"], timeout_seconds = nan }]', "has a setting that is no JSON"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(path: Path, data: bytes, reason: str) -> None:
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=reason) as error:
        read_policies(path)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"peerset\.toml cannot be read: No such file"):
        read_policies(path)
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_policies(path)
