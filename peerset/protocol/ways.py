"""By whom new records came lately, and by whom they would have come as well (docs/protocol.md, "Live records")."""

from collections import deque
from collections.abc import Mapping

from peerset.core.clock import Moment
from peerset.core.limits import SHORTCUT_SECONDS, WAYS_REMEMBERED_MAX
from peerset.core.message import Pull
from peerset.core.signal import PeerId
from peerset.protocol.effects import Send
from peerset.protocol.ends import Ends
from peerset.protocol.pulls import Pull as Pulled


class Ways:
    """The last `WAYS_REMEMBERED_MAX` of each."""

    def __init__(self) -> None:
        self._sources: deque[PeerId] = deque(maxlen=WAYS_REMEMBERED_MAX)
        """Who brought what was new, the last first."""
        self._ahead: deque[PeerId] = deque(maxlen=WAYS_REMEMBERED_MAX)
        """Who told of what others pushed later, the last first: it has its records by another way than ours."""

    @property
    def is_young(self) -> bool:
        """Say whether so little came by now that the ways of others may be formed after what they hear from us."""
        return len(self._sources) < WAYS_REMEMBERED_MAX

    def came(
        self, peer: PeerId, prefix: bytes, pull: Pulled | None, neighbours: Mapping[PeerId, Ends], now: Moment
    ) -> list[Send]:
        """Note that *peer* brought a record that was new, and in *pull*, if anybody did, who had told of it before.

        Who did so long before pushes what is new from now on, in place of *peer*, which is told so by *prefix*.
        """
        self._sources.appendleft(peer)
        if pull is None:
            return []
        neighbours[peer].bring()
        self._ahead.appendleft(pull.peer)
        is_short = not pull.is_asked and now.monotonic >= pull.begun + SHORTCUT_SECONDS
        effects = _branch_to(pull.peer, neighbours) if is_short else []
        if effects:
            neighbours[peer].is_branch = False
            neighbours[peer].outlet.refer(prefix)
        return effects

    def around(self, lost: PeerId, neighbours: Mapping[PeerId, Ends]) -> list[Send]:
        """Have what is new pushed by another of *neighbours* when *lost* is gone, by which half of it or more came."""
        if 2 * self._sources.count(lost) < len(self._sources):
            return []
        return _branch_to(next((peer for peer in self._ahead if peer in neighbours), None), neighbours)


def _branch_to(peer: PeerId | None, neighbours: Mapping[PeerId, Ends]) -> list[Send]:
    """Make a branch of *peer*, unless it is one already or owes records."""
    if peer is None or peer not in neighbours or neighbours[peer].is_branch or neighbours[peer].owed:
        return []
    neighbours[peer].is_branch = True
    return [Send(peer, Pull(()))]
