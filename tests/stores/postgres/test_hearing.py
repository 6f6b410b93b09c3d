"""One connection that hears for all rooms."""

import pytest

from peerset.stores.postgres.hearing import CHANNEL, shared_hearing
from tests.patience import until
from tests.stores.postgres.server import ask

pytestmark = pytest.mark.real_time


async def test_all_that_heed_share_a_connection_which_ends_with_the_last(server: str) -> None:
    heard: dict[str, list[tuple[bytes, int]]] = {"a": [], "b": []}

    def heed_a(writer: bytes, number: int) -> None:
        heard["a"].append((writer, number))

    def heed_b(writer: bytes, number: int) -> None:
        heard["b"].append((writer, number))

    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ear'"
    hearing = shared_hearing(server, "ear")
    hearing.heed("a", heed_a)
    assert shared_hearing(server, "ear") is hearing
    hearing.heed("b", heed_b)
    # That nobody knows what was said before is told first.
    await until(lambda: heard == {"a": [(b"", 0)], "b": [(b"", 0)]})
    for words in ("a 01ff 7", "nobody 01 1", "what is this", "a zz 1", "a 01 x", "b 02 8"):
        ask(server, f"NOTIFY {CHANNEL}, '{words}'")
    await until(lambda: len(heard["b"]) == 2)
    assert heard == {"a": [(b"", 0), (b"\x01\xff", 7)], "b": [(b"", 0), (b"\x02", 8)]}
    assert ask(server, listening) == [(1,)]
    hearing.ignore("a", heed_a)
    hearing.ignore("b", heed_b)
    await until(lambda: ask(server, listening) == [(0,)])
    other = shared_hearing(server, "ear")
    other.heed("a", heed_a)
    assert other is not hearing
    other.ignore("a", heed_a)
