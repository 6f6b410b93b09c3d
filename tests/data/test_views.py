"""Views of a room."""

import asyncio

import pytest

from peerset.core.limits import VIEWS_MAX
from peerset.data.pulse import Pulse
from peerset.data.views import View
from peerset.documents.change import Change
from peerset.documents.view import VIEW_BATCH, ViewWriter
from peerset.errors import ConfigError, ViewError
from peerset.stores.memory import MemoryStore
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import ANN, ANYTHING, document, sample_places


async def test_it_takes_all_that_is_saved_and_is_read_by_prefix() -> None:
    store = MemoryStore()
    records = [document(ANN, number, {"title": str(number)}) for number in range(VIEW_BATCH + 5)]
    await store.add(records)
    view = View(store, Pulse(), "words", count_words, version=1)
    await view.ready()
    assert await view.get(["all"]) == len(records)
    assert await view.get(["none"], "nothing") == "nothing"
    rows = await view.range(["content"], limit=2, reverse=True)
    assert [key[0] for key, _ in rows] == ["content", "content"]
    assert repr(view) == "<View 'words', version 1>"


async def test_it_follows_in_the_background() -> None:
    store, pulse = MemoryStore(), Pulse()
    view = View(store, pulse, "words", count_words, version=1, collections=["places"])
    task = asyncio.create_task(view.run(), name="view")
    for number, record in enumerate(sample_places()[:5], 1):
        await store.add([record, document(ANN, number, {}, collection=ANYTHING)])
        pulse.beat()
        for _ in range(9):
            await asyncio.sleep(0)
        assert await view.get(["all"]) == number
    task.cancel()
    await asyncio.wait([task])


async def test_a_function_that_raises_stops_it_and_nobody_else() -> None:
    def fail(tx: ViewWriter, change: Change) -> None:
        raise KeyError(change.record.content)

    store, pulse = MemoryStore(), Pulse()
    await store.add(sample_places()[:1])
    view, other = (View(store, pulse, name, step, version=1) for name, step in (("a", fail), ("b", count_words)))
    await view.run()
    assert "stopped" in repr(view)
    for _ in range(2):
        with pytest.raises(ViewError, match=r"the view 'a' stopped: KeyError") as caught:
            await view.ready()
        assert isinstance(caught.value.__cause__, KeyError)
    assert view.error is caught.value
    await other.ready()
    again = View(store, pulse, "a", count_words, version=1)
    with pytest.raises(ViewError, match=r"the view 'a' stopped: KeyError"):
        await again.ready()
    await View(store, pulse, "a", count_words, version=2).ready()


async def test_views_have_limits() -> None:
    store, pulse = MemoryStore(), Pulse()
    for number in range(VIEWS_MAX):
        await View(store, pulse, f"v{number}", count_words, version=1).ready()
    with pytest.raises(ConfigError, match="at most 32 views"):
        await View(store, pulse, "more", count_words, version=1).ready()
    view = View(store, pulse, "v0", count_words, version=1)
    for wrong in (-1, 1.0, True, "5"):
        with pytest.raises(ConfigError, match="a limit is a whole number"):
            await view.range(limit=wrong)  # type: ignore[arg-type] # that is what is tried
    with pytest.raises(ConfigError, match="a key of a view"):
        await view.range([[1]])  # type: ignore[list-item] # that is what is tried


@pytest.mark.parametrize("version", [-1, 1.5, "1", None, True, 2**31])
def test_a_version_is_a_whole_number(version: int) -> None:
    with pytest.raises(ConfigError, match="a version of a view"):
        View(MemoryStore(), Pulse(), "v", count_words, version=version)


def test_a_view_is_kept_by_a_function() -> None:
    with pytest.raises(ConfigError, match="a view is kept by a function, not by 5"):
        View(MemoryStore(), Pulse(), "v", 5, version=1)  # type: ignore[arg-type] # that is what is tried
