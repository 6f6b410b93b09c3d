from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from peerset.core.message import Message, Ping, Ranges, Skip, Unknown
from peerset.core.wire import LAYOUTS


def test_every_message_but_the_unknown_one_has_a_number() -> None:
    assert {layout.kind for layout in LAYOUTS.values()} == set(get_args(Message)) - {Unknown}


@pytest.mark.parametrize("number", sorted(LAYOUTS))
def test_a_message_names_its_number_and_has_the_fields_of_the_wire_in_order(number: int) -> None:
    layout = LAYOUTS[number]
    assert (layout.kind.__doc__ or "").startswith(f"{number}: ")
    assert [field.name for field in fields(layout.kind)] == list(layout.fields)


def test_a_message_cannot_be_changed() -> None:
    ping = Ping(1)
    with pytest.raises(FrozenInstanceError):
        ping.token = 2  # type: ignore[misc]  # that is what must fail


def test_equal_messages_are_one_in_a_set() -> None:
    assert len({Ranges(1, (Skip((0, b"")),)), Ranges(1, (Skip((0, b"")),), more=False)}) == 1
