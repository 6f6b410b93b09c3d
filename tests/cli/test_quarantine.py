"""``peerset quarantine``, and the policies of ``records`` that fill it."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
RULES = """
import peerset

dull = peerset.view("dull", version=1)(lambda record: "it says so" if "dull" in record.content else None)
loud = peerset.admission("loud", version=1)(lambda record: "do not shout" if record.content.isupper() else None)
"""


@pytest.fixture
def rules(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a view policy and one for admission."""
    metadata = home / "hiding_of_test-1.0.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: hiding-of-test\nVersion: 1.0\n")
    points = "[peerset.policies]\ndull = hiding_of_test:dull\nloud = hiding_of_test:loud\n"
    metadata.joinpath("entry_points.txt").write_text(points)
    home.joinpath("hiding_of_test.py").write_text(RULES)
    monkeypatch.syspath_prepend(str(home))


def publish(shell: Any, text: str) -> str:
    record_id: str = json.loads(shell("publish", "lobby", text, *NOWHERE, "--json").out)["id"]
    return record_id


def shown(shell: Any, *arguments: str) -> list[str]:
    ended = shell("records", "lobby", "--json", *arguments)
    assert ended.code == 0, ended.err
    return sorted(json.loads(line)["content"] for line in ended.out.splitlines())


def test_what_a_view_policy_hides_is_listed_released_and_purged(shell: Any, rules: None) -> None:
    first, second = publish(shell, "dull"), publish(shell, "also dull")
    publish(shell, "fine")
    assert shown(shell, "--policy", "dull") == ["fine"]
    rows = [json.loads(line) for line in shell("quarantine", "list", "lobby", "--json").out.splitlines()]
    assert {row["id"] for row in rows} == {first, second}
    assert (rows[0]["policy"], rows[0]["reason"], rows[0]["rule"]) == ("dull", "it says so", "")
    assert "dull: it says so" in shell("quarantine", "list", "lobby").out
    assert shell("quarantine", "release", "lobby", first).code == 0
    assert shell("quarantine", "purge", "lobby", second).code == 0
    assert shown(shell, "--policy", "dull") == ["dull", "fine"]
    assert shell("quarantine", "list", "lobby").out == ""


def test_records_says_how_many_were_purged_and_are_passed_over(shell: Any) -> None:
    gone = publish(shell, "gone")
    publish(shell, "kept")
    assert shell("quarantine", "purge", "lobby", gone).code == 0
    ended = shell("records", "lobby", "--json")
    assert [json.loads(line)["content"] for line in ended.out.splitlines()] == ["kept"]
    assert "1 more have no content here" in ended.err
    assert "no content" not in shell("records", "lobby", "--kind", "7").err


def test_what_is_not_there_is_neither_released_nor_purged(shell: Any) -> None:
    kept = publish(shell, "hello")
    assert shell("quarantine", "release", "lobby", kept).code == 3
    assert shell("quarantine", "purge", "lobby", "00" * 32).code == 3
    assert shell("quarantine", "purge", "lobby", "short").code == 2
    assert shown(shell) == ["hello"]


def test_policies_come_by_file_and_by_option(shell: Any, rules: None, home: Path) -> None:
    publish(shell, "dull")
    assert shown(shell) == ["dull"]
    home.joinpath("peerset.toml").write_text('policies = ["dull"]\n')
    assert shown(shell) == []
    home.joinpath("other.toml").write_text('policies = ["loud"]\n')
    refused = shell("publish", "lobby", "HELLO", "--config", "other.toml", *NOWHERE)
    assert (refused.code, "loud: do not shout" in refused.err) == (7, True)
    assert shell("publish", "lobby", "HELLO", "--policy", "loud", *NOWHERE).code == 7


def test_a_bad_policy_is_one_clear_line(shell: Any, rules: None, home: Path) -> None:
    publish(shell, "hello")
    home.joinpath("peerset.toml").write_text("policies = [")
    for arguments in ((), ("--config", "nowhere.toml"), ("--config", "hiding_of_test.py")):
        ended = shell("records", "lobby", *arguments)
        assert (ended.code, ended.err.count("\n")) == (2, 1)
    home.joinpath("peerset.toml").unlink()
    ended = shell("records", "lobby", "--policy", "nothing-such")
    assert (ended.code, ended.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("seconds", [-500 * 86_400, 500 * 86_400])
def test_listing_hides_and_deletes_nothing_whatever_the_clock_says(
    shell: Any, rules: None, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    hidden = publish(shell, "dull")
    publish(shell, "fine")
    assert shown(shell, "--policy", "dull") == ["fine"]
    read = time.time
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: read() + seconds)
        for _ in range(2):
            [row] = shell("quarantine", "list", "lobby", "--json").out.splitlines()
            assert json.loads(row)["id"] == hidden
            assert shown(shell) == ["fine"]
    assert shown(shell) == ["fine"]
    assert shell("quarantine", "release", "lobby", hidden).code == 0
    assert shown(shell) == ["dull", "fine"]
