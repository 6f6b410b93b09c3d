"""Everything that is examined, in order: what is near first."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import platformdirs

from peerset.core.ice import IceServer
from peerset.doctor.channels import examine_channels
from peerset.doctor.finding import Finding, Health
from peerset.doctor.local import examine_connection
from peerset.doctor.machine import examine_directory, examine_keys
from peerset.doctor.relays import examine_relays
from peerset.doctor.signaling import check_signaling, examine_signaling
from peerset.doctor.situation import name_situation
from peerset.doctor.stun import ask, describe
from peerset.transports.webrtc import DEFAULT_ICE_SERVERS


async def examine(
    specs: Sequence[str] | None,
    ice_servers: Sequence[IceServer] | None,
    *,
    is_local: bool,
    rng: random.Random,
    plain_channels: bool = False,
) -> AsyncIterator[Finding]:
    """Examine disk, keys, channels, two local peers and, unless *is_local*, signaling, STUN and TURN servers.

    Signaling is that of *specs*, or all that is installed when None; no servers, None, are the usual ones. What several
    findings would advise is said once.

    Raises:
        ConfigError: a spec is wrong.

    """
    check_signaling(specs, rng=rng)
    advised: set[str] = set()
    yield examine_channels(plain_channels=plain_channels)
    async for finding in _examine(specs, ice_servers, is_local=is_local, rng=rng):
        yield replace(finding, advice="") if finding.advice in advised else finding
        advised.add(finding.advice)


async def _examine(
    specs: Sequence[str] | None, ice_servers: Sequence[IceServer] | None, *, is_local: bool, rng: random.Random
) -> AsyncIterator[Finding]:
    yield examine_directory(platformdirs.user_data_path("peerset", appauthor=False))
    for finding in examine_keys():
        yield finding
    yield await examine_connection(rng=rng)
    if is_local:
        return
    found = await examine_signaling(specs, rng=rng)
    for finding in found:
        yield finding
    # What is reached in the local network says nothing of the way out of it.
    is_online = any(finding.health is Health.WELL and "://" in finding.name for finding in found)
    servers = DEFAULT_ICE_SERVERS if ice_servers is None else ice_servers
    async for finding in _examine_ways(servers, is_online=is_online, rng=rng):
        yield finding


async def _examine_ways(servers: Sequence[IceServer], *, is_online: bool, rng: random.Random) -> AsyncIterator[Finding]:
    """Say what peers can see of us, by whom they can reach us, and what that makes of our situation."""
    urls = [server.url for server in servers if server.url.startswith("stun:")]
    relays, answers = await asyncio.gather(examine_relays(servers), ask(urls, rng=rng))
    for finding in (*describe(answers), *relays):
        yield finding
    if not urls:
        yield Finding("STUN", Health.WEAK, "no STUN server is set", "peers behind other routers cannot be reached")
        return
    relaying = [relay.name for relay in relays if relay.health is Health.WELL]
    yield name_situation(answers, is_online=is_online, relaying=relaying)
