"""``peerset keys split`` and ``join``."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from peerset.cli.sharing import join
from peerset.core.shares import join_shares, split_key
from peerset.keyfiles import create_key, key_path, load_key


def test_a_key_is_split_into_files_of_ours_alone_and_joined_again(shell: Any, home: Path) -> None:
    key = create_key("alice")
    ended = shell("keys", "split", "alice", "--shares", "2", "--of", "3")
    assert ended.code == 0, ended.err
    paths = [Path(line) for line in ended.out.splitlines()]
    assert [path.name for path in paths] == [f"alice-{number}-of-3.share" for number in (1, 2, 3)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    shares = [path.read_text().strip() for path in paths]
    assert not any(share in ended.out + ended.err for share in [*shares, key.to_nsec()])

    ended = shell("keys", "join", "again", str(paths[2]), str(paths[0]))
    assert ended.code == 0, ended.err
    assert load_key("again") == key
    assert key.to_nsec() not in ended.out + ended.err


def test_shares_come_by_pipe_one_a_line_and_are_printed_when_asked(shell: Any) -> None:
    key = create_key("alice")
    rows = [json.loads(line) for line in shell("keys", "split", "alice", "--show", "--json").out.splitlines()]
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5]
    assert join_shares([row["share"] for row in rows[2:]]) == key
    lines = "\n\n".join(row["share"] for row in rows[1:4])
    assert shell("keys", "join", "again", "--seal", stdin=lines).code == 2  # It is to be sealed, and by what?
    assert not key_path("again").exists()
    assert shell("keys", "join", "again", "--json", stdin=lines).code == 0
    assert load_key("again") == key


def test_what_is_missing_wrong_or_of_another_set_is_said_and_no_key_is_made(shell: Any, home: Path) -> None:
    key = create_key("alice")
    shares, others = split_key(key, threshold=3, count=5), split_key(key, threshold=3, count=5)
    for texts, says in (
        (shares[:2], "of this set 2 are here, and at least 1 more must be"),
        ([*shares[:2], others[2]], "share 3 is of another set than share 1"),
        ([*shares[:2], shares[2].replace(shares[2].split()[7], "zebra")], "word 8 of share 3 is not in the list"),
        ([], "there is no share"),
    ):
        ended = shell("keys", "join", "again", stdin="\n".join(texts))
        assert (ended.code, ended.out) == (2, "")
        assert says in ended.err
        assert not key_path("again").exists()


def test_nothing_is_overwritten(shell: Any, home: Path) -> None:
    key = create_key("alice")
    (home / "alice-2-of-3.share").write_text("mine")
    ended = shell("keys", "split", "alice", "--shares", "2", "--of", "3")
    assert (ended.code, ended.out) == (2, "")
    assert "exists already" in ended.err
    assert [path.name for path in home.glob("*.share")] == ["alice-2-of-3.share"]
    ended = shell("keys", "split", "alice", "--folder", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "cannot be written" in ended.err
    ended = shell("keys", "join", "alice", stdin="\n".join(split_key(create_key("bob"), threshold=2, count=2)))
    assert (ended.code, load_key("alice")) == (2, key)


class Terminal:
    """A stdin where someone sits."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_shares_are_asked_for_until_there_are_enough(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = create_key("alice")
    shares = split_key(key, threshold=2, count=3)
    answers = [shares[0], "nonsense", shares[2]]
    asked: list[str] = []

    def prompt(text: str, **options: object) -> str:
        assert options["hide_input"]
        asked.append(text)
        return answers.pop(0)

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(sys, "stdin", Terminal())
    join("again")
    assert load_key("again") == key
    assert asked == ["Share 1 (at least 1 more)", *["Share 2 (at least 1 more)"] * 2]
    assert "share 2 has 1 words" in capsys.readouterr().err
