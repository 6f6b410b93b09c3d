"""Which version we wrote last of each register: who writes it again need not ask the store for all there are."""

from collections import OrderedDict
from collections.abc import Iterable

from peerset.core.expiration import EXPIRATION_TAG
from peerset.core.limits import DOCUMENT_LINKS_MAX, OWN_HEADS_MAX
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId
from peerset.core.stamp import stamp_of
from peerset.data.turns import Register
from peerset.documents.definition import Definition
from peerset.documents.document import BATCH_TAG, State, Version
from peerset.protocol.events import Happening, RecordDeleted, RecordHidden, RecordsAdded, RecordsExpired


class OwnHeads:
    """The registers of which a version of ours is the only head, and that version.

    A version that follows all heads is the only one, until anything else happens that may touch its register: what that
    is need not be understood here, it is enough to forget. There are at most `OWN_HEADS_MAX`: those written longest ago
    are forgotten first.
    """

    def __init__(self) -> None:
        self._heads: OrderedDict[Register, Version] = OrderedDict()
        self._asked: OrderedDict[Register, None] = OrderedDict()
        """Of which it was asked what a new version follows, and nothing happened since."""
        self._written: dict[RecordId, tuple[Register, Version]] = {}
        """What is on its way to the store."""

    def __len__(self) -> int:
        return len(self._heads)

    def get(self, register: Register) -> Version | None:
        """Give the only head of a register; None when that is not known."""
        return self._heads.get(register)

    def ask(self, registers: Iterable[Register]) -> None:
        """Note that what new versions of *registers* follow is looked up from now on, by who has their turns."""
        for register in registers:
            self._asked[register] = None
            self._asked.move_to_end(register)
            if len(self._asked) > OWN_HEADS_MAX:
                self._asked.popitem(last=False)

    def expect(self, definition: Definition, record: Record) -> None:
        """Note that *record* is about to be saved; a version follows all heads that there were when it was asked."""
        version, register = _only_head(definition, record), _register_of(record)
        if version is not None and register in self._asked:
            self._written[record.id] = register, version
        self._asked.pop(register, None)

    def let_go(self, records: Iterable[Record]) -> None:
        """Note that they are saved, or came to nothing."""
        for record in records:
            self._written.pop(record.id, None)

    def clear(self) -> None:
        """Forget all."""
        self._heads.clear()
        self._asked.clear()
        self._written.clear()

    def take(self, event: Happening) -> None:
        """Follow what happens in the room."""
        match event:
            case RecordsAdded(news):
                for record, _ in news:
                    self._take_record(record)
            case RecordDeleted() | RecordHidden() | RecordsExpired():
                self.clear()
            case _:
                pass

    def _take_record(self, record: Record) -> None:
        written = self._written.pop(record.id, None)
        if written is not None:
            self._keep(*written)
        elif record.kind not in (KIND_RECORD, KIND_KEYED) or record.tag_value(BATCH_TAG) is not None:
            # It may complete a batch, and others count from then on.
            self.clear()
        elif record.kind == KIND_KEYED:
            self._forget(_register_of(record))

    def _keep(self, register: Register, version: Version) -> None:
        self._heads[register] = version
        self._heads.move_to_end(register)
        if len(self._heads) > OWN_HEADS_MAX:
            self._heads.popitem(last=False)

    def _forget(self, register: Register) -> None:
        self._heads.pop(register, None)
        self._asked.pop(register, None)
        for record_id in [each for each, (written, _) in self._written.items() if written == register]:
            del self._written[record_id]


def _register_of(record: Record) -> Register:
    name, _, key = (record.tag_value("d") or "").partition("/")
    return name, key


def _only_head(definition: Definition, record: Record) -> Version | None:
    """Give a version that follows all heads as the only one from then on; None where something else may befall it."""
    names = [tag[0] for tag in record.tags]
    if record.kind != KIND_KEYED or definition.older or names.count("e") >= DOCUMENT_LINKS_MAX:
        return None
    if EXPIRATION_TAG in names or BATCH_TAG in names:
        return None
    return Version(record.id, record.author, stamp_of(record), State(0) if record.content else State.VOID, ())
