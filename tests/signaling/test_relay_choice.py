import json
from pathlib import Path

import pytest

from peerset.signaling.nostr import KNOWN_RELAYS, RELAYS_CHOSEN
from peerset.signaling.relay_choice import choose

VECTORS = Path(__file__).parents[1] / "vectors" / "trystero.json"
RELAYS = json.loads(VECTORS.read_text("utf-8"))["default_relays"]


@pytest.mark.parametrize("dialect", ["modern", "legacy"])
def test_each_application_meets_where_pages_of_its_name_do(dialect: str) -> None:
    lists = RELAYS[dialect]
    for app, chosen in lists["nostr_selected"].items():
        assert choose(lists["nostr_list"], app, lists["nostr_n"]) == chosen


def test_the_list_is_that_of_pages() -> None:
    assert [*KNOWN_RELAYS] == RELAYS["modern"]["nostr_list"]
    assert RELAYS["modern"]["nostr_n"] == RELAYS_CHOSEN


def test_a_short_list_is_given_whole() -> None:
    assert sorted(choose(["a", "b"], "app", 5)) == ["a", "b"]
