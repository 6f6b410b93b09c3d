"""Fields whose names mean something to SQL, or look like others."""

from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.limits import COLLECTION_FIELDS_MAX
from peerset.documents.definition import define
from peerset.documents.plan import Figure, plan
from peerset.ports import DocumentStore
from peerset.stores.memory import MemoryStore
from peerset.testing.check_documents import build
from peerset.testing.sample_documents import ANN, NOON, SPAN_SECONDS, document
from tests.stores.files import opened

pytestmark = pytest.mark.real_time

WORDS: Final = ("select", "Select", "SELECT", "number", "span", "state", "stamp", "rowid", "f0", "id", "c", "index")
SIGNS: Final = (
    '"',
    "'",
    "`",
    "[x]",
    "a b",
    ";--",
    "%",
    "?",
    ":a",
    "\\",
    "\n",
    "\0",
    "é",
    "e\u0301",
    "\U0001f30d",
    "İ",
    "i",
)
LONG: Final = tuple(f"{chr(0x4E00 + place) * 60}{place}" for place in range(COLLECTION_FIELDS_MAX))


async def both(path: Path, fields: tuple[str, ...], **options: Any) -> None:
    """See that a file and a memory give the same for values of these fields."""
    schema = {"type": "object", "properties": {field: {"type": "number"} for field in fields}}
    definition = define("odd", schema, indexes=fields[:16], **options)
    records = [
        document(ANN, at, {field: at * place % 7 for place, field in enumerate(fields, at)}, collection=definition)
        for at in range(9)
    ]
    async with opened(path) as file:
        memory = MemoryStore()
        stores: tuple[DocumentStore, ...] = (file, memory)
        for store in stores:
            await store.define([definition], span_seconds=SPAN_SECONDS)
            await store.add(records)
            await build(store)
        for field in fields:
            asked = plan(definition, {field: {"gte": 3}}, order=[f"-{field}"], now=NOON)
            found = await memory.find(asked)
            assert await file.find(asked) == found, field
            assert found
            figures = [Figure("total", "sum", field), Figure("n", "count", None)]
            assert await file.aggregate(asked, figures, by=field) == await memory.aggregate(asked, figures, by=field)
        rows = await file.sql("SELECT * FROM odd", ())
        assert len({name.casefold() for name in rows.columns}) == len(rows.columns)
        assert len(rows.columns) >= len(fields)


@pytest.mark.parametrize("fields", [WORDS, SIGNS, LONG, ("a-b", "A-B")])
async def test_fields_are_told_apart_whatever_they_are_called(tmp_path: Path, fields: tuple[str, ...]) -> None:
    await both(tmp_path / "room.db", fields)
