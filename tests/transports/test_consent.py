import asyncio

import aioice
import pytest

from peerset.protocol.inputs import Closed, Received
from peerset.testing.check_transport import TransportEnd, connect
from peerset.transports import consent
from tests.transports.test_webrtc import links_of, make_pair

pytestmark = pytest.mark.real_time

CHECKS = consent.CONSENT_FAILURES_MAX + 1


def silence(end: TransportEnd) -> None:
    """Let *end* answer no check any more, as one that is too busy."""
    [link] = links_of(end.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
    sctp = link.connection._pc.sctp
    assert sctp is not None
    for protocol in sctp.transport.transport._connection._protocols:
        setattr(protocol, "send_stun", lambda _, __: None)  # noqa: B010  # no type allows it


async def test_who_sends_data_is_there_even_if_it_answers_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "CONSENT_INTERVAL_SECONDS", 0.01)
    checks = 0
    ask = consent._has_consent

    async def count(ice: aioice.Connection) -> bool:
        nonlocal checks
        has_consent = await ask(ice)
        checks += not has_consent
        return has_consent

    monkeypatch.setattr(consent, "_has_consent", count)
    async with make_pair() as (one, busy):
        await connect(one, busy)
        silence(busy)
        while checks < CHECKS:
            busy.transport.send(one.peer, b"I am here")
            await one.next(Received)
            await asyncio.sleep(0)
        await one.next(Closed)


async def test_a_pause_that_is_cancelled_when_it_ends_ends_quietly() -> None:
    loop, complaints = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    pausing = asyncio.create_task(consent._pause(0))
    await asyncio.sleep(0)
    # In the same turn of the loop, and before it.
    loop.call_at(loop.time() - 1, pausing.cancel)
    with pytest.raises(asyncio.CancelledError):
        await pausing
    assert complaints == []
