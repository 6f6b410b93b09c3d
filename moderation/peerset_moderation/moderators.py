"""Moderators: what one of them labels is hidden from readers everywhere alike."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from peerset import ConfigError, Manifest, PolicyClass, PublicKey, Record, RecordId, Seat, npub
from peerset.core.label import HIDDEN, KIND_LABEL, RECORD_TAG, labelled_in
from peerset_moderation.authors import parse_author
from peerset_moderation.collections import Scope
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
MODERATORS_MAX: Final = 64
WORD_CHARACTERS_MAX: Final = 200


class ModeratorRule:
    """Shadow each record that a moderator's label names, for as long as the label is there.

    Labels of moderators are seen always. So is all else that moderators write, unless the rule is *mutual*.
    """

    name: str = "moderators"
    policy_class: PolicyClass = PolicyClass.SET_RULE
    sees_pins: bool = True
    reason: str = "a moderator hid it"

    def __init__(self, *, keys: Iterable[PublicKey], mutual: bool = False) -> None:
        """Heed the labels of *keys*; where *mutual*, also of what the others of them wrote."""
        self._keys = frozenset(keys)
        if not 1 <= len(self._keys) <= MODERATORS_MAX:
            raise ConfigError(f"moderators: a room has 1 to {MODERATORS_MAX} moderators, not {len(self._keys)}")
        self._is_mutual = mutual
        written = {"keys": sorted(key.hex() for key in self._keys), "mutual": mutual}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the rule from a spec: ``moderators:npub1...,npub1...``, ``moderators:keys=npub1...,mutual=yes``.

        Raises:
            ConfigError: no key is named, an unknown parameter, or what is no key.

        """
        text = f"keys={parameters}" if parameters and not parameters.lstrip().startswith(("{", "keys")) else parameters
        read = Parameters.parse("moderators", text, known=("keys", "mutual"))
        keys = [parse_author(each, place="keys", policy="moderators") for each in read.texts("keys")]
        return cls(keys=keys, mutual=read.choice("mutual", ("no", "yes")) == "yes")

    @property
    def manifest(self) -> Manifest:
        """The moderators in hex, and whether they hide what others of them wrote."""
        return self._manifest

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Put a record beside the moderators' labels that name it."""
        if record.author in self._keys:
            if record.kind == KIND_LABEL:
                named = labelled_in(record, HIDDEN, RECORD_TAG)
                return None if named is None else (named.hex(),)
            if not self._is_mutual:
                return None
        return None if Scope.is_timeless(record.kind) else (record.id.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep labels, and what no label is beside."""
        labels = frozenset(seat.id for seat in group if self._is_label(seat))
        return labels or frozenset(seat.id for seat in group)

    def word(self, record: Record) -> str:
        """Give what a label says of why; nothing of anything else."""
        return record.content[:WORD_CHARACTERS_MAX] if record.kind == KIND_LABEL else ""

    def why(self, group: Sequence[Seat]) -> str:
        """Say who hid what is in *group*, and the moderator's word."""
        label = next(seat for seat in group if self._is_label(seat))
        return f"the moderator {npub(label.author)} hid it" + (f": {label.word}" if label.word else "")

    def _is_label(self, seat: Seat) -> bool:
        return seat.kind == KIND_LABEL and seat.author in self._keys
