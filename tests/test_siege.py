"""Ten thousand refused records pushed in a row, on real channels: a ban with a reason, and nothing lost."""

import pytest

from peerset.core.limits import BATCHES_AT_ONCE_MAX, INTAKE_SHARE_RECORDS_FIRST, STRIKES_BANNED
from peerset.protocol.strikes import WEIGHTS, Fault
from tests.siege import besieged

PUSHED = 10_000
HONEST = 40
BEGUN = 2 * BATCHES_AT_ONCE_MAX * INTAKE_SHARE_RECORDS_FIRST
"""Records that may be under way when the ban comes: batches being judged, and those begun meanwhile."""


@pytest.mark.real_time
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("role", "fault", "reason"),
    [
        ("liar", Fault.BREACH, "a record that its own rules refuse"),
        ("stranger", Fault.UNWELCOME, "a record pushed that our rules refuse"),
    ],
)
async def test_who_pushes_refused_records_is_banned_and_honest_records_arrive(
    role: str, fault: Fault, reason: str
) -> None:
    async with besieged(role, PUSHED) as siege:
        await siege.assault(HONEST)
        report = siege.report
        assert len(report.latencies) >= HONEST
        assert siege.room.count == len(report.latencies)
        assert [ban.reason.split(",")[0] for ban in siege.room.moderation.bans()] == [reason]
        assert 0 < report.refused["words"] <= STRIKES_BANNED / WEIGHTS[fault] + BEGUN
