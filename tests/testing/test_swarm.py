from peerset.core.record import KIND_DELETION, RecordId
from peerset.protocol.inputs import Opened
from peerset.testing.bylaws import OPEN, STRICT
from peerset.testing.faults import Faults
from peerset.testing.history import History
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm
from tests.testing.records import make_record


def awake(count: int, faults: Faults | None = None) -> Swarm:
    swarm = Swarm(1, faults or Faults())
    for _ in range(count):
        swarm.wake(swarm.add_member())
    swarm.run(20.0)
    return swarm


def peers_of(member: Member) -> int:
    return 0 if member.node is None else sum(peer.state == "established" for peer in member.node.peers)


def published(swarm: Swarm, member: Member, content: str = "hello") -> RecordId:
    record = make_record(content, created_at=swarm.moment(member).unix)
    swarm.publish(member, record)
    return record.id


def test_members_find_each_other_and_prove_themselves() -> None:
    swarm = awake(4)

    assert [peers_of(member) for member in swarm.members] == [3, 3, 3, 3]


def test_what_one_publishes_reaches_all_disks() -> None:
    swarm = awake(3)

    record_id = published(swarm, swarm.members[0])
    swarm.run(5.0)

    assert all(record_id in {record.id for record in member.disk.records()} for member in swarm.members)
    assert record_id in swarm.written


def test_a_crash_loses_the_process_and_keeps_the_disk() -> None:
    swarm = awake(2)
    member = swarm.members[0]
    published(swarm, member)
    swarm.run(1.0)

    swarm.crash(member)
    swarm.crash(member)
    published(swarm, member, "unheard")
    swarm.run(60.0)
    assert peers_of(swarm.members[1]) == 0
    assert len(member.disk) == 1

    swarm.wake(member)
    swarm.wake(member)
    swarm.run(60.0)
    assert peers_of(swarm.members[1]) == 1


def test_a_fuse_kills_between_two_effects() -> None:
    swarm = awake(2)
    member = swarm.members[0]

    member.fuse = 0
    published(swarm, member)

    assert not member.is_alive
    assert len(member.disk) == 0


def test_who_leaves_says_goodbye_at_once() -> None:
    swarm = awake(2)

    swarm.leave(swarm.members[0])
    swarm.run(1.0)
    assert peers_of(swarm.members[1]) == 0

    swarm.run(2.0)
    assert not swarm.members[0].is_alive


def test_who_came_back_meanwhile_is_not_ended_by_its_old_goodbye() -> None:
    swarm = awake(2)
    swarm.leave(swarm.members[0])
    swarm.crash(swarm.members[0])
    swarm.wake(swarm.members[0])

    swarm.run(5.0)

    assert swarm.members[0].is_alive


def test_a_crash_in_the_middle_of_a_write_loses_the_write() -> None:
    swarm = awake(1, Faults(save_seconds_max=10.0))
    member = swarm.members[0]
    published(swarm, member)
    swarm.run(0.1)

    swarm.crash(member)
    swarm.run(20.0)

    assert len(member.disk) == 0


def test_a_full_disk_refuses_and_the_member_lives_on() -> None:
    swarm = awake(2)
    member = swarm.members[0]
    member.disk.is_full = True
    published(swarm, member, "lost")
    swarm.run(1.0)

    member.disk.is_full = False
    published(swarm, member, "kept")
    swarm.run(5.0)

    assert [record.content for record in swarm.members[1].disk.records()] == ["kept"]


def test_spam_is_refused_where_the_policy_says_so() -> None:
    swarm = awake(2, Faults(bylaws=(STRICT,)))

    published(swarm, swarm.members[0], "spam, spam and spam")
    swarm.run(5.0)

    assert [len(member.disk) for member in swarm.members] == [0, 0]


def test_offers_under_invented_ids_reach_members() -> None:
    swarm = awake(2)
    swarm.wake(swarm.add_member(villain="offers"))

    swarm.run(20.0)

    assert [member.number for member in swarm.honest] == [0, 1]
    assert all(member.is_alive for member in swarm.members)


def test_a_cut_keeps_members_apart() -> None:
    swarm = Swarm(1)
    swarm.cut = {(0, 1)}
    for _ in range(2):
        swarm.wake(swarm.add_member())

    swarm.run(60.0)

    assert [peers_of(member) for member in swarm.members] == [0, 0]


def test_becoming_calm_ends_failures_of_connections() -> None:
    swarm = awake(2, Faults(connect_failures=1.0))
    assert peers_of(swarm.members[0]) == 0

    swarm.become(swarm.faults.calmed())
    swarm.run(120.0)

    assert peers_of(swarm.members[0]) == 1


def test_a_policy_takes_its_time_for_every_record() -> None:
    swarm = awake(1, Faults(bylaws=(STRICT,), judge_seconds=0.5, save_seconds_max=0.0, verify_seconds_max=0.0))
    member = swarm.honest[0]
    swarm.publish(member, *(make_record(str(number), created_at=swarm.moment(member).unix) for number in range(4)))

    swarm.run(1.9)
    assert len(member.disk) == 0
    swarm.run(0.2)
    assert len(member.disk) == 4


def test_a_failing_disk_gives_nothing_and_the_member_lives_on() -> None:
    swarm = awake(1)
    swarm.members[0].disk.is_failing = True
    published(swarm, swarm.members[0], "lost")
    swarm.wake(swarm.add_member())
    swarm.run(60.0)

    swarm.members[0].disk.is_failing = False
    published(swarm, swarm.members[0], "kept")
    swarm.run(5.0)

    assert [record.content for record in swarm.members[1].disk.records()] == ["kept"]


def test_a_question_that_a_failing_disk_does_not_answer_counts_as_no_write() -> None:
    swarm = awake(1)
    member = swarm.members[0]
    deletion = make_record("", created_at=swarm.moment(member).unix, kind=KIND_DELETION, tags=[["e", "ab" * 32]])
    swarm.publish(member, deletion)
    swarm.run(5.0)
    member.disk.is_failing = True
    published(swarm, member, "by one who has deleted something")
    swarm.run(5.0)

    assert member.writes_under_way == 0


def test_the_policies_of_each_member_are_slow_in_their_own_way() -> None:
    swarm = awake(5, Faults(judge_seconds_max=1.0))
    seconds = {member.judge_seconds for member in swarm.members}

    assert len(seconds) == 5
    assert all(0.001 <= each <= 1.0 for each in seconds)


def test_members_of_other_rules_keep_what_each_admits() -> None:
    swarm = awake(12, Faults(bylaws=(OPEN, STRICT)))
    first = next(member for member in swarm.members if member.bylaws == OPEN)
    old = make_record("spam", created_at=swarm.moment(first).unix - 3_600)
    swarm.publish(first, old)
    swarm.run(60.0)

    assert all((old.id in member.disk) == (member.bylaws == OPEN) for member in swarm.members)


def test_a_purge_reaches_the_disk_and_the_process() -> None:
    swarm = awake(2)
    record_id = published(swarm, swarm.members[0])
    swarm.run(5.0)

    swarm.members[0].disk.is_full = True
    swarm.purge(swarm.members[0], [record_id])
    assert swarm.purged == set()

    swarm.members[0].disk.is_full = False
    swarm.purge(swarm.members[0], [record_id])
    assert swarm.purged == {record_id}
    assert not swarm.members[0].disk.has_content(record_id)
    assert swarm.members[1].disk.has_content(record_id)


def test_a_clock_is_set_and_set_right() -> None:
    swarm = awake(1)
    member = swarm.members[0]
    right = swarm.moment(member)

    swarm.set_clock(member, 7_200)
    assert swarm.moment(member).unix == right.unix + 7_200
    swarm.set_clock(member, 0)
    assert swarm.moment(member) == right


class Doors(History):
    """Writes down only from where channels opened."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()

    def note(self, time: float, who: int, what: object) -> None:
        if isinstance(what, Opened):
            self.addresses.add(what.address)


def test_others_see_a_member_at_its_address() -> None:
    doors = Doors()
    swarm = Swarm(1, history=doors)
    for address in ("20.0.0.1", "20.0.1.1", ""):
        member = swarm.add_member()
        member.line.address = address
        swarm.wake(member)
    swarm.run(20.0)

    assert doors.addresses == {"20.0.0.1", "20.0.1.1", f"address of {swarm.members[2].peer_id}"}


def test_the_slow_line_of_a_member_is_its_own() -> None:
    swarm = awake(3)
    swarm.members[2].line.bytes_per_second = 1_000.0

    published(swarm, swarm.members[0], "x" * 2_000)
    swarm.run(1.0)

    assert [len(member.disk) for member in swarm.members] == [1, 1, 0]
