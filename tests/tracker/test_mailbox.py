"""Frames for one client: bounded, whole, and as many at a time as there are."""

import asyncio
from typing import Any

from peerset.tracker.mailbox import ROUND_SECONDS, Mailbox, Postman


class Wire(asyncio.WriteTransport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_lost = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_lost


async def test_what_is_put_in_at_once_leaves_at_once() -> None:
    wire, mailbox = Wire(), Mailbox(Postman(), messages_max=10, bytes_max=100)
    mailbox.put("early")
    await asyncio.sleep(1)
    mailbox.open(wire)
    mailbox.put("one")
    mailbox.put("two")
    assert wire.written == []
    await asyncio.sleep(0)
    assert wire.written == [b"\x81\x05early\x81\x03one\x81\x03two"]


async def test_a_round_comes_at_once_after_a_pause_and_waits_a_moment_after_another() -> None:
    postman = Postman()
    wires = [Wire(), Wire()]
    mailboxes = [Mailbox(postman, messages_max=10, bytes_max=100) for _ in wires]
    for mailbox, wire in zip(mailboxes, wires, strict=True):
        mailbox.open(wire)
    mailboxes[0].put("one")
    await asyncio.sleep(0)
    assert wires[0].written == [b"\x81\x03one"]
    for text in ("two", "six"):
        mailboxes[0].put(text)
        mailboxes[1].put(text)
        await asyncio.sleep(0)
    assert (len(wires[0].written), wires[1].written) == (1, [])
    await asyncio.sleep(ROUND_SECONDS)
    assert wires[0].written[1:] == wires[1].written == [b"\x81\x03two\x81\x03six"]
    await asyncio.sleep(1)
    mailboxes[1].put("ten")
    await asyncio.sleep(0)
    assert len(wires[1].written) == 2


async def test_who_is_behind_gets_the_rest_later_and_no_more_than_fits() -> None:
    wire, mailbox = Wire(), Mailbox(Postman(), messages_max=3, bytes_max=100)
    mailbox.open(wire)
    mailbox.is_blocked = True
    for text in ("one", "two", "three", "four"):
        mailbox.put(text)
    await asyncio.sleep(0)
    assert (wire.written, mailbox.dropped) == ([], 1)
    mailbox.is_blocked = False
    mailbox.flush()
    assert wire.written == [b"\x81\x03one\x81\x03two\x81\x05three"]
    mailbox.put("x" * 101)
    assert mailbox.dropped == 2
    mailbox.put("x" * 100)
    mailbox.close()
    assert len(wire.written[1]) == 102
    mailbox.put("too late")
    await asyncio.sleep(0)
    assert len(wire.written) == 2


async def test_nothing_is_written_to_who_is_gone() -> None:
    wire, mailbox = Wire(), Mailbox(Postman(), messages_max=3, bytes_max=100)
    mailbox.open(wire)
    wire.is_lost = True
    mailbox.put("one")
    await asyncio.sleep(0)
    assert wire.written == []


async def test_a_ping_is_answered_at_once_unless_the_client_is_behind() -> None:
    wire, mailbox = Wire(), Mailbox(Postman(), messages_max=3, bytes_max=100)
    mailbox.ping()
    mailbox.open(wire)
    mailbox.pong(b"there")
    mailbox.ping()
    assert wire.written == [b"\x8a\x05there", b"\x89\x00"]
    mailbox.is_blocked = True
    mailbox.pong(b"again")
    assert len(wire.written) == 2
