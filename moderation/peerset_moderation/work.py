"""Work: records must have cost their author some computing (NIP-13, proof of work)."""

from collections.abc import Sequence
from typing import Final, Self

from peerset import Accept, Manifest, PolicyClass, Record, RecordId, Reject, Verdict
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
ID_BITS: Final = 256
BITS: Final = 16
BITS_MAX: Final = 64
TARGET_DIGITS_MAX: Final = 3


def leading_zero_bits(record_id: RecordId) -> int:
    """Count the zero bits at the front of an id (NIP-13, difficulty)."""
    return ID_BITS - int.from_bytes(record_id).bit_length()


def committed_target(record: Record) -> int | None:
    """Give the difficulty that the first ``nonce`` tag commits to, its third element; None when there is none."""
    for tag in record.tags:
        if tag[0] == "nonce":
            target = tag[2] if len(tag) > 2 else ""
            is_number = target.isascii() and target.isdecimal() and len(target) <= TARGET_DIGITS_MAX
            return int(target) if is_number else None
    return None


class WorkPolicy:
    """Refuse records whose id has too few leading zero bits, or whose author did not commit to that many.

    Without the commitment, who publishes a lot would now and then be lucky with less work.
    """

    name: str = "work"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True
    """It asks nothing that is sealed."""

    def __init__(self, *, bits: int = BITS) -> None:
        """Demand *bits* leading zero bits: each doubles the work."""
        self._bits = bits
        self._manifest = Manifest(self.name, VERSION, canonical_parameters({"bits": bits}))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``work`` or ``work:bits=20``.

        Raises:
            ConfigError: an unknown parameter, or a number out of range.

        """
        read = Parameters.parse("work", parameters, known=("bits",))
        return cls(bits=read.whole("bits", BITS, least=1, most=BITS_MAX))

    @property
    def manifest(self) -> Manifest:
        """How many bits."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        done = leading_zero_bits(record.id)
        if done < self._bits:
            return Reject(self.name, f"{done} bits of work; this room demands {self._bits} (NIP-13)", "bits")
        target = committed_target(record)
        if target is None or target < self._bits:
            return Reject(self.name, f"its nonce tag does not commit to {self._bits} bits (NIP-13)", "target")
        return Accept()
