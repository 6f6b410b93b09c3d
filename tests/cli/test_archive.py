"""``peerset archive`` and ``verify``."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from peerset.cli import archive as verbs
from peerset.cli.archive import archiving
from peerset.cli.exits import ExitCode
from peerset.cli.lines import write_line
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

pytestmark = pytest.mark.real_time

KEY = SecretKey.generate(random.Random(1))
LOBBY = RoomName("peerset", "lobby")
DAY = 86_400


def record_of(days: int, number: int = 0) -> Record:
    """Make a record of today, or of so many days before yesterday: right after midnight yesterday is not closed yet."""
    at = UnixTime(int(time.time()) - (days + 1 if days else 0) * DAY)
    return sign_record(KEY, created_at=at, kind=1, tags=[("h", LOBBY.tag.hex())], content=f"{days} days, {number}")


def fill(shell: Any, home: Path, *records: Record, store: str = "") -> None:
    (home / "in.jsonl").write_bytes(b"".join(map(write_line, records)))
    given = ["--store", store] if store else []
    assert shell("import", "lobby", "in.jsonl", *given).code == 0


def test_closed_days_are_archived_once_and_verified(shell: Any, home: Path) -> None:
    fill(shell, home, *(record_of(days, number) for days in (0, 1, 2) for number in range(3)))
    first = json.loads(shell("archive", "lobby", "archive", "--json").out)
    assert (len(first["written"]), first["days"], first["records"], first["left"]) == (2, 2, 6, {})
    again = shell("archive", "lobby", f"file://{home}/archive")
    assert again.out == f"0 days written, 2 in all with 6 records; root {first['root']}\n"
    verified = shell("verify", "archive", "--root", first["root"].upper(), "--processes", "1")
    assert (verified.code, verified.out) == (0, f"2 of 2 days are whole; 6 records, root {first['root']}\n")


def test_a_day_that_was_changed_is_named_and_another_archive_is_told_by_its_root(shell: Any, home: Path) -> None:
    fill(shell, home, record_of(1), record_of(2))
    shell("archive", "lobby", "archive")
    file = max((home / "archive" / "days").iterdir())
    file.write_bytes(bytes(file.stat().st_size))
    ended = shell("verify", "archive", "--json", "--root", "00")
    assert ended.code == ExitCode.REFUSED
    assert json.loads(ended.out)["wrong"] == [file.name[:10]]
    assert f"{file.name[:10]}: days/{file.name} was changed" in ended.err
    assert "this is another archive than was meant" in ended.err


def test_a_store_that_lost_a_record_does_not_take_it_from_the_archive(shell: Any, home: Path) -> None:
    fill(shell, home, record_of(1), record_of(1, 2))
    shell("archive", "lobby", "archive")
    fill(shell, home, record_of(1, 3), store="sqlite:other.db")
    ended = shell("archive", "lobby", "archive", "--store", "sqlite:other.db")
    assert ended.code == ExitCode.REFUSED
    assert "is left as it was archived: the store has lost 2 of its records, which nobody deleted" in ended.err
    assert shell("archive", "lobby", "archive", "--store", "sqlite:other.db", "--anew").code == 0


def test_what_is_not_there_or_is_no_archive_is_said(shell: Any, home: Path) -> None:
    assert shell("archive", "lobby", "archive").code == ExitCode.MISSING
    ended = shell("verify", "nowhere")
    assert (ended.code, ended.err) == (
        ExitCode.MISSING,
        "peerset: there is no archive at nowhere: it has no manifest.json\n",
    )
    (home / "manifest.json").write_text("{}")
    ended = shell("verify", ".")
    assert ended.code == ExitCode.REFUSED
    assert "not that of an archive" in ended.err


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(place: str, name: str = "pyarrow.parquet") -> object:
        raise ModuleNotFoundError("no module", name=name)

    monkeypatch.setattr(verbs, "load", absent)
    with pytest.raises(ConfigError, match=r"pip install 'peerset\[archive\]'"):
        archiving("verify")
    monkeypatch.setattr(verbs, "load", lambda place: absent(place, "peerset.nonsense"))
    with pytest.raises(ModuleNotFoundError):
        archiving("verify")
