"""The part of memory stores that answers for documents; what it must do is in `peerset.testing.check_documents`."""

from peerset.documents.plan import plan
from peerset.stores.documented import MISFITS_MAX
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, NOON, PLACES, document


async def test_misfits_and_heads_have_their_limits() -> None:
    store = MemoryStore()
    await store.define([PLACES], span_seconds=86_400)
    await store.add([document(ANN, number, {"nothing": number}) for number in range(MISFITS_MAX + 1)])
    assert len(await store.misfits("places")) == MISFITS_MAX
    await store.add([document(ANN, number, {"title": str(number)}) for number in range(3)])
    assert len(await store.heads("places", limit=2)) == 2


async def test_it_says_that_it_reads_all() -> None:
    store = MemoryStore()
    await store.define([PLACES], span_seconds=86_400)
    await store.add([document(ANN, number, {"title": str(number)}) for number in range(3)])
    explanation = await store.explain(plan(PLACES, {"title": "0"}, now=NOON))
    assert (explanation.index, explanation.rows_read, explanation.advice) == (None, 3, "")
