"""Where one connection's peer may be reached, beyond what its description spells out: hidden, late, and their end."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from aiortc import RTCPeerConnection
from aiortc.sdp import candidate_from_sdp

from peerset.core.limits import CANDIDATES_END_SECONDS, SDP_CANDIDATES_MAX
from peerset.transports.candidate import Candidate, keep_usable, parse_candidate
from peerset.transports.caution import Caution
from peerset.transports.local_names import reveal
from peerset.transports.options import ConnectionOptions
from peerset.transports.sdp import Description

logger = logging.getLogger(__name__)

NO_CANDIDATES: Final[tuple[Candidate, ...]] = ()


class RemoteCandidates:
    """Adds to *pc* where its peer may be reached; what it tries is paid for with *caution*."""

    def __init__(self, pc: RTCPeerConnection, caution: Caution, options: ConnectionOptions) -> None:
        self._pc = pc
        self._caution = caution
        self._options = options
        self._description: Description | None = None
        self._known = NO_CANDIDATES
        self._is_ended = False

    def know(self, description: Description) -> None:
        """Take the description, whose open candidates *pc* is told with it."""
        self._description = description
        self._known = (*description.candidates, *description.hidden_candidates)
        self._caution.pay(description.size_bytes, [candidate.address for candidate in description.candidates])

    async def finish(self, opened: asyncio.Event) -> None:
        """Resolve ``.local`` names, which may take a second each, while the others are tried; then tell the end."""
        description = self._description
        if description is None:
            return
        await self._add(description.hidden_candidates)
        if not (description.is_complete and description.candidates):
            # More may come one by one, or the peer itself from an address that it did not tell (RFC 8445, 7.3.1.3).
            await _wait(opened, CANDIDATES_END_SECONDS)
        self._is_ended = True
        if not opened.is_set():
            await self._pc.addIceCandidate(None)

    async def add_late(self, stated: Sequence[str]) -> None:
        """Try what the peer states after its description; all in all it may state no more than a description may."""
        if self._is_ended:
            return
        parsed = (parse_candidate(value) for value in stated[:SDP_CANDIDATES_MAX])
        late = [candidate for candidate in parsed if candidate is not None]
        usable, hidden = keep_usable((*self._known, *late), allow_loopback=self._options.allow_loopback)
        new = [candidate for candidate in (*usable, *hidden) if candidate not in self._known]
        new = new[: max(0, SDP_CANDIDATES_MAX - len(self._known))]
        self._known = (*self._known, *new)
        await self._add(new)

    async def _add(self, candidates: Sequence[Candidate]) -> None:
        hidden = [candidate for candidate in candidates if candidate.is_hidden]
        for candidate in candidates:
            if not candidate.is_hidden:
                await self._add_one(candidate)
        if not hidden or self._options.relay_only:
            return
        try:
            await reveal(hidden, self._add_one, allow_loopback=self._options.allow_loopback)
        except OSError as error:
            logger.debug("multicast DNS is out of reach: %s", error)

    async def _add_one(self, candidate: Candidate) -> None:
        if self._description is None or self._is_ended:
            return
        self._caution.name(candidate.address)
        added = candidate_from_sdp(candidate.text())
        added.sdpMid = self._description.mid
        await self._pc.addIceCandidate(added)


async def _wait(opened: asyncio.Event, timeout_seconds: float) -> None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await opened.wait()
    except TimeoutError:
        return
