"""What a neighbour of two does for them: it tells whom it has, and passes on what is sealed."""

from collections.abc import Iterable

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    HEARTBEAT_ANSWER_SECONDS,
    INTRODUCTIONS_OWED_MAX,
    INTRODUCTIONS_PER_MINUTE,
    NEIGHBOURS_INTERVAL_SECONDS,
    NEIGHBOURS_TOLD_MAX,
)
from peerset.core.message import Introduce, Neighbours
from peerset.core.signal import PeerId
from peerset.protocol.effects import Send
from peerset.protocol.passing import Passing
from tests.protocol.pair import Net


def at(seconds: float) -> Moment:
    return Moment(Monotonic(1_000.0 + seconds), UnixTime(1_790_000_000))


def peer(number: int) -> PeerId:
    return PeerId(f"{number:020}")


def key(number: int) -> PublicKey:
    return PublicKey(number.to_bytes(32, "big"))


def made(count: int) -> Passing:
    passing = Passing()
    for number in range(count):
        passing.join(peer(number), key(number))
    return passing


def introduce(source: int, to: int) -> Introduce:
    return Introduce(peer(to).encode(), peer(source).encode(), b"sealed")


def told(sends: Iterable[Send]) -> set[int]:
    """Give the numbers of those that an answer names."""
    [send] = sends
    assert isinstance(send.message, Neighbours)
    peers = send.message.peers
    entries = [peers[start : start + 52] for start in range(0, len(peers), 52)]
    assert all(int(entry[:20]) == int.from_bytes(entry[20:], "big") for entry in entries)
    return {int(entry[:20]) for entry in entries}


def test_who_asks_is_told_of_all_others_with_their_keys() -> None:
    assert told(made(4).tell(peer(2), at(0))) == {0, 1, 3}


def test_who_asks_again_too_soon_and_who_is_alone_gets_no_answer() -> None:
    passing = made(3)
    assert passing.tell(peer(0), at(0)) != []
    assert passing.tell(peer(0), at(NEIGHBOURS_INTERVAL_SECONDS - 1)) == []
    assert passing.tell(peer(0), at(NEIGHBOURS_INTERVAL_SECONDS)) != []
    assert made(1).tell(peer(0), at(0)) == []
    assert passing.tell(peer(9), at(0)) == []


def test_of_many_each_is_told_of_in_its_turn() -> None:
    passing = made(2 * NEIGHBOURS_TOLD_MAX + 1)
    first, second = (told(passing.tell(peer(0), at(seconds))) for seconds in (0, NEIGHBOURS_INTERVAL_SECONDS))
    assert len(first) == len(second) == NEIGHBOURS_TOLD_MAX
    assert first | second == set(range(1, 2 * NEIGHBOURS_TOLD_MAX + 1))


def test_the_useful_are_named_first_each_in_its_turn() -> None:
    useful = {peer(number) for number in range(NEIGHBOURS_TOLD_MAX, NEIGHBOURS_TOLD_MAX + 4)}
    passing = Passing(lambda each, _: each in useful)
    for number in range(NEIGHBOURS_TOLD_MAX + 4):
        passing.join(peer(number), key(number))

    for turn in range(2):
        [send] = passing.tell(peer(0), at(turn * NEIGHBOURS_INTERVAL_SECONDS))
        assert isinstance(send.message, Neighbours)
        names = [PeerId(send.message.peers[start : start + 20].decode()) for start in range(0, 16 * 52, 52)]
        assert set(names[:4]) == useful
        assert names[4] == peer(1 + turn * 12), "of the others who was not named yet"


def test_who_left_is_told_of_no_more_and_gets_nothing() -> None:
    passing = made(3)
    passing.leave(peer(1))
    assert told(passing.tell(peer(0), at(0))) == {2}
    assert passing.pass_on(peer(0), introduce(0, 1), at(0)) == []


def test_a_peer_that_died_without_a_word_is_named_until_it_is_called_and_a_quiet_one_always() -> None:
    net = Net()
    hub, dead, quiet = net.add(1), net.add(2), net.add(3)
    net.connect(hub, dead)
    net.connect(hub, quiet)
    net.links.remove(frozenset((hub.name, dead.name)))
    named: list[set[PeerId]] = []
    for number in (4, 5):
        net.pass_time(HEARTBEAT_ANSWER_SECONDS + 1)
        newcomer = net.add(number)
        net.connect(hub, newcomer)
        for other in (dead, quiet):
            net._send(newcomer, hub.name, Introduce(other.name.encode(), newcomer.name.encode(), b"sealed"))
        net.run()
        told = [said.peers for to, said, _ in hub.sent if to == newcomer.name and isinstance(said, Neighbours)]
        named += [{PeerId(peers[at : at + 20].decode()) for at in range(0, len(peers), 52)} for peers in told]
    assert len(named) == 2
    assert named[0] == {dead.name, quiet.name}
    assert named[1] == {quiet.name, PeerId(f"{4:020}")}


def test_what_one_neighbour_has_for_another_is_passed_on_as_it_is() -> None:
    assert made(2).pass_on(peer(0), introduce(0, 1), at(0)) == [Send(peer(1), introduce(0, 1))]


def test_nothing_makes_a_second_hop_or_goes_back_or_to_strangers() -> None:
    passing = made(3)
    assert passing.pass_on(peer(0), introduce(2, 1), at(0)) == []
    assert passing.pass_on(peer(0), introduce(0, 0), at(0)) == []
    assert passing.pass_on(peer(0), introduce(0, 9), at(0)) == []
    assert passing.pass_on(peer(9), introduce(9, 0), at(0)) == []


def test_of_one_neighbour_only_so_much_is_passed_on() -> None:
    passing = made(50)
    passed = [passing.pass_on(peer(0), introduce(0, number), at(0)) for number in range(1, 50)]
    assert sum(map(len, passed)) == INTRODUCTIONS_PER_MINUTE
    assert passing.pass_on(peer(1), introduce(1, 40), at(0)) != []
    assert passing.pass_on(peer(0), introduce(0, 49), at(60 / INTRODUCTIONS_PER_MINUTE + 0.1)) != []


def test_many_neighbours_do_not_flood_one() -> None:
    passing = made(50)
    passed = [passing.pass_on(peer(number), introduce(number, 0), at(0)) for number in range(1, 50)]
    assert sum(map(len, passed)) == INTRODUCTIONS_PER_MINUTE


def test_an_answer_is_passed_on_whatever_else_was_and_once() -> None:
    passing = made(50)
    for number in range(1, 9):
        assert passing.pass_on(peer(number), introduce(number, 0), at(0)) != []
    for number in range(20, 40):
        passing.pass_on(peer(0), introduce(0, number), at(0))
    assert passing.pass_on(peer(0), introduce(0, 41), at(0)) == []
    assert passing.pass_on(peer(0), introduce(0, 1), at(1)) != []
    assert passing.pass_on(peer(0), introduce(0, 1), at(1)) == []
    assert passing.pass_on(peer(0), introduce(0, 2), at(ATTEMPT_TIMEOUT_SECONDS - 0.1)) != []


def test_of_answers_that_are_owed_only_so_many_are_remembered() -> None:
    passing = made(2 + INTRODUCTIONS_OWED_MAX)
    for number in range(1, 2 + INTRODUCTIONS_OWED_MAX):
        assert passing.pass_on(peer(number), introduce(number, number - 1), at(0)) != []
    for number in range(20, 30):
        passing.pass_on(peer(0), introduce(0, number), at(0))
    assert passing.pass_on(peer(0), introduce(0, 1), at(1)) == []
