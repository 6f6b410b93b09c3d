"""Stores and the secrets they were filled by; in rooms: tests/room/test_sealed_rooms.py."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from peerset.core.envelope import Closed, OpenedRecord
from peerset.core.lens import Lens
from peerset.core.record import KIND_RECORD, Record, RecordId
from peerset.core.seal import new_seal
from peerset.documents.document import State
from peerset.errors import ConfigError, SealError
from peerset.room.unsealing import READ_AT_ONCE, SEALS, make_lens, settle_seals, unseal
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
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
    assert await settle_seals(MemoryStore(), None) == {}


async def test_a_store_that_opens_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="a store such as object opens no sealed records"):
        unseal(object(), await lens_of(ONE))  # type: ignore[arg-type] # it is no store at all


async def test_what_was_held_blindly_is_opened_and_what_stays_unread_is_given() -> None:
    store, lens, other = MemoryStore(), await lens_of(ONE), await lens_of(TWO)
    held = [signed(lens), signed(other), signed(None, "in the clear")]
    await store.add(held)
    unseal(store, lens)
    left = await settle_seals(store, lens)
    assert left == {Closed.FOREIGN: 1, Closed.UNSEALED: 1, Closed.BROKEN: 0}
    assert await store.marked(State.SEALED) == sorted(each.id for each in held[1:])
    assert isinstance((await store.get([held[0].id]))[0], OpenedRecord)
    assert await store.wires([each.id for each in held]) == [each.wire for each in held]
    assert await store.notes(SEALS) == dict.fromkeys(lens.ids, "")
    assert await settle_seals(store, lens) == left
    both = await lens_of(TWO, ONE)
    unseal(store, both)
    assert await settle_seals(store, both) == {Closed.FOREIGN: 0, Closed.UNSEALED: 1, Closed.BROKEN: 0}
    for wrong in (None, lens):
        with pytest.raises(SealError, match="was filled by the secret"):
            await settle_seals(store, wrong)


class Counted(MemoryStore):
    """Counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        self.read += len(ids)
        return await super().get(ids)


async def test_what_is_known_not_to_open_is_read_again_only_when_a_new_secret_may_open_it() -> None:
    store, lens, other = Counted(), await lens_of(ONE), await lens_of(TWO)
    await store.add([signed(lens), signed(other), signed(other), signed(None, "in the clear")])
    unseal(store, lens)
    left = await settle_seals(store, lens)
    assert (left, store.read) == ({Closed.FOREIGN: 2, Closed.UNSEALED: 1, Closed.BROKEN: 0}, 4)
    assert (await settle_seals(store, lens), store.read) == (left, 4)
    both = await lens_of(TWO, ONE)
    unseal(store, both)
    assert await settle_seals(store, both) == {Closed.FOREIGN: 0, Closed.UNSEALED: 1, Closed.BROKEN: 0}
    assert store.read == 6


@pytest.mark.real_time
async def test_a_file_that_remembers_no_reasons_learns_them(tmp_path: Path) -> None:
    lens, other = await lens_of(ONE), await lens_of(TWO)
    strange = [signed(other), signed(None, "in the clear")]
    store = await open_sqlite(str(tmp_path / "room.db"))
    unseal(store, lens)
    await store.add([signed(lens), *strange])
    left = await settle_seals(store, lens)
    await store.mark([each.id for each in strange], State.FOREIGN | State.UNSEALED, is_set=False)
    assert await store.marked(State.FOREIGN) == []
    assert await settle_seals(store, lens) == left == {Closed.FOREIGN: 1, Closed.UNSEALED: 1, Closed.BROKEN: 0}
    assert await store.marked(State.SEALED) == sorted(each.id for each in strange)
    await store.aclose()


async def test_whether_a_secret_that_is_not_at_hand_was_used_is_found_without_reading_all() -> None:
    store, lens = Counted(), await lens_of(ONE)
    unseal(store, lens)
    await store.add([signed(lens, str(number)) for number in range(3 * READ_AT_ONCE)])
    await settle_seals(store, lens)
    before = store.read
    with pytest.raises(SealError, match="was filled by the secret"):
        await settle_seals(store, await lens_of(TWO))
    assert store.read - before == READ_AT_ONCE
