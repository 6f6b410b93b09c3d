"""What the room's user waits for: records on their way to disk."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from peerset.core.cause import ERRORS
from peerset.core.record import RecordId
from peerset.errors import PeersetError, StoreError
from peerset.protocol.events import Happening, RecordKnown, RecordPostponed, RecordRejected, RecordsAdded, SaveDelayed


@dataclass(slots=True)
class _Parcel:
    """Some records that one caller waits for together."""

    remaining: int
    done: "asyncio.Future[list[PeersetError]]"
    errors: list[PeersetError] = field(default_factory=list)


class Deliveries:
    """Parcels by the records in them; one future a parcel, however many records."""

    def __init__(self) -> None:
        self._parcels: dict[RecordId, list[_Parcel]] = {}

    @property
    def is_empty(self) -> bool:
        """Nobody waits for anything."""
        return not self._parcels

    def expect(self, ids: Iterable[RecordId]) -> "asyncio.Future[list[PeersetError]]":
        """Give a future of what went wrong, set once every one of *ids* has arrived or failed."""
        wanted = set(ids)
        done: asyncio.Future[list[PeersetError]] = asyncio.get_running_loop().create_future()
        if not wanted:
            done.set_result([])
            return done
        parcel = _Parcel(len(wanted), done)
        for record_id in wanted:
            self._parcels.setdefault(record_id, []).append(parcel)
        return done

    def take(self, event: Happening) -> None:
        """Settle the records that *event* decides about."""
        match event:
            case RecordsAdded(news):
                for record, _ in news if self._parcels else ():
                    self.settle(record.id, None)
            case RecordKnown(record_id) | RecordPostponed(record_id):
                self.settle(record_id, None)
            case RecordRejected(record_id, cause, source, reason):
                self.settle(record_id, ERRORS[cause](f"{source}: {reason}"))
            case SaveDelayed(reason, ids):
                for record_id in ids:
                    self.settle(record_id, StoreError(reason))
            case _:
                pass

    def settle(self, record_id: RecordId, error: PeersetError | None) -> None:
        """Note that a record arrived, or why it did not."""
        for parcel in self._parcels.pop(record_id, ()):
            parcel.remaining -= 1
            if error is not None:
                parcel.errors.append(error)
            if parcel.remaining == 0 and not parcel.done.done():
                parcel.done.set_result(parcel.errors)

    def fail(self, error: PeersetError) -> None:
        """Give up on everything."""
        for record_id in list(self._parcels):
            self.settle(record_id, error)
