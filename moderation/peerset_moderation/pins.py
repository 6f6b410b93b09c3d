"""Pins: who may keep records of a room for longer than its window (docs/protocol.md, "Pins")."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, PublicKey, Record, Reject, Verdict
from peerset_moderation.authors import parse_author, read_authors
from peerset_moderation.manifests import canonical_parameters, digest_of
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
KIND_PIN: Final = 1_081


class PinPolicy:
    """Refuse pins of all but some; a room without this policy refuses all.

    It alone is asked about pins themselves, and all others about the record inside.
    """

    name: str = "pins"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True

    def __init__(self, *, allow: Iterable[PublicKey]) -> None:
        """Take pins by those of *allow*."""
        self._allowed = frozenset(allow)
        hashes = (digest_of(key.hex() for key in self._allowed),)
        self._manifest = Manifest(self.name, VERSION, canonical_parameters({"allow": len(self._allowed)}), hashes)

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``pins:allow=npub1...`` or ``pins:allow-file=librarians.txt``.

        Raises:
            ConfigError: nobody is listed, an unknown parameter, an unreadable file, or what is no key.

        """
        read = Parameters.parse("pins", parameters, known=("allow", "allow-file"))
        if not read.values:
            raise ConfigError("pins: give allow= or allow-file=, such as pins:allow=npub1...")
        listed = [parse_author(text, place="allow", policy="pins") for text in read.texts("allow")]
        for name in read.texts("allow-file"):
            listed += read_authors(Path(name), key="allow-file", policy="pins")
        return cls(allow=listed)

    @property
    def manifest(self) -> Manifest:
        """How many are listed; the hash is of their keys."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if record.kind != KIND_PIN or record.author in self._allowed:
            return Accept()
        return Reject(self.name, "its author is not among those who may pin in this room", "allow")
