from peerset.core.limits import PULL_TIMEOUT_SECONDS, PULLS_MAX, PULLS_PER_PEER_MAX, PUSH_PATIENCE_SECONDS
from peerset.core.signal import PeerId
from peerset.protocol.pulls import ANNOUNCERS_MAX, Pulls
from tests.protocol.test_relay import PEERS, at


def prefix(number: int) -> bytes:
    return number.to_bytes(8, "big")


def test_what_is_asked_for_is_due_after_the_timeout_and_what_is_expected_sooner() -> None:
    pulls = Pulls()
    assert pulls.deadline is None
    assert pulls.ask(prefix(1), PEERS[0], at(0))
    assert pulls.deadline == PULL_TIMEOUT_SECONDS
    assert pulls.expect(prefix(2), PEERS[1], at(0))
    assert pulls.deadline == PUSH_PATIENCE_SECONDS
    assert [each for each, _ in pulls.late(at(PUSH_PATIENCE_SECONDS))] == [prefix(2)]
    assert [each for each, _ in pulls.late(at(PULL_TIMEOUT_SECONDS))] == [prefix(1), prefix(2)]


def test_who_is_given_more_time_is_late_after_all_others() -> None:
    pulls = Pulls()
    for number in range(3):
        pulls.ask(prefix(number), PEERS[0], at(0))
    pulls.wait_on(prefix(0), at(0.5))
    assert [each for each, _ in pulls.late(at(PULL_TIMEOUT_SECONDS))] == [prefix(1), prefix(2)]
    assert [each for each, _ in pulls.late(at(PULL_TIMEOUT_SECONDS + 0.5))] == [prefix(1), prefix(2), prefix(0)]


def test_only_so_much_is_asked_for_at_once_of_one_and_of_all() -> None:
    pulls = Pulls()
    asked = [pulls.ask(prefix(number), PEERS[0], at(0)) for number in range(PULLS_PER_PEER_MAX + 1)]
    assert asked == [True] * PULLS_PER_PEER_MAX + [False]
    for number in range(PULLS_PER_PEER_MAX, PULLS_MAX):
        assert pulls.expect(prefix(number), PeerId(f"peer {number % 4}"), at(0))
    assert len(pulls) == PULLS_MAX
    assert not pulls.ask(prefix(PULLS_MAX), PEERS[1], at(0))

    pulls.end(prefix(0))
    assert pulls.end(prefix(0)) is None
    assert pulls.ask(prefix(PULLS_MAX), PEERS[0], at(0))


def test_only_so_many_that_have_it_are_remembered() -> None:
    pulls = Pulls()
    pulls.ask(prefix(1), PEERS[0], at(0))
    pull = pulls.get(prefix(1))
    assert pull is not None
    for number in range(ANNOUNCERS_MAX + 1):
        pulls.heard(pull, PeerId(f"peer {number}"))
    assert len(pull.announcers) == ANNOUNCERS_MAX
