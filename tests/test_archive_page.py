"""docs/archive.md: its SQL and its pandas read an archive, and its tables are those of the code."""

import json
import re
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from peerset.archive import limits
from peerset.archive.table import SCHEMA
from peerset.core.record import Record
from peerset.stores.memory import MemoryStore
from tests.archive.rooms import KEY, LOBBY, TODAY, archive, record_on

PAGE: Final = (Path(__file__).resolve().parents[1] / "docs" / "archive.md").read_text("utf-8")


def note(day: int, number: int, text: str) -> Record:
    return record_on(day, number, tags=[("c", "notes")], content=json.dumps({"text": text}))


async def archived(folder: Path) -> None:
    store = MemoryStore()
    await store.bind(LOBBY.tag)
    days = (TODAY - 2, TODAY - 1)
    await store.add([note(day, number, f"{day} {number}") for day in days for number in range(2)])
    await store.add([gone := record_on(TODAY - 1, 7)])
    await archive(store, folder / "archive")
    await store.purge([gone.id])
    await archive(store, folder / "archive", purged=frozenset([gone.id]))
    # One of a run that broke half way.
    (folder / "archive" / "days" / "2026-01-31-0123456789abcdef.parquet").write_bytes(b"PAR1")


@pytest.mark.interop(client="duckdb", what="reads archives of a room")
@pytest.mark.real_time
async def test_its_sql_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await archived(tmp_path)
    monkeypatch.chdir(tmp_path)
    [program] = re.findall(r"(?s)```sql\n(.*?)```", PAGE)
    with duckdb.connect() as db:
        answers = [db.execute(statement).fetchall() for statement in duckdb.extract_statements(program)]
    *_, days, authors, texts = answers
    assert [(records, people) for _, records, people in days] == [(2, 1), (3, 1)]
    assert authors == [(KEY.public_key.hex(), 5)]
    assert texts == [(f"{day} {number}",) for day in (TODAY - 2, TODAY - 1) for number in range(2)]


@pytest.mark.interop(client="pandas", what="reads archives of a room")
@pytest.mark.real_time
async def test_its_pandas_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await archived(tmp_path)
    monkeypatch.chdir(tmp_path)
    [program] = re.findall(r"(?s)```python\n(.*?)```", PAGE)
    scope: dict[str, Any] = {}
    exec(program, scope)
    assert scope["by_author"].to_dict() == {KEY.public_key.hex(): 5}
    assert scope["records"]["content"].isna().sum() == 1


def test_its_columns_and_limits_are_those_of_the_code() -> None:
    columns = re.findall(r"(?m)^\| `(\w+)` \| (?:\d+ bytes|\d+-bit integer|lists of texts|text) \|", PAGE)
    assert columns == SCHEMA.names
    said = {
        name: int(value.replace(",", "")) for name, value in re.findall(r"(?m)^\| `(\w+_MAX)` \| ([\d,]+) \|", PAGE)
    }
    assert said == {name: getattr(limits, name) for name in said}
    assert len(said) == 7
