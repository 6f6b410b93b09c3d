import asyncio

from peerset.transports.gate import Gate


async def test_an_open_gate_keeps_nobody_waiting() -> None:
    await Gate().passed()


async def test_it_opens_when_the_last_holder_lets_go() -> None:
    gate, one, other = Gate(), object(), object()
    gate.hold(one)
    gate.hold(one)
    gate.hold(other)
    passing = asyncio.create_task(gate.passed())
    await asyncio.sleep(1)
    gate.release(one)
    await asyncio.sleep(1)
    assert not passing.done()
    gate.release(other)
    await passing


async def test_who_does_not_hold_it_may_let_go() -> None:
    gate = Gate()
    gate.release(object())
    await gate.passed()
