"""What readers do not see is marked in stores before they read."""

from collections.abc import Iterable

from peerset.core.deletion import Name
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.data.marks import Marks
from peerset.documents.document import State
from peerset.protocol.events import RecordDeleted, RecordHidden, RecordsAdded
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import make_record


class Veil:
    """Hides what a test says."""

    def __init__(self) -> None:
        self.turns = 0
        self.addresses: list[Name] | None = None
        self.quarantined: set[RecordId] = set()
        self.authors: list[PublicKey] = []
        self.shadows: set[RecordId] = set()
        self.shift: tuple[set[RecordId], set[RecordId]] = (set(), set())

    @property
    def is_clear(self) -> bool:
        return not self.shadows and not self.quarantined and not self.authors

    def covers(self, record: Record) -> bool:
        return record.id in self.shadows or self.hides(record)

    def hides(self, record: Record) -> bool:
        return record.id in self.quarantined or record.author in self.authors

    def has_versions(self, address: Name) -> bool:
        return self.addresses is None or address in self.addresses

    def quarantine(self) -> Iterable[RecordId]:
        return self.quarantined

    def muted(self) -> list[PublicKey]:
        return self.authors

    def shadowed(self) -> Iterable[RecordId]:
        return self.shadows

    @property
    def has_shifted(self) -> bool:
        return any(self.shift)

    def shifted(self) -> tuple[set[RecordId], set[RecordId]]:
        shift, self.shift = self.shift, (set(), set())
        return shift


RECORDS = [make_record(number, author=1 + number % 2) for number in range(6)]


async def stored() -> tuple[MemoryStore, Veil, Marks]:
    store, veil = MemoryStore(), Veil()
    await store.add(RECORDS)
    return store, veil, Marks(store, veil)


async def test_at_first_all_that_is_hidden_is_marked_and_nothing_else() -> None:
    store, veil, marks = await stored()
    await store.mark([RECORDS[5].id], State.SHADOWED, is_set=True)
    await store.mark([RECORDS[4].id], State.HIDDEN, is_set=True)
    veil.shadows, veil.quarantined = {RECORDS[0].id}, {RECORDS[1].id}
    await marks.settle()
    assert await store.marked(State.SHADOWED) == [RECORDS[0].id]
    assert await store.marked(State.HIDDEN) == [RECORDS[1].id]


async def test_afterwards_only_what_changed_is_asked_for() -> None:
    store, veil, marks = await stored()
    await marks.settle()
    veil.shift = ({RECORDS[2].id, RECORDS[3].id}, {RECORDS[4].id})
    await marks.settle()
    assert await store.marked(State.SHADOWED) == sorted([RECORDS[2].id, RECORDS[3].id])
    veil.shift = (set(), {RECORDS[2].id})
    await marks.settle()
    assert await store.marked(State.SHADOWED) == [RECORDS[3].id]


async def test_who_is_muted_is_hidden_with_all_that_comes_and_shown_again() -> None:
    store, veil, marks = await stored()
    await marks.settle()
    veil.authors, veil.turns = [RECORDS[0].author], 1
    await marks.settle()
    assert await store.marked(State.HIDDEN) == sorted(record.id for record in RECORDS[::2])
    late = make_record(9, author=1)
    await store.add([late])
    marks.take(RecordsAdded(((late, None),)))
    await marks.settle()
    assert late.id in await store.marked(State.HIDDEN)
    veil.authors, veil.turns = [], 2
    await marks.settle()
    assert await store.marked(State.HIDDEN) == []


async def test_what_a_view_policy_hides_later_is_marked_alone() -> None:
    store, _veil, marks = await stored()
    await marks.settle()
    marks.take(RecordHidden(RECORDS[1].id, "words", "rude"))
    marks.take(RecordDeleted(RECORDS[2].id, RECORDS[3].id))
    await marks.settle()
    assert await store.marked(State.HIDDEN) == [RECORDS[1].id]


async def test_what_could_not_be_marked_is_marked_the_next_time() -> None:
    store, veil, _ = await stored()

    class Failing(MemoryStore):
        failures = 1

        async def mark(self, ids: Iterable[RecordId], state: State, *, is_set: bool) -> None:
            if self.failures:
                self.failures -= 1
                raise OSError("full")
            await super().mark(list(ids), state, is_set=is_set)

    store = Failing()
    await store.add(RECORDS)
    marks = Marks(store, veil)
    veil.shadows = {RECORDS[0].id}
    try:
        await marks.settle()
    except OSError:
        await marks.settle()
    assert await store.marked(State.SHADOWED) == [RECORDS[0].id]
