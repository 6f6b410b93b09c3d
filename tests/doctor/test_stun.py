"""Asking STUN servers, which are played here."""

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.doctor.finding import Health
from peerset.doctor.stun import Answer, ask, decode_response, describe, encode_request

TRANSACTION = bytes(range(12))
COOKIE = 0x2112A442


def make_response(transaction: bytes, value: bytes, *, kind: int = 0x0020, before: bytes = b"") -> bytes:
    body = before + struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
    return struct.pack("!HHI", 0x0101, len(body), COOKIE) + transaction + body


def xor_address(transaction: bytes, host: str, port: int) -> bytes:
    packed = IPv6Address(host).packed if ":" in host else IPv4Address(host).packed
    mask = struct.pack("!I", COOKIE) + transaction
    hidden = bytes(left ^ right for left, right in zip(packed, mask, strict=False))
    return struct.pack("!xBH", 2 if ":" in host else 1, port ^ (COOKIE >> 16)) + hidden


def test_a_request_is_the_header_of_rfc_8489() -> None:
    assert encode_request(TRANSACTION).hex() == "000100002112a442" + TRANSACTION.hex()


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 32853), ("2001:db8::1", 1)])
def test_the_mapped_address_is_read(host: str, port: int) -> None:
    value = xor_address(TRANSACTION, host, port)
    assert decode_response(make_response(TRANSACTION, value), TRANSACTION) == (host, port)


def test_the_example_of_rfc_5769_is_read() -> None:
    # RFC 5769, 2.2: the sample IPv4 response, here without its integrity and fingerprint attributes.
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    software = bytes.fromhex("8022000b7465737420766563746f7220")
    mapped = bytes.fromhex("002000080001a147e112a643")
    header = struct.pack("!HHI", 0x0101, len(software + mapped), COOKIE) + transaction
    assert decode_response(header + software + mapped, transaction) == ("192.0.2.1", 32853)


def test_other_attributes_are_passed_over() -> None:
    value = xor_address(TRANSACTION, "192.0.2.1", 9)
    before = struct.pack("!HH", 0x8022, 5) + b"hello" + bytes(3)
    assert decode_response(make_response(TRANSACTION, value, before=before), TRANSACTION) == ("192.0.2.1", 9)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        make_response(bytes(12), xor_address(bytes(12), "192.0.2.1", 9)),
        make_response(TRANSACTION, b"short"),
        make_response(TRANSACTION, b"\x00\x07" + bytes(6)),
        make_response(TRANSACTION, xor_address(TRANSACTION, "192.0.2.1", 9), kind=1),
        make_response(TRANSACTION, b"")[:-1],
    ],
)
def test_anything_else_is_no_answer(data: bytes) -> None:
    assert decode_response(data, TRANSACTION) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    assert decode_response(data, TRANSACTION) is None
    header = struct.pack("!HHI", 0x0101, len(data), COOKIE) + TRANSACTION
    answer = decode_response(header + data, TRANSACTION)
    assert answer is None or 0 <= answer[1] <= 65_535


class Server(asyncio.DatagramProtocol):
    """Says that everyone has the address that *mapped* gives."""

    def __init__(self, mapped: Callable[[], tuple[str, int]]) -> None:
        self.mapped = mapped

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        transaction = data[8:20]
        self.transport.sendto(b"noise", addr)
        self.transport.sendto(make_response(transaction, xor_address(transaction, *self.mapped())), addr)


@asynccontextmanager
async def serve(host: str, port: int) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Server(lambda: (host, port)), ("127.0.0.1", 0))
    try:
        yield f"stun:127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


@pytest.mark.real_time
async def test_each_server_says_where_it_sees_us() -> None:
    async with serve("192.0.2.1", 9) as one, serve("192.0.2.1", 10) as other:
        answers = await ask([one, other], rng=random.Random(1))
    assert [answer.mapped for answer in answers] == [("192.0.2.1", 9), ("192.0.2.1", 10)]
    assert {answer.local for answer in answers} == {"127.0.0.1"}
    assert [finding.health for finding in describe(answers)] == [Health.WELL] * 2


@pytest.mark.real_time
async def test_a_silent_server_is_waited_for_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.doctor.stun.ANSWER_TIMEOUT_SECONDS", 0.1)
    [answer] = await ask(["stun:127.0.0.1:9"], rng=random.Random(1))
    assert answer == Answer("stun:127.0.0.1:9", None, "no answer within 0.1 s")


def test_a_server_that_is_silent_beside_others_is_no_harm() -> None:
    silent = Answer("stun:a", None, "no answer")
    [finding, _] = describe([silent, Answer("stun:b", ("192.0.2.1", 9))])
    assert "the other servers are enough" in finding.advice
    assert [(finding.health, finding.advice) for finding in describe([silent, silent])] == [(Health.WEAK, "")] * 2


@pytest.mark.real_time
async def test_a_name_that_does_not_resolve_is_said() -> None:
    for url in ("stun:nowhere.invalid:3478", "stun:a..b", f"stun:{'x' * 250}"):
        [answer] = await ask([url], rng=random.Random(1))
        assert answer.mapped is None
        assert "cannot be resolved" in answer.problem
