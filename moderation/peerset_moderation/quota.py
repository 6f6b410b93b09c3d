"""Quota: of each author's records only the newest few stay visible; all versions of a keyed one count as one."""

from collections.abc import Sequence
from typing import Final, Self

from peerset import Manifest, PolicyClass, Record, RecordId, Seat
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 2
NEWEST: Final = 5
NEWEST_MAX: Final = 100_000
KIND_DELETION: Final = 5


class QuotaRule:
    """Keep the newest records of each author, in each collection or in the whole room, and shadow the others."""

    name: str = "quota"
    policy_class: PolicyClass = PolicyClass.SET_RULE

    def __init__(self, *, newest: int = NEWEST, per: str = "collection") -> None:
        """Keep *newest* records of an author; *per* is ``collection`` or ``author``."""
        self._newest = newest
        self._is_per_collection = per == "collection"
        self._manifest = Manifest(self.name, VERSION, canonical_parameters({"newest": newest, "per": per}))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the rule from a spec: ``quota``, ``quota:newest=20`` or ``quota:newest=50,per=author``.

        Raises:
            ConfigError: an unknown parameter, or a number out of range.

        """
        read = Parameters.parse("quota", parameters, known=("newest", "per"))
        newest = read.whole("newest", NEWEST, least=1, most=NEWEST_MAX)
        return cls(newest=newest, per=read.choice("per", ("collection", "author")))

    @property
    def manifest(self) -> Manifest:
        """How many, and of what."""
        return self._manifest

    @property
    def reason(self) -> str:
        """Why what it does not keep is shadowed, for people."""
        where = "in this collection" if self._is_per_collection else "in this room"
        return f"its author has {self._newest} newer records {where}"

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Give author and collection (the first ``c`` tag); None for a deletion, which has nothing to show."""
        if record.kind == KIND_DELETION:
            return None
        if not self._is_per_collection:
            return (record.author.hex(),)
        return record.author.hex(), *record.tag_values("c")[:1]

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep the newest; of those of one stamp the lowest ids, as NIP-01 orders them.

        What has versions counts once, by the newest, and is kept with all of them: which is seen is no matter of
        how many there are.
        """
        ordered = sorted(group, key=lambda seat: (-seat.created_at, -seat.microseconds, seat.id))
        newest = list(dict.fromkeys(seat.address or seat.id for seat in ordered))[: self._newest]
        return frozenset(seat.id for seat in group if (seat.address or seat.id) in newest)
