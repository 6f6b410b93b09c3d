"""Asks each place of signaling to take an announce, as a room would."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from typing import Final

from peerset.core.signal import RoomName, draw_id, make_peer_id
from peerset.doctor.finding import Finding, Health
from peerset.errors import ConfigError
from peerset.plugins import SIGNALING, installed, open_signaling
from peerset.ports import Signaling, SignalingHub, SignalingStatus
from peerset.signaling.several import SeveralHub
from peerset.signaling.specs import places_by_strategy

TIMEOUT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.05
NAME: Final = "signaling"


def check_signaling(specs: Sequence[str] | None, *, rng: random.Random) -> None:
    """Make sure that rooms can be joined by *specs*.

    Raises:
        ConfigError: one is wrong, or its strategy is not installed.

    """
    SeveralHub(rng=rng).check(places=specs)


async def examine_signaling(
    specs: Sequence[str] | None, *, rng: random.Random, timeout_seconds: float = TIMEOUT_SECONDS
) -> list[Finding]:
    """Say of each place of *specs* whether it takes an announce; when None, of every strategy that is installed.

    Raises:
        ConfigError: one is wrong, or its strategy is not installed.

    """
    used = places_by_strategy(specs)
    hubs, findings = _open_others(used, rng) if specs is None else ({}, [])
    asked = [*(f"{strategy}:" for strategy in (*used, *hubs))] if specs is None else specs
    statuses = await _ask(asked, hubs, rng=rng, timeout_seconds=timeout_seconds)
    are_silent = not any(_answers(status) for status in statuses if status.strategy in used)
    for status in statuses:
        findings.append(_finding(status, is_advised=status.strategy in used and not are_silent))
    if are_silent:
        others = sorted({status.strategy for status in statuses if _answers(status)})
        findings.append(_silence(others))
    return findings


def _open_others(used: Mapping[str, object], rng: random.Random) -> tuple[dict[str, SignalingHub], list[Finding]]:
    """Give the strategies beside those *used* that have default places, and what keeps some from being used."""
    hubs: dict[str, SignalingHub] = {}
    findings: list[Finding] = []
    for strategy in installed(SIGNALING):
        if strategy in used:
            continue
        try:
            hub = open_signaling(strategy, rng=rng)
        except ConfigError as error:
            findings.append(Finding(f"{strategy}:", Health.WEAK, str(error)))
            continue
        if _has_default(hub):
            hubs[strategy] = hub
    return hubs, findings


def _has_default(hub: SignalingHub) -> bool:
    try:
        hub.check()
    except ConfigError:
        return False
    return True


async def _ask(
    specs: Sequence[str], hubs: Mapping[str, SignalingHub], *, rng: random.Random, timeout_seconds: float
) -> list[SignalingStatus]:
    room = RoomName("peerset-doctor", draw_id(rng, 20))
    signaling = SeveralHub(rng=rng, hubs=hubs).join(room, make_peer_id(rng), places=specs)
    try:
        await signaling.announce([])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await _settle(signaling)
        return signaling.status()
    finally:
        await signaling.aclose()


async def _settle(signaling: Signaling) -> None:
    """Wait until each place has taken an announce or failed."""
    while not all(status.error or _answers(status) for status in signaling.status()):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(LOOK_SECONDS)


def _answers(status: SignalingStatus) -> bool:
    return status.error is None and status.last_success is not None


def _finding(status: SignalingStatus, *, is_advised: bool) -> Finding:
    name = f"{status.strategy}:{status.place}"
    if _answers(status):
        return Finding(name, Health.WELL, "takes announces")
    problem = status.error or f"did not answer, its connection is {status.state.value}"
    # Where no place answers, one finding for all says what to do.
    advice = "rooms use the other places; remove it when it stays like this" if is_advised else ""
    return Finding(name, Health.WEAK, problem, advice)


def _silence(others: Sequence[str]) -> Finding:
    problem = "nothing that rooms use to find peers answers, so none can be found"
    if others:
        advice = "other ways work here: " + " ".join(f"--signaling {strategy}:" for strategy in others)
    else:
        advice = "check the network, proxies and the clock; or run a tracker of your own: peerset tracker"
    return Finding(NAME, Health.ILL, problem, advice)
