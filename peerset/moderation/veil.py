"""What of the members readers here do not see, and what of that changed: for who marks it in a store of documents."""

from collections.abc import Iterator

from peerset.core.deletion import Name
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.moderation.curtain import Curtain
from peerset.moderation.shadows import Shadows


class Veil:
    """Set rules, view policies and mutes together, but for the rule of versions, which stores of documents know."""

    def __init__(self, shadows: Shadows, curtain: Curtain) -> None:
        self._shadows = shadows
        self._curtain = curtain

    @property
    def turns(self) -> int:
        """How often the user muted, unmuted or released."""
        return self._curtain.turns

    @property
    def is_clear(self) -> bool:
        """Whether it covers nothing."""
        return self._curtain.is_open and not self._shadows.has_groups

    def covers(self, record: Record) -> bool:
        """Say whether readers here are not shown *record*."""
        return self._curtain.hides(record) or self._shadows.examine(record.id) is not None

    def hides(self, record: Record) -> bool:
        """Say whether a view policy or a mute hides *record*."""
        return self._curtain.hides(record)

    def has_versions(self, address: Name) -> bool:
        """Say whether any version of a record is here, seen or not."""
        return self._shadows.versions.has_any(address)

    def quarantine(self) -> Iterator[RecordId]:
        """Give what view policies hide."""
        return (hidden.id for hidden in self._curtain.quarantine())

    def muted(self) -> list[PublicKey]:
        """Give the authors that are muted."""
        return self._curtain.muted()

    def shadowed(self) -> Iterator[RecordId]:
        """Give all that set rules shadow."""
        return self._shadows.shadowed()

    @property
    def has_shifted(self) -> bool:
        """Whether `shifted` has something to say."""
        return self._shadows.has_shifted

    def shifted(self) -> tuple[set[RecordId], set[RecordId]]:
        """Give what may be shadowed or seen otherwise since this was asked last: what is shadowed, and what is seen."""
        return self._shadows.shifted()
