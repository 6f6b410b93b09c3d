"""Stores and the secrets they were filled by; in rooms: tests/room/test_sealed_rooms.py."""

import pytest

from peerset.core.envelope import Closed, OpenedRecord
from peerset.core.lens import Lens
from peerset.core.record import KIND_RECORD, Record
from peerset.core.seal import new_seal
from peerset.documents.document import State
from peerset.errors import ConfigError, SealError
from peerset.room.unsealing import SEALS, make_lens, settle_seals, unseal
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import ROOM, START, key
from tests.sealed import Writer

ONE, TWO = new_seal(), new_seal()


async def lens_of(*texts: str) -> Lens:
    found = await make_lens(texts, ROOM.tag)
    assert found is not None
    return found


def signed(lens: Lens | None, content: str = "said") -> Record:
    tags = [["h", ROOM.tag.hex()], ["t", "x"]]
    pen = Writer(key(1), None if lens is None else lens.seals)
    return pen.sign(created_at=START, kind=KIND_RECORD, tags=tags, content=content).envelope


async def test_without_a_secret_there_is_no_lens_and_nothing_is_asked() -> None:
    assert await make_lens([], ROOM.tag) is None
    unseal(MemoryStore(), None)
    assert await settle_seals(MemoryStore(), None) == []


async def test_a_store_that_opens_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="a store such as object opens no sealed records"):
        unseal(object(), await lens_of(ONE))  # type: ignore[arg-type] # it is no store at all


async def test_what_was_held_blindly_is_opened_and_what_stays_unread_is_given() -> None:
    store, lens, other = MemoryStore(), await lens_of(ONE), await lens_of(TWO)
    held = [signed(lens), signed(other), signed(None, "in the clear")]
    await store.add(held)
    unseal(store, lens)
    left = await settle_seals(store, lens)
    assert sorted(each.why.name for each in left) == ["FOREIGN", "UNSEALED"]
    assert await store.marked(State.SEALED) == sorted(each.id for each in held[1:])
    assert isinstance((await store.get([held[0].id]))[0], OpenedRecord)
    assert await store.wires([each.id for each in held]) == [each.wire for each in held]
    assert await store.notes(SEALS) == dict.fromkeys(lens.ids, "")
    assert [each.why for each in await settle_seals(store, lens)] == [each.why for each in left]
    both = await lens_of(TWO, ONE)
    unseal(store, both)
    assert [each.why for each in await settle_seals(store, both)] == [Closed.UNSEALED]
    for wrong in (None, lens):
        with pytest.raises(SealError, match="was filled by the secret"):
            await settle_seals(store, wrong)
