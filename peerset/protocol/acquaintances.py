"""Whose keys were useful for long, over restarts (docs/protocol.md, "Places")."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import ACQUAINTANCES_MAX, ACQUAINTED_SECONDS

Acquaintance = tuple[PublicKey, UnixTime]
"""A key, and when it was last seen to be useful."""


class Acquaintances:
    """The keys that were useful for `ACQUAINTED_SECONDS` on end, the latest of them; *saved* is an earlier life's."""

    def __init__(self, saved: Iterable[Acquaintance] = ()) -> None:
        ordered = sorted(saved, key=lambda acquaintance: (acquaintance[1], acquaintance[0]))
        self._seen: OrderedDict[PublicKey, UnixTime] = OrderedDict(ordered[-ACQUAINTANCES_MAX:])

    def __contains__(self, key: object) -> bool:
        return key in self._seen

    def __iter__(self) -> Iterator[Acquaintance]:
        return iter(self._seen.items())

    def meet(self, key: PublicKey, now: UnixTime) -> bool:
        """Keep *key*, which has been useful for long enough; say whether that is worth writing down."""
        before = self._seen.get(key)
        if before is not None and before <= now < before + ACQUAINTED_SECONDS:
            return False
        self._seen[key] = now
        self._seen.move_to_end(key)
        if len(self._seen) > ACQUAINTANCES_MAX:
            self._seen.popitem(last=False)
        return True
