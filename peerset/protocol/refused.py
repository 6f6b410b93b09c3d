"""Records refused before, which are neither asked for nor judged again, and what bringing a refused one costs.

A peer whose hello names our rules knows what we refuse. Any other may be honest: it cannot know, so what it says when
asked, or in a round of sync, costs it next to nothing, and more only what it pushes.
"""

from collections import Counter, OrderedDict
from dataclasses import replace
from typing import Final

from peerset.core.limits import REFUSED_IDS_MAX
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.effects import Request, Strike
from peerset.protocol.strikes import Fault

PREFIX_BYTES: Final = 8


class Refused:
    """The ids of the latest `REFUSED_IDS_MAX` records that were refused."""

    def __init__(self) -> None:
        self._are_by_policy: OrderedDict[RecordId, bool] = OrderedDict()
        self._prefixes: set[bytes] = set()

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._are_by_policy

    def remember(self, record_id: RecordId, *, is_by_policy: bool) -> None:
        """Add *record_id*, and forget the oldest of too many."""
        self._are_by_policy[record_id] = is_by_policy
        self._prefixes.add(record_id[:PREFIX_BYTES])
        if len(self._are_by_policy) > REFUSED_IDS_MAX:
            oldest, _ = self._are_by_policy.popitem(last=False)
            self._prefixes.discard(oldest[:PREFIX_BYTES])

    def has_prefix(self, prefix: bytes) -> bool:
        """Say whether *prefix* begins the id of one of them."""
        return prefix in self._prefixes

    def short_ids(self, salt: bytes) -> frozenset[bytes]:
        """Give their short ids under *salt*."""
        return frozenset(short_id(salt, record_id) for record_id in self._are_by_policy)

    def fault_of(self, arrival: Arrival) -> Fault | None:
        """Give what it costs to bring a record that was refused before."""
        if arrival.is_bound and self._are_by_policy[arrival.record.id]:
            return Fault.BREACH
        # With other rules a round brings the same records each time, and all it costs us is to look here.
        return Fault.REFUSED if arrival.is_pushed else None


def fault_of_refused(arrival: Arrival) -> Fault:
    """Give what it costs to bring a record that a policy refuses for the first time."""
    if arrival.is_bound:
        return Fault.BREACH
    return Fault.UNWELCOME if arrival.is_pushed else Fault.FRUITLESS


def sum_up(effects: list[Request]) -> list[Request]:
    """Put one strike, with how many times, in place of equal ones; what else is asked comes first."""
    strikes = Counter(effect for effect in effects if isinstance(effect, Strike))
    others = [effect for effect in effects if not isinstance(effect, Strike)]
    # A queue that is full is one flood, however many records of a message find it so.
    return [*others, *(replace(each, times=1 if each.fault is Fault.FLOOD else n) for each, n in strikes.items())]
