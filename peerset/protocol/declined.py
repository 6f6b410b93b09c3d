"""What the rules of one of two neighbours refuse of the other's records: it says so, and is not given it again."""

from collections.abc import Callable, Iterable

from peerset.core.cause import Cause
from peerset.core.limits import DECLINED_IDS_MAX
from peerset.core.message import Declining
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Request, Send
from peerset.protocol.events import RecordRejected


class Declined:
    """What one session knows of that, by short id; past `DECLINED_IDS_MAX` it is not remembered."""

    def __init__(self, peer: PeerId, salt: bytes, *, is_understood: bool) -> None:
        self._peer = peer
        self._salt = salt
        self._is_understood = is_understood
        self._theirs: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._theirs)

    def heard(self, short_ids: Iterable[bytes]) -> None:
        """Note that the neighbour takes none of *short_ids*."""
        self._theirs.update(list(short_ids)[: DECLINED_IDS_MAX - len(self._theirs)])

    def tell(self, ids: Iterable[RecordId]) -> list[Request]:
        """Tell the neighbour that we take none of *ids*, if it understands that."""
        if not self._is_understood:
            return []
        return [Send(self._peer, Declining(tuple(short_id(self._salt, record_id) for record_id in ids)))]

    def sift(self, ids: list[RecordId]) -> list[RecordId]:
        """Leave out of *ids* what the neighbour does not take."""
        if not self._theirs:
            return ids
        return [record_id for record_id in ids if short_id(self._salt, record_id) not in self._theirs]


def refusals_of(
    requests: Iterable[Request], is_final: Callable[[RecordId], bool]
) -> dict[PeerId, dict[RecordId, None]]:
    """Give for each peer which records of its are told of as refused by our rules, for good as *is_final* says."""
    refusals: dict[PeerId, dict[RecordId, None]] = {}
    for request in requests:
        match request:
            case Emit(RecordRejected(record_id, Cause.POLICY | Cause.REFUSED, _, _, peer)) if peer is not None:
                if is_final(record_id):
                    refusals.setdefault(peer, {})[record_id] = None
            case _:
                pass
    return refusals
