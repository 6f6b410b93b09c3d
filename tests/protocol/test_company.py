"""Times of telling."""

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ANNOUNCE_DELAY_SECONDS, PUSH_DELAY_SECONDS
from peerset.core.message import Announce, Records
from peerset.core.signal import PeerId
from peerset.protocol.company import Company
from peerset.protocol.effects import Request, Send
from tests.protocol.pair import make_record
from tests.protocol.test_relay import PEERS, make_relay, pass_on, told

SOMETHING: Request = Send(PeerId("0000"), Records(0, (b"blob",)))


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(0))


class Told:
    """Notes whether ids went each time; *effects* are what is sent."""

    def __init__(self, *effects: Request) -> None:
        self.company = Company(self._tell)
        self.effects = list(effects)
        self.times: list[bool] = []

    def wait(self, seconds: float, *, has_ours: bool = True) -> list[Request]:
        self.company.wait(has_ours=has_ours)
        return self.go(seconds)

    def go(self, seconds: float) -> list[Request]:
        return self.company.go(at(seconds))

    def _tell(self, has_ids: bool) -> list[Request]:
        self.times.append(has_ids)
        return self.effects


def test_nothing_waits_at_first() -> None:
    ends = Told(SOMETHING)
    assert ends.company.deadline is None
    assert ends.go(9) == []
    assert ends.times == []


def test_records_wait_less_long_than_ids() -> None:
    ends = Told(SOMETHING)
    assert ends.wait(1) == [SOMETHING]
    assert ends.company.deadline is None
    assert ends.wait(1.001) == []
    assert ends.company.deadline == 1 + PUSH_DELAY_SECONDS
    assert ends.go(1 + PUSH_DELAY_SECONDS) == [SOMETHING]
    assert ends.company.deadline == 1 + ANNOUNCE_DELAY_SECONDS
    assert ends.go(1 + ANNOUNCE_DELAY_SECONDS) == [SOMETHING]
    assert ends.times == [True, False, True]


def test_records_wait_for_nothing_where_nothing_went() -> None:
    ends = Told()
    ends.wait(1)
    ends.wait(1.001)
    assert ends.times == [True, False]


def test_records_never_wait_for_longer_than_ids() -> None:
    ends = Told()
    ends.wait(1)
    ends.effects = [SOMETHING]
    ends.wait(1.018)
    ends.wait(1.019)
    assert ends.company.deadline == 1 + ANNOUNCE_DELAY_SECONDS


def test_what_others_wrote_waits_as_long_as_ids() -> None:
    ends = Told(SOMETHING)
    ends.wait(1, has_ours=False)
    ends.wait(1.001, has_ours=False)
    assert ends.company.deadline == 1 + ANNOUNCE_DELAY_SECONDS
    ends.wait(1.002)
    ends.wait(1.003, has_ours=False)
    assert ends.company.deadline == 1 + PUSH_DELAY_SECONDS


def test_a_relay_announces_later_than_it_pushes() -> None:
    relay = make_relay()
    first, second = make_record(1), make_record(2)
    branches = [peer for peer, messages in told(pass_on(relay, first)).items() if isinstance(messages[0], Records)]
    pushed = told(pass_on(relay, second, seconds=PUSH_DELAY_SECONDS))
    assert pushed == {peer: [Records(0, (second.wire,))] for peer in branches}
    assert relay.deadline == ANNOUNCE_DELAY_SECONDS
    announced = told(relay.tick(at(ANNOUNCE_DELAY_SECONDS)))
    assert announced == {peer: [Announce((second.id[:8],))] for peer in {*PEERS} - {*branches}}


def test_nobody_whose_channel_is_clogged_is_given_anything() -> None:
    relay = make_relay(1)
    pass_on(relay, make_record(1))
    relay.clog(PEERS[0])
    record = make_record(2)
    assert pass_on(relay, record, seconds=PUSH_DELAY_SECONDS) == []
    assert told(relay.drain(PEERS[0])) == {PEERS[0]: [Records(0, (record.wire,))]}
