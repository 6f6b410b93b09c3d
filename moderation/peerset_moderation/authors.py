"""Authors: who may publish in a room, and who may not."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

from peerset import (
    Accept,
    ConfigError,
    Manifest,
    PolicyClass,
    PublicKey,
    Record,
    Reject,
    Verdict,
    npub,
    parse_npub,
)
from peerset.files import read_text
from peerset_moderation.collections import Scope
from peerset_moderation.manifests import canonical_parameters, digest_of
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
FILE_BYTES_MAX: Final = 16_777_216
KEY_HEX_DIGITS: Final = 64


def parse_author(text: str, *, place: str, policy: str = "authors") -> PublicKey:
    """Read an author's key, as npub (NIP-19) or as 64 hexadecimal digits; *policy* and *place* name it in errors.

    Raises:
        ConfigError: it is neither.

    """
    try:
        if text.startswith("npub"):
            return parse_npub(text)
        # To npub and back: that says whether the digits are a key at all.
        return parse_npub(npub(PublicKey(bytes.fromhex(text)))) if len(text) == KEY_HEX_DIGITS else parse_npub(text)
    except (ConfigError, ValueError) as error:
        raise ConfigError(f"{policy}: {place}: {text[:80]!r} is neither an npub nor a public key in hex") from error


def read_authors(path: Path, *, key: str, policy: str = "authors") -> list[PublicKey]:
    """Read a file of keys, one a line, in UTF-8; ``#`` begins a comment.

    Raises:
        ConfigError: it cannot be read, is too long, is no UTF-8, or a line is no key; the message names the line.

    """
    text = read_text(path, bytes_max=FILE_BYTES_MAX, what=f"{policy}: {key}: {path}")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    named = [(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line]
    return [parse_author(line, place=place, policy=policy) for line, place in named]


class AuthorPolicy:
    """Refuse authors who are denied, or not among those allowed."""

    name: str = "authors"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True
    """It asks nothing that is sealed."""

    def __init__(
        self,
        *,
        allow: Iterable[PublicKey] | None = None,
        deny: Iterable[PublicKey] = (),
        collections: Iterable[str] | None = None,
    ) -> None:
        """Take the authors of *allow*, or all, but for those of *deny*, in *collections*, or in the whole room."""
        self._scope = Scope("authors", collections)
        self._allowed = None if allow is None else frozenset(allow)
        self._denied = frozenset(deny)
        lists = [self._denied] if self._allowed is None else [self._denied, self._allowed]
        hashes = tuple(digest_of(key.hex() for key in keys) for keys in lists)
        counts = {"allow": None if self._allowed is None else len(self._allowed), "deny": len(self._denied)}
        written = counts | ({} if self._scope.names is None else {"collections": self._scope.names})
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written), hashes)

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``authors:allow=npub1...``, ``authors:deny-file=banned.txt``.

        Raises:
            ConfigError: nobody is listed, an unknown parameter, an unreadable file, or what is no key.

        """
        known = ("allow", "deny", "allow-file", "deny-file")
        read = Parameters.parse("authors", parameters, known=(*known, "collections"))
        if not read.values.keys() & set(known):
            raise ConfigError("authors: give allow=, deny=, allow-file= or deny-file=")
        has_allowed = "allow" in read.values or "allow-file" in read.values
        return cls(
            allow=_listed(read, "allow") if has_allowed else None,
            deny=_listed(read, "deny"),
            collections=read.texts("collections") if "collections" in read.values else None,
        )

    @property
    def names_collections(self) -> bool:
        """Say whether it is about some collections alone, whose names a sealed room hides."""
        return self._scope.names is not None

    @property
    def manifest(self) -> Manifest:
        """How many are listed, and where; the hashes are of those denied and, if there are such, of those allowed."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if not self._scope.concerns(record.kind, record.tag_value("c")):
            return Accept()
        if record.author in self._denied:
            return Reject(self.name, "its author may not publish in this room", "deny")
        if self._allowed is not None and record.author not in self._allowed:
            return Reject(self.name, "its author is not among those who may publish in this room", "allow")
        return Accept()


def _listed(read: Parameters, key: str) -> list[PublicKey]:
    found = [parse_author(text, place=key) for text in read.texts(key)]
    for name in read.texts(f"{key}-file"):
        found += read_authors(Path(name), key=f"{key}-file")
    return found
