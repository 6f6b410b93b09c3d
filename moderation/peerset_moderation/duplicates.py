"""Duplicates: of records that say the same, the one with the lowest id stays visible."""

import hashlib
import json
from collections.abc import Sequence
from typing import Final, Self

from peerset import Manifest, PolicyClass, Record, RecordId, Seat
from peerset_moderation.content import Content
from peerset_moderation.folding import fold_case
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
CHARACTERS_MIN: Final = 1
CHARACTERS_MIN_MAX: Final = 65_536
KIND_DELETION: Final = 5


def normalise(raw: str) -> str:
    """Give what a record's content says, whatever its case, spaces, look-alike and invisible characters.

    JSON is written anew first, so that neither its spaces nor the order of its keys matter.
    """
    tree = Content.read(raw).tree
    text = raw if tree is None else json.dumps(tree, ensure_ascii=False, sort_keys=True)
    return " ".join(fold_case(text).split())


class DuplicateRule:
    """Keep one of all records with the same normalised content, in the room or of one author; shadow the others."""

    name: str = "duplicates"
    policy_class: PolicyClass = PolicyClass.SET_RULE
    reason: str = "another record says the same"

    def __init__(self, *, per: str = "room", least: int = CHARACTERS_MIN) -> None:
        """Compare within the ``room`` or the ``author`` (*per*); contents below *least* characters are left alone."""
        self._is_per_author = per == "author"
        self._least = least
        self._manifest = Manifest(self.name, VERSION, canonical_parameters({"least": least, "per": per}))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the rule from a spec: ``duplicates``, ``duplicates:least=20`` or ``duplicates:per=author``.

        Raises:
            ConfigError: an unknown parameter, or a number out of range.

        """
        read = Parameters.parse("duplicates", parameters, known=("least", "per"))
        least = read.whole("least", CHARACTERS_MIN, least=1, most=CHARACTERS_MIN_MAX)
        return cls(per=read.choice("per", ("room", "author")), least=least)

    @property
    def manifest(self) -> Manifest:
        """What is compared."""
        return self._manifest

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Give the digest of the normalised content; None for what has too little of it.

        Deletions say nothing, and versions of a record replace each other: an old one that says the same as
        the newest must not shadow it.
        """
        if record.kind == KIND_DELETION or record.is_versioned:
            return None
        text = normalise(record.content)
        if len(text) < self._least:
            return None
        # An escape in JSON may make half a surrogate pair, which UTF-8 has no bytes for.
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return (record.author.hex(), digest) if self._is_per_author else (digest,)

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep the lowest id."""
        return frozenset([min(seat.id for seat in group)]) if group else frozenset()
