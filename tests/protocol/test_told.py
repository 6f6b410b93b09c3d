"""A refusal is told once, however many peers bring the record."""

from peerset.core.cause import Cause
from peerset.core.limits import REFUSALS_TOLD_MAX
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.protocol.effects import Emit, Request, Strike
from peerset.protocol.events import RecordRejected
from peerset.protocol.strikes import Fault
from peerset.protocol.told import Told

ONE, TWO = PeerId("0000one"), PeerId("0000two")


def refusal(number: int, peer: PeerId | None, cause: Cause = Cause.POLICY) -> Emit:
    return Emit(RecordRejected(RecordId(number.to_bytes(32, "big")), cause, "words", "no", peer))


def test_a_refusal_is_told_once_of_each_record_and_cause() -> None:
    told = Told()
    first: list[Request] = [refusal(1, ONE), refusal(2, ONE)]
    assert told.once(first) == first
    assert told.once([refusal(1, TWO), refusal(2, TWO), refusal(3, TWO)]) == [refusal(3, TWO)]
    aged = refusal(1, ONE, Cause.AGE)
    assert told.once([aged, aged]) == [aged]


def test_what_was_refused_before_is_told_to_our_own_user_alone() -> None:
    told = Told()
    assert told.once([refusal(1, ONE, Cause.REFUSED)]) == []
    ours: list[Request] = [refusal(1, None, Cause.REFUSED), refusal(1, None), refusal(1, None)]
    assert told.once(ours) == ours
    assert told.once([refusal(1, ONE)]) == [refusal(1, ONE)]


def test_what_else_is_asked_stays() -> None:
    told, strike = Told(), Strike(ONE, Fault.WRONG_ROOM, "elsewhere")
    assert told.once([refusal(1, ONE), strike]) == [refusal(1, ONE), strike]
    assert told.once([refusal(1, ONE), strike]) == [strike]


def test_only_the_latest_are_remembered() -> None:
    told = Told()
    told.once([refusal(number, ONE) for number in range(REFUSALS_TOLD_MAX)])
    assert told.once([refusal(0, TWO)]) == []
    assert len(told.once([refusal(REFUSALS_TOLD_MAX, ONE)])) == 1
    assert told.once([refusal(0, TWO)]) == []
    assert told.once([refusal(1, TWO)]) == [refusal(1, TWO)]
