"""How often it is looked after what is ours, and what ends that."""

import asyncio

import pytest

from peerset.data.renewal import LOOK_SECONDS, age_seconds, look_after, look_seconds
from peerset.errors import RoomClosedError, StoreError


@pytest.mark.parametrize(
    ("window", "age", "pause"),
    [(7_776_000, 5_184_000, 3_600), (86_400, 57_600, 3_600), (3_600, 2_400, 150), (3, 2, 60), (0, 0, 60)],
)
def test_a_short_window_is_looked_after_oftener_and_never_without_a_pause(window: int, age: int, pause: int) -> None:
    assert (age_seconds(window), look_seconds(window)) == (age, pause)


async def test_what_fails_is_said_and_tried_again_until_the_room_is_left(caplog: pytest.LogCaptureFixture) -> None:
    looked = []

    async def look() -> None:
        looked.append(asyncio.get_running_loop().time())
        if len(looked) == 2:
            raise StoreError("the disk is full")
        if len(looked) == 3:
            raise RoomClosedError("the room was left")

    await look_after("what is ours", look)
    assert [round(at - looked[0]) for at in looked] == [0, LOOK_SECONDS, 2 * LOOK_SECONDS]
    assert [record.message for record in caplog.records] == ["what is ours could not be renewed: the disk is full"]
