"""Reconciliation in rooms that keep records for hours, by clocks that are as far apart as such a room allows for."""

import random

import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, UnixTime
from peerset.core.limits import WINDOW_STEP_SECONDS
from peerset.core.message import Days, Named, Records, Root, Sketch
from peerset.core.record import Record, decode_record
from peerset.core.rules import Rules
from peerset.core.window import start_of
from peerset.protocol.retention import margin_seconds, window
from tests.protocol.pair import START, Member, Net, make_record

HOUR = Rules(retention_seconds=HOUR_SECONDS)
MARGIN = margin_seconds(HOUR_SECONDS)
WRITTEN = [make_record(number, at=START - number * 60) for number in range(95)]
"""A record of each minute."""
SKEWS = [(0, 0), (0, MARGIN), (MARGIN, 0), (-MARGIN, 0), (MARGIN // 2, -(MARGIN // 2)), (1, 7)]


def kept_by(records: list[Record], ahead: int) -> list[Record]:
    """Give what a disk has that collected a moment ago, by a clock that is so far *ahead*."""
    kept_from = window(UnixTime(START + ahead), retention_seconds=HOUR_SECONDS).kept_from
    return [record for record in records if record.created_at >= kept_from]


def offered(member: Member) -> list[Record]:
    """Give every record that *member* gave, whether or not it was taken."""
    blobs = [blob for _, message, _ in member.sent if isinstance(message, Records) for blob in message.blobs]
    return [decode_record(blob) for blob in blobs]


@pytest.mark.parametrize("skews", SKEWS)
@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_peers_of_a_room_of_an_hour_agree_whatever_each_collected(skews: tuple[int, int], shared: float) -> None:
    rng = random.Random(f"{skews} {shared}")
    halves = [[each for each in WRITTEN if rng.random() < shared or number == rng.randrange(2)] for number in range(2)]
    net = Net()
    one, two = (
        net.add(number + 1, kept_by(held, ahead), rules=HOUR, ahead=ahead)
        for number, (held, ahead) in enumerate(zip(halves, skews, strict=True))
    )
    net.connect(one, two)
    net.pass_time(60)
    for member, ahead in zip((one, two), skews, strict=True):
        accepted_from = window(UnixTime(START + ahead), retention_seconds=HOUR_SECONDS).accepted_from
        other = two if member is one else one
        assert all(record.created_at >= accepted_from for record in offered(other))
    latest = max(map(net.moment, (one, two)), key=lambda moment: moment.unix)
    since = start_of(window(latest.unix, retention_seconds=HOUR_SECONDS).first_day)
    sets = [{each for each, record in member.disk.items() if record.created_at >= since} for member in (one, two)]
    assert sets[0] == sets[1] != set()
    assert one.node.root(latest) == two.node.root(latest)
    assert all(status.is_synced for member in (one, two) for status in member.node.peers)


def test_what_is_between_expiry_and_the_window_is_neither_given_nor_asked_for_again_and_again() -> None:
    net = Net()
    fading = [make_record(number, at=START - 45 * MINUTE_SECONDS - number * 30) for number in range(30)]
    fresh = [make_record(number, at=START - number) for number in range(100, 110)]
    one, two = net.add(1, fading + fresh, rules=HOUR), net.add(2, fresh, rules=HOUR)
    net.connect(one, two)
    net.pass_time(30 * MINUTE_SECONDS)
    assert offered(one) == offered(two) == []
    assert len(two.disk) == len(fresh)
    said = [message for member in (one, two) for _, message, _ in member.sent]
    assert not any(isinstance(message, Sketch | Days | Named) for message in said)
    assert {start_of(message.first_day) % WINDOW_STEP_SECONDS for message in said if isinstance(message, Root)} == {0}


def test_two_who_keep_for_other_times_share_the_shorter_window() -> None:
    net = Net()
    records = [make_record(number, at=START - number * 5 * MINUTE_SECONDS) for number in range(24 * 12)]
    brief, lasting = net.add(1, rules=HOUR), net.add(2, records, rules=Rules(retention_seconds=90 * DAY_SECONDS))
    net.connect(brief, lasting)
    net.pass_time(30)
    assert {START - record.created_at for record in brief.disk.values()} == set(range(0, 41 * MINUTE_SECONDS, 300))
    assert len(lasting.disk) == len(records)
    kept = [[status.keeps_seconds for status in member.node.peers] for member in (brief, lasting)]
    assert kept == [[90 * DAY_SECONDS], [HOUR_SECONDS]]
    assert all(status.is_synced for member in (brief, lasting) for status in member.node.peers)


def test_a_room_of_a_day_gives_a_newcomer_what_was_written_before_midnight() -> None:
    net, day = Net(), Rules(retention_seconds=DAY_SECONDS)
    since_midnight = START % DAY_SECONDS
    assert since_midnight + 3 * HOUR_SECONDS < DAY_SECONDS, "so that yesterday evening is within the room's day"
    evening = make_record(1, at=START - since_midnight - HOUR_SECONDS)
    one, two = net.add(1, [evening], rules=day), net.add(2, rules=day)
    net.connect(one, two)
    assert set(two.disk) == {evening.id}
