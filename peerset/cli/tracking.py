"""What ``peerset tracker`` runs."""

import asyncio
import random
import ssl
from collections.abc import Sequence
from dataclasses import asdict

from peerset.cli.output import remark, write
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.tracker import TrackerStatistics, serve_tracker


async def serve(
    host: str,
    port: int,
    *,
    ssl_context: ssl.SSLContext | None,
    interval_seconds: int | None,
    limits: TrackerLimits,
    proxies: Sequence[str],
    as_json: bool,
) -> None:
    """Run a tracker until it is cancelled: its first line is its address, its last its statistics."""
    # A draw from the system takes ten times as long.
    rng = random.Random(random.SystemRandom().getrandbits(256))  # noqa: S311  (no secret)
    serving = serve_tracker(
        host,
        port,
        ssl_context=ssl_context,
        interval_seconds=interval_seconds,
        limits=limits,
        proxies=proxies,
        rng=rng,
    )
    async with serving as running:
        write({"url": running.url}, line=running.url, as_json=as_json)
        remark("peers join by: peerset join ROOM --signaling " + running.url)
        try:
            await asyncio.Event().wait()
        finally:
            _tell(running.statistics, as_json=as_json)


def _tell(statistics: TrackerStatistics, *, as_json: bool) -> None:
    row = asdict(statistics)
    write(row, line=", ".join(f"{name.replace('_', ' ')} {count}" for name, count in row.items()), as_json=as_json)
