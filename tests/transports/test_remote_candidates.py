"""Where a peer may be reached beyond what its description spells out; a recorder stands for aiortc's connection."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from aiortc import RTCPeerConnection

from peerset.core.limits import CANDIDATES_PER_NETWORK_MAX, SDP_CANDIDATES_MAX
from peerset.transports.caution import Caution, ProbedNetworks
from peerset.transports.options import ConnectionOptions
from peerset.transports.remote_candidates import RemoteCandidates
from peerset.transports.sdp import Description, Fingerprint

BARE = Description(
    "offer",
    ice_user="user",
    ice_password="p" * 22,
    fingerprints=(Fingerprint("sha-256", bytes(32)),),
    setup="actpass",
    mid="0",
    sctp_port=5_000,
    message_bytes_max=65_536,
    candidates=(),
    hidden_candidates=(),
    is_complete=False,
    is_modern=True,
    size_bytes=500,
)


class Recorder:
    """Takes candidates as aiortc does, and the end of them as None."""

    def __init__(self) -> None:
        self.added: list[str | None] = []

    async def addIceCandidate(self, candidate: Any) -> None:  # noqa: N802 - aiortc's name
        self.added.append(None if candidate is None else f"{candidate.ip}:{candidate.port}")


def make(description: Description = BARE) -> tuple[RemoteCandidates, Recorder]:
    recorder = Recorder()
    options = ConnectionOptions((), relay_only=False, allow_loopback=False)
    pc = cast("RTCPeerConnection", recorder)
    candidates = RemoteCandidates(pc, Caution(ProbedNetworks()), options)
    candidates.know(description)
    return candidates, recorder


def line(address: str, port: int = 5_000, kind: str = "host") -> str:
    return f"1 1 udp 1 {address} {port} typ {kind}"


async def test_what_comes_late_is_tried_and_what_cannot_be_used_is_not() -> None:
    candidates, recorder = make()
    stated = [line("192.0.2.1"), "nonsense", line("127.0.0.1"), line("169.254.169.254"), line("192.0.2.1", 53)]
    await candidates.add_late(stated)
    await candidates.add_late([line("192.0.2.1")])
    assert recorder.added == ["192.0.2.1:5000"]


async def test_all_in_all_there_are_no_more_than_a_description_may_have() -> None:
    candidates, recorder = make()
    for port in range(5_000, 5_100):
        await candidates.add_late([line("192.0.2.1", port)])
    assert len(recorder.added) == CANDIDATES_PER_NETWORK_MAX
    for number in range(200):
        await candidates.add_late([line(f"10.0.{number}.1"), line(f"192.0.{number}.1")])
    assert len(recorder.added) <= SDP_CANDIDATES_MAX


async def test_the_end_comes_after_a_time_for_late_ones_and_nothing_after_it() -> None:
    candidates, recorder = make()
    await candidates.finish(asyncio.Event())
    await candidates.add_late([line("192.0.2.1")])
    assert recorder.added == [None]


async def test_of_a_complete_description_the_end_comes_at_once() -> None:
    candidates, recorder = make()
    await candidates.add_late([line("192.0.2.1")])
    known = candidates._known
    candidates, recorder = make(replace(BARE, candidates=known, is_complete=True))
    began = asyncio.get_running_loop().time()
    await candidates.finish(asyncio.Event())
    assert (recorder.added, asyncio.get_running_loop().time()) == ([None], began)


async def test_what_is_open_needs_no_end() -> None:
    candidates, recorder = make()
    opened = asyncio.Event()
    opened.set()
    await candidates.finish(opened)
    assert recorder.added == []


@pytest.mark.real_time
async def test_a_name_that_nobody_knows_is_not_tried() -> None:
    candidates, recorder = make()
    await candidates.add_late([line("nobody-here.local", 9_999)])
    assert recorder.added == []
