"""A room of three processes on real channels: how long honest records take while one peer pushes refused ones.

The undisturbed figure is measured in the same rooms, right before. A liar names the room's rules as its own and breaks
them; a stranger has none; a flooder is a stranger that waits for no credit, and is banned.
"""

from typing import Final

from tests.bench.loops import run_fast
from tests.siege import besieged, pusher

PUSHED: Final = 10_000
RECORDS: Final = 150
WARMING: Final = 20
ROLES: Final = ("liar", "stranger", "flooder")


def run() -> list[tuple[str, float, str]]:
    """Measure; give (name, value, unit)."""
    return [row for role in ROLES for row in run_fast(_besiege(role))]


async def _besiege(role: str) -> list[tuple[str, float, str]]:
    async with besieged(pusher(role, PUSHED)) as siege:
        await siege.deliver(WARMING + RECORDS)
        calm = siege.report.latencies[WARMING:]
        siege.report.latencies.clear()
        await siege.assault(RECORDS, is_ban_awaited=role == "flooder")
        pressed = siege.report.latencies
        judged = siege.report.refused["words"]
        bans = len(siege.room.moderation.bans())
    rows = []
    for name, part in (("p50", 0.5), ("p95", 0.95)):
        before, after = _quantile(calm, part), _quantile(pressed, part)
        rows += [
            (f"delivery, undisturbed, {name} of {len(calm)}", before * 1e3, "ms"),
            (f"delivery while a {role} pushes {PUSHED} refused records, {name} of {len(pressed)}", after * 1e3, "ms"),
            (f"slower by a {role}, {name} (goal 2)", after / before, "times"),
        ]
    return [
        *rows,
        (f"longest delivery, undisturbed / {role}", max(pressed) / max(calm), "times"),
        (f"refused records of the {role} that were judged", judged, "records"),
        (f"bans of the {role}", bans, ""),
    ]


def _quantile(latencies: list[float], part: float) -> float:
    return sorted(latencies)[int(part * (len(latencies) - 1))]
