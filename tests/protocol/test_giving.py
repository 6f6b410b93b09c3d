"""What neighbours are given, and when they have to wait for more."""

import pytest

from peerset.core.bucket import day_bound
from peerset.core.clock import HOUR_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    GIVEN_BYTES_PER_HOUR,
    GIVEN_KEYS_MAX,
    GIVEN_WAIT_MAX_SECONDS,
    GIVEN_WAIT_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import Credit, Days, Fetch, Fin, IdList, Lacking, Ranges, Records, Root, Skip
from peerset.protocol.effects import Send
from peerset.protocol.events import StrikeCounted
from peerset.protocol.giving import Giving
from peerset.protocol.health import Budget
from tests.protocol.pair import START, Net, make_record
from tests.protocol.stranger import Host, Stranger, said, told

KEY, OTHER = PublicKey(b"1" * 32), PublicKey(b"2" * 32)
SET_BYTES = 1_000_000


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), START)


def make_giving(records: int = 10) -> Giving:
    return Giving(Index.bulk((number, number.to_bytes(32, "big")) for number in range(records)), SET_BYTES)


def test_a_key_may_have_the_whole_set_and_so_much_more_an_hour() -> None:
    purse = make_giving().purse(KEY, at(0))
    purse.spend(SET_BYTES)
    assert purse.is_open(at(0))
    purse.spend(GIVEN_BYTES_PER_HOUR)
    assert not purse.is_open(at(0))
    assert purse.is_open(at(1))
    purse.spend(GIVEN_BYTES_PER_HOUR)
    assert not purse.is_open(at(HOUR_SECONDS - 1))
    assert purse.is_open(at(HOUR_SECONDS + 2))


def test_a_set_that_grows_is_given_on_and_what_went_is_not_counted() -> None:
    index = Index.bulk([(1, bytes(32))])
    giving = Giving(index, 1_000)
    purse = giving.purse(KEY, at(0))
    purse.spend(1_000 + GIVEN_BYTES_PER_HOUR)
    assert not purse.is_open(at(0))
    record = make_record(1, size=5_000)
    index.add(record.created_at, record.id)
    giving.grow([record])
    assert giving.set_bytes == 1_000 + len(record.wire)
    assert purse.is_open(at(0))
    index.discard_before(2)
    assert giving.set_bytes == (1_000 + len(record.wire)) // 2


def test_another_session_of_a_key_goes_on_where_the_last_one_was() -> None:
    giving = make_giving()
    giving.purse(KEY, at(0)).spend(SET_BYTES + GIVEN_BYTES_PER_HOUR)
    assert not giving.purse(KEY, at(0)).is_open(at(0))
    assert giving.purse(OTHER, at(0)).is_open(at(0))


def test_the_latest_keys_are_remembered() -> None:
    giving = make_giving()
    giving.purse(KEY, at(0)).spend(SET_BYTES + GIVEN_BYTES_PER_HOUR)
    for number in range(GIVEN_KEYS_MAX - 1):
        giving.purse(PublicKey(number.to_bytes(32, "big")), at(0))
    assert not giving.purse(KEY, at(0)).is_open(at(0))
    for number in range(GIVEN_KEYS_MAX):
        giving.purse(PublicKey(number.to_bytes(32, "big")), at(0))
    assert giving.purse(KEY, at(0)).is_open(at(0))


def test_who_was_given_all_and_has_none_waits_twice_as_long_each_time() -> None:
    purse = make_giving().purse(KEY, at(0))
    purse.spend(SET_BYTES - 1)
    purse.said(0, Monotonic(0))
    assert purse.is_open(at(0))
    purse.spend(1)
    waits, now = [], 0.0
    for _ in range(8):
        purse.spend(SET_BYTES)
        purse.said(0, Monotonic(now))
        wait = next(seconds for seconds in range(5_000) if purse.is_open(at(now + seconds)))
        waits.append(wait)
        now += wait
    assert waits == [60, 120, 240, 480, 960, 1_920, 3_840, 3_840]
    assert (waits[0], waits[-1]) == (GIVEN_WAIT_SECONDS, GIVEN_WAIT_MAX_SECONDS)
    purse.said(5, Monotonic(now))
    purse.spend(SET_BYTES)
    purse.said(0, Monotonic(now))
    assert not purse.is_open(at(now + 59))
    assert purse.is_open(at(now + 60))


def test_who_waits_is_a_budget_that_bites_until_it_does_not_or_is_gone() -> None:
    giving = make_giving()
    purse = giving.purse(KEY, at(0))
    assert giving.budget(at(0)) == Budget("given", 0, GIVEN_BYTES_PER_HOUR, None, 0)
    purse.spend(SET_BYTES + GIVEN_BYTES_PER_HOUR + 500)
    assert not purse.admits(at(0))
    assert giving.budget(at(0)) == Budget("given", GIVEN_BYTES_PER_HOUR + 500, GIVEN_BYTES_PER_HOUR, START, 1)
    assert giving.budget(at(10)).since is None
    purse.spend(GIVEN_BYTES_PER_HOUR)
    assert not purse.admits(at(10))
    purse.leave()
    assert giving.budget(at(10)).since is None


def ask_for_all(stranger: Stranger, number: int) -> int:
    """Open a round as one who has nothing, and say so; give how many records come."""
    now = stranger.host.now.unix
    first_day, upto = now // 86_400 - 60, UnixTime(now // 86_400 * 86_400)
    effects = stranger.say(Root(number, first_day, upto, 0, b"n" * 16))
    [days] = said(effects, stranger.peer, Days)
    [cell] = [place for place, (count, _) in enumerate(days.cells) if count]
    lower = day_bound(days.first_day + cell * days.cell_days)
    upper = min(day_bound(days.first_day + (cell + 1) * days.cell_days), (upto, b""))
    effects = stranger.say(Ranges(number, (Skip(lower), IdList(upper, ()))))
    blobs = [blob for message in said(effects, stranger.peer, Records) for blob in message.blobs]
    effects += stranger.say(Credit(number, sum(map(len, blobs))), Fin(number, 0, b"n" * 16))
    assert told(effects, StrikeCounted) == []
    return len(blobs)


def test_asking_for_everything_again_and_again_gives_it_seldom_and_is_no_fault() -> None:
    host = Host(*(make_record(number, at=START - 5 * 86_400, size=1_000) for number in range(50)))
    strangers = (Stranger(host, number) for number in range(2, 20))
    stranger = next(each for each in strangers if each.establish() and each.is_initiator)
    given = []
    for number in range(1, 721):
        given.append(ask_for_all(stranger, number))
        assert told(host.wait(10), StrikeCounted) == []
    assert given[0] == 50
    assert set(given) == {0, 50}
    assert sum(given) == 50 * 7, "so often in two hours in which it asked 720 times"
    [budget] = [each for each in host.node.health(host.now).budgets if each.name == "given"]
    assert budget.since is not None


def test_one_whose_disk_was_full_is_given_all_when_there_is_room_again() -> None:
    net = Net()
    one = net.add(1, [make_record(number, at=START - 3 * 86_400, size=1_000) for number in range(20)])
    two = net.add(2)
    two.is_full = True
    net.connect(one, two)
    net.pass_time(120)
    assert two.disk == {}
    two.is_full = False
    net.pass_time(GIVEN_WAIT_MAX_SECONDS)
    assert len(two.disk) == 20
    assert [event for member in (one, two) for event in member.events if isinstance(event, StrikeCounted)] == []
    assert "given" not in [budget.name for budget in one.node.health(net.now).biting]


@pytest.mark.parametrize("is_spent", [False, True])
def test_who_fetches_is_given_out_of_the_same_purse(is_spent: bool) -> None:
    record = make_record(1, at=START - 86_400)
    host = Host(record)
    stranger = Stranger(host, 2)
    stranger.establish()
    if is_spent:
        [neighbour] = list(host.node._neighbours)
        assert neighbour.purse is not None
        neighbour.purse.spend(2 * GIVEN_BYTES_PER_HOUR)
    effects = stranger.say(Fetch(record.created_at, (record.id[:8],)))
    assert said(effects, stranger.peer, Lacking) == ([Lacking(0, (record.id[:8],))] if is_spent else [])
    assert said(effects, stranger.peer, Records) == ([] if is_spent else [Records(0, (record.wire,))])
    assert told(effects, StrikeCounted) == []
    assert all(isinstance(effect, Send) or not is_spent for effect in effects)
