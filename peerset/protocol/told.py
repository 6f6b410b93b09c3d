"""Which refusals were told: of each record and cause once, however many peers bring it."""

from collections import OrderedDict

from peerset.core.cause import Cause
from peerset.core.limits import REFUSALS_TOLD_MAX
from peerset.core.record import RecordId
from peerset.protocol.effects import Emit, Request
from peerset.protocol.events import RecordRejected


class Told:
    """The latest `REFUSALS_TOLD_MAX` of them."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[RecordId, Cause], None] = OrderedDict()

    def once(self, requests: list[Request]) -> list[Request]:
        """Leave out of *requests* what was told before, unless our own user brought it, who waits for it."""
        return [request for request in requests if not self._is_told(request)]

    def _is_told(self, request: Request) -> bool:
        match request:
            case Emit(RecordRejected(peer=None)):
                return False
            case Emit(RecordRejected(cause=Cause.REFUSED)):
                return True
            case Emit(RecordRejected(record_id, cause)):
                return self._note((record_id, cause))
            case _:
                return False

    def _note(self, refusal: tuple[RecordId, Cause]) -> bool:
        """Remember *refusal*; say whether it was told before."""
        if refusal in self._told:
            self._told.move_to_end(refusal)
            return True
        self._told[refusal] = None
        if len(self._told) > REFUSALS_TOLD_MAX:
            self._told.popitem(last=False)
        return False
