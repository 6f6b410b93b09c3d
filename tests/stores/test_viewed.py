"""What views in memory keep, and let go; what they must do is in `peerset.testing.check_views`."""

import pytest

from peerset.errors import ConfigError
from peerset.stores.memory import MemoryStore
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import sample_places

RECORDS = sample_places()[:6]


def kept(store: MemoryStore) -> int:
    return len(store._documents.log._kept)


async def test_what_is_gone_is_kept_until_every_view_has_seen_it_go() -> None:
    store = MemoryStore()
    await store.add(RECORDS)
    await store.add([], removed=[RECORDS[0].id])
    assert kept(store) == 0
    for name in ("one", "two"):
        await store.open_view(name, 1)
        await store.advance_view(name, count_words, limit=9)
    await store.add([], removed=[RECORDS[1].id, RECORDS[2].id])
    assert kept(store) == 2
    await store.advance_view("one", count_words, limit=9)
    assert kept(store) == 2
    await store.advance_view("two", count_words, limit=1)
    assert kept(store) == 2
    await store.drop_view("two")
    assert kept(store) == 0


async def test_a_view_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="this store keeps no view 'none'"):
        await MemoryStore().view_rows("none", [], limit=None, is_reversed=False)
