"""The SQLite store keeps views."""

import itertools
from pathlib import Path

import pytest

from peerset.errors import ConfigError
from peerset.ports import ViewStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_views import check_views


@pytest.mark.real_time
async def test_it_keeps_the_contract_of_stores_of_views(tmp_path: Path) -> None:
    numbers = itertools.count()

    async def make() -> ViewStore:
        return await open_sqlite(str(tmp_path / f"{next(numbers)}.db"))

    await check_views(make)


@pytest.mark.real_time
async def test_a_view_that_is_not_there_is_refused(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "room.db"))
    with pytest.raises(ConfigError, match="this store keeps no view 'none'"):
        await store.view_rows("none", [], limit=None, is_reversed=False)
    await store.aclose()
