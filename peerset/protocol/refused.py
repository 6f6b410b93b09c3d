"""Records refused before, which are neither asked for nor judged again.

What policies refused is kept on disk too, so that nothing is fetched twice, whatever the number of peers with other
rules and of restarts. Whoever brings such records is blamed for none: it may have other rules, or another clock. It is
slowed down instead (docs/protocol.md, "Live credit").
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from peerset.core.clock import Moment, UnixTime
from peerset.core.limits import REFUSED_BRIEFLY_MAX, REFUSED_IDS_MAX
from peerset.core.merkle import Index
from peerset.core.message import Bound, IdList, RangeItem
from peerset.core.ranges import listed_id
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.effects import Decline, KeepRefused, Request, Strike
from peerset.protocol.health import Bite, Budget

PREFIX_BYTES: Final = 8
_FIRST: Final[Bound] = (0, b"")

Sift = Callable[[bytes, tuple[bytes, ...], Bound, Iterable[RangeItem]], tuple[bytes, ...]]
"""As `Refused.sift`."""
Refuses = Callable[[Bound, Bound], bool]
"""As `Refused.is_in`."""
NOTHING_REFUSED: Final[Refuses] = lambda _lower, _upper: False  # noqa: E731


class Refused:
    """What was refused under the rules *rules_id*: for good by a policy, or else for as long as this process runs.

    Of the first kind there are at most `REFUSED_IDS_MAX` and as many as *members* holds; what comes when it is full is
    not remembered, so that what is stays. Of the second, the latest `REFUSED_BRIEFLY_MAX`.
    """

    def __init__(self, rules_id: bytes, members: Index, entries: Iterable[tuple[int, bytes]] = ()) -> None:
        kept = list(entries)
        self._rules_id = rules_id
        self._members = members
        self._index = Index.bulk(kept)
        self._count = len(self._index)
        self._prefixes = {record_id[:PREFIX_BYTES] for _, record_id in kept}
        self._brief: OrderedDict[RecordId, int] = OrderedDict()
        self._bite = Bite()

    def __contains__(self, record: Record) -> bool:
        # Asked of every record, and mostly nothing was refused.
        return bool(self._count or self._brief) and (record.created_at, record.id) in self._index

    @property
    def budget(self) -> Budget:
        """How many are remembered for good; bites while some cannot be."""
        return self._bite.budget("refused", self._count, REFUSED_IDS_MAX + len(self._members))

    def keep(self, records: Iterable[Record], now: Moment) -> list[Request]:
        """Remember *records*, which a policy refuses, here and on disk."""
        room = REFUSED_IDS_MAX + len(self._members) - self._count
        fresh = dict.fromkeys((record.created_at, record.id) for record in records if record not in self)
        entries = tuple(fresh)[: max(room, 0)]
        for created_at, record_id in entries:
            self._add(created_at, record_id)
        self._count += len(entries)
        if len(fresh) > len(entries):
            self._bite.bite(now.unix, len(fresh) - len(entries))
        elif fresh:
            self._bite.ease()
        return [KeepRefused(entries, self._rules_id)] if entries else []

    def remember(self, record: Record) -> None:
        """Remember *record* for a while: what refuses it may change its mind."""
        if record in self:
            return
        self._add(record.created_at, record.id)
        self._brief[record.id] = record.created_at
        if len(self._brief) > REFUSED_BRIEFLY_MAX:
            oldest, created_at = self._brief.popitem(last=False)
            self._index.discard(created_at, oldest)
            self._prefixes.discard(oldest[:PREFIX_BYTES])

    def has_prefix(self, prefix: bytes) -> bool:
        """Say whether *prefix* begins the id of one of them."""
        return prefix in self._prefixes

    def is_final(self, record_id: RecordId) -> bool:
        """Say whether *record_id* was refused by a policy, so that it is never taken under our rules."""
        return record_id[:PREFIX_BYTES] in self._prefixes and record_id not in self._brief

    def decline(self, arrivals: Iterable[Arrival]) -> list[Request]:
        """Tell those who brought *arrivals* that we take none of these, as far as a policy refused them."""
        declined: dict[PeerId, dict[RecordId, None]] = {}
        for arrival in arrivals:
            if arrival.peer is not None and self.is_final(arrival.record.id):
                declined.setdefault(arrival.peer, {})[arrival.record.id] = None
        return [Decline(peer, tuple(ids)) for peer, ids in declined.items()]

    def sift(
        self, salt: bytes, wanted: tuple[bytes, ...], lower: Bound, items: Iterable[RangeItem]
    ) -> tuple[bytes, ...]:
        """Leave out of *wanted* the listed ids, under *salt*, of records refused before.

        They come from a peer's *items*, the first of which begins at *lower*: only what it lists is looked through.
        """
        refused: set[bytes] = set()
        for item in items if wanted else ():
            if isinstance(item, IdList):
                refused.update(listed_id(salt, record_id) for record_id in self._index.ids(lower, item.upper))
            lower = item.upper
        return tuple(short for short in wanted if short not in refused)

    def is_in(self, lower: Bound, upper: Bound) -> bool:
        """Say whether one of them lies from *lower* up to *upper*."""
        return self._index.count(lower, upper) > 0

    def forget_before(self, before: UnixTime) -> None:
        """Forget what is dated before *before*: its age refuses it."""
        for _, record_id in self._index.entries(_FIRST, (before, b"")):
            self._prefixes.discard(record_id[:PREFIX_BYTES])
            self._brief.pop(RecordId(record_id), None)
        self._index.discard_before(before)
        self._count = len(self._index) - len(self._brief)

    def _add(self, created_at: int, record_id: bytes) -> None:
        self._index.add(created_at, record_id)
        self._prefixes.add(record_id[:PREFIX_BYTES])


def sum_up(effects: list[Request]) -> list[Request]:
    """Put one strike, with how many times, in place of equal ones; what else is asked comes first."""
    if not effects:
        return []
    strikes = Counter(effect for effect in effects if isinstance(effect, Strike))
    others = [effect for effect in effects if not isinstance(effect, Strike)]
    return [*others, *(replace(each, times=times) for each, times in strikes.items())]
