"""The content of shells, asked of neighbours again and given to them (docs/protocol.md, "Fetching").

One neighbour after the other is asked, until one has the content; who has not says so and is not blamed.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCE_IDS_MAX,
    FETCH_LOAD_RECORDS,
    FETCH_TRIES_MAX,
    FETCHES_MAX,
    FETCHES_PER_PEER_MAX,
    PULL_PATIENCE_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import Fetch, Lacking
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Load, Request, Send
from peerset.protocol.events import FetchFailed
from peerset.protocol.giving import Purse
from peerset.protocol.recents import PREFIX_BYTES


@dataclass(slots=True)
class _Wanted:
    """What is asked for."""

    id: RecordId
    created_at: int
    asked: PeerId
    due: Monotonic
    first: PeerId | None
    """Who is asked before all others, if it is a neighbour."""
    tried: set[PeerId] = field(default_factory=set)


@dataclass(slots=True)
class _Asker:
    """What one neighbour asked for."""

    waiting: deque[RecordId] = field(default_factory=deque)
    loading: tuple[RecordId, ...] = ()


class Fetching:
    """The machine of one room: what it asks for by `fetch`, and what it is asked for by `asked`."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._able: dict[PeerId, Purse | None] = {}
        """The neighbours, the first to come first, and how much they may be given."""
        self._wanted: OrderedDict[bytes, _Wanted] = OrderedDict()
        self._askers: dict[PeerId, _Asker] = {}
        self.on_came: Callable[[int, RecordId], object] | None = None
        """Is told of what is here as a whole, whether it was asked for or not."""

    def join(self, peer: PeerId, purse: Purse | None = None) -> None:
        """Count *peer* among the neighbours; *purse* says how much it may be given."""
        self._able[peer] = purse

    def leave(self, peer: PeerId) -> None:
        """Forget *peer*; what was asked of it is asked of the next when due."""
        self._able.pop(peer, None)
        self._askers.pop(peer, None)

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        return next(iter(self._wanted.values())).due if self._wanted else None

    # What we ask for.

    def fetch(
        self,
        entries: Iterable[tuple[int, RecordId]],
        now: Moment,
        first: Callable[[RecordId], PeerId | None] = lambda _: None,
    ) -> list[Request]:
        """Ask for the content of shells, each given with its time; *first* says who is asked first."""
        fresh = [
            _Wanted(each, at, PeerId(""), now.monotonic, first(each)) for at, each in entries if not self.wants(each)
        ]
        room = max(FETCHES_MAX - len(self._wanted), 0)
        return self._ask(fresh[:room], now) + _fail(fresh[room:])

    def wants(self, record_id: RecordId) -> bool:
        """Say whether the content of a shell is asked for, and may come."""
        # Asked of every record, and mostly nothing is.
        wanted = self._wanted.get(record_id[:PREFIX_BYTES]) if self._wanted else None
        return wanted is not None and wanted.id == record_id

    def end(self, record_id: RecordId) -> None:
        """Ask no more for a record."""
        if self.wants(record_id):
            del self._wanted[record_id[:PREFIX_BYTES]]

    def came(self, created_at: int, record_id: RecordId) -> None:
        """Note that a record is here as a whole."""
        self.end(record_id)
        if self.on_came is not None:
            self.on_came(created_at, record_id)

    def lacked(self, peer: PeerId, prefixes: Iterable[bytes], now: Moment) -> list[Request]:
        """Ask others for what *peer* has not got."""
        found = [self._wanted[each] for each in prefixes if each in self._wanted and self._wanted[each].asked == peer]
        return self._ask(found, now)

    def tick(self, now: Moment) -> list[Request]:
        """Ask others for what did not come."""
        late = []
        for wanted in self._wanted.values():
            if wanted.due > now.monotonic:
                break
            late.append(wanted)
        return self._ask(late, now)

    def _ask(self, several: Sequence[_Wanted], now: Moment) -> list[Request]:
        asked: dict[tuple[PeerId, int], list[bytes]] = {}
        failed: list[_Wanted] = []
        for wanted in several:
            prefix = wanted.id[:PREFIX_BYTES]
            self._wanted.pop(prefix, None)
            peer = next((each for each in self._in_turn(wanted.first) if each not in wanted.tried), None)
            if peer is None or len(wanted.tried) >= FETCH_TRIES_MAX:
                failed.append(wanted)
                continue
            wanted.asked, wanted.due = peer, Monotonic(now.monotonic + PULL_PATIENCE_SECONDS)
            wanted.tried.add(peer)
            self._wanted[prefix] = wanted
            asked.setdefault((peer, wanted.created_at), []).append(prefix)
        questions: list[Request] = [
            Send(peer, Fetch(created_at, tuple(prefixes[start : start + ANNOUNCE_IDS_MAX])))
            for (peer, created_at), prefixes in asked.items()
            for start in range(0, len(prefixes), ANNOUNCE_IDS_MAX)
        ]
        return questions + _fail(failed)

    def _in_turn(self, first: PeerId | None) -> Iterator[PeerId]:
        if first in self._able:
            yield first
        yield from self._able

    # What we are asked for.

    def asked(self, peer: PeerId, message: Fetch, now: Moment) -> list[Request]:
        """Look for what *peer* asks for, a little at a time; say what is not here, and what there are too many of."""
        purse = self._able.get(peer)
        if purse is not None and not purse.admits(now):
            return _lack(peer, dict.fromkeys(message.prefixes))
        asker = self._askers.setdefault(peer, _Asker())
        wanted = dict.fromkeys(message.prefixes)
        for record_id in self._at(message.created_at):
            if record_id[:PREFIX_BYTES] in wanted and len(asker.waiting) < FETCHES_PER_PEER_MAX:
                del wanted[record_id[:PREFIX_BYTES]]
                asker.waiting.append(record_id)
        return _lack(peer, wanted) + self._load(peer, asker)

    def loaded(self, peer: PeerId, blobs: Sequence[bytes]) -> tuple[list[tuple[RecordId, bytes]], list[Request]]:
        """Take what was looked for; give what *peer* is to be given, and what else is to be done."""
        asker = self._askers.get(peer)
        if asker is None:
            return [], []
        ids, asker.loading = asker.loading, ()
        wires = [*blobs, *[b""] * (len(ids) - len(blobs))]
        found = [(each, wire) for each, wire in zip(ids, wires, strict=False) if wire]
        purse = self._able.get(peer)
        if purse is not None:
            purse.spend(sum(len(wire) for _, wire in found))
        here = {record_id for record_id, _ in found}
        lacking = [record_id[:PREFIX_BYTES] for record_id in ids if record_id not in here]
        return found, _lack(peer, lacking) + self._load(peer, asker)

    def _at(self, created_at: int) -> Iterator[RecordId]:
        for record_id in self._index.ids((created_at, b""), (created_at + 1, b"")):
            yield RecordId(record_id)

    @staticmethod
    def _load(peer: PeerId, asker: _Asker) -> list[Request]:
        if asker.loading or not asker.waiting:
            return []
        count = min(len(asker.waiting), FETCH_LOAD_RECORDS)
        asker.loading = tuple(asker.waiting.popleft() for _ in range(count))
        return [Load(peer, 0, asker.loading)]


def _lack(peer: PeerId, prefixes: Iterable[bytes]) -> list[Request]:
    lacking = tuple(prefixes)
    return [Send(peer, Lacking(0, lacking))] if lacking else []


def _fail(failed: Iterable[_Wanted]) -> list[Request]:
    ids = tuple(wanted.id for wanted in failed)
    return [Emit(FetchFailed(ids))] if ids else []
