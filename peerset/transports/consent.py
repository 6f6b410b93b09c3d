"""Consent to send (RFC 7675) in aioice: whether the peer is still there."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import aioice
from aioice import stun

CONSENT_INTERVAL_SECONDS: Final = 5.0
CONSENT_FAILURES_MAX: Final = 4
"""A killed peer shows after 18 to 26 s, instead of 30 to 35 (RFC 7675 asks for 30 at most)."""


def hasten_consent(ice: aioice.Connection, count_packets: Callable[[], int]) -> None:
    """Ask for consent to send (RFC 7675) as often as before, but give up sooner.

    A busy peer answers late; that it sent data of its own shows as well that it is there.
    """

    async def query_consent() -> None:
        if ice._closing:
            # The checks ended well just after the close; nobody would end this task.
            return
        rng = random.SystemRandom()
        failures = heard = 0
        while failures < CONSENT_FAILURES_MAX:
            await _pause(CONSENT_INTERVAL_SECONDS * rng.uniform(0.8, 1.2))
            is_there = await _has_consent(ice) or count_packets() > heard
            failures, heard = 0 if is_there else failures + 1, count_packets()
        ice._query_consent_task = None
        await ice.close()

    setattr(ice, "query_consent", query_consent)  # noqa: B010  # no type allows it


async def _has_consent(ice: aioice.Connection) -> bool:
    for pair in list(ice._nominated.values()):
        request = ice.build_request(pair, nominate=False)
        key = (ice.remote_password or "").encode()
        try:
            await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
        except stun.TransactionError:
            return False
    return True


async def _pause(seconds: float) -> None:
    """Wait without anything that could end the wait early, but cancellation."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(seconds, _wake, future)
    try:
        await future
    finally:
        timer.cancel()


def _wake(future: "asyncio.Future[None]") -> None:
    # Whoever waited may have been cancelled in this very turn of the loop.
    if not future.done():
        future.set_result(None)
