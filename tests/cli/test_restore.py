"""``peerset restore``: what it is given decides what is done."""

import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode, NotFoundError
from peerset.cli.restore import is_archive
from peerset.errors import ConfigError
from tests.cli.test_archive import fill, record_of

pytestmark = pytest.mark.real_time


def test_an_archive_is_brought_back_and_its_faults_are_told(shell: Any, home: Path) -> None:
    records = [record_of(days) for days in (1, 2, 3)]
    fill(shell, home, *records)
    shell("archive", "lobby", "archive")
    file = max((home / "archive" / "days").iterdir())
    file.write_bytes(bytes(file.stat().st_size))
    ended = shell("restore", "archive", "lobby", "--store", "sqlite:b.db", "--policy", "kinds:deny=1", "--json")
    assert ended.code == ExitCode.REFUSED
    row = json.loads(ended.out)
    assert row == {"added": 0, "known": 0, "refused": 2, "old": 0, "expired": 0, "purged": 0, "wrong": [file.name[:10]]}
    assert ended.err.count("refused by kinds") == 2
    assert f"nothing of that day was restored: {file.name[:10]}" in ended.err
    assert shell("export", "lobby", "--store", "sqlite:b.db").out == ""


def test_it_is_that_of_another_room_or_nothing(shell: Any, home: Path) -> None:
    fill(shell, home, record_of(1))
    shell("archive", "lobby", "archive")
    ended = shell("restore", "archive", "hall")
    assert ended.code == ExitCode.USAGE
    assert "archive is the archive of another room than 'hall'" in ended.err
    assert shell("restore", "nowhere", "lobby").code == ExitCode.MISSING
    assert shell("restore", "in.jsonl", "lobby").code == ExitCode.USAGE


def test_a_folder_or_url_is_an_archive_and_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("")
    assert (is_archive("s3://bucket/lobby"), is_archive(str(tmp_path))) == (True, True)
    assert not is_archive(str(tmp_path / "a.db"))
    for text in ("", str(tmp_path / "none")):
        with pytest.raises(NotFoundError):
            is_archive(text)
    with pytest.raises(ConfigError):
        is_archive("a\0b")
