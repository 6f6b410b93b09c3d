"""What policies are asked about pins: the record inside, and whether anybody may pin (docs/protocol.md, "Pins")."""

from collections.abc import Iterable
from typing import Final

from peerset.core.pin import checked_in, pinned_in
from peerset.core.record import KIND_PIN, Record
from peerset.core.verdict import Reject
from peerset.errors import MalformedError
from peerset.ports import Policy

PINS: Final = "pins"
"""The name of the policy that says who may pin; it alone is asked about the pin itself."""

_NOBODY: Final = Reject(PINS, "nobody may pin in this room: it has no policy such as pins:allow=npub1...", "allow")


class Gate:
    """Refuses pins where nobody may pin, and everywhere those that hold nothing to be pinned."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._is_open = any(policy.name == PINS for policy in policies)

    def refusal_of(self, record: Record) -> Reject | None:
        """Give why *record* is refused whatever the policies say; None when they are to be asked."""
        if record.kind != KIND_PIN:
            return None
        if not self._is_open:
            return _NOBODY
        try:
            checked_in(record)
        except MalformedError as error:
            return Reject(PINS, str(error), "form")
        return None


def subject_of(record: Record, *, policy: str) -> Record:
    """Give what *policy*, by its name, is asked about: of a pin the record inside."""
    if record.kind != KIND_PIN or policy == PINS:
        return record
    try:
        return pinned_in(record)
    except MalformedError:
        return record
