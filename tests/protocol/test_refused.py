"""What was refused before, and what it costs to bring it."""

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import REFUSED_BRIEFLY_MAX, REFUSED_IDS_MAX
from peerset.core.merkle import Index
from peerset.core.message import Fingerprint, IdList, RangeItem, Skip
from peerset.core.ranges import listed_id
from peerset.core.record import Record, RecordId, shell_of
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival
from peerset.protocol.effects import Decline, KeepRefused
from peerset.protocol.refused import Refused
from tests.protocol.pair import START, make_record

PEER, SALT, RULES = PeerId("0000peer"), b"s" * 16, b"r" * 32
RECORD = make_record()
NOW = Moment(Monotonic(0.0), START)


def make_refused(*entries: tuple[int, bytes], members: int = 0) -> Refused:
    return Refused(RULES, Index.bulk((1, number.to_bytes(32, "big")) for number in range(members)), entries)


def numbered(number: int, *, at: int = START) -> Record:
    return shell_of(RecordId((number + 1).to_bytes(8, "big") + bytes(24)), RECORD.author, UnixTime(at), 1078)


def short(record: Record) -> bytes:
    return listed_id(SALT, record.id)


def test_what_a_policy_refuses_is_kept_on_disk_once() -> None:
    refused = make_refused()
    entry = (RECORD.created_at, RECORD.id)
    assert refused.keep([RECORD, RECORD], NOW) == [KeepRefused((entry,), RULES)]
    assert refused.keep([RECORD], NOW) == []
    assert refused.keep([], NOW) == []


def test_who_brought_what_a_policy_refused_is_told_that_we_take_none_of_it() -> None:
    refused, briefly, unknown = make_refused(), numbered(2), numbered(3)
    refused.keep([RECORD, numbered(1)], NOW)
    refused.remember(briefly)
    records = [RECORD, numbered(1), RECORD, briefly, unknown]
    arrivals = [Arrival(record, peer, 0) for record in records for peer in (PEER, None)]
    assert refused.decline(arrivals) == [Decline(PEER, (RECORD.id, numbered(1).id))]
    assert refused.decline([Arrival(unknown, PEER, 0)]) == []


def test_what_was_kept_is_known_after_a_restart() -> None:
    refused = make_refused((RECORD.created_at, RECORD.id))
    assert RECORD in refused
    assert refused.has_prefix(RECORD.id[:8])
    assert refused.keep([RECORD], NOW) == []


def test_as_many_are_kept_as_the_room_holds_and_what_is_kept_stays() -> None:
    limit = REFUSED_IDS_MAX + 10
    refused = make_refused(members=10)
    (kept,) = refused.keep([numbered(number) for number in range(limit + 1)], NOW)
    assert isinstance(kept, KeepRefused)
    assert len(kept.refused) == limit
    assert [numbered(0) in refused, numbered(limit - 1) in refused, numbered(limit) in refused] == [True, True, False]
    assert refused.budget.since is START
    assert refused.keep([numbered(limit)], NOW) == []
    assert (refused.budget.used, refused.budget.limit, refused.budget.count) == (limit, limit, 2)


def test_of_what_is_remembered_for_a_while_the_latest_are() -> None:
    refused = make_refused((RECORD.created_at, RECORD.id))
    for number in range(REFUSED_BRIEFLY_MAX + 1):
        refused.remember(numbered(number))
        refused.remember(numbered(number))
    assert [numbered(0) in refused, numbered(1) in refused, RECORD in refused] == [False, True, True]
    assert [refused.has_prefix(numbered(number).id[:8]) for number in (0, 1)] == [False, True]


def test_only_what_the_peer_lists_is_looked_through() -> None:
    one, two, three = (numbered(number, at=100 * number) for number in range(3))
    refused = make_refused(*((record.created_at, record.id) for record in (one, two)))
    wanted = (short(one), short(two), short(three))
    items: list[RangeItem] = [IdList((50, b""), ()), Fingerprint((150, b""), bytes(8)), Skip((160, b""))]
    assert refused.sift(SALT, wanted, (0, b""), items) == (short(two), short(three))
    assert refused.sift(SALT, wanted, (0, b""), [*items, IdList((900, b""), ())]) == (short(two), short(three))
    assert refused.sift(SALT, wanted, (0, b""), [IdList((900, b""), ())]) == (short(three),)
    assert refused.sift(SALT, (), (0, b""), items) == ()


def test_what_grows_too_old_is_forgotten() -> None:
    refused = make_refused((10, numbered(0).id), (30, numbered(1).id))
    refused.remember(numbered(2, at=20))
    refused.forget_before(UnixTime(30))
    assert [numbered(0, at=10) in refused, numbered(2, at=20) in refused] == [False, False]
    assert numbered(1, at=30) in refused
    assert not refused.has_prefix(numbered(0).id[:8])
    assert len(refused.keep([numbered(0, at=40), numbered(2, at=40)], NOW)) == 1
