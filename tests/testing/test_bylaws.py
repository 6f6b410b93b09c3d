from peerset.core.clock import DAY_SECONDS
from peerset.core.rules import Rules
from peerset.core.verdict import Accept, Reject
from peerset.testing.bylaws import OPEN, STRICT, Bylaws
from peerset.testing.swarm import EPOCH
from tests.testing.records import make_record


def test_open_ones_are_the_rules_that_nobody_changed() -> None:
    assert OPEN.rules == Rules()
    assert OPEN.judge(make_record("spam and ham")) == Accept()


def test_strict_ones_refuse_spam_and_say_what_they_refuse() -> None:
    assert STRICT.judge(make_record("spam and ham")) == Reject("words", "spam is not welcome")
    assert STRICT.judge(make_record("ham")) == Accept()
    assert STRICT.rules.policies[0].parameters == '{"words":["spam"]}'


def test_what_such_a_member_may_have_is_young_enough_and_not_refused() -> None:
    brief = Bylaws(("noise",), 10 * DAY_SECONDS)
    old, noise, ham = make_record("old", created_at=EPOCH - 20 * DAY_SECONDS), make_record("noise"), make_record("ham")

    assert [brief.admits(record, EPOCH) for record in (old, noise, ham)] == [False, False, True]
    assert OPEN.admits(old, EPOCH)
    assert brief.window(EPOCH).accepted_from == EPOCH - 10 * DAY_SECONDS
