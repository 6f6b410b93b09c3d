"""Kinds: which kinds of records a room takes."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
KIND_MAX: Final = 65_535
KIND_DELETION: Final = 5
RANGES_MAX: Final = 256


class KindPolicy:
    """Refuse kinds that are denied, or not among those allowed. Deletions (kind 5) pass unless denied by number."""

    name: str = "kinds"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True
    """It asks nothing that is sealed."""

    def __init__(self, *, allow: Iterable[range] | None = None, deny: Iterable[range] = ()) -> None:
        """Take the kinds of *allow*, all when it is None, but for those of *deny*.

        Raises:
            ConfigError: no kind is allowed or denied at all.

        """
        allowed = None if allow is None else _merge(allow)
        denied = _merge(deny)
        if allowed is None and not denied:
            raise ConfigError("kinds: give allow=, deny= or both, such as kinds:allow=1078,30000-39999")
        kinds = {kind for first, last in denied for kind in range(first, last + 1)}
        self._denied = frozenset(kinds)
        self._allowed = None
        if allowed is not None:
            listed = {kind for first, last in allowed for kind in range(first, last + 1)}
            self._allowed = frozenset(listed | {KIND_DELETION})
        self._manifest = Manifest(self.name, VERSION, canonical_parameters({"allow": allowed, "deny": denied}))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``kinds:allow=1078,30000-39999`` or ``kinds:deny=1``.

        Raises:
            ConfigError: an unknown parameter, or what is no kind and no range of kinds.

        """
        read = Parameters.parse("kinds", parameters, known=("allow", "deny"))
        allow = _ranges(read, "allow") if "allow" in read.values else None
        return cls(allow=allow, deny=_ranges(read, "deny"))

    @property
    def manifest(self) -> Manifest:
        """The ranges, each as its first and last kind."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if record.kind in self._denied:
            return Reject(self.name, f"this room takes no records of kind {record.kind}", "deny")
        if self._allowed is not None and record.kind not in self._allowed:
            return Reject(self.name, f"kind {record.kind} is not among those this room takes", "allow")
        return Accept()


def _ranges(read: Parameters, key: str) -> list[range]:
    texts = read.texts(key)
    if len(texts) > RANGES_MAX:
        raise read.error(key, f"has more than {RANGES_MAX} kinds and ranges")
    found = []
    for text in texts:
        first, dash, last = text.partition("-")
        start = read.whole_of(key, first, least=0, most=KIND_MAX)
        found.append(range(start, (read.whole_of(key, last, least=start, most=KIND_MAX) if dash else start) + 1))
    return found


def _merge(ranges: Iterable[range]) -> list[list[int]]:
    """Give first and last of each range, ascending, with those that touch or overlap joined."""
    merged: list[list[int]] = []
    for each in sorted(ranges, key=lambda one: (one.start, one.stop)):
        if merged and each.start <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], each.stop - 1)
        else:
            merged.append([each.start, each.stop - 1])
    return merged
