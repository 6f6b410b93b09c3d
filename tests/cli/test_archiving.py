"""What verbs do of archives: with what the store remembers of its room."""

from pathlib import Path
from typing import Any

import pytest

from tests.archive.rooms import LOBBY
from tests.cli.test_archive import fill, record_of

pytestmark = pytest.mark.real_time


def test_what_our_user_destroyed_is_destroyed_in_the_archive(shell: Any, home: Path) -> None:
    kept, destroyed = record_of(1), record_of(1, 2)
    fill(shell, home, kept, destroyed)
    shell("archive", "lobby", "archive")
    assert shell("quarantine", "purge", "lobby", destroyed.id.hex()).code == 0
    assert shell("archive", "lobby", "archive").out.startswith("1 days written")
    ended = shell("restore", "archive", "lobby", "--store", "sqlite:b.db")
    assert ended.out.startswith("1 added, 0 known, 0 refused, 0 old, 0 expired, 1 purged")
    assert LOBBY.tag.hex() in (home / "archive" / "manifest.json").read_text()


def test_what_is_archived_of_a_private_room_is_private(shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_PASSWORD", "a long one")
    fill(shell, home, record_of(1))
    shell("archive", "lobby", "archive")
    made = [home / "archive", *(home / "archive").rglob("*")]
    assert len(made) == 4
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_days_older_than_the_room_keeps_stay_in_the_archive_and_are_not_restored(shell: Any, home: Path) -> None:
    shell("import", "lobby", "-", "--retention", "forever")
    fill(shell, home, record_of(300), record_of(1))
    shell("archive", "lobby", "archive")
    ended = shell("restore", "archive", "lobby", "--store", "sqlite:b.db")
    assert ended.code == 7
    assert "1 records are older than this room keeps any; --retention forever keeps all" in ended.err
    ended = shell("restore", "archive", "lobby", "--store", "sqlite:c.db", "--retention", "forever")
    assert (ended.code, ended.out) == (0, "2 added, 0 known, 0 refused, 0 old, 0 expired, 0 purged\n")
    # What a store has let go of is not taken from the archive, though it runs with another retention now.
    assert shell("gc", "lobby", "--retention", "90d", "--yes").code == 0
    assert shell("archive", "lobby", "archive", "--json").code == 7
