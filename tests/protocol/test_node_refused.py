"""Refused records through whole nodes: who brings them is slowed down, and who ignores that is banned."""

from collections.abc import Callable, Sequence

import pytest

from peerset.core.limits import REFUSED_CREDIT_SECONDS
from peerset.core.message import Announce, Credit, Pull, Records
from peerset.core.record import Record
from peerset.core.rules import Rules
from peerset.core.verdict import FAILED, Accept, Reject, Verdict
from peerset.protocol.effects import Effect, Judge, Verify
from peerset.protocol.events import (
    RecordRejected,
    StrikeCounted,
)
from peerset.protocol.inlet import QUARTER
from peerset.protocol.inputs import KeyBanned, Verified
from tests.protocol.pair import START, Net, make_record
from tests.protocol.stranger import OTHER_RULES, Host, Stranger, farewells, said, told


def refuse(_: Record) -> Verdict:
    return Reject("words", "a bad word")


def break_down(_: Record) -> Verdict:
    return Reject("words", "the policy words does not work here", FAILED)


def besieged(judge: Callable[[Record], Verdict], *, rules_id: bytes = OTHER_RULES) -> Stranger:
    host = Host(judge=judge)
    stranger = Stranger(host, 2, rules_id=rules_id)
    stranger.establish()
    stranger.settle()
    return stranger


def push(stranger: Stranger, numbers: range) -> list[Effect]:
    """Push records, 64 a message."""
    blobs = [make_record(number).wire for number in numbers]
    return stranger.say(*(Records(0, tuple(blobs[at : at + 64])) for at in range(0, len(blobs), 64)))


def test_a_record_that_a_policy_refuses_is_no_member() -> None:
    stranger = besieged(refuse)
    effects = push(stranger, range(1))
    assert [rejected.source for rejected in told(effects, RecordRejected)] == ["words"]
    assert stranger.host.node.count == 0


def test_two_refusals_count_as_two_however_many_peers_bring_the_records() -> None:
    net = Net()
    strict = net.add(1, judge=refuse)
    two = [make_record(number, at=START - 7_200) for number in range(2)]
    for number in (2, 3, 4):
        net.connect(strict, net.add(number, two))
    net.pass_time(600)
    fresh = make_record(7, at=net.now.unix)
    for member in net.members.values():
        if member is not strict:
            net.publish(member, fresh)
    net.pass_time(600)
    rejected = [event for event in strict.events if isinstance(event, RecordRejected)]
    assert sorted(event.id for event in rejected) == sorted(record.id for record in (*two, fresh))
    assert {event.source for event in rejected} == {"words"}
    assert [peer.has_other_rules for peer in strict.node.peers] == [True] * 3


@pytest.mark.parametrize("rules_id", [OTHER_RULES, Rules().id], ids=["other rules", "our rules"])
def test_who_pushes_what_is_refused_is_blamed_for_nothing_and_slowed_down(rules_id: bytes) -> None:
    stranger = besieged(refuse, rules_id=rules_id)
    effects = push(stranger, range(64))
    assert (judged(effects), told(effects, StrikeCounted)) == (64, [])
    for quarter in range(1, 4):
        effects = stranger.host.wait(REFUSED_CREDIT_SECONDS)
        assert said(effects, stranger.peer, Credit) == [Credit(0, quarter * QUARTER)]
    effects = push(stranger, range(64, 64 + 48))
    assert (judged(effects), told(effects, StrikeCounted)) == (48, [])
    assert stranger.host.node.saved_strikes(stranger.host.now) == ()


def test_who_pushes_more_than_was_granted_is_banned_and_nobody_looks_at_it() -> None:
    stranger = besieged(refuse)
    effects = push(stranger, range(64 * 20))
    assert judged(effects) == 64
    assert told(effects, StrikeCounted)[0].reason == "more than was granted"
    assert farewells(effects, stranger.peer) == ["BANNED"]


def test_the_same_refused_record_pushed_again_and_again_is_judged_once_and_slows_its_sender_down() -> None:
    stranger = besieged(refuse)
    effects = [effect for _ in range(64) for effect in push(stranger, range(1))]
    assert judged(effects) == 1
    assert told(effects, StrikeCounted) == []
    assert said(effects, stranger.peer, Credit) == []
    (strike,) = told(push(stranger, range(1)), StrikeCounted)
    assert strike.reason == "more than was granted"


def test_an_announced_record_that_was_refused_is_not_asked_for_again() -> None:
    stranger = besieged(refuse)
    prefix = make_record(1).id[:8]
    assert said(stranger.say(Announce((prefix,))), stranger.peer, Pull) == [Pull((prefix,))]
    effects = push(stranger, range(1, 2))
    assert told(effects, StrikeCounted) == []
    assert said(stranger.say(Announce((prefix,))), stranger.peer, Pull) == []


def test_a_policy_that_breaks_down_is_nobody_elses_fault() -> None:
    stranger = besieged(break_down, rules_id=Rules().id)
    effects = [*push(stranger, range(30)), *push(stranger, range(30))]
    assert told(effects, RecordRejected) != []
    assert told(effects, StrikeCounted) == []


def test_what_a_banned_peer_has_waiting_is_dropped_unless_another_sent_it_too() -> None:
    stranger = besieged(lambda record: refuse(record) if record.content < "record 2" else Accept())
    other = Stranger(stranger.host, 3)
    other.establish()
    other.settle()
    stranger.host.unanswered.add(Verify)
    verifying = [effect for effect in push(stranger, range(200, 264)) if isinstance(effect, Verify)]
    push(other, range(263, 264))
    push(other, range(201, 202))
    stranger.host.feed(KeyBanned(stranger.key.public_key, 60.0))
    stranger.host.unanswered.clear()
    for verify in verifying:
        stranger.host.feed(Verified(verify.batch, tuple(True for _ in verify.records)))
    assert set(stranger.host.disk) == {make_record(201).id, make_record(263).id}
    push(other, range(200, 201))
    assert make_record(200).id in stranger.host.disk


def judged(effects: Sequence[Effect]) -> int:
    return sum(len(effect.records) for effect in effects if isinstance(effect, Judge))


def test_peers_with_other_rules_stay_friends_however_much_one_keeps_that_the_other_refuses() -> None:
    net = Net()
    spam = [make_record(number, at=START - number * 30) for number in range(3_000)]
    lenient, strict = net.add(1, spam), net.add(2, judge=refuse)
    net.connect(lenient, strict)
    for number in range(10):
        net.publish(lenient, make_record(5_000 + number, at=net.now.unix))
        net.pass_time(120)
    assert "banned" not in {event.state for event in strict.events if isinstance(event, StrikeCounted)}
    assert [status.state for status in strict.node.peers] == ["established"]
    assert strict.disk == {}


def test_what_policies_refused_is_judged_once_over_restarts_too() -> None:
    spam = [make_record(number, at=START - number * 30) for number in range(4_500)]
    seen: list[Record] = []

    def watch(record: Record) -> Verdict:
        seen.append(record)
        return refuse(record)

    kept: set[tuple[int, bytes]] = set()
    for _ in range(2):
        net = Net()
        lenient, strict = net.add(1, spam), net.add(2, judge=watch, refused=kept)
        net.connect(lenient, strict)
        net.pass_time(1_200)
        kept |= strict.refused
    assert len(kept) == len(spam)
    assert len(seen) == len(spam)


def test_what_a_round_brings_and_our_rules_refuse_is_no_fault_however_much_it_is() -> None:
    net = Net()
    lenient = net.add(1, [make_record(number, at=START - number * 30) for number in range(6_000)])
    strict = net.add(2, judge=refuse)
    net.connect(lenient, strict)
    assert len(strict.refused) == 6_000
    assert [event for event in strict.events if isinstance(event, StrikeCounted)] == []
    assert [status.state for status in strict.node.peers] == ["established"]
