"""Files of settings."""

from pathlib import Path

import pytest

from peerset.cli.building import all_settings
from peerset.cli.setting import Setting
from peerset.cli.settings import SETTINGS_BYTES_MAX, read_settings, shared
from peerset.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "peerset.toml"


def setting_of(*words: str) -> Setting:
    *verb, flag = words
    return next(each for each in all_settings()[tuple(verb)] if each.flag == flag)


def test_what_stands_on_top_is_for_every_verb_and_a_section_for_its_own(path: Path) -> None:
    path.write_text(
        '# ours\nsignaling = [\n  "ws://a",  # ]\n  "ws://b",\n]\nretention = """\n30d"""\n\n'
        '[records]\napp = "a"\nlimit = 3\n[policy.dry-run]\njson = true\n[bans]\nadd.seconds = 5\n'
    )
    file = read_settings(path, all_settings())
    found = {
        words: file.find(setting_of(*words.split()))
        for words in ("join signaling", "join retention", "records limit", "policy dry-run json", "bans add seconds")
    }
    values = {words: (pair[0], pair[1].number) for words, pair in found.items() if pair is not None}
    assert values == {
        "join signaling": (["ws://a", "ws://b"], 2),
        "join retention": ("30d", 6),
        "records limit": (3, 11),
        "policy dry-run json": (True, 13),
        "bans add seconds": (5, 15),
    }
    assert file.find(setting_of("records", "since")) is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"policies = [", "line 1: no TOML"),
        (b"a = 1\n\npolicies = [\n1 2]", "line 4: no TOML"),
        (b"policies = \xff", "line 1: not UTF-8"),
        (b"policies = " + b"[" * 10_000, "no TOML"),
        (b"x" * (SETTINGS_BYTES_MAX + 1), "is longer than 65536 bytes"),
        (b"# ours\npolices = []", "line 2: 'polices' cannot be set in the top of the file: did you mean 'policies'"),
        (b"ice_servers = []", "did you mean 'ice-servers'"),
        (b"limit = 3", r"'limit' cannot be set in the top of the file: write it under \[watch\] or \[records\]"),
        (b"key = 'a'\n[tracker]\nkay = 'b'", r"line 3: 'kay' cannot be set in \[tracker\]: did you mean 'key'"),
        (b"qqqq = 3", r"'qqqq' cannot be set in the top of the file; there are app, debug,"),
        (b"recods = 3", r"did you mean the section \[records\]"),
        (b"\n[jion]\nlimit = 3", r"line 2: there is no verb 'jion': did you mean \[join\]"),
        (b"[qqqq]", "line 1: there is no verb 'qqqq'$"),
        (b"[bans]\njson = true", r"'json' cannot be set in \[bans\]: write it under \[bans.list\]"),
        (b"[bans.ad]\nseconds = 1", r"line 1: there is no verb 'bans ad': did you mean \[bans.add\]"),
        (b"[version]\njson = true", r"'json' cannot be set in \[version\]: it has no settings"),
        (b"[records]\nlimit = 'three'", "line 2: limit is a whole number, not 'three'"),
        (b"[records]\nlimit = 0", "line 2: limit is at least 1, not 0"),
        (b"relay = 'maybe'", "line 1: relay is true or false, not 'maybe'"),
        (b"store = 5", "line 1: store is a text, not '5'"),
        (b"signaling = 5", "line 1: signaling is a list, each a text, not '5'"),
        (b"ice-servers = []\nice-server = []", "line 2: 'ice-server' is set by 'ice-servers' already"),
        (b"app = 'a'\napp = 'b'", "line 2: no TOML: Cannot overwrite a value"),
        (b"policies = 1", "policies is a list, each a text"),
        (b'policies = [{ command = "node judge.mjs" }]', r"such as \{ command = \["),
        (b'policies = [{ command = ["node"], since = 2026-11-21 }]', "has a setting that is no JSON"),
        (b"password = 'geheim'", "did you mean 'password-file'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(path: Path, data: bytes, reason: str) -> None:
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=reason) as error:
        read_settings(path, all_settings())
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "geheim" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"peerset\.toml cannot be read: No such file"):
        read_settings(path, all_settings())
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_settings(path, all_settings())


def test_an_empty_file_sets_nothing(path: Path) -> None:
    path.write_text("")
    assert read_settings(path, all_settings()).find(setting_of("join", "app")) is None


def test_what_is_shared_is_found_once() -> None:
    names = [setting.name for setting in shared(all_settings())]
    assert len(names) == len(set(names))
    assert {"app", "store", "signaling", "ice-servers", "policies", "key", "json", "verbose"} <= set(names)
    assert "limit" not in names
