"""Which blobs are named by records, and seen."""

from peerset.core.blob import Root
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId, sign_record
from peerset.drive.names import Names

KEY = SecretKey(bytes(31) + b"\1")
ROOT = Root(bytes(range(32)))


def naming(number: int, root: Root = ROOT) -> Record:
    tags = [("blob", root.hex(), "5")] if number else []
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
    assert names.all == []
    assert not names.is_by(ROOT, KEY.public_key)


async def test_what_nobody_names_is_not_seen() -> None:
    assert not await Names(Shelf()).is_seen(ROOT)
