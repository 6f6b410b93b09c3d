"""Asks each tracker to take an announce, as a room would."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from peerset.core.signal import RoomName, draw_id, make_peer_id
from peerset.doctor.finding import Finding, Health
from peerset.ports import SignalingStatus
from peerset.signaling.torrent import TorrentHub

TIMEOUT_SECONDS: Final = 15.0


async def examine_trackers(
    trackers: Sequence[str] | None, *, rng: random.Random, timeout_seconds: float = TIMEOUT_SECONDS
) -> list[Finding]:
    """Say of each tracker whether it takes an announce; of the public ones when *trackers* is None.

    Raises:
        ConfigError: a tracker's address is not that of a websocket.

    """
    room = RoomName("peerset-doctor", draw_id(rng, 20))
    signaling = TorrentHub(rng=rng).join(room, make_peer_id(rng), places=trackers)
    try:
        await signaling.announce([])
        await asyncio.wait([asyncio.create_task(signaling.settled(), name="settle")], timeout=timeout_seconds)
        statuses = signaling.status()
    finally:
        await signaling.aclose()
    are_all_silent = not any(_answers(status) for status in statuses)
    findings = [_finding(status, is_advised=not are_all_silent) for status in statuses]
    if are_all_silent:
        advice = "check the network, proxies and the clock; or run a tracker of your own: peerset tracker"
        findings.append(Finding("trackers", Health.ILL, "no tracker answers, so no peers can be found", advice))
    return findings


def _answers(status: SignalingStatus) -> bool:
    return status.error is None and status.replies > 0


def _finding(status: SignalingStatus, *, is_advised: bool) -> Finding:
    if _answers(status):
        return Finding(status.place, Health.WELL, "takes announces")
    problem = status.error or f"did not answer, its socket is {status.state.value}"
    # Where no tracker answers, one finding for all says what to do.
    advice = "rooms use the other trackers; remove it when it stays like this" if is_advised else ""
    return Finding(status.place, Health.WEAK, problem, advice)
