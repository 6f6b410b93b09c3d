from peerset.core.record import KIND_DELETION
from peerset.testing.hostile import Villain
from peerset.testing.member import Member
from tests.testing.records import KEY, make_record


def test_a_member_wakes_with_what_its_disk_holds_and_a_new_peer_id_every_time() -> None:
    member = Member(3, KEY, seed=1, records=[make_record("a"), make_record("", kind=KIND_DELETION)])
    assert not member.is_alive

    member.wake(peers_max=8)
    first = member.peer_id
    assert member.node is not None
    assert member.node.count == 2
    member.die()
    member.wake(peers_max=8)

    assert member.is_alive
    assert member.life == 2
    assert member.peer_id != first
    assert member.name == "member 3"


def test_a_dead_member_has_no_process() -> None:
    member = Member(0, KEY, seed=1)
    member.wake(peers_max=8)

    member.die()

    assert not member.is_alive
    assert member.node is None
    assert member.peer_id is None


def test_a_villain_wraps_the_node() -> None:
    member = Member(0, KEY, seed=1, disguise=Villain)

    assert member.is_hostile
    assert isinstance(member.wake(peers_max=8), Villain)


def test_only_the_wall_clock_is_skewed() -> None:
    moment = Member(0, KEY, seed=1, skew_seconds=-30).moment(10.7, epoch=1_000)

    assert moment.monotonic == 10.7
    assert moment.unix == 980
