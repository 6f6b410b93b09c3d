"""Writers: who owns a room writes in it, and whoever carries a grant of an owner."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from peerset import Accept, ConfigError, MalformedError, Manifest, PolicyClass, PublicKey, Record, Reject, Verdict, npub
from peerset.core.grant import grant_texts, known_grant, read_grant
from peerset_moderation.authors import parse_author
from peerset_moderation.collections import Scope
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
OWNERS_MAX: Final = 64

_REASONS: Final = {
    "missing": "it carries no grant",
    "malformed": "its grant is none",
    "owner": "its grant is by nobody who owns this room",
    "writer": "its grant is for another author",
    "forged": "its grant was not signed by its owner for this room",
    "early": "its grant begins later",
    "expired": "its grant had run out by then",
    "collection": "its grant is not for this collection",
}
"""In the order in which a grant is looked at: the later its fault is found, the nearer it was to a good one."""
_NEARNESS: Final = (*_REASONS, "")


class WriterPolicy:
    """Refuse what neither an owner wrote nor whoever carries a grant of one, for its time and its collection.

    Each of a record's grants is looked at for itself, and one must be good: two make no third. Deletions and commits of
    batches speak of what their author wrote: any grant will do, also one that has run out.
    """

    name: str = "writers"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True

    def __init__(self, *, owners: Iterable[PublicKey], collections: Iterable[str] | None = None) -> None:
        """Let *owners* write in *collections*, and whom they grant it; in all that there is when these are None."""
        self.owners = frozenset(owners)
        if not 1 <= len(self.owners) <= OWNERS_MAX:
            raise ConfigError(f"writers: a room has 1 to {OWNERS_MAX} owners, not {len(self.owners)}")
        self._scope = Scope("writers", collections)
        written = {"collections": self._scope.names, "owners": sorted(owner.hex() for owner in self.owners)}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))
        others = f" or another of {len(self.owners)} owners" if len(self.owners) > 1 else ""
        self._whom = f"ask {npub(min(self.owners))}{others}"

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``writers:owners=npub1...``, ``writers:owners=npub1...,collections=places``.

        Raises:
            ConfigError: no owner is named, an unknown parameter, or what is no key or name.

        """
        read = Parameters.parse("writers", parameters, known=("owners", "collections"))
        owners = [parse_author(text, place="owners") for text in read.texts("owners")]
        return cls(owners=owners, collections=read.texts("collections") if "collections" in read.values else None)

    @property
    def names_collections(self) -> bool:
        """Say whether it is about some collections alone, whose names a sealed room hides."""
        return self._scope.names is not None

    @property
    def manifest(self) -> Manifest:
        """The owners in hex, and the collections; null stands for all."""
        return self._manifest

    def asks(self, author: PublicKey, kind: int, collection: str | None) -> bool:
        """Say whether a record of *author* is to carry a grant."""
        return author not in self.owners and self._scope.concerns(kind, collection)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if not self.asks(record.author, record.kind, record.tag_value("c")):
            return Accept()
        rule = self._fault_in(record)
        return Reject(self.name, f"{_REASONS[rule]}: {self._whom}", rule) if rule else Accept()

    def _fault_in(self, record: Record) -> str:
        """Say what is wrong with the grants of *record*, by the one that is nearest to good; nothing when one is."""
        faults = [self._fault_of(text, record) for text in grant_texts(record)]
        return max(faults, key=_NEARNESS.index, default="missing")

    def _fault_of(self, text: str, record: Record) -> str:
        room_tag = record.room_tag
        if room_tag is None:
            return "missing"
        try:
            grant = read_grant(text)
        except MalformedError:
            return "malformed"
        if grant.owner not in self.owners:
            return "owner"
        if grant.writer != record.author:
            return "writer"
        if known_grant(text, room_tag) is None:
            return "forged"
        if self._scope.is_timeless(record.kind):
            return ""
        if not grant.holds_at(record.created_at):
            return "early" if record.created_at < grant.since else "expired"
        return "" if grant.covers(record.tag_value("c")) else "collection"
