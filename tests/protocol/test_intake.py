"""The way in: what is refused, what waits, what is saved, in which order."""

import pytest

from peerset.core.cause import Cause
from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import (
    BATCHES_AT_ONCE_MAX,
    EPHEMERAL_IDS_MAX,
    INTAKE_BATCH_RECORDS_MAX,
    INTAKE_QUEUE_BYTES_PER_PEER_MAX,
    LIVE_RECORD_BYTES_MIN,
    POSTPONED_RECORDS_MAX,
    POSTPONED_RECORDS_PER_PEER_MAX,
)
from peerset.core.merkle import Index
from peerset.core.record import Record, sign_record
from peerset.core.signal import PeerId
from peerset.core.verdict import Accept
from peerset.errors import LocalProtocolError
from peerset.protocol.arrivals import Screen
from peerset.protocol.batch import TRANSITIONS, BatchInput, State
from peerset.protocol.effects import (
    Dealt,
    Emit,
    Judge,
    Relay,
    Request,
    Resolve,
    Save,
    Strike,
    Verify,
)
from peerset.protocol.events import (
    Event,
    RecordAdded,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsAdded,
    SaveDelayed,
    apart,
)
from peerset.protocol.fetching import Fetching
from peerset.protocol.inputs import Judged, Resolved, Saved, SaveFailed, Verified
from peerset.protocol.intake import Intake
from peerset.protocol.refused import Refused
from peerset.protocol.retention import window
from peerset.protocol.strikes import Fault
from peerset.testing.disk import resolved
from tests.protocol.pair import ROOM, START, key, make_record

PEER, OTHER = PeerId("0000peer"), PeerId("0000other")
RULES = b"r" * 32
NOW = Moment(Monotonic(0.0), START)


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


def make_intake(*, has_policies: bool = False) -> tuple[Intake, Index]:
    index = Index()
    screen, refused = Screen(ROOM.tag, window), Refused(RULES, index)
    intake = Intake(index, screen, Fetching(index), deleters=(), has_policies=has_policies, refused=refused)
    return intake, index


def deletion_of(*targets: Record, author: int = 1, at_: int = START) -> Record:
    tags = [["h", ROOM.tag.hex()], *(["e", target.id.hex()] for target in targets)]
    return sign_record(key(author), created_at=UnixTime(at_), kind=5, tags=tags, content="")


def run(intake: Intake, effects: list[Request], disk: dict[bytes, Record], now: Moment = NOW) -> list[Request]:
    """Answer every question until there are none; give all that was asked, in order."""
    done: list[Request] = []
    todo = list(effects)
    while todo:
        effect = todo.pop(0)
        done.append(effect)
        match effect:
            case Verify(batch, records):
                todo += intake.receive(Verified(batch, tuple(r.has_valid_signature() for r in records)), now)
            case Judge(batch, records):
                todo += intake.receive(Judged(batch, tuple(Accept() for _ in records)), now)
            case Resolve():
                todo += intake.receive(resolved(effect, disk.values()), now)
            case Save(batch, records, removed):
                disk.update({record.id: record for record in records})
                for record_id in removed:
                    disk.pop(record_id, None)
                todo += intake.receive(Saved(batch), now)
            case _:
                pass
    return done


def events(effects: list[Request]) -> list[Event]:
    return [event for effect in effects if isinstance(effect, Emit) for event in apart(effect.event)]


def dealt(effects: list[Request]) -> list[Dealt]:
    return [effect for effect in effects if isinstance(effect, Dealt)]


def strikes(effects: list[Request]) -> list[Fault]:
    return [effect.fault for effect in effects if isinstance(effect, Strike)]


def forged(record: Record) -> Record:
    broken = bytearray(record.signature)
    broken[40] ^= 1
    return Record(
        record.id,
        record.author,
        record.created_at,
        record.kind,
        record.tags,
        record.content,
        bytes(broken),
        record.wire,
    )


def test_a_record_is_verified_judged_saved_indexed_emitted_and_relayed_in_that_order() -> None:
    intake, index = make_intake(has_policies=True)
    record = make_record(1)
    done = run(intake, intake.offer(PEER, 3, [record], NOW), {})
    assert done == [
        Verify(1, (record,)),
        Judge(1, (record,)),
        Save(1, (record,), ()),
        Emit(RecordsAdded(((record, PEER),))),
        Dealt(PEER, 3, len(record.wire), 1),
        Relay(((record, PEER),)),
    ]
    assert (record.created_at, record.id) in index
    assert intake.is_idle


def test_nothing_is_emitted_before_it_is_saved() -> None:
    intake, index = make_intake()
    (verify,) = intake.offer(PEER, 0, [make_record(1)], NOW)
    assert isinstance(verify, Verify)
    (save,) = intake.receive(Verified(verify.batch, (True,)), NOW)
    assert isinstance(save, Save)
    assert len(index) == 0


def test_without_policies_nothing_is_judged() -> None:
    intake, _ = make_intake()
    assert not any(
        isinstance(effect, Judge) for effect in run(intake, intake.offer(PEER, 0, [make_record(1)], NOW), {})
    )


def test_a_known_or_pending_record_costs_nothing() -> None:
    intake, _ = make_intake()
    record = make_record(1)
    first = intake.offer(PEER, 1, [record], NOW)
    assert intake.offer(OTHER, 2, [record], NOW) == [Dealt(OTHER, 2, len(record.wire), 0)]
    run(intake, first, {})
    assert intake.offer(OTHER, 2, [record], NOW) == [Dealt(OTHER, 2, len(record.wire), 0)]


def test_a_forged_signature_is_a_strike_and_the_true_record_is_still_welcome() -> None:
    intake, index = make_intake()
    record = make_record(1)
    done = run(intake, intake.offer(PEER, 0, [forged(record)], NOW), {})
    assert strikes(done) == [Fault.FORGED_SIGNATURE]
    assert len(index) == 0
    run(intake, intake.offer(OTHER, 0, [record], NOW), {})
    assert len(index) == 1


def test_one_forgery_does_not_spoil_its_batch() -> None:
    intake, index = make_intake()
    records = [make_record(number) for number in range(3)]
    run(intake, intake.offer(PEER, 0, [records[0], forged(records[1]), records[2]], NOW), {})
    assert len(index) == 2


@pytest.mark.parametrize(
    ("record", "source", "faults"),
    [
        (make_record(1, at=START - 90 * DAY_SECONDS - 60), "age", []),
        (make_record(1, at=START - 100 * DAY_SECONDS), "age", []),
        (make_record(1, at=START + 2 * DAY_SECONDS), "age", []),
        (make_record(1, at=START - 3_600, kind=20_001), "age", []),
        (
            sign_record(key(1), created_at=START, kind=1, tags=[["h", "00" * 16]], content="elsewhere"),
            "room",
            [Fault.WRONG_ROOM],
        ),
        (sign_record(key(1), created_at=START, kind=1, tags=[], content="nowhere"), "room", [Fault.WRONG_ROOM]),
    ],
)
def test_what_can_be_no_member_is_refused_at_once(record: Record, source: str, faults: list[Fault]) -> None:
    intake, _ = make_intake()
    effects = intake.offer(PEER, 0, [record], NOW)
    (event,) = events(effects)
    assert isinstance(event, RecordRejected)
    assert event.source == source
    assert strikes(effects) == faults
    assert intake.is_idle


def test_our_own_user_is_told_but_not_struck() -> None:
    intake, _ = make_intake()
    stranger = sign_record(key(1), created_at=START, kind=1, tags=[], content="nowhere")
    effects = intake.bring([stranger], NOW, is_trusted=False)
    assert [type(event) for event in events(effects)] == [RecordRejected]
    assert strikes(effects) == []


def test_our_own_record_is_not_verified_again() -> None:
    intake, index = make_intake()
    done = run(intake, intake.bring([make_record(1)], NOW, is_trusted=True), {})
    assert done[0] == Verify(1, ())
    assert len(index) == 1
    assert not any(isinstance(effect, Dealt) for effect in done)


def test_an_imported_record_is_verified() -> None:
    intake, index = make_intake()
    run(intake, intake.bring([forged(make_record(1))], NOW, is_trusted=False), {})
    assert len(index) == 0


def test_bringing_a_known_record_says_so() -> None:
    intake, _ = make_intake()
    record = make_record(1)
    run(intake, intake.bring([record], NOW, is_trusted=True), {})
    assert events(intake.bring([record], NOW, is_trusted=True)) == [RecordKnown(record.id)]


def test_an_ephemeral_record_is_passed_on_but_never_saved() -> None:
    intake, index = make_intake()
    record = make_record(1, kind=20_001)
    done = run(intake, intake.offer(PEER, 0, [record], NOW), {})
    assert Relay(((record, PEER),)) in done
    assert not any(isinstance(effect, Save) for effect in done)
    assert len(index) == 0


def test_an_ephemeral_record_that_several_peers_push_is_told_once() -> None:
    intake, _ = make_intake()
    record = make_record(1, kind=20_001)
    run(intake, intake.offer(PEER, 0, [record], NOW), {})

    assert run(intake, intake.offer(OTHER, 0, [record], NOW), {}) == [Dealt(OTHER, 0, LIVE_RECORD_BYTES_MIN, 0)]


def test_only_so_many_ephemeral_records_are_remembered() -> None:
    intake, _ = make_intake()
    records = [make_record(number, kind=20_001) for number in range(EPHEMERAL_IDS_MAX + 1)]
    for record in records:
        run(intake, intake.bring([record], NOW, is_trusted=True), {})

    assert run(intake, intake.offer(PEER, 0, records[1:2], NOW), {}) == [Dealt(PEER, 0, LIVE_RECORD_BYTES_MIN, 0)]
    assert RecordAdded(records[0], PEER) in events(run(intake, intake.offer(PEER, 0, records[:1], NOW), {}))


def test_a_record_from_the_future_waits_until_it_is_due() -> None:
    intake, index = make_intake()
    record = make_record(1, at=START + 1_000)
    done = run(intake, intake.offer(PEER, 1, [record], NOW), {})
    assert events(done) == [RecordPostponed(record.id, 100, PEER)]
    assert not any(isinstance(effect, Relay) for effect in done)
    assert intake.deadline == Monotonic(100)
    assert intake.tick(at(99)) == []
    done = run(intake, intake.tick(at(100)), {}, at(100))
    assert events(done) == [RecordAdded(record, None)]
    assert len(index) == 1
    assert intake.deadline is None


def test_records_dated_ahead_cost_no_signature_once_their_sender_has_no_place_left() -> None:
    intake, index = make_intake()
    records = [make_record(number, at=START + 7_200) for number in range(POSTPONED_RECORDS_PER_PEER_MAX + 64)]
    told = []
    for at_ in range(0, len(records), 64):
        told += events(run(intake, intake.offer(PEER, 0, records[at_ : at_ + 64], NOW), {}))
    assert len(told) == POSTPONED_RECORDS_PER_PEER_MAX
    again = intake.offer(PEER, 0, records, NOW)
    assert [type(effect) for effect in again] == [Dealt]
    assert len(index) == 0


def test_our_own_record_dated_ahead_is_refused_when_there_is_no_place() -> None:
    intake, _ = make_intake()
    records = [make_record(number, at=START + 7_200) for number in range(POSTPONED_RECORDS_MAX + 1)]
    run(intake, intake.bring(records[:-1], NOW, is_trusted=True), {})
    (event,) = events(run(intake, intake.bring(records[-1:], NOW, is_trusted=True), {}))
    assert isinstance(event, RecordRejected)
    assert event.cause is Cause.AGE


def test_what_finds_no_place_after_it_was_verified_is_refused_for_its_age() -> None:
    intake, _ = make_intake()
    records = [make_record(number, at=START + 7_200) for number in range(POSTPONED_RECORDS_MAX + 1)]
    told = events(run(intake, intake.bring(records, NOW, is_trusted=True), {}))
    assert [event.cause for event in told if isinstance(event, RecordRejected)] == [Cause.AGE]
    assert intake.is_idle


def test_a_postponed_record_is_kept_once() -> None:
    intake, _ = make_intake()
    record = make_record(1, at=START + 1_000)
    run(intake, intake.offer(PEER, 0, [record], NOW), {})
    assert intake.offer(OTHER, 0, [record], NOW) == [Dealt(OTHER, 0, LIVE_RECORD_BYTES_MIN, 0)]


def test_a_failed_save_loses_nothing_and_says_so() -> None:
    intake, index = make_intake()
    record, deletion = make_record(1), deletion_of(make_record(2))
    intake.offer(PEER, 4, [record, deletion], NOW)
    intake.receive(Verified(1, (True, True)), NOW)
    intake.receive(Resolved(1, (), ()), NOW)
    effects = intake.receive(SaveFailed(1, "disk full"), NOW)
    assert events(effects) == [SaveDelayed("disk full", (record.id, deletion.id))]
    assert [effect for effect in effects if isinstance(effect, Dealt)] == [
        Dealt(PEER, 4, len(record.wire) + len(deletion.wire), 0),
    ]
    assert len(index) == 0
    run(intake, intake.offer(PEER, 5, [record, make_record(2)], NOW), {})
    assert len(index) == 2


def test_batches_verify_side_by_side_and_save_in_order() -> None:
    intake, _ = make_intake()
    first = intake.offer(PEER, 0, [make_record(1)], NOW)
    second = intake.offer(PEER, 0, [make_record(2)], NOW)
    assert [type(effect) for effect in first + second] == [Verify, Verify]
    assert intake.receive(Verified(2, (True,)), NOW) == []
    effects = intake.receive(Verified(1, (True,)), NOW)
    assert [effect.batch for effect in effects if isinstance(effect, Save)] == [1]
    effects = intake.receive(Saved(1), NOW)
    assert [effect.batch for effect in effects if isinstance(effect, Save)] == [2]


def test_a_flood_of_one_peer_delays_others_by_one_batch_at_most() -> None:
    intake, _ = make_intake()
    intake.offer(PEER, 0, [make_record(1)], NOW)
    intake.offer(PEER, 0, [make_record(2)], NOW)
    assert BATCHES_AT_ONCE_MAX == 2
    intake.offer(PEER, 0, [make_record(number) for number in range(10, 10 + 2 * INTAKE_BATCH_RECORDS_MAX)], NOW)
    lone = make_record(3)
    intake.offer(OTHER, 0, [lone], NOW)
    intake.receive(Verified(1, (True,)), NOW)
    following = [effect for effect in intake.receive(Saved(1), NOW) if isinstance(effect, Verify)]
    assert lone in following[0].records
    assert len(following[0].records) <= INTAKE_BATCH_RECORDS_MAX


def test_more_than_the_queue_holds_is_left_to_sync_and_nobodys_fault() -> None:
    intake, _ = make_intake()
    for number in range(BATCHES_AT_ONCE_MAX):
        intake.offer(PEER, 0, [make_record(number)], NOW)
    big = [make_record(100 + number, size=60_000) for number in range(40)]
    effects = intake.offer(PEER, 0, big, NOW)
    assert sum(len(record.wire) for record in big) > INTAKE_QUEUE_BYTES_PER_PEER_MAX
    assert strikes(effects) == []
    assert intake.offer(OTHER, 0, [make_record(500)], NOW) == []


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    "answer",
    [Verified(1, (True,)), Judged(1, (Accept(),)), Resolved(1, (), ()), Saved(1), SaveFailed(1, "full")],
    ids=lambda answer: type(answer).__name__,
)
def test_every_state_takes_only_the_answers_it_waits_for(state: State, answer: BatchInput) -> None:
    intake, _ = make_intake(has_policies=True)
    intake.offer(PEER, 0, [make_record(1)], NOW)
    intake._batches[1].state = state
    if (state, type(answer)) in TRANSITIONS:
        intake.receive(answer, NOW)
    else:
        with pytest.raises(LocalProtocolError):
            intake.receive(answer, NOW)


def test_an_answer_for_no_batch_is_a_bug_of_the_driver() -> None:
    with pytest.raises(LocalProtocolError):
        make_intake()[0].receive(Saved(9), NOW)
