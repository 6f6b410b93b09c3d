"""Everything that is examined, in order: what is near first."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import platformdirs

from peerset.core.ice import IceServer
from peerset.doctor.finding import Finding
from peerset.doctor.local import examine_connection
from peerset.doctor.machine import examine_directory, examine_keys
from peerset.doctor.stun import examine_stun
from peerset.doctor.trackers import examine_trackers
from peerset.signaling.torrent import check_trackers
from peerset.transports.webrtc import DEFAULT_ICE_SERVERS


async def examine(
    trackers: Sequence[str] | None, ice_servers: Sequence[IceServer] | None, *, is_local: bool, rng: random.Random
) -> AsyncIterator[Finding]:
    """Examine disk, keys, two local peers and, unless *is_local*, trackers and STUN servers; None are the usual ones.

    What several findings would advise is said once.

    Raises:
        ConfigError: a tracker's address is not that of a websocket.

    """
    if trackers is not None:
        check_trackers(trackers)
    advised: set[str] = set()
    async for finding in _examine(trackers, ice_servers, is_local=is_local, rng=rng):
        yield replace(finding, advice="") if finding.advice in advised else finding
        advised.add(finding.advice)


async def _examine(
    trackers: Sequence[str] | None, ice_servers: Sequence[IceServer] | None, *, is_local: bool, rng: random.Random
) -> AsyncIterator[Finding]:
    yield examine_directory(platformdirs.user_data_path("peerset", appauthor=False))
    for finding in examine_keys():
        yield finding
    yield await examine_connection(rng=rng)
    if is_local:
        return
    for finding in await examine_trackers(trackers, rng=rng):
        yield finding
    for finding in await examine_stun(DEFAULT_ICE_SERVERS if ice_servers is None else ice_servers, rng=rng):
        yield finding
