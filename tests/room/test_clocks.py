"""What the clocks of this machine say."""

from peerset.room.clocks import read_clocks, read_microseconds, read_unix


async def test_all_of_them_agree_on_when_it_is() -> None:
    before = read_unix()
    moment, microseconds, after = read_clocks(), read_microseconds(), read_unix()
    assert before <= moment.unix <= after
    assert before <= microseconds // 1_000_000 <= after
