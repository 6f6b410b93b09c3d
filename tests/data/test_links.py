"""The graph of links between documents is read."""

import pytest

from peerset.errors import ConfigError
from tests.data.places import alone, foreign


async def test_links_to_nothing_mean_nothing_and_are_named() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        one = await notes.add(1)
        two = await notes.add(2, follows=one)
        lost = bytes([9]) * 32
        liar = foreign(
            room,
            "3",
            tags=[("c", "notes"), ("e", lost.hex(), "", "prev"), ("e", two.id.hex(), "", "prev")],
            at=one.stamp / 1_000_000 - 100,
        )
        await room.add([liar])
        assert await notes.missing() == [lost]
        assert await notes.parents(two) == [one]
        # Dated before what it says it follows, so that it follows nothing.
        assert await notes.parents(liar) == []
        assert await notes.children(two) == []
        assert await notes.children(one.id.hex()) == [two]
        assert [doc async for doc in notes.ancestors(two)] == [one]
        assert [doc.value for doc in await notes.heads()] == [2, 3]
        with pytest.raises(ConfigError, match="no document"):
            await notes.parents(lost)
