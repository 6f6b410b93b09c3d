"""What our user wants to be saved together becomes a member together, or not at all."""

import pytest

from peerset.core.cause import Cause
from peerset.core.clock import DAY_SECONDS
from peerset.core.record import Record
from peerset.core.verdict import Accept, Reject
from peerset.protocol.effects import Judge, Request, Save, Verify
from peerset.protocol.events import RecordAdded, RecordRejected
from peerset.protocol.inputs import Judged, Verified
from tests.protocol.pair import START, make_record
from tests.protocol.test_intake import NOW, PEER, deletion_of, events, make_intake, run

GROUP = [make_record(number, author=1) for number in range(3)]
ALONE = make_record(9, author=1)


def outcome(effects: list[Request]) -> list[tuple[bytes, Cause | None, str]]:
    return [
        (event.id, event.cause, event.source) if isinstance(event, RecordRejected) else (event.record.id, None, "")
        for event in events(effects)
        if isinstance(event, RecordRejected | RecordAdded)
    ]


def saved(effects: list[Request]) -> list[tuple[Record, ...]]:
    return [effect.records for effect in effects if isinstance(effect, Save)]


def test_a_group_is_saved_at_once() -> None:
    intake, index = make_intake()
    done = run(intake, intake.bring(GROUP, NOW, is_trusted=True, group=1), {})
    assert saved(done) == [tuple(GROUP)]
    assert len(index) == 3


def test_when_a_policy_refuses_one_the_others_are_let_go_of_and_may_come_again() -> None:
    intake, index = make_intake(has_policies=True)
    [asked] = intake.bring(GROUP, NOW, is_trusted=True, group=1)
    assert isinstance(asked, Verify)
    [judged] = intake.receive(Verified(asked.batch, ()), NOW)
    assert isinstance(judged, Judge)
    verdicts = tuple(Reject("words", "rude") if record == GROUP[1] else Accept() for record in judged.records)
    done = run(intake, intake.receive(Judged(judged.batch, verdicts), NOW), {})
    assert outcome(done) == [
        (GROUP[1].id, Cause.POLICY, "words"),
        (GROUP[0].id, Cause.POLICY, "batch"),
        (GROUP[2].id, Cause.POLICY, "batch"),
    ]
    assert len(index) == 0
    run(intake, intake.bring([GROUP[0], GROUP[2]], NOW, is_trusted=True, group=2), {})
    assert (START, GROUP[0].id) in index


def test_when_one_is_deleted_already_none_is_saved() -> None:
    intake, index = make_intake()
    disk: dict[bytes, Record] = {}
    deletion = deletion_of(GROUP[2])
    run(intake, intake.bring([deletion], NOW, is_trusted=True), disk)
    done = run(intake, intake.bring(GROUP, NOW, is_trusted=True, group=1), disk)
    assert outcome(done) == [
        (GROUP[2].id, Cause.DELETED, "deleted"),
        (GROUP[0].id, Cause.POLICY, "batch"),
        (GROUP[1].id, Cause.POLICY, "batch"),
    ]
    assert len(index) == 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_when_one_is_too_old_none_is_taken(place: int) -> None:
    intake, index = make_intake()
    old = make_record(7, at=START - 100 * DAY_SECONDS)
    group = [*GROUP[:place], old, *GROUP[place + 1 :]]
    done = run(intake, intake.bring(group, NOW, is_trusted=True, group=1), {})
    assert {cause for _, cause, _ in outcome(done)} == {Cause.AGE, Cause.POLICY}
    assert len(outcome(done)) == 3
    assert len(index) == 0
    assert intake.is_idle


def test_what_others_bring_meanwhile_is_not_concerned() -> None:
    intake, index = make_intake()
    disk: dict[bytes, Record] = {}
    run(intake, intake.bring([deletion_of(GROUP[0])], NOW, is_trusted=True), disk)
    effects = intake.bring(GROUP, NOW, is_trusted=True, group=1)
    effects += intake.offer(PEER, 0, [ALONE], NOW)
    run(intake, effects, disk)
    assert (START, ALONE.id) in index
    assert len(index) == 2
