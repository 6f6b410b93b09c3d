"""Light members among others: what they know by name alone, and what becomes of names that were made up."""

from dataclasses import replace

import pytest

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import CLAIMS_MAX, DOUBTS_MAX, FETCH_TRIES_MAX, NAMES_PER_MESSAGE_MAX, TRIAL_INTERVAL_SECONDS
from peerset.core.message import Fin, Hello, Lacking, Light, Named, Records, Want
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest, Rules
from peerset.core.signal import PeerId
from peerset.core.wire import decode, encode
from peerset.protocol import claims as claims_module
from peerset.protocol.events import StrikeCounted
from peerset.protocol.inputs import Received, Wanted
from peerset.protocol.lightness import Lightness, pack_names
from peerset.protocol.namers import Namer
from peerset.protocol.neighbour import Accord
from tests.protocol.pair import START, Member, Net, key, make_record

AGES = (1, 3, 10, 20, 40)
NAMER = Namer(PeerId("0000namer"), key(9).public_key)
WEEK = 7


def aged(*ages: int, first: int = 0) -> list[Record]:
    return [make_record(first + days, at=START - days * DAY_SECONDS) for days in ages]


def made_up(count: int, days: int = 30) -> tuple[tuple[int, bytes], ...]:
    return tuple((START - days * DAY_SECONDS + n, bytes([n % 256]) * 31 + bytes([n // 256])) for n in range(count))


def strikes(net: Net) -> list[StrikeCounted]:
    return [event for member in net.members.values() for event in member.events if isinstance(event, StrikeCounted)]


def have_one_root(*members: Member, net: Net) -> bool:
    return len({member.node.root(net.now) for member in members}) == 1


def known(member: Member) -> list[tuple[int, bytes]]:
    """Give what *member* knows by name alone."""
    return [] if member.node.claims is None else member.node.claims.all


def given(member: Member) -> int:
    return sum(len(message.blobs) for _, message, _ in member.sent if isinstance(message, Records))


def lying(net: Net, liar: Member, names: tuple[tuple[int, bytes], ...]) -> None:
    """Let *liar* name what there is not, beside each name that there is."""

    def tamper(source: object, _target: object, data: bytes) -> bytes:
        message = decode(data)
        if source == liar.name and isinstance(message, Named):
            return encode(Named(message.round, message.names + pack_names(names)))
        return data

    net.tamper = tamper


@pytest.mark.parametrize("is_first", [True, False])
def test_a_light_member_learns_the_names_of_old_records_without_their_content(is_first: bool) -> None:
    net = Net()
    whole, light = net.add(2 if is_first else 1, aged(*AGES)), net.add(1 if is_first else 2, window_days=WEEK)
    net.connect(whole, light)
    net.pass_time(60)
    assert have_one_root(whole, light, net=net)
    assert len(light.disk) == 2
    assert known(light) == sorted((each.created_at, each.id) for each in aged(*AGES[2:]))
    assert given(whole) == 2
    assert whole.node.is_quiet
    assert light.node.is_quiet
    late = make_record(99, at=START - 50 * DAY_SECONDS)
    net.publish(whole, late)
    net.pass_time(60)
    assert (late.created_at, late.id) in known(light)
    assert have_one_root(whole, light, net=net)
    assert strikes(net) == []


def test_what_is_fetched_is_whole_and_no_claim_any_more() -> None:
    net = Net()
    whole, light = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK)
    net.connect(whole, light)
    old = aged(20)[0]
    net.feed(light, Wanted(((old.created_at, old.id),)))
    net.run()
    assert light.disk[old.id] == old
    assert (old.created_at, old.id) not in known(light)
    assert have_one_root(whole, light, net=net)


def test_a_newcomer_has_from_others_what_a_light_member_lacks() -> None:
    net = Net()
    whole, light = net.add(1, aged(*range(1, 60))), net.add(2, window_days=WEEK)
    net.connect(whole, light)
    newcomer = net.add(3)
    net.connect(light, newcomer)
    net.pass_time(60)
    assert any(isinstance(message, Lacking) for _, message, _ in light.sent)
    assert 7 <= len(newcomer.disk) < 59
    net.connect(newcomer, whole)
    net.pass_time(1_200)
    assert newcomer.disk == whole.disk
    assert have_one_root(whole, light, newcomer, net=net)
    assert all(member.node.is_quiet for member in (whole, light, newcomer))
    assert strikes(net) == []


def test_light_members_share_their_days_and_take_no_names_of_each_other() -> None:
    net = Net()
    whole, light, other = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK), net.add(3, window_days=WEEK)
    net.connect(whole, light)
    net.connect(light, other)
    net.pass_time(60)
    assert len(other.disk) == 2
    assert known(other) == []
    assert light.node.accord_with(other.name) is Accord.EQUAL
    assert strikes(net) == []


def test_what_was_made_up_is_forgotten_once_a_full_neighbour_lacks_it() -> None:
    net = Net()
    liar, light = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK)
    lying(net, liar, made_up(40))
    net.connect(liar, light)
    assert len(known(light)) == 43
    whole = net.add(3, aged(*AGES))
    net.connect(whole, light)
    net.pass_time(600)
    assert len(known(light)) == 3
    assert have_one_root(whole, light, net=net)
    assert set(whole.disk) == {each.id for each in aged(*AGES)}
    assert strikes(net) == []


def test_who_makes_names_up_again_and_again_is_hardly_ever_believed() -> None:
    net = Net()
    liar, light, whole = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK), net.add(3, aged(*AGES))
    told = 0

    def tamper(source: object, target: object, data: bytes) -> bytes:
        nonlocal told
        message = decode(data)
        if source == liar.name and target == light.name and isinstance(message, Fin | Records | Want) and message.round:
            told += 1
            names = ((START - 30 * DAY_SECONDS, told.to_bytes(2, "big") * 16),)
            net._inputs.append((light.name, Received(liar.name, encode(Named(message.round, pack_names(names))))))
        return data

    net.tamper = tamper
    net.connect(liar, light)
    net.connect(whole, light)
    wrong = 0
    for _ in range(240):
        net.pass_time(60)
        wrong += not have_one_root(whole, light, net=net)
    assert told > 8, "it makes names up whenever it is listened to"
    assert wrong < 40, "minutes of four hours"
    assert strikes(net) == []


def test_a_trial_begins_with_who_named_it() -> None:
    net = Net()
    light = net.add(1, window_days=WEEK)
    others = [net.add(number) for number in range(2, 2 + FETCH_TRIES_MAX)]
    whole = net.add(50, aged(*AGES))
    for each in (*others, whole):
        net.connect(light, each)
    net.pass_time(600)
    assert {each.id for each in aged(*AGES)} <= {*light.disk} | {RecordId(each) for _, each in known(light)}
    assert have_one_root(whole, light, net=net)


def test_what_a_newcomer_lacks_and_others_can_show_stays() -> None:
    net = Net()
    ages = tuple(range(8, 60))
    whole, light = net.add(1, aged(*ages)), net.add(2, window_days=WEEK)
    net.connect(whole, light)
    assert len(known(light)) == len(ages)
    newcomer = net.add(3)
    net.connect(newcomer, light)
    net.pass_time(600)
    shown = len(light.disk)
    assert 0 < shown < 32, "a few were fetched to see whether there are any"
    assert len(known(light)) == len(ages) - shown
    assert have_one_root(whole, light, net=net)
    assert strikes(net) == []


def test_a_member_of_other_rules_names_nothing() -> None:
    net = Net()
    whole = net.add(1, aged(*AGES), rules=Rules(policies=(Manifest("other", 1),)))
    light = net.add(2, window_days=WEEK)
    net.connect(whole, light)
    net.pass_time(60)
    assert (len(light.disk), known(light)) == (2, [])
    assert not any(isinstance(message, Light) for _, message, _ in light.sent)
    assert strikes(net) == []


def test_a_member_that_knows_no_names_shares_the_newest_days() -> None:
    net = Net()
    whole, light = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK)

    def forget_features(_source: object, _target: object, data: bytes) -> bytes:
        message = decode(data)
        return encode(replace(message, features=0)) if isinstance(message, Hello) else data

    net.tamper = forget_features
    net.connect(whole, light)
    net.pass_time(60)
    assert (len(light.disk), known(light)) == (2, [])
    assert whole.node.is_quiet
    assert light.node.is_quiet
    assert strikes(net) == []


def test_names_that_nobody_asked_for_are_passed_over() -> None:
    net = Net()
    liar, full, light = net.add(1, aged(*AGES)), net.add(2, aged(8)), net.add(3, aged(*AGES), window_days=WEEK)
    net.connect(liar, full)
    net.connect(liar, light)
    net.pass_time(60)
    before = known(light)
    young, ancient = (START - 60, bytes(32)), (START - 91 * DAY_SECONDS, bytes(32))
    for target in (full, light):
        for number in (0, 1):
            net._send(liar, target.name, Named(number, pack_names((young, ancient, *made_up(3)))))
    net.run()
    assert (known(full), known(light)) == ([], before)
    assert full.node.count == len({*full.disk})


def test_names_of_what_is_too_young_or_too_old_are_passed_over() -> None:
    net = Net()
    liar, light = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK)
    lying(net, liar, ((START - 60, bytes(32)), (START - 91 * DAY_SECONDS, bytes(32))))
    net.connect(liar, light)
    assert len(known(light)) == 3


def test_names_beyond_the_limit_are_passed_over_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims_module, "CLAIMS_MAX", 5)
    net = Net()
    liar, light = net.add(1, aged(*AGES)), net.add(2, window_days=WEEK)
    lying(net, liar, made_up(40))
    net.connect(liar, light)
    assert len(known(light)) == 5
    (budget,) = [each for each in light.node.health(net.now).budgets if each.name == "claims"]
    assert (budget.used, budget.limit, budget.count) == (5, 5, 38)
    assert CLAIMS_MAX > NAMES_PER_MESSAGE_MAX
    assert strikes(net) == []


def test_claims_expire_with_the_room() -> None:
    net = Net()
    whole, light = net.add(1, aged(1, 10, 89)), net.add(2, window_days=WEEK)
    net.connect(whole, light)
    assert len(known(light)) == 2
    net.pass_time(2 * DAY_SECONDS)
    assert len(known(light)) == 1
    assert have_one_root(whole, light, net=net)


def test_doubts_wait_for_one_another_and_are_bounded() -> None:
    net = Net()
    light = net.add(1, window_days=WEEK)
    claims = light.node.claims
    assert claims is not None
    names = made_up(9)
    assert claims.take(names, _light(), NAMER, net.now) == 9
    assert claims.take(names, _light(), NAMER, net.now) == 0
    claims.doubt([(START, bytes(32))])
    assert claims.deadline is None
    claims.doubt(names[:2])
    claims.tick(net.now)
    claims.doubt(names[2:5])
    assert len(claims) == 9, "one trial at a time"
    later = Moment(Monotonic(net.now.monotonic + TRIAL_INTERVAL_SECONDS), UnixTime(START + 60))
    claims.tick(net.now)
    assert len(claims) == 7, "nobody is there to show the first two"
    assert claims.deadline == later.monotonic
    claims.tick(later)
    claims.tick(later)
    assert (len(claims), claims.deadline) == (4, None)
    assert DOUBTS_MAX < CLAIMS_MAX


def _light() -> Lightness:
    return Lightness(START - WEEK * DAY_SECONDS)


def test_a_window_as_long_as_the_rules_makes_no_light_member() -> None:
    net = Net()
    assert net.add(1, window_days=90).node.health(net.now).budgets[-1].name != "claims"
    assert key(1) is not None
