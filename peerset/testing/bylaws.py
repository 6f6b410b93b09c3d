"""What members of a simulated swarm hold for right: which records they refuse, and how long they keep the others."""

from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.record import Record
from peerset.core.rules import Manifest, Rules, canonical_json
from peerset.core.verdict import Accept, Reject, Verdict
from peerset.protocol.retention import Window, window
from peerset.testing.machine import SPAM


@dataclass(frozen=True, slots=True)
class Bylaws:
    """The rules of one kind of members; those of equal ones must come to one set."""

    refuses: tuple[str, ...] = ()
    """What the content of refused records begins with."""
    retention_seconds: int = RETENTION_SECONDS

    @property
    def rules(self) -> Rules:
        """What the hello names."""
        words = canonical_json({"words": list(self.refuses)})
        policies = (Manifest("words", 1, words),) if self.refuses else ()
        return Rules(retention_seconds=self.retention_seconds, policies=policies)

    def judge(self, record: Record) -> Verdict:
        """Say what the policy says of *record*."""
        is_refused = record.content.startswith(self.refuses)
        return Reject("words", f"{record.content.split()[0]} is not welcome") if is_refused else Accept()

    def admits(self, record: Record, now: UnixTime) -> bool:
        """Say whether *record* may be on the disk of such a member at *now*."""
        is_kept = self.window(now).kept_from <= record.created_at
        return is_kept and not record.content.startswith(self.refuses)

    def window(self, now: UnixTime) -> Window:
        """Give the times that matter at *now*."""
        return window(now, retention_seconds=self.retention_seconds)


OPEN: Final = Bylaws()
"""Everything is welcome, for 90 days."""
STRICT: Final = Bylaws(refuses=(SPAM,))
"""Content beginning with "spam" is refused."""
