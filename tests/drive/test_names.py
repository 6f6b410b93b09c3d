"""Which blobs are named by records, and seen."""

from peerset.core.blob import BlobName, Root
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId, sign_record
from peerset.drive.names import Names

KEY = SecretKey(bytes(31) + b"\1")
ROOT = Root(bytes(range(32)))


def naming(number: int, root: Root = ROOT, size: int = 5) -> Record:
    tags = [("blob", root.hex(), str(size))] if number else []
    return sign_record(KEY, created_at=UnixTime(1_790_000_000 + number), kind=30_078, tags=tags, content="")


class Shelf:
    """What is here and seen, as a room would say."""

    def __init__(self, *records: Record) -> None:
        self.records = {record.id: record for record in records}
        self.hidden: set[RecordId] = set()

    async def get(self, record_id: RecordId) -> Record | None:
        return self.records.get(record_id)

    def is_withheld(self, record: Record) -> bool:
        return record.id in self.hidden


async def test_a_blob_is_seen_while_a_record_is_that_names_it() -> None:
    one, two = naming(1), naming(2)
    shelf = Shelf(one, two)
    names = Names(shelf)
    assert [each.size for each in names.add([naming(0), one])] == [5]
    assert names.add([two]) == []
    assert names.is_by(ROOT, KEY.public_key)
    shelf.hidden.add(one.id)
    assert await names.is_seen(ROOT)
    shelf.hidden.add(two.id)
    assert not await names.is_seen(ROOT)
    assert await names.is_named(ROOT)
    shelf.records.clear()
    assert not await names.is_named(ROOT)
    assert (names.roots, names.claims(ROOT)) == ([], [])
    assert not names.is_by(ROOT, KEY.public_key)


async def test_each_size_that_is_said_of_a_blob_may_be_its_own_until_it_is_refuted() -> None:
    records = [naming(number, size=size) for number, size in enumerate((5, 7, 5, *range(10, 30)), 1)]
    shelf = Shelf(*records)
    names = Names(shelf)
    assert [each.size for each in names.add(records)] == [5]
    assert [each.size for each in names.claims(ROOT)] == [5, 7, *range(10, 16)]
    names.refute(BlobName(ROOT, 5))
    names.refute(BlobName(ROOT, 11))
    assert [each.size for each in names.claims(ROOT)] == [7, 10, *range(12, 18)]
    names.refute(BlobName(Root(bytes(32)), 5))
    assert names.roots == [ROOT]
    # What nobody names any more is forgotten with what was refuted of it.
    shelf.records.clear()
    assert not await names.is_named(ROOT)
    names.add([naming(1)])
    assert [each.size for each in names.claims(ROOT)] == [5]


async def test_what_nobody_names_is_not_seen() -> None:
    assert not await Names(Shelf()).is_seen(ROOT)
