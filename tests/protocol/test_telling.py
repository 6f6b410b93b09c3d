from peerset.core.limits import ANNOUNCE_IDS_MAX
from peerset.core.message import Credit, Pull
from peerset.protocol.effects import Send, Strike
from peerset.protocol.strikes import Fault
from peerset.protocol.telling import ask, credit, flood
from tests.protocol.test_relay import PEERS


def test_what_is_asked_for_goes_in_messages_of_a_limited_length() -> None:
    prefixes = tuple(number.to_bytes(8, "big") for number in range(ANNOUNCE_IDS_MAX + 1))
    parts = (prefixes[:ANNOUNCE_IDS_MAX], prefixes[ANNOUNCE_IDS_MAX:])
    assert ask(PEERS[0], prefixes) == [Send(PEERS[0], Pull(part)) for part in parts]


def test_credit_that_is_no_news_is_not_told() -> None:
    assert credit(PEERS[0], None) == []
    assert credit(PEERS[0], 7) == [Send(PEERS[0], Credit(0, 7))]


def test_who_sends_what_was_not_granted_is_blamed() -> None:
    assert flood(PEERS[1]) == [Strike(PEERS[1], Fault.FLOOD, "more than was granted")]
