"""``peerset config``."""

import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.setting import SECRETS

pytestmark = pytest.mark.real_time


def rows(ended: Any) -> dict[tuple[str, str], dict[str, Any]]:
    assert ended.code == 0, ended.err
    found = [json.loads(line) for line in ended.out.splitlines()]
    return {(row["verb"], row["setting"]): row for row in found}


def test_a_verb_is_shown_with_who_says_what(shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "peerset.toml").write_text("[watch]\nlimit = 3\n")
    monkeypatch.setenv("PEERSET_SIGNALING", "ws://a ws://b")
    found = rows(shell("config", "show", "watch", "--tag", "a=b", "--relay", "--limit=4", "--json"))
    told = {name: (row["value"], row["source"], row["where"]) for (verb, name), row in found.items() if verb}
    assert told["limit"] == (4, "flag", "")
    assert told["tags"] == (["a=b"], "flag", "")
    assert told["relay"] == (True, "flag", "")
    assert told["signaling"] == (["ws://a", "ws://b"], "environment", "PEERSET_SIGNALING")
    assert told["seconds"] == (None, "default", "")
    limit = rows(shell("config", "show", "watch", "--json"))["watch", "limit"]
    assert (limit["value"], limit["where"]) == (3, "peerset.toml, line 2, [watch]")


def test_every_verb_is_shown(shell: Any) -> None:
    found = rows(shell("config", "show", "--json"))
    assert found["", "verbose"]["value"] is False
    assert found["policy dry-run", "policies"]["source"] == "default"
    assert {name for verb, name in found if not verb} >= set(SECRETS)
    assert "join retention = -  (default)\n" in shell("config", "show").out


def test_no_secret_is_shown(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in SECRETS:
        monkeypatch.setenv(variable, "geheim")
    monkeypatch.setenv("PEERSET_KEY", "nsec1geheim")
    monkeypatch.setenv("PEERSET_SIGNALING", "ws://me:geheim@host/?token=geheim&a=b")
    for arguments in (("join",), (), ("join", "--ice-server", "turn://a:geheim@b")):
        out = shell("config", "show", *arguments).out + shell("config", "show", *arguments, "--json").out
        assert "geheim" not in out
        assert "ws://***@host/?token=***&a=b" in out
        assert "PEERSET_NSEC is set, and not shown" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("jion",), "there is no verb 'jion': did you mean 'join'?"),
        (("policy",), "policy has verbs of its own: list, check"),
        (("--limit", "3"), "name the verb before its options: peerset config show VERB --limit"),
        (("records", "--limit", "x"), "limit is a whole number, not 'x'"),
        (("records", "--kind", "x"), "kinds is a list, each a whole number, not 'x'"),
        (("records", "--nonsense"), "No such option"),
    ],
)
def test_what_there_is_not_is_refused(shell: Any, arguments: tuple[str, ...], reason: str) -> None:
    ended = shell("config", "show", *arguments)
    assert ended.code == 2
    assert reason in ended.err
    assert "Traceback" not in ended.err


def test_a_broken_file_is_named_by_every_verb_and_by_no_help(shell: Any, home: Path) -> None:
    (home / "peerset.toml").write_text("[recrods]\nlimit = 3\n")
    line = "peerset: peerset.toml, line 1: there is no verb 'recrods': did you mean [records]?\n"
    for arguments in (("records", "lobby"), ("keys", "new"), ("config", "show"), ("--verbose", "policy", "list")):
        ended = shell(*arguments)
        assert (ended.code, ended.err) == (2, line)
    assert not (home / "data").exists()
    for asked in (("--help",), ("records", "--help"), ("version",), ("--version",)):
        assert shell(*asked).code == 0


def test_the_places_are_told_and_whether_there_is_anything(shell: Any, home: Path) -> None:
    (home / "peerset.toml").write_text("")
    user = home / "config" / "peerset" / "config.toml"
    ended = shell("config", "path")
    assert ended.out == f"peerset.toml\n{user}\n"
    assert ended.err == f"there is no {user}\n"
    found = [
        json.loads(line) for line in shell("config", "path", "--json", "--config", "peerset.toml").out.splitlines()
    ]
    assert found == [{"path": "peerset.toml", "exists": True}]


def test_options_before_the_verb_are_set_too(shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "peerset.toml").write_text("debug = true\n")
    assert "Traceback" in shell("records", "", "--store", "memory:").err
    (home / "peerset.toml").unlink()
    monkeypatch.setenv("PEERSET_DEBUG", "1")
    assert "Traceback" in shell("records", "", "--store", "memory:").err


def test_a_file_named_before_the_verb_is_read(shell: Any, home: Path) -> None:
    (home / "a.toml").write_text("json = true\n[records]\nlimit = 3\n")
    found = rows(shell("--config", "a.toml", "config", "show", "records"))
    assert found["records", "limit"]["where"] == "a.toml, line 3, [records]"


def test_a_mistyped_variable_is_told_once(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_SIGNALLING", "ws://a")
    ended = shell("keys", "show")
    assert ended.err == "the variable PEERSET_SIGNALLING sets nothing: did you mean PEERSET_SIGNALING?\n"
