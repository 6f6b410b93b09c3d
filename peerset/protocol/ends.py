"""What goes to one neighbour outside rounds, what comes from it, and how far it is waited for."""

from dataclasses import dataclass, field
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.limits import OWED_RECORDS_FIRST, OWED_RECORDS_MAX
from peerset.protocol.inlet import Inlet
from peerset.protocol.outlet import Outlet

LONG_AGO: Final = Monotonic(float("-inf"))


@dataclass(slots=True)
class Ends:
    """Both ways of one channel."""

    outlet: Outlet
    has_lacking: bool
    """It understands `Lacking`."""
    inlet: Inlet = field(default_factory=Inlet)
    gave_at: Monotonic = LONG_AGO
    """When it last gave something that we had asked it for."""
    is_clogged: bool = False
    """The channel has not taken what was sent to it."""
    is_branch: bool = False
    """New records are pushed along here, either way; all others are told of them."""
    owed: int = 0
    """So many records it has to bring that others announced, before it is waited for again."""
    owed_next: int = OWED_RECORDS_FIRST
    """So many when it is waited for in vain the next time."""

    @property
    def is_expected(self) -> bool:
        """What is new may be pushed by it: it has its credit, none of which went to what was refused."""
        return self.is_branch and not self.owed and not self.inlet.is_withholding

    def miss(self) -> None:
        """Note that it was waited for in vain: who passes nothing on must not be able to delay others again soon."""
        self.owed, self.owed_next = self.owed_next, min(2 * self.owed_next, OWED_RECORDS_MAX)

    def bring(self) -> None:
        """Note that it brought unasked what others had only announced."""
        self.owed = max(0, self.owed - 1)
