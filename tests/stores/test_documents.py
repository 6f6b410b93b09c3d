"""Documents in memory, compared with a model that works everything out anew; more in `check_documents`."""

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.limits import COLLECTIONS_MAX
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.documents.change import Bookmark, ChangeKind
from peerset.documents.commit import read_commit
from peerset.documents.definition import Definition, define
from peerset.documents.document import ABSENT, Row, State, rank_of, row_of
from peerset.documents.plan import plan
from peerset.documents.remains import Remains, remains_of
from peerset.stores.documents import BUILT_AT_ONCE, Documents
from peerset.testing.sample_documents import ANN, ANYTHING, BOB, NOON, PLACES, WIKI, commit, deletion, document

NONCE: Final = "0c" * 16


def make_records() -> list[Record]:
    records = []
    for author, number in product((ANN, BOB), range(6)):
        expires_at = NOON + number if number % 3 == 1 else None
        batch = NONCE if number == 4 else None
        text: Json = {"text": f"{number}"} if number != 5 else None
        key = f"k{number % 2}"
        records.append(document(author, number, text, collection=WIKI, key=key, batch=batch, expires_at=expires_at))
        records.append(document(author, number, {"title": f"{number}"}, key=key))
        records.append(document(author, number, {"title": f"{number}"}, batch=batch, expires_at=expires_at))
        records.append(document(author, number, {}, collection=ANYTHING if number % 2 else PLACES))
    parts = [each for each in records if each.tag_values("batch") and each.author == ANN.public_key]
    commits = [commit(ANN, NONCE, [each.id for each in parts]), commit(ANN, NONCE, [parts[0].id, records[0].id])]
    return [*records, *commits, deletion(ANN, *parts), deletion(BOB, parts[0])]


RECORDS: Final = make_records()
DEFINITIONS: Final = (PLACES, WIKI, ANYTHING)


@dataclass
class Model:
    """What is here, and nothing that could be wrong."""

    here: dict[RecordId, Record] = field(default_factory=dict)
    rows: dict[RecordId, Row] = field(default_factory=dict)
    marks: dict[RecordId, State] = field(default_factory=dict)
    remains: dict[RecordId, Remains] = field(default_factory=dict)
    now: int = 0

    def states(self) -> dict[RecordId, State]:
        alone = {each: self.alone(each) for each in self.here}
        return {each: alone[each] | self.superseded(each, alone) for each in alone}

    def alone(self, record_id: RecordId) -> State:
        state, row = self.marks.get(record_id, State(0)), self.rows.get(record_id)
        if row is None:
            return state
        is_expired = row.expires_at is not None and row.expires_at <= self.now
        state |= row.state | (State.EXPIRED if is_expired else State(0))
        return state if row.batch is None or self.is_complete(record_id) else state | State.INCOMPLETE

    def is_complete(self, record_id: RecordId) -> bool:
        author = self.here[record_id].author
        commits = [said for each in self.here.values() if each.author == author and (said := read_commit(each))]
        deleted = {
            bytes.fromhex(name)
            for each in self.here.values()
            if each.kind == KIND_DELETION and each.author == author
            for name in each.tag_values("e")
        }
        return any(record_id in said.ids and said.ids <= {*self.here, *deleted} for said in commits)

    def superseded(self, record_id: RecordId, alone: dict[RecordId, State]) -> State:
        mine = self.slot(record_id)
        rivals = [each for each in self.here if self.slot(each) == mine and not alone[each] & ABSENT]
        if mine is None or record_id not in rivals:
            return State(0)
        winner = max(rivals, key=lambda each: rank_of(self.rows[each].stamp, each))
        return State(0) if record_id == winner else State.SUPERSEDED

    def read(self, record_id: RecordId, definition: Definition) -> None:
        record, remains = self.here[record_id], self.remains.get(record_id)
        if remains is None:
            row = row_of(definition, record)
        else:
            row = remains.row(definition, record.author) if remains.name in definition.names else None
        if row is not None:
            self.rows[record_id] = row

    def slot(self, record_id: RecordId) -> object:
        row = self.rows.get(record_id)
        if row is None or row.key is None:
            return None
        return row.collection, row.key, None if row.collection == "wiki" else self.here[record_id].author


RECORD = st.sampled_from(RECORDS)
SOME = st.lists(RECORD, max_size=6)
STEP = st.one_of(
    st.tuples(st.just("add"), SOME, SOME),
    st.tuples(st.just("purge"), SOME),
    st.tuples(st.just("mark"), SOME, st.sampled_from([State.HIDDEN, State.SHADOWED]), st.booleans()),
    st.tuples(st.just("sweep"), st.integers(NOON, NOON + 6)),
    st.tuples(st.just("define"), st.sets(st.sampled_from(DEFINITIONS))),
    st.tuples(st.just("drop"), st.sampled_from(DEFINITIONS)),
    st.tuples(st.just("read"), st.integers(1, 9)),
)


class Both:
    """The documents, the model, and a reader of what changes."""

    def __init__(self) -> None:
        self.documents, self.model = Documents(0), Model()
        self.defined: set[Definition] = set()
        self.since: Bookmark | None = None
        self.told: set[RecordId] = set()

    def apply(self, step: tuple[object, ...]) -> None:
        match step:
            case "add", list(records), list(removed):
                self.add(records, removed)
            case "purge", list(records):
                self.purge(records)
            case "mark", list(records), State() as state, bool(is_set):
                self.documents.mark([each.id for each in records], state, is_set=is_set)
                for each in {each.id for each in records} & {*self.model.here}:
                    old = self.model.marks.get(each, State(0))
                    self.model.marks[each] = old | state if is_set else old & ~state
            case "sweep", int(now):
                self.model.now = max(self.model.now, now)
                self.documents.sweep(UnixTime(now))
            case "define", set(definitions):
                self.define(definitions)
            case "drop", Definition() as definition:
                self.documents.drop([definition.name])
                self.defined.discard(definition)
                self.model.rows = {at: row for at, row in self.model.rows.items() if row.collection != definition.name}
            case "read", int(limit):
                self.read(limit)
            case _:
                raise AssertionError(step)

    def add(self, records: list[Record], removed: list[Record]) -> None:
        self.documents.add(records, [each.id for each in removed])
        for each in records:
            if each.id not in self.model.here:
                self.model.here[each.id] = each
                for definition in self.defined:
                    self.model.read(each.id, definition)
        for each in removed:
            self.model.here.pop(each.id, None)
            self.model.rows.pop(each.id, None)
            self.model.marks.pop(each.id, None)
            self.model.remains.pop(each.id, None)

    def purge(self, records: list[Record]) -> None:
        """Purge what is neither a commit nor a deletion: what these said is forgotten by stores as they like."""
        ids = [each.id for each in records if each.kind not in (KIND_DELETION, 1_080)]
        self.documents.purge(ids)
        for each in {*ids} & {*self.model.here}:
            self.model.marks[each] = self.model.marks.get(each, State(0)) | State.VOID
            remains, row = remains_of(self.model.here[each]), self.model.rows.get(each)
            if remains is not None:
                self.model.remains[each] = remains if row is None else replace(remains, state=row.state)

    def define(self, definitions: set[Definition]) -> None:
        self.documents.define(sorted(definitions, key=lambda each: each.name))
        while self.documents.build():
            pass
        for definition in definitions - self.defined:
            for each in self.model.here:
                self.model.read(each, definition)
        self.defined |= definitions

    def read(self, limit: int) -> bool:
        page = self.documents.log.changes(self.since, self.documents.records, limit=limit)
        for change in page.changes:
            if change.kind in (ChangeKind.ADDED, ChangeKind.SHOWN):
                assert change.record.id not in self.told
                self.told.add(change.record.id)
            else:
                self.told.remove(change.record.id)
        self.since = page.end
        return not page.is_last

    def compare(self) -> None:
        states = self.model.states()
        bits = [each for each in State if each != State.SEALED]
        assert {bit: self.documents.marked(bit) for bit in bits} == {
            bit: sorted(each for each, state in states.items() if state & bit) for bit in bits
        }
        for definition in self.defined:
            seen = {each for each, row in self.model.rows.items() if row.collection == definition.name}
            found = self.documents.matching(plan(definition, now=NOON))
            assert {record.id for record, _ in found} == {each for each in seen if not states[each]}
        while self.read(3):
            pass
        assert self.told == {each for each, state in states.items() if not state}


@settings(max_examples=25)
@given(st.lists(STEP, max_size=25))
def test_whatever_happens_it_agrees_with_a_model_that_works_everything_out_anew(
    steps: list[tuple[object, ...]],
) -> None:
    both = Both()
    for step in steps:
        both.apply(step)
    both.compare()


def test_it_builds_by_steps() -> None:
    documents = Documents(0)
    documents.add([document(ANN, number, {"title": "x"}) for number in range(BUILT_AT_ONCE + 5)], ())
    documents.define([PLACES])
    assert documents.size("places") == 0
    assert documents.build() == 5
    assert documents.size("places") == BUILT_AT_ONCE
    assert documents.build() == 0


def test_a_room_has_a_limit_of_collections() -> None:
    documents = Documents(0)
    documents.define([define(f"c{number}") for number in range(COLLECTIONS_MAX)])
    documents.define([define("c0", shared=True)])
    assert len(documents.definitions) == COLLECTIONS_MAX
