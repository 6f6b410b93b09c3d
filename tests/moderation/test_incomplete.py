"""Why a document of an atomic batch is not seen."""

import re

import pytest

import peerset
from peerset.moderation.explanation import BATCH
from tests.data.places import alone


async def batch_of(room: peerset.Room, size: int) -> list[peerset.Record]:
    """Write an atomic batch; give its documents, and its commit at the end."""
    notes, batch = room.collection("notes"), room.batch()
    for number in range(size):
        batch.put(notes, f"k{number}", number)
    docs = await batch.commit(atomic=True)
    [commit] = await room.members(kinds=[1_080])
    return [*(doc.record for doc in docs), commit]


@pytest.mark.parametrize(
    ("size", "missing", "words"),
    [
        (2, [-1], "whose commit, the record that lists all of it, is not here"),
        (2, [1], "a batch of 2 records, of which {1} is not here: until then nobody sees any of them"),
        (9, [1, 2], "a batch of 9 records, of which .*{1}.* are not here"),
        (9, [1, 2, 3, 4, 5], "and 2 others are not here"),
    ],
)
async def test_an_incomplete_batch_says_what_it_lacks(size: int, missing: list[int], words: str) -> None:
    async with alone() as one, alone() as two:
        records = await batch_of(one, size)
        gone = [records[place] for place in missing]
        await two.add([each for each in records if each not in gone])
        notes = two.collection("notes")
        assert await notes.find() == peerset.Page((), None)
        explanation = await two.moderation.explain(records[0].id)
        assert explanation is not None
        assert (explanation.policy, explanation.manifest, explanation.fate.value) == (BATCH, b"", "hidden")
        expected = words.format(*(each.id.hex()[:8] for each in records))
        assert re.search(expected, explanation.reason)
        await two.add(gone)
        assert await two.moderation.explain(records[0].id) is None
        assert len(await notes.find()) == size


async def test_what_its_author_deleted_is_not_lacking() -> None:
    async with alone() as one, alone() as two:
        records = await batch_of(one, 2)
        deletion = await one.delete(records[1])
        await two.add([records[0], records[2]])
        assert await two.moderation.explain(records[0].id) is not None
        await two.add(deletion)
        assert await two.moderation.explain(records[0].id) is None
        assert len(await two.collection("notes").find()) == 1


async def test_a_part_that_its_commit_does_not_list_says_so() -> None:
    async with alone() as one, alone() as two:
        records = await batch_of(one, 1)
        stray = await one.publish("{}", collection="notes", tags=[("batch", str(records[-1].tag_value("batch")))])
        await two.add([*records, stray])
        explanation = await two.moderation.explain(stray.id)
        assert explanation is not None
        assert "that does not list it" in explanation.reason
        assert await two.moderation.explain(records[0].id) is None
        aside = await two.publish("no part of any")
        assert await two.moderation.explain(aside.id) is None
