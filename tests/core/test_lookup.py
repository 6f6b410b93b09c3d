"""The record that first digits or an address mean."""

import pytest

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.lookup import CANDIDATES_SHOWN_MAX, find_id
from peerset.core.nip19 import AddressPointer, encode_nip19
from peerset.core.record import Record, RecordId, sign_record
from peerset.errors import ConfigError
from peerset.stores.memory import MemoryStore

KEY = SecretKey(bytes(31) + b"\7")
NOW = 1_790_000_000


class Ids:
    """Knows some ids."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids

    async def entries(self) -> list[tuple[int, bytes]]:
        return [(0, bytes.fromhex(each.ljust(64, "0"))) for each in self.ids]

    async def query(self, _: Filter) -> list[Record]:
        raise AssertionError("ids are all that is asked for")


async def test_first_digits_find_the_one_record_that_has_them() -> None:
    ids = Ids("3f2a01", "3f2a02", "77")
    assert await find_id("7700", ids) == bytes.fromhex("77".ljust(64, "0"))
    assert await find_id("3f2a01", ids) == bytes.fromhex("3f2a01".ljust(64, "0"))
    assert await find_id("3f2a0", Ids("3f2a01")) == bytes.fromhex("3f2a01".ljust(64, "0"))
    assert await find_id("eeee", ids) is None
    whole = RecordId(bytes(32))
    assert await find_id(whole, ids) == whole
    assert await find_id("0000", ids, also=[whole]) == whole


async def test_first_digits_of_several_list_them() -> None:
    with pytest.raises(ConfigError, match=r"2 records have an id that begins with '3f2a': 3f2a010{10}, 3f2a020{10}$"):
        await find_id("3F2A", Ids("3f2a01", "3f2a02"))
    many = Ids(*(f"3f2a{number:02}" for number in range(CANDIDATES_SHOWN_MAX + 1)))
    with pytest.raises(ConfigError, match=r"\.\.\.$"):
        await find_id("3f2a", many)


@pytest.mark.parametrize(("kind", "key"), [(30_023, "a"), (30_023, ""), (0, ""), (10_002, "")])
async def test_an_address_means_its_newest_version(kind: int, key: str) -> None:
    def version(age: int, *tags: tuple[str, str], author: SecretKey = KEY) -> Record:
        return sign_record(author, created_at=UnixTime(NOW - age), kind=kind, tags=tags, content="")

    store = MemoryStore()
    named = (("d", key), ("d", "second")) if key else ()
    newest, oldest = version(5, *named), version(9, *named)
    elsewhere = version(1, ("d", "second"), ("d", key)) if key else version(1, author=SecretKey(bytes(31) + b"\x08"))
    await store.add([oldest, newest, elsewhere])
    address = AddressPointer(kind, KEY.public_key, key)
    assert await find_id(address, store) == await find_id(f"nostr:{encode_nip19(address)}", store) == newest.id
    assert await find_id(AddressPointer(kind, KEY.public_key, "absent"), store) is None


async def test_what_has_no_versions_has_no_address() -> None:
    store = MemoryStore()
    await store.add([sign_record(KEY, created_at=UnixTime(NOW), kind=1, tags=[["d", "a"]], content="")])
    assert await find_id(AddressPointer(1, KEY.public_key, "a"), store) is None
