"""Names what is between us and the network, from what STUN servers, trackers and TURN servers said."""

from collections.abc import Sequence
from typing import Final

from peerset.doctor.finding import Finding, Health
from peerset.doctor.stun import Answer

NAME: Final = "network"
CARRIED: Final = "the TURN server carries what cannot go directly"


def name_situation(answers: Sequence[Answer], *, is_online: bool, relaying: Sequence[str]) -> Finding:
    """Name the situation by *answers* to one socket, whether a tracker answers, and the TURN servers that do.

    Routers are told apart by what they do with one port of ours: a cone NAT shows the same one to every server, so
    others can be told of it; a symmetric one shows each server another, which is of use to nobody else.
    """
    heard = [(answer.mapped, answer.local) for answer in answers if answer.mapped is not None]
    if not heard:
        return _name_silence(is_online=is_online, relaying=relaying)
    (address, port), _ = heard[0]
    if any(mapped != (address, port) for mapped, _ in heard):
        advice = "set a TURN server by --ice-server: many peers cannot be reached directly from here"
        return _carried("behind a symmetric NAT: it shows each server another port", advice, relaying)
    if any(local == address for _, local in heard):
        return Finding(NAME, Health.WELL, f"no NAT is between us and others: peers see us at our own address {address}")
    if len(heard) > 1:
        return Finding(NAME, Health.WELL, f"behind a cone NAT: whoever asks sees us at {address}, at the same port")
    return Finding(NAME, Health.WELL, f"behind a NAT: peers see us at {address}; a second STUN server tells its kind")


def _name_silence(*, is_online: bool, relaying: Sequence[str]) -> Finding:
    if not is_online and not relaying:
        return Finding(NAME, Health.WEAK, "no network: neither trackers nor STUN servers answer")
    if any(not _is_over_tcp(url) for url in relaying):
        return Finding(NAME, Health.WEAK, f"our public address is unknown: no STUN server answers; {CARRIED}")
    advice = (
        "allow outgoing UDP, or set a TURN server that is reached over TCP by --ice-server "
        "'turn:HOST:PORT?transport=tcp'; peers of one network still connect"
    )
    return _carried("UDP is blocked: no STUN server answers, others do", advice, relaying)


def _carried(situation: str, advice: str, relaying: Sequence[str]) -> Finding:
    if relaying:
        return Finding(NAME, Health.WELL, f"{situation}; {CARRIED}")
    return Finding(NAME, Health.WEAK, situation, advice)


def _is_over_tcp(url: str) -> bool:
    return url.startswith("turns:") or url.endswith("=tcp")
