"""Records without content: a neighbour says that it lacks them, others are asked, and nobody is blamed."""

from dataclasses import replace

import pytest

from peerset.core.limits import LACKING_IDS_MAX
from peerset.core.message import Hello, Lacking, Records, Root, Want
from peerset.core.ranges import short_id
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.core.wire import decode, encode
from peerset.protocol.effects import Send
from peerset.protocol.events import StrikeCounted
from peerset.protocol.lacking import Lacked
from tests.protocol.pair import START, Member, Net, make_record

PEER, SALT = PeerId("0000peer"), b"s" * 16
RECORDS = [make_record(number, at=START - 40_000 * number) for number in range(100)]
PURGED = RECORDS[7:12]


def make_lacked(*, is_understood: bool = True) -> Lacked:
    return Lacked(PEER, SALT, is_understood=is_understood)


def ids(count: int, *, start: int = 0) -> list[RecordId]:
    return [RecordId(number.to_bytes(32, "big")) for number in range(start, start + count)]


def purged(net: Net, number: int) -> Member:
    """Add a member that has purged some records."""
    member = net.add(number, RECORDS)
    for record in PURGED:
        del member.disk[record.id]
    return member


def strikes(*members: Member) -> list[str]:
    return [event.reason for member in members for event in member.events if isinstance(event, StrikeCounted)]


def test_what_the_neighbour_lacks_is_not_wanted_of_it() -> None:
    lacked = make_lacked()
    lacked.heard((b"a" * 8,))
    assert lacked.sift((b"a" * 5, b"b" * 5)) == (b"b" * 5,)


def test_the_neighbour_is_told_by_short_ids_what_we_lack() -> None:
    lacked, (record_id,) = make_lacked(), ids(1)
    assert lacked.tell(3, [record_id]) == [Send(PEER, Lacking(3, (short_id(SALT, record_id),)))]
    assert lacked.tell(3, []) == []


def test_a_neighbour_of_an_older_version_is_told_nothing() -> None:
    lacked = make_lacked(is_understood=False)
    assert lacked.tell(3, ids(1)) == []
    assert not lacked.explains(1)


def test_a_surplus_is_explained_by_what_either_side_lacks() -> None:
    lacked = make_lacked()
    assert not lacked.explains(0)
    lacked.heard((b"a" * 8, b"a" * 8, b"b" * 8))
    lacked.tell(1, ids(3))
    assert [surplus for surplus in range(-9, 9) if lacked.explains(surplus)] == [-2, -1, 0, 1, 2, 3]


@pytest.mark.parametrize("rounds", [1, 3])
def test_only_so_many_are_remembered_of_a_side(rounds: int) -> None:
    lacked = make_lacked()
    for number in range(rounds):
        chunk = ids(LACKING_IDS_MAX - 1, start=number * LACKING_IDS_MAX)
        lacked.tell(1, chunk)
        lacked.heard(record_id[-5:] for record_id in chunk)
    limit = LACKING_IDS_MAX - 1 if rounds == 1 else LACKING_IDS_MAX
    assert [lacked.explains(limit), lacked.explains(limit + 1)] == [True, False]
    assert [lacked.explains(-limit), lacked.explains(-limit - 1)] == [True, False]


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)], ids=["the lacking side opens", "the other side opens"])
def test_who_purged_some_records_is_in_sync_with_its_neighbour_and_nobody_is_struck(numbers: tuple[int, int]) -> None:
    net = Net()
    keeper, newcomer = purged(net, numbers[0]), net.add(numbers[1])
    net.connect(keeper, newcomer)
    net.pass_time(5)
    assert strikes(keeper, newcomer) == []
    assert len(newcomer.disk) == len(RECORDS) - len(PURGED)
    for _ in range(3):
        assert [status.is_synced for member in (keeper, newcomer) for status in member.node.peers] == [True, True]
        net.pass_time(300)
    assert strikes(keeper, newcomer) == []
    # Both are as calm as peers of equal sets.
    roots = [message for member in (keeper, newcomer) for _, message, _ in member.sent if isinstance(message, Root)]
    assert len(roots) <= 3 + 905 / 27


def test_what_one_neighbour_lacks_comes_from_another() -> None:
    net = Net()
    keeper, whole, newcomer = purged(net, 1), net.add(2, RECORDS), net.add(3)
    net.connect(keeper, newcomer)
    net.connect(whole, newcomer)
    net.pass_time(60)
    assert set(newcomer.disk) == {record.id for record in RECORDS}
    assert strikes(keeper, whole, newcomer) == []
    assert all(status.is_synced for status in newcomer.node.peers)


def test_two_that_lack_what_the_other_has_give_each_other_the_rest() -> None:
    net = Net()
    one, two = net.add(1, RECORDS[:60]), net.add(2, RECORDS[50:])
    for member, gone in ((one, RECORDS[3]), (two, RECORDS[93])):
        del member.disk[gone.id]
    net.connect(one, two)
    net.pass_time(60)
    assert len(one.disk) == len(two.disk) == len(RECORDS) - 2
    assert [member.node.peers[0].is_synced for member in (one, two)] == [True, True]
    assert strikes(one, two) == []


def test_content_is_asked_for_once_in_a_session() -> None:
    net = Net()
    keeper, newcomer = purged(net, 1), net.add(2)
    net.connect(keeper, newcomer)
    net.pass_time(600)
    wanted = [short for _, message, _ in newcomer.sent if isinstance(message, Want) for short in message.short_ids]
    assert len(wanted) == len(set(wanted))


def test_peers_without_the_extension_are_told_nothing() -> None:
    net = Net()

    def forget(_source: PeerId, _target: PeerId, data: bytes) -> bytes:
        message = decode(data)
        return encode(replace(message, features=0)) if isinstance(message, Hello) else data

    net.tamper = forget
    keeper, newcomer = purged(net, 1), net.add(2)
    net.connect(keeper, newcomer)
    net.pass_time(60)
    assert not any(isinstance(message, Lacking) for _, message, _ in keeper.sent)
    assert any(isinstance(message, Records) for _, message, _ in keeper.sent)
    assert strikes(keeper, newcomer) == []
