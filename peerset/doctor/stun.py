"""Asks STUN servers which address they see us at (RFC 8489, binding requests only)."""

import asyncio
import random
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from peerset.core.ice import place_of
from peerset.doctor.finding import Finding, Health

ANSWER_TIMEOUT_SECONDS: Final = 3.0
TRIES: Final = 3

_MAGIC: Final = 0x2112A442
_BINDING_REQUEST: Final = 0x0001
_BINDING_RESPONSE: Final = 0x0101
_XOR_MAPPED_ADDRESS: Final = 0x0020
_IPV4, _IPV6 = 1, 2

Mapped = tuple[str, int]
"""Our address and port as a server sees them."""


def encode_request(transaction: bytes) -> bytes:
    """Write a binding request with the 12-byte *transaction* id."""
    return struct.pack("!HHI", _BINDING_REQUEST, 0, _MAGIC) + transaction


def decode_response(data: bytes, transaction: bytes) -> Mapped | None:
    """Read the mapped address of a binding response; None when *data* is anything else."""
    if len(data) < 20 or struct.unpack_from("!HHI", data) != (_BINDING_RESPONSE, len(data) - 20, _MAGIC):
        return None
    if data[8:20] != transaction:
        return None
    at = 20
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if kind == _XOR_MAPPED_ADDRESS:
            return _decode_address(value, transaction)
        at += 4 + length + -length % 4
    return None


def _decode_address(value: bytes, transaction: bytes) -> Mapped | None:
    if len(value) not in (8, 20):
        return None
    family, port = struct.unpack_from("!xBH", value)
    mask = struct.pack("!I", _MAGIC) + transaction
    plain = bytes(left ^ right for left, right in zip(value[4:], mask, strict=False))
    if family == _IPV4 and len(plain) == 4:
        return str(IPv4Address(plain)), port ^ (_MAGIC >> 16)
    if family == _IPV6 and len(plain) == 16:
        return str(IPv6Address(plain)), port ^ (_MAGIC >> 16)
    return None


class _Asker(asyncio.DatagramProtocol):
    """Sends requests from one socket, so that answers of two servers can be compared."""

    def __init__(self) -> None:
        self.waiting: dict[bytes, asyncio.Future[Mapped]] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Match an answer with its question."""
        for transaction, answer in self.waiting.items():
            mapped = decode_response(data, transaction)
            if mapped is not None and not answer.done():
                answer.set_result(mapped)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said."""

    url: str
    mapped: Mapped | None
    problem: str = ""
    local: str = ""
    """Our own address towards it."""


async def ask(urls: Sequence[str], *, rng: random.Random) -> list[Answer]:
    """Ask each STUN server, from one UDP socket."""
    loop = asyncio.get_running_loop()
    transport, asker = await loop.create_datagram_endpoint(_Asker, family=socket.AF_INET, local_addr=("0.0.0.0", 0))  # noqa: S104 - answers come from anywhere
    try:
        return await asyncio.gather(*(_ask_one(url, transport, asker, rng) for url in urls))
    finally:
        transport.close()


async def _ask_one(url: str, transport: asyncio.DatagramTransport, asker: _Asker, rng: random.Random) -> Answer:
    host, port = place_of(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return Answer(url, None, f"its name cannot be resolved: {reason}")
    place = found[0][4][:2]
    transaction = rng.randbytes(12)
    asker.waiting[transaction] = loop.create_future()
    for _ in range(TRIES):
        transport.sendto(encode_request(transaction), place)
        done, _pending = await asyncio.wait([asker.waiting[transaction]], timeout=ANSWER_TIMEOUT_SECONDS / TRIES)
        if done:
            return Answer(url, asker.waiting[transaction].result(), local=_local_address(place))
    return Answer(url, None, f"no answer within {ANSWER_TIMEOUT_SECONDS:g} s")


def _local_address(place: tuple[object, ...]) -> str:
    """Give the address from which we reach *place*; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(place)
        return str(probe.getsockname()[0])


def describe(answers: Sequence[Answer]) -> list[Finding]:
    """Say which servers answer."""
    # Where none does, one finding for all says what to do.
    is_advised = any(answer.mapped is not None for answer in answers)
    return [_finding(answer, is_advised=is_advised) for answer in answers]


def _finding(answer: Answer, *, is_advised: bool) -> Finding:
    if answer.mapped is not None:
        return Finding(answer.url, Health.WELL, f"sees us at {answer.mapped[0]}:{answer.mapped[1]}")
    advice = "the other servers are enough; replace it by --ice-server when it stays like this" if is_advised else ""
    return Finding(answer.url, Health.WEAK, answer.problem, advice)
