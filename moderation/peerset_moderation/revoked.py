"""Revoked: what a key wrote after an owner of the room had revoked it is hidden from readers everywhere alike."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from peerset import ConfigError, Manifest, PolicyClass, PublicKey, Record, RecordId, Seat, npub
from peerset.core.label import KEY_TAG, REVOKED, labelled_in
from peerset_moderation.authors import parse_author
from peerset_moderation.collections import Scope
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.moderators import WORD_CHARACTERS_MAX
from peerset_moderation.parameters import Parameters
from peerset_moderation.writers import OWNERS_MAX

VERSION: Final = 1


class RevokedRule:
    """Shadow what a key dated later than the first revocation of it by an owner, whatever grant it carries.

    It goes by what the key says of the time: who lies dates back.
    """

    name: str = "revoked"
    policy_class: PolicyClass = PolicyClass.SET_RULE
    sees_pins: bool = True
    reason: str = "an owner had revoked its author"

    def __init__(self, *, owners: Iterable[PublicKey]) -> None:
        """Heed the revocations of *owners*, whom nobody revokes."""
        self._owners = frozenset(owners)
        if not 1 <= len(self._owners) <= OWNERS_MAX:
            raise ConfigError(f"revoked: a room has 1 to {OWNERS_MAX} owners, not {len(self._owners)}")
        written = {"owners": sorted(owner.hex() for owner in self._owners)}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the rule from a spec: ``revoked:owners=npub1...``.

        Raises:
            ConfigError: no owner is named, an unknown parameter, or what is no key.

        """
        read = Parameters.parse("revoked", parameters, known=("owners",))
        return cls(owners=[parse_author(each, place="owners", policy="revoked") for each in read.texts("owners")])

    @property
    def manifest(self) -> Manifest:
        """The owners in hex."""
        return self._manifest

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Put what a key wrote beside its revocations."""
        if record.author in self._owners:
            named = labelled_in(record, REVOKED, KEY_TAG)
            return None if named is None or named in self._owners else (named.hex(),)
        return None if Scope.is_timeless(record.kind) else (record.author.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep revocations, and what is dated no later than the first of them."""
        first = min((seat for seat in group if seat.author in self._owners), default=None)
        kept = [
            seat.id
            for seat in group
            if first is None
            or seat.author in self._owners
            or (seat.created_at, seat.microseconds) <= (first.created_at, first.microseconds)
        ]
        return frozenset(kept)

    def word(self, record: Record) -> str:
        """Give what an owner says of why."""
        return record.content[:WORD_CHARACTERS_MAX] if record.author in self._owners else ""

    def why(self, group: Sequence[Seat]) -> str:
        """Say who revoked whoever wrote what is in *group*, and the owner's word."""
        first = min(seat for seat in group if seat.author in self._owners)
        return f"the owner {npub(first.author)} had revoked its author" + (f": {first.word}" if first.word else "")
