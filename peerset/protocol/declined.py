"""What the rules of one of two neighbours refuse of the other's records: it says so, and is not given it again."""

from collections.abc import Iterable

from peerset.core.limits import DECLINED_IDS_MAX
from peerset.core.message import Declining
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send
from peerset.protocol.shortlist import Shortlist


class Declined:
    """What one session knows of that, by short id; past `DECLINED_IDS_MAX` it is not remembered."""

    def __init__(self, peer: PeerId, salt: bytes, *, is_understood: bool) -> None:
        self._peer = peer
        self._salt = salt
        self._is_understood = is_understood
        self._theirs = Shortlist(DECLINED_IDS_MAX)

    def __len__(self) -> int:
        return len(self._theirs)

    def heard(self, short_ids: Iterable[bytes]) -> None:
        """Note that the neighbour takes none of *short_ids*."""
        self._theirs.note(short_ids)

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
