"""What a policy says of a record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accept:
    """The record may be a member."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The record is refused by *policy* for *reason*, a short phrase for people."""

    policy: str
    reason: str


Verdict = Accept | Reject
