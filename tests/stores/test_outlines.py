"""What deletions name and what they say, in memory."""

from peerset.core.clock import UnixTime
from peerset.core.deletion import Mark, outline_of
from peerset.core.record import KIND_DELETION, KIND_KEYED, Record, sign_record
from peerset.stores.marks import Marks
from peerset.stores.outlines import Outlines
from tests.protocol.pair import START, key

AUTHOR = key(1).public_key


def keyed(number: int) -> Record:
    tags = [["d", "profile"]]
    return sign_record(key(1), created_at=START, kind=KIND_KEYED, tags=tags, content=str(number))


def deletion(at: int, *targets: Record) -> Record:
    tags = [["e", target.id.hex()] for target in targets]
    return sign_record(key(1), created_at=UnixTime(at), kind=KIND_DELETION, tags=tags, content="")


def filled(*records: Record) -> Outlines:
    outlines = Outlines(Marks())
    for record in records:
        outlines.add(record, outline_of(record))
    return outlines


def test_a_record_is_found_by_its_id_and_with_its_versions_by_their_address() -> None:
    one, two = keyed(1), keyed(2)
    outlines = filled(one, two)
    address = outline_of(one).address or b""
    assert outlines.named([one.id]) == [outline_of(one)]
    assert outlines.named([address, one.id]) == sorted(map(outline_of, (one, two)), key=lambda each: each.id)
    assert outlines.get(one.id) == outline_of(one)
    outlines.remove(one.id, {})
    outlines.remove(two.id, {})
    outlines.remove(two.id, {})
    assert (outlines.named([address]), outlines.versions(), outlines.everything()) == ([], [], [])


def test_the_newest_mark_answers_until_its_deletion_is_gone() -> None:
    target = keyed(1)
    old, new = deletion(START, target), deletion(START + 5, target)
    outlines = filled(old, new)
    records = {record.id: record for record in (old, new)}
    questions = [(target.id, AUTHOR), (target.id, key(2).public_key)]
    assert outlines.marks(questions) == [Mark(target.id, AUTHOR, UnixTime(START + 5), new.id)]
    assert outlines.deleters() == {AUTHOR}
    outlines.remove(new.id, records)
    assert outlines.marks(questions) == [Mark(target.id, AUTHOR, START, old.id)]
    outlines.remove(old.id, records)
    assert (outlines.marks(questions), outlines.deleters()) == ([], set())
