"""What only one of two neighbours has and cannot give: its set counts the record, but the content is gone."""

from collections.abc import Iterable

from peerset.core.limits import LACKING_IDS_MAX
from peerset.core.message import Lacking
from peerset.core.packing import LISTED_ID_BYTES
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Request, Send
from peerset.protocol.shortlist import Shortlist


class Lacked:
    """What one session knows of that, by short id; past `LACKING_IDS_MAX` a side it is not remembered."""

    def __init__(self, peer: PeerId, salt: bytes, *, is_understood: bool) -> None:
        self._peer = peer
        self._salt = salt
        self._is_understood = is_understood
        self._theirs = Shortlist(LACKING_IDS_MAX)
        self._ours = Shortlist(LACKING_IDS_MAX)

    def heard(self, short_ids: Iterable[bytes]) -> None:
        """Note that the neighbour has no content of *short_ids*."""
        # As lists name them, by which they are known again.
        self._theirs.note(each[:LISTED_ID_BYTES] for each in short_ids)

    def tell(self, number: int, ids: Iterable[RecordId]) -> list[Request]:
        """Tell the neighbour in the round *number* that we have no content of *ids*, if it understands that."""
        short_ids = tuple(short_id(self._salt, record_id) for record_id in ids)
        if not (short_ids and self._is_understood):
            return []
        self._ours.note(short_ids)
        return [Send(self._peer, Lacking(number, short_ids))]

    def sift(self, wanted: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Leave out of *wanted* what the neighbour cannot give: others may."""
        return tuple(short for short in wanted if short not in self._theirs)

    def explains(self, surplus: int) -> bool:
        """Say whether this alone may be why we have *surplus* records more than the neighbour; below 0: fewer."""
        return bool(self._theirs or self._ours) and -len(self._theirs) <= surplus <= len(self._ours)
