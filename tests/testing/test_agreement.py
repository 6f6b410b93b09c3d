from peerset.core.clock import DAY_SECONDS
from peerset.core.record import KIND_DELETION
from peerset.protocol.sync import State
from peerset.testing.agreement import Agreement
from peerset.testing.bylaws import OPEN, STRICT, Bylaws
from peerset.testing.faults import Faults
from peerset.testing.swarm import EPOCH, Swarm
from tests.testing.records import make_record

BRIEF = Bylaws(retention_seconds=10 * DAY_SECONDS)
OLD = make_record("old", created_at=EPOCH - 5 * DAY_SECONDS)
OLDER = make_record("older", created_at=EPOCH - 15 * DAY_SECONDS)
SPAM = make_record("spam", created_at=EPOCH - 4 * DAY_SECONDS)


def met(*bylaws: Bylaws, seconds: float = 60.0) -> Swarm:
    """Let one member of each of *bylaws* meet; only the first has any records."""
    swarm = Swarm(1)
    for number, each in enumerate(bylaws):
        swarm.faults = Faults(bylaws=(each,))
        swarm.wake(swarm.add_member([OLD, OLDER, SPAM] if number == 0 else []))
    swarm.run(seconds)
    return swarm


def test_members_of_one_kind_that_have_everything_agree() -> None:
    assert Agreement(met(OPEN, OPEN)).missing() is None


def test_members_agree_that_lack_only_what_their_rules_refuse_or_keep_no_longer() -> None:
    swarm = met(OPEN, STRICT, BRIEF)

    assert Agreement(swarm).missing() is None
    assert [len(member.disk) for member in swarm.members] == [3, 2, 2]


def test_who_met_nobody_yet_lacks_something() -> None:
    assert Agreement(met(OPEN, OPEN, seconds=0.0)).missing() == "member 1 lacks 3 records and has 0 too many"


def test_who_has_nothing_to_gain_must_still_be_connected() -> None:
    swarm = met(OPEN, OPEN)
    swarm.crash(swarm.members[1])
    swarm.run(60.0)

    assert Agreement(swarm).missing() == "member 1 is cut off"


def test_what_its_author_deleted_is_too_much() -> None:
    swarm = met(OPEN, OPEN)
    deletion = make_record("", created_at=OLD.created_at, kind=KIND_DELETION, tags=[["e", OLD.id.hex()]])
    swarm.written[deletion.id] = deletion
    for member in swarm.members:
        member.disk.write([deletion], [])

    assert Agreement(swarm).missing() == "member 0 lacks 0 records and has 1 too many"


def test_what_every_holder_purged_need_not_reach_others() -> None:
    swarm = met(OPEN, OPEN, seconds=0.0)
    swarm.purge(swarm.members[0], [OLD.id])
    swarm.run(60.0)

    assert len(swarm.members[1].disk) == 2
    assert Agreement(swarm).missing() is None


def test_what_a_wrong_clock_dated_ahead_waits_until_it_is_due() -> None:
    swarm = met(OPEN, OPEN)
    first = swarm.members[0]
    swarm.set_clock(first, 7_200)
    swarm.publish(first, make_record("ahead", created_at=swarm.moment(first).unix))
    swarm.run(1.0)
    swarm.set_clock(first, 0)

    assert len(first.disk) > len(swarm.members[1].disk)
    assert Agreement(swarm).missing() is None


def test_roots_that_differ_though_the_disks_do_not_are_noticed() -> None:
    swarm = met(OPEN, OPEN)
    node = swarm.members[1].node
    assert node is not None
    node.index.discard(OLD.created_at, OLD.id)

    assert Agreement(swarm).missing() == "there are 2 roots"


def test_what_should_have_been_deleted_is_noticed_where_clocks_are_vouched_for() -> None:
    swarm = met(OPEN, OPEN, OPEN)
    ancient = make_record("ancient", created_at=EPOCH - 100 * DAY_SECONDS)
    swarm.members[2].disk.write([ancient], [])

    assert "should be deleted" in str(Agreement(swarm).missing())
    swarm.has_had_wrong_clocks = True
    assert Agreement(swarm).missing() is None


def test_content_that_should_have_gone_is_noticed_where_clocks_are_vouched_for() -> None:
    swarm = met(OPEN, OPEN, OPEN)
    brief = make_record("brief", created_at=EPOCH - DAY_SECONDS, tags=[("expiration", str(swarm.epoch))])
    swarm.members[2].disk.write([brief], [])
    assert Agreement(swarm).lingering() is None

    swarm.clock.skip(DAY_SECONDS)
    assert Agreement(swarm).lingering() == "member 2 still has the content of 1 records that have expired"
    swarm.members[2].disk.purge([brief.id])
    assert Agreement(swarm).lingering() is None
    swarm.members[2].disk.write([make_record("late", tags=[("expiration", "5")])], [])
    swarm.has_had_wrong_clocks = True
    assert Agreement(swarm).lingering() is None


def test_members_of_one_kind_that_do_not_know_that_they_agree_are_noticed() -> None:
    swarm = met(OPEN, OPEN, STRICT)
    assert Agreement(swarm).unaware() is None

    node = swarm.members[0].node
    assert node is not None
    for neighbour in node._neighbours:
        assert neighbour.sync is not None
        neighbour.sync.state = State.IDLE

    assert Agreement(swarm).unaware() == "member 0 believes that member 1 has another set"
