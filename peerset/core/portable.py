"""Which policies an address may name: those whose spec alone says what they do (docs/addresses.md, "Rules").

Whoever opens an address runs what it names, so that no program is named in one, no file of the reader's, and no policy
that others have installed.
"""

from collections.abc import Mapping
from typing import Final

from peerset.errors import ConfigError

PORTABLE: Final[Mapping[str, frozenset[str]]] = {
    "age": frozenset({"earliest", "latest"}),
    "authors": frozenset({"allow", "deny", "collections"}),
    "budget": frozenset({"author", "room", "deletions"}),
    "duplicates": frozenset({"least", "per"}),
    "freshness": frozenset({"minimum", "maximum"}),
    "geo": frozenset({"south", "west", "north", "east", "missing", "latitude", "longitude"}),
    "kinds": frozenset({"allow", "deny"}),
    "language": frozenset({"allow", "least"}),
    "links": frozenset({"allow", "fields"}),
    "moderators": frozenset({"keys", "mutual"}),
    "near-duplicates": frozenset({"distance", "least", "remembered"}),
    "pins": frozenset({"allow"}),
    "quota": frozenset({"newest", "per"}),
    "rate": frozenset({"author", "session"}),
    "revoked": frozenset({"owners"}),
    "schema": frozenset({"kind", "collection", "text", "link", "tag", "geo", "bytes", "tags", "others"}),
    "words": frozenset({"languages"}),
    "work": frozenset({"bits"}),
    "writers": frozenset({"collections", "owners"}),
}
"""The parameters of each that may stand in an address."""
OF_ENVELOPES: Final = frozenset({"age", "authors", "kinds", "pins", "work", "writers"})
"""Those that look at nothing which a sealed room hides: they alone mean the same to who has no secret of it."""


def check_portable(spec: str) -> None:
    """Make sure that an address may name the policy *spec*.

    Raises:
        ConfigError: it may not; the message names the policy or the parameter.

    """
    name, _, parameters = spec.partition(":")
    known = PORTABLE.get(name)
    if known is None:
        raise ConfigError(
            f"an address cannot name the policy {name[:64]!a}; it can name: {', '.join(sorted(PORTABLE))}"
        )
    for piece in parameters.split(","):
        key, equals, _ = piece.partition("=")
        if piece.lstrip().startswith("{") or (equals and key.strip() not in known):
            raise ConfigError(f"in an address the policy {name} takes {', '.join(sorted(known))}, not {piece[:64]!a}")


def is_of_envelopes(spec: str) -> bool:
    """Say whether the policy *spec* is the same rule for who reads a sealed room and for who does not."""
    return spec.partition(":")[0] in OF_ENVELOPES
