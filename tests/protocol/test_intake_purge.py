"""What is purged while it is on its way to the disk."""

from peerset.core.clock import Moment, Monotonic
from peerset.core.merkle import Index
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Screen
from peerset.protocol.effects import Relay, Save, Verify
from peerset.protocol.fetching import Fetching
from peerset.protocol.inputs import Saved, Verified
from peerset.protocol.intake import Intake
from peerset.protocol.refused import Refused
from peerset.protocol.retention import window
from tests.protocol.pair import ROOM, START, make_record

NOW = Moment(Monotonic(0.0), START)


def test_what_is_purged_before_we_are_told_that_it_is_saved_is_given_to_nobody() -> None:
    index = Index()
    screen, refused = Screen(ROOM.tag, window), Refused(b"r" * 32, index)
    intake = Intake(index, screen, Fetching(index), deleters=(), has_policies=False, refused=refused)
    gone, kept = make_record(1), make_record(2)
    (verify,) = intake.offer(PeerId("0000peer"), 0, [gone, kept], NOW)
    assert isinstance(verify, Verify)
    (save,) = intake.receive(Verified(verify.batch, (True, True)), NOW)
    assert isinstance(save, Save)
    intake.purge([gone.id, make_record(3).id])
    effects = intake.receive(Saved(save.batch), NOW)
    assert [each.news for each in effects if isinstance(each, Relay)] == [((kept, PeerId("0000peer")),)]
    assert len(index) == 2
