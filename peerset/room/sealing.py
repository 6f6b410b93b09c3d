"""How a sealed room stands: by which secrets it is read, and what does not open."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from peerset.core.envelope import Closed, UnreadRecord, seal_id_of
from peerset.core.lens import Lens
from peerset.core.limits import SEALS_MAX
from peerset.core.record import Record
from peerset.ports import RecordSigner
from peerset.protocol.events import Happening, RecordAdded, RecordsAdded, SealUnknown
from peerset.room.pen import Pen


@dataclass(frozen=True, slots=True)
class SealStatus:
    """By which secrets a room is read, and how many of its records are read by none, as far as they came by here."""

    ids: tuple[str, ...]
    """What tells our secrets apart, in hex, the newest first; it gives nothing of them away."""
    foreign: int
    """Records sealed by secrets that are not ours."""
    broken: int
    """Records that say they are sealed by a secret of ours, and are not."""
    unsealed: int
    """Records that are not sealed at all."""


class Sealing:
    """Opens what a room is told of, and counts what does not open; without a *lens* the room is not sealed."""

    def __init__(self, lens: Lens | None = None, unread: Mapping[Closed, int] = MappingProxyType({})) -> None:
        self.lens = lens
        self._told: set[bytes] = set()
        self._news: list[SealUnknown] = []
        self._counts: Counter[Closed] = Counter(unread)

    @property
    def status(self) -> SealStatus | None:
        """How it stands; None where the room is not sealed."""
        if self.lens is None:
            return None
        ids = tuple(each.hex() for each in self.lens.ids)
        return SealStatus(ids, *(self._counts[why] for why in (Closed.FOREIGN, Closed.BROKEN, Closed.UNSEALED)))

    def pen(self, signer: RecordSigner) -> Pen:
        """Give what has records signed by *signer* here."""
        return Pen(signer, None if self.lens is None else self.lens.seals)

    def keys(self, key: str) -> list[str]:
        """Give as what the key of a keyed record may stand where all can see it."""
        return [key] if self.lens is None else self.lens.seals.hidden("d", key)

    @property
    def seals(self) -> Callable[[Record], bool] | None:
        """Says whether a secret of ours seals a record; None where the room is not sealed."""
        return None if self.lens is None else self._seals

    def prepare(self, records: Iterable[Record]) -> Iterator[Record]:
        """Give the envelopes of what our user wrote, which need not be opened again."""
        for record in records:
            if self.lens is not None:
                self.lens.prepare(record)
            yield record.envelope

    def opened(self, event: Happening) -> Happening:
        """Give *event* as those are told who have the secrets."""
        lens = self.lens
        match event:
            case RecordsAdded(news) if lens is not None:
                return RecordsAdded(tuple((self._take(lens, record), peer) for record, peer in news))
            case RecordAdded(record, peer) if lens is not None:
                return RecordAdded(self._take(lens, record), peer)
            case _:
                return event

    def read(self, record: Record) -> Record:
        """Give *record*, of which nobody is told, as those read it who have the secrets."""
        return record if self.lens is None else self.lens.open(record)

    def news(self) -> list[SealUnknown]:
        """Give each secret that is not ours and came up since this was asked, as long as they are not too many."""
        news, self._news = self._news, []
        return news

    def _seals(self, record: Record) -> bool:
        return self.lens is not None and seal_id_of(record.envelope.tags) in self.lens.seals.by_id

    def _take(self, lens: Lens, record: Record) -> Record:
        found = lens.take(record)
        if isinstance(found, UnreadRecord):
            self._counts[found.why] += 1
            if found.why is Closed.FOREIGN:
                self._note(found)
        return found

    def _note(self, record: UnreadRecord) -> None:
        seal_id = seal_id_of(record.tags)
        # Strangers may name as many secrets as they like.
        if seal_id is not None and seal_id not in self._told and len(self._told) < SEALS_MAX:
            self._told.add(seal_id)
            self._news.append(SealUnknown(seal_id.hex(), record.id))


def is_unread(record: Record) -> bool:
    """Say whether *record* says nothing here: it is sealed and not open, or in a sealed room not sealed."""
    return isinstance(record, UnreadRecord) or (type(record) is Record and seal_id_of(record.tags) is not None)
