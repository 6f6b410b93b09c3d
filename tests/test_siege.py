"""Thousands of refused records in a row, on real channels: nothing lost, and a ban for pushing without credit."""

import pytest

from tests.siege import besieged, pusher

PUSHED = 3_000
"""In virtual time it is ten thousand (tests/simulation)."""
HONEST = 40
UNGRANTED = "more than was granted"


@pytest.mark.real_time
@pytest.mark.parametrize(("role", "banned"), [("liar", []), ("stranger", []), ("flooder", [UNGRANTED])])
async def test_honest_records_arrive_whoever_pushes_what_is_refused(role: str, banned: list[str]) -> None:
    async with besieged(pusher(role, PUSHED)) as siege:
        await siege.assault(HONEST, is_ban_awaited=bool(banned))
        report = siege.report
        assert report.missed == 0
        assert len(report.latencies) >= HONEST
        assert siege.room.count == len(report.latencies)
        assert [ban.reason.split(",")[0] for ban in siege.room.moderation.bans()] == banned
        assert report.refused["words"] <= PUSHED
