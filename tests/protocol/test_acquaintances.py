from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import ACQUAINTANCES_MAX, ACQUAINTED_SECONDS
from peerset.protocol.acquaintances import Acquaintances


def key(number: int) -> PublicKey:
    return PublicKey(number.to_bytes(32))


def test_the_latest_are_kept_and_no_more_than_so_many() -> None:
    acquaintances = Acquaintances()
    for number in range(ACQUAINTANCES_MAX + 1):
        assert acquaintances.meet(key(number), UnixTime(number))

    assert key(0) not in acquaintances
    assert key(1) in acquaintances
    assert len(list(acquaintances)) == ACQUAINTANCES_MAX


def test_who_is_met_again_is_written_down_once_an_hour_and_goes_later() -> None:
    acquaintances = Acquaintances((key(number), UnixTime(number)) for number in range(ACQUAINTANCES_MAX))
    hour = int(ACQUAINTED_SECONDS)

    assert not acquaintances.meet(key(0), UnixTime(hour - 1))
    assert acquaintances.meet(key(0), UnixTime(hour))
    acquaintances.meet(key(99), UnixTime(hour))
    assert key(0) in acquaintances
    assert key(1) not in acquaintances


def test_a_clock_that_was_set_back_keeps_nobody_from_being_written_down() -> None:
    acquaintances = Acquaintances([(key(1), UnixTime(1_000_000))])

    assert acquaintances.meet(key(1), UnixTime(5_000))
    assert list(acquaintances) == [(key(1), 5_000)]


def test_of_too_many_that_were_kept_the_latest_are_taken_up() -> None:
    acquaintances = Acquaintances((key(number), UnixTime(number)) for number in range(100))

    assert [seen for _, seen in acquaintances] == list(range(100 - ACQUAINTANCES_MAX, 100))
