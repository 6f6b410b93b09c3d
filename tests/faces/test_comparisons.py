"""What clients of a relay compare with ours."""

import pytest

from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.negentropy import ItemSet
from tests.faces.conftest import joined, relayed, talking, written

pytestmark = pytest.mark.real_time
ALL = "6100000200"
"""A client that has nothing, and wants to know what there is."""


async def test_what_matches_a_filter_is_compared_as_it_was_when_it_began() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as talk:
        records = [written(room, f"{number}", kind=number % 2 + 1, at=-number) for number in range(6)]
        await room.add(records)
        odd = sorted((record.created_at, record.id) for record in records if record.kind == 2)
        answer = f"6100000203{''.join(each.hex() for _, each in odd)}"
        assert await talk.ask("NEG-OPEN", "a", {"kinds": [2]}, ALL) == ["NEG-MSG", "a", answer]
        await room.add([written(room, "new", kind=2)])
        assert await talk.ask("NEG-MSG", "a", ALL) == ["NEG-MSG", "a", answer]
        fingerprint = ItemSet(odd).fingerprint(0, 3).hex()
        assert await talk.ask("NEG-MSG", "a", f"61000001{fingerprint}") == ["NEG-MSG", "a", "61"]
        # A newer one under the same name, and its end.
        assert (await talk.ask("NEG-OPEN", "a", {"kinds": [2], "limit": 1}, ALL))[2][:10] == "6100000201"
        await talk.say("NEG-CLOSE", "a")
        assert (await talk.ask("NEG-MSG", "a", ALL))[2] == "closed: there is no comparison of this name"


async def test_who_compares_too_much_is_told_so_and_others_go_on() -> None:
    limits = FaceLimits(comparisons=2, comparisons_in_all=3, records_compared=4)
    async with joined() as room, relayed(room, limits=limits) as url, talking(url) as talk, talking(url) as other:
        await room.add(written(room, f"{number}", kind=number + 1, at=-number) for number in range(6))
        too_big = ["NEG-ERR", "a", "blocked: this query is too big", 4]
        assert await talk.ask("NEG-OPEN", "a", {}, ALL) == too_big
        assert (await talk.ask("NEG-OPEN", "a", {"colour": 1}, ALL))[2].startswith("unsupported: ")
        for wrong in ("", "6", "zz", "5000", "61ff"):
            assert (await talk.ask("NEG-OPEN", "a", {"kinds": [1]}, wrong))[2].startswith("invalid: ")
        for name in "ab":
            assert (await talk.ask("NEG-OPEN", name, {"kinds": [1]}, ALL))[0] == "NEG-MSG"
        assert (await talk.ask("NEG-OPEN", "c", {"kinds": [1]}, ALL))[2].startswith("restricted: 2 comparisons")
        assert (await other.ask("NEG-OPEN", "a", {"kinds": [1]}, ALL))[0] == "NEG-MSG"
        assert (await other.ask("NEG-OPEN", "b", {"kinds": [1]}, ALL))[2].startswith("blocked: too many compare")
        # Who leaves gives back its places.
        await talk.socket.close()
        while (await other.ask("NEG-OPEN", "b", {"kinds": [1]}, ALL))[0] != "NEG-MSG":
            continue


async def test_who_says_nothing_more_is_let_go() -> None:
    limits = FaceLimits(comparison_seconds=0.01)
    async with joined() as room, relayed(room, limits=limits) as url, talking(url) as talk:
        assert (await talk.ask("NEG-OPEN", "a", {}, ALL))[0] == "NEG-MSG"
        assert await talk.hear() == ["NEG-ERR", "a", "closed: you took too long to respond"]


async def test_who_may_not_come_in_compares_nothing() -> None:
    async with joined() as room, relayed(room, gate=Gate(keys=frozenset())) as url, talking(url) as talk:
        assert (await talk.hear())[0] == "AUTH"
        assert (await talk.ask("NEG-OPEN", "a", {}, ALL))[2].startswith("auth-required: ")
