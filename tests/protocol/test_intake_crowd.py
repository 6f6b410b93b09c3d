"""Many peers, each of whom has less waiting than it may: together they fill no more than all queues may."""

from peerset.core.limits import INTAKE_QUEUE_BYTES_PER_PEER_MAX, INTAKE_QUEUES_BYTES_MAX
from peerset.core.record import Record
from peerset.core.signal import PeerId
from peerset.protocol.effects import Dealt
from peerset.protocol.health import Budget
from peerset.protocol.intake import Intake
from tests.protocol.pair import START, make_record
from tests.protocol.test_intake import NOW, dealt, make_intake, strikes

CROWD = [PeerId(f"0000{number:016}") for number in range(24)]
SIZE_BYTES = 60_000
EACH = 20
LATE = PeerId("0000late")


def flood(author: int) -> list[Record]:
    """Sign more records than a batch takes, of less than one queue holds."""
    records = [make_record(number, author=author, size=SIZE_BYTES) for number in range(EACH)]
    assert sum(len(record.wire) for record in records) < INTAKE_QUEUE_BYTES_PER_PEER_MAX
    return records


def queues(intake: Intake) -> Budget:
    [found] = [budget for budget in intake.budgets if budget.name == "queues"]
    return found


def crowded() -> Intake:
    """Make an intake to which a crowd brings more than it holds, while nothing is verified."""
    intake, _ = make_intake()
    for number, peer in enumerate(CROWD):
        assert strikes(intake.offer(peer, 1, flood(number + 1), NOW)) == []
    return intake


def test_all_together_hold_no_more_than_all_may_and_health_says_so() -> None:
    budget = queues(crowded())

    assert INTAKE_QUEUES_BYTES_MAX - 2 * SIZE_BYTES < budget.used <= INTAKE_QUEUES_BYTES_MAX == budget.limit
    assert budget.since == START
    assert budget.count > 0


def test_who_has_most_waiting_makes_room_for_who_has_less_and_is_owed_nothing_for_that() -> None:
    intake = crowded()
    before = queues(intake).count

    effects = intake.offer(LATE, 1, [record := make_record(1, author=90, size=SIZE_BYTES)], NOW)

    [told] = [effect for effect in effects if isinstance(effect, Dealt)]
    assert told.peer in CROWD
    assert (told.added, told.refused) == (0, 0)
    assert told.size >= SIZE_BYTES
    assert queues(intake).count == before + 1
    assert intake.offer(CROWD[0], 1, [record], NOW)[0] == Dealt(CROWD[0], 1, len(record.wire), 0, 0), "it waits"


def test_what_made_room_can_be_brought_again() -> None:
    intake = crowded()
    intake.offer(LATE, 1, flood(90), NOW)
    brought = [record for number in range(len(CROWD)) for record in flood(number + 1)]

    effects = intake.offer(PeerId("0000again"), 1, brought, NOW)

    # What waits is passed over; of the rest some is taken again, in the place of others' by now.
    assert dealt(effects) != []
    assert strikes(effects) == []
    assert queues(intake).used <= INTAKE_QUEUES_BYTES_MAX


def test_peers_that_come_push_and_go_fill_no_more_either() -> None:
    intake, _ = make_intake()
    for number, peer in enumerate(CROWD):
        intake.offer(peer, 0, flood(number + 1), NOW)
        intake.disown(peer)

    assert queues(intake).used <= INTAKE_QUEUES_BYTES_MAX


def test_who_is_banned_gives_its_room_back() -> None:
    intake = crowded()
    for peer in CROWD:
        intake.drop(peer)

    assert queues(intake).used == 0
