"""``peerset policy``."""

import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.lines import write_line
from tests.protocol.pair import make_record

RULES = """
import peerset

loud = peerset.admission("loud", version=1)(lambda record: "please do not shout" if record.content.isupper() else None)


class Spotted:
    name, policy_class, manifest = "spotted", peerset.PolicyClass.ADMISSION, peerset.Manifest("spotted", 1)

    def judge(self, records):
        return [self._judge(record.content) for record in records]

    def _judge(self, content):
        at = content.find("7")
        return peerset.Accept() if at < 0 else peerset.Reject("spotted", "a spot", "seven", (at, at + 1))


def spotted(parameters):
    return Spotted()


def moody(parameters):
    calls = iter(range(10**9))
    return peerset.admission("moody", version=1)(lambda record: "no" if next(calls) % 2 else None)
"""
ENTRY_POINTS = (
    "[peerset.policies]\nloud = rules_of_test:loud\nspotted = rules_of_test:spotted\nmoody = rules_of_test:moody\n"
)


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install three policies, one of which does not keep its word."""
    metadata = tmp_path / "rules_of_test-1.0.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: rules-of-test\nVersion: 1.0\n")
    metadata.joinpath("entry_points.txt").write_text(ENTRY_POINTS)
    tmp_path.joinpath("rules_of_test.py").write_text(RULES)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of ten records and a bad line."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(write_line(make_record(number)) for number in range(10)) + b"no record\n")
    return path


def test_the_installed_policies_are_listed(shell: Any, rules: None) -> None:
    assert {"loud", "spotted", "moody"} <= set(shell("policy", "list").out.split())


def test_a_policy_that_keeps_its_word_passes_and_another_is_told_why(shell: Any, rules: None) -> None:
    assert shell("policy", "check", "loud", "spotted").code == 0
    ended = shell("policy", "check", "moody", "loud", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 1
    assert [(row["policy"], row["ok"]) for row in rows] == [("moody", False), ("loud", True)]
    assert "gives other verdicts" in rows[0]["complaint"]


def test_an_unknown_policy_is_a_wrong_argument(shell: Any) -> None:
    ended = shell("policy", "check", "nonesuch")
    assert ended.code == 2
    assert "no plugin 'nonesuch'" in ended.err


def test_a_dry_run_counts_what_would_be_refused(shell: Any, rules: None, file: Path) -> None:
    ended = shell("policy", "dry-run", str(file), "--policy", "spotted", "--policy", "loud", "--json")
    rows = {row["policy"]: row for row in map(json.loads, ended.out.splitlines())}
    assert ended.code == 0
    assert "line 11: not JSON" in ended.err
    assert (rows["spotted"]["records"], rows["spotted"]["refused"], rows["spotted"]["rules"]) == (10, 1, {"seven": 1})
    assert rows["loud"]["refused"] == 0
    table = shell("policy", "dry-run", str(file), "--policy", "spotted").out
    assert "seven 1" in table


def test_a_file_that_cannot_be_read_is_a_wrong_argument(shell: Any, rules: None, tmp_path: Path) -> None:
    ended = shell("policy", "dry-run", str(tmp_path / "none.jsonl"), "--policy", "loud")
    assert ended.code == 2
    assert "cannot be read" in ended.err
