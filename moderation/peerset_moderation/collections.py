"""Which records a rule about authors concerns: those of some collections, or all that there is."""

from collections.abc import Iterable
from typing import Final

from peerset import ConfigError

KIND_DELETION: Final = 5
KIND_COMMIT: Final = 1_080
COLLECTIONS_MAX: Final = 64

_ACCOMPANYING: Final = frozenset({KIND_DELETION, KIND_COMMIT})
"""What speaks of its author's own records alone, and names no collection."""


class Scope:
    """The collections that the policy *policy* is about; all records where they are None."""

    def __init__(self, policy: str, collections: Iterable[str] | None) -> None:
        self.names = None if collections is None else sorted(set(collections))
        """Sorted; None: all."""
        for name in self.names or ():
            if not name or name == "*" or any(each <= " " or "\ud800" <= each <= "\udfff" for each in name):
                raise ConfigError(f"{policy}: {name!r} is no collection's name; leave collections out for all")
        if self.names is not None and not 1 <= len(self.names) <= COLLECTIONS_MAX:
            raise ConfigError(f"{policy}: 1 to {COLLECTIONS_MAX} collections are named, not {len(self.names)}")
        self._names = frozenset(self.names or ())

    def concerns(self, kind: int, collection: str | None) -> bool:
        """Say whether records of *kind* in *collection* are meant."""
        return self.names is None or (collection in self._names and not self.is_timeless(kind))

    @staticmethod
    def is_timeless(kind: int) -> bool:
        """Say whether records of *kind* only speak of what their author wrote: deletions, commits of batches."""
        return kind in _ACCOMPANYING
