"""What others changed in the store that we share with them: it is ours as it is, for they verified and judged it."""

from collections.abc import Container

from peerset.core.keys import PublicKey
from peerset.core.merkle import Index
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.protocol.effects import Emit, Relay, Request
from peerset.protocol.events import RecordDeleted, RecordsAdded
from peerset.protocol.fetching import Fetching
from peerset.protocol.inputs import Changed


class Adoption:
    """Takes what others saved into *index*; what is *pending* here is told once it is saved here, too."""

    def __init__(
        self, index: Index, fetching: Fetching, *, deleters: set[PublicKey], pending: Container[RecordId]
    ) -> None:
        self._index = index
        self._fetching = fetching
        self._deleters = deleters
        self._pending = pending

    def take(self, changed: Changed) -> list[Request]:
        """Have what came, and let go of what went."""
        effects: list[Request] = []
        for created_at, record_id, by in changed.gone:
            if self._index.discard(created_at, record_id):
                effects.append(Emit(RecordDeleted(record_id, by)))
        if changed.expired is not None:
            self._index.discard_before(changed.expired.before)
            effects.append(Emit(changed.expired))
        for created_at, record_id in changed.hollow:
            self._index.add(created_at, record_id)
        gone = {record_id for _, record_id, _ in changed.gone}
        news = [record for record in changed.came if record.id not in gone and self._is_new(record)]
        if news:
            told = tuple([(record, None) for record in news])
            effects += [Emit(RecordsAdded(told)), Relay(told)]
        return effects

    def _is_new(self, record: Record) -> bool:
        if record.kind == KIND_DELETION:
            self._deleters.add(record.author)
        is_known = (record.created_at, record.id) in self._index
        if not is_known and record.id not in self._pending:
            self._index.add(record.created_at, record.id)
        self._fetching.came(record.created_at, record.id)
        return not is_known and record.id not in self._pending
