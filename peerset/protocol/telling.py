"""What the relay asks for, put into words."""

from collections.abc import Sequence

from peerset.core.limits import ANNOUNCE_IDS_MAX
from peerset.core.message import Credit, Pull
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send, Strike
from peerset.protocol.strikes import Fault


def ask(peer: PeerId, prefixes: Sequence[bytes]) -> list[Request]:
    """Ask *peer* for what is told by *prefixes*."""
    starts = range(0, len(prefixes), ANNOUNCE_IDS_MAX)
    return [Send(peer, Pull(tuple(prefixes[at : at + ANNOUNCE_IDS_MAX]))) for at in starts]


def credit(peer: PeerId, total: int | None) -> list[Request]:
    """Tell *peer* what is credited, if that is news."""
    return [] if total is None else [Send(peer, Credit(0, total))]


def flood(peer: PeerId) -> list[Request]:
    """Blame *peer* for what it was not granted."""
    return [Strike(peer, Fault.FLOOD, "more than was granted")]
