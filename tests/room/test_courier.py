"""Records on their way from the room's user to the node."""

import asyncio

import pytest

from peerset.core.cause import Cause
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.errors import ConfigError, RejectedError, RoomClosedError, StoreError
from peerset.protocol.events import RecordRejected, RecordsAdded, SaveDelayed
from peerset.protocol.inputs import Imported, Input, Published
from peerset.room.courier import IMPORT_RECORDS_AT_ONCE, IMPORTS_AT_ONCE, Courier

KEY = SecretKey(bytes(31) + b"\7")


def record(number: int) -> Record:
    return sign_record(KEY, created_at=number, kind=1, tags=(), content="")  # type: ignore[arg-type]  # a plain number


async def test_what_is_published_arrives_or_says_why_not() -> None:
    posted: list[Input] = []
    courier = Courier(posted.append)
    one = record(1)
    for event, error in (
        (RecordsAdded(((one, None),)), None),
        (RecordRejected(one.id, Cause.POLICY, "words", "rude", None), RejectedError),
        (SaveDelayed("full", (one.id,)), StoreError),
    ):
        publishing = asyncio.create_task(courier.publish(one))
        await asyncio.sleep(0)
        assert posted.pop() == Published((one,))
        courier.take(event)
        if error is None:
            await publishing
        else:
            with pytest.raises(error):
                await publishing


async def test_many_records_are_brought_some_at_a_time_and_more_while_some_are_on_their_way() -> None:
    courier = Courier(lambda posted: brought.append(posted))
    brought: list[Input] = []
    records = [record(number) for number in range(IMPORTS_AT_ONCE * IMPORT_RECORDS_AT_ONCE + 1)]
    adding = asyncio.create_task(courier.add(records, lambda: None))
    await asyncio.sleep(0)
    size = IMPORT_RECORDS_AT_ONCE
    assert brought == [Imported(tuple(records[at * size : (at + 1) * size])) for at in range(IMPORTS_AT_ONCE)]
    await asyncio.sleep(1)
    assert len(brought) == IMPORTS_AT_ONCE
    courier.take(RecordsAdded(tuple([(each, None) for each in records[:size]])))
    await asyncio.sleep(1)
    assert brought[IMPORTS_AT_ONCE:] == [Imported((records[-1],))]
    courier.fail(RoomClosedError("left"))
    with pytest.raises(RoomClosedError):
        await adding


async def test_nothing_else_is_brought() -> None:
    with pytest.raises(ConfigError, match=r"only records can be added, not \{'id': 1\}"):
        await Courier(lambda _: None).add([{"id": 1}], lambda: None)


async def test_what_is_published_at_once_goes_together_in_order_and_the_first_at_once() -> None:
    posted: list[Input] = []
    courier = Courier(posted.append)
    records = [record(number) for number in range(7)]
    tasks = [asyncio.create_task(courier.publish(each)) for each in records[:4]]
    tasks.append(asyncio.create_task(courier.publish(records[4], records[5])))
    tasks.append(asyncio.create_task(courier.publish(records[6])))
    await asyncio.sleep(1)
    first, rest, group, last = posted
    assert first == Published((records[0],))
    assert rest == Published(tuple(records[1:4]))
    assert isinstance(group, Published)
    assert (group.records, group.group > 0) == ((records[4], records[5]), True)
    assert last == Published((records[6],))
    for each in records:
        courier.take(RecordsAdded(((each, None),)))
    await asyncio.gather(*tasks)
    await asyncio.gather(asyncio.create_task(courier.publish(record(8))), _added(courier, record(8)))
    assert posted[4:] == [Published((record(8),))]


async def test_what_waits_for_its_turn_is_not_brought_to_a_room_that_is_gone() -> None:
    posted: list[Input] = []
    courier = Courier(posted.append)
    tasks = [asyncio.create_task(courier.publish(record(number))) for number in range(2)]
    asyncio.get_running_loop().call_soon(lambda: courier.fail(RoomClosedError("left")))
    for task in tasks:
        with pytest.raises(RoomClosedError):
            await task
    await asyncio.sleep(1)
    assert len(posted) <= 2


async def _added(courier: Courier, each: Record) -> None:
    await asyncio.sleep(1)
    courier.take(RecordsAdded(((each, None),)))
