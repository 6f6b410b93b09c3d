"""How far a round is, as the status of a peer tells while it is under way."""

from peerset.core.signal import PeerId
from peerset.protocol.comparing import Progress
from tests.protocol.pair import Net, make_record


def seen_while_meeting(ours: int, theirs: range) -> list[Progress]:
    net = Net()
    records = [make_record(number) for number in range(max(ours, theirs.stop))]
    one, two = net.add(1, records[:ours]), net.add(2, [records[number] for number in theirs])
    seen: list[Progress] = []

    def watch(source: PeerId, target: PeerId, data: bytes) -> bytes:
        seen.extend(peer.progress for peer in one.node.peers if peer.progress is not None)
        return data

    net.tamper = watch
    net.connect(one, two)
    assert [peer.progress for peer in one.node.peers] == [None]
    assert len(one.disk) == len(records)
    return seen


def test_a_newcomer_wants_all_that_the_other_has_more_and_it_arrives() -> None:
    seen = seen_while_meeting(0, range(1_500))
    assert {each.wanted for each in seen} == {1_500}
    assert any(0 < each.arrived < 1_500 and each.arrived_bytes > 0 for each in seen)
    arrived = [each.arrived for each in seen]
    assert arrived == sorted(arrived)


def test_what_is_asked_for_is_wanted_where_the_other_has_less() -> None:
    seen = seen_while_meeting(300, range(290, 310))
    assert max(each.wanted for each in seen) >= 10
    assert all(each.arrived <= 10 for each in seen)
