"""Near-duplicates: records that say almost the same as one seen before are hidden here.

SimHash (Charikar, 2002) over every four characters of the normalised text: similar texts have fingerprints that differ
in few bits. Two fingerprints at most d bits apart agree in at least one of d + 1 bands, so that each text is compared
only with those that share a band (Manku, Jain and Das Sarma, 2007).
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final, Self

from peerset import Accept, Manifest, PolicyClass, Record, RecordId, Reject, Verdict
from peerset_moderation.duplicates import normalise
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
BITS: Final = 64
DISTANCE: Final = 6
DISTANCE_MAX: Final = 15
CHARACTERS_MIN: Final = 32
CHARACTERS_MIN_MAX: Final = 4_096
CHARACTERS_READ_MAX: Final = 4_096
REMEMBERED: Final = 4_096
REMEMBERED_MAX: Final = 65_536
SHINGLE_CHARACTERS: Final = 4

_ALL: Final = (1 << BITS) - 1


def simhash(features: Iterable[bytes]) -> int:
    """Give the 64-bit fingerprint: each bit is what most of the features' hashes say it is.

    The 64 counters are kept bit by bit, one integer for all their ones, one for all their twos, and so on: to add a
    hash to them takes two operations on average, not 64.
    """
    planes: list[int] = []
    count = 0
    for feature in features:
        carry = int.from_bytes(blake2b(feature, digest_size=BITS // 8).digest())
        count += 1
        for place, plane in enumerate(planes):
            planes[place], carry = plane ^ carry, plane & carry
            if not carry:
                break
        if carry:
            planes.append(carry)
    return _above(planes, count // 2)


def _above(planes: Sequence[int], threshold: int) -> int:
    """Give the bits whose counters in *planes* exceed *threshold*; all counters are compared at once."""
    above, equal = 0, _ALL
    for place in range(max(len(planes), threshold.bit_length()) - 1, -1, -1):
        plane = planes[place] if place < len(planes) else 0
        if threshold >> place & 1:
            equal &= plane
        else:
            above |= equal & plane
            equal &= ~plane
    return above


def fingerprint(text: str) -> int:
    """Give the fingerprint of the first 4,096 characters of a normalised *text*."""
    data = text[:CHARACTERS_READ_MAX]
    last = max(1, len(data) - SHINGLE_CHARACTERS + 1)
    return simhash(data[place : place + SHINGLE_CHARACTERS].encode("utf-8", "surrogatepass") for place in range(last))


class NearDuplicatePolicy:
    """Hide what is within a few bits of a record seen before, among the last few thousand seen."""

    name: str = "near-duplicates"
    policy_class: PolicyClass = PolicyClass.VIEW

    def __init__(self, *, distance: int = DISTANCE, least: int = CHARACTERS_MIN, remembered: int = REMEMBERED) -> None:
        """Hide up to *distance* bits apart; texts below *least* characters are left alone."""
        self._distance = distance
        self._least = least
        self._remembered = remembered
        self._seen: OrderedDict[RecordId, int] = OrderedDict()
        self._bands: dict[tuple[int, int], dict[RecordId, int]] = {}
        written = {"distance": distance, "least": least, "remembered": remembered}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``near-duplicates`` or ``near-duplicates:distance=3,least=100``.

        Raises:
            ConfigError: an unknown parameter, or a number out of range.

        """
        read = Parameters.parse("near-duplicates", parameters, known=("distance", "least", "remembered"))
        return cls(
            distance=read.whole("distance", DISTANCE, least=0, most=DISTANCE_MAX),
            least=read.whole("least", CHARACTERS_MIN, least=SHINGLE_CHARACTERS, most=CHARACTERS_MIN_MAX),
            remembered=read.whole("remembered", REMEMBERED, least=1, most=REMEMBERED_MAX),
        )

    @property
    def manifest(self) -> Manifest:
        """How near, how long, and how many are remembered."""
        return self._manifest

    @property
    def remembered(self) -> int:
        """How many fingerprints are held now."""
        return len(self._seen)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record, in the order in which they came."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        text = normalise(record.content)
        if len(text) < self._least or record.id in self._seen:
            return Accept()
        found = fingerprint(text)
        apart = self._nearest(found)
        if apart is not None:
            return Reject(self.name, f"nearly the same as a record seen before ({apart} of {BITS} bits differ)", "near")
        self._remember(record.id, found)
        return Accept()

    def _nearest(self, found: int) -> int | None:
        """Say by how many bits the nearest fingerprint differs; None when none is near enough."""
        near = {other for band in self._bands_of(found) for other in self._bands.get(band, {}).values()}
        least = min(((found ^ other).bit_count() for other in near), default=BITS)
        return least if least <= self._distance else None

    def _remember(self, record_id: RecordId, found: int) -> None:
        if len(self._seen) >= self._remembered:
            oldest, forgotten = self._seen.popitem(last=False)
            for band in self._bands_of(forgotten):
                self._bands[band].pop(oldest)
                if not self._bands[band]:
                    del self._bands[band]
        self._seen[record_id] = found
        for band in self._bands_of(found):
            self._bands.setdefault(band, {})[record_id] = found

    def _bands_of(self, found: int) -> Iterator[tuple[int, int]]:
        """Cut a fingerprint into one band more than bits may differ."""
        count = self._distance + 1
        for band in range(count):
            low, high = BITS * band // count, BITS * (band + 1) // count
            yield band, found >> low & ((1 << (high - low)) - 1)
