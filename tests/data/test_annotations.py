"""What the fields of a dataclass say beyond their types."""

from typing import Any

import pytest

from peerset.data.annotations import Between, Size
from peerset.errors import ConfigError


def test_a_size_is_said_of_texts_and_lists_and_of_nothing_else() -> None:
    assert Size(1, 5).words("string") == {"minLength": 1, "maxLength": 5}
    assert Size(2).words("array") == {"minItems": 2}
    assert Size(2).words("number") == {}


def test_bounds_are_said_of_numbers_and_of_nothing_else() -> None:
    assert Between(0, 5).words("number") == {"minimum": 0, "maximum": 5}
    assert Between(max=1.5).words("integer") == {"maximum": 1.5}
    assert Between(0, 5).words("string") == {}


@pytest.mark.parametrize("bound", [-1, 1.5, "1", True])
def test_a_size_that_is_none_is_refused(bound: Any) -> None:
    with pytest.raises(ConfigError, match="a size is"):
        Size(bound)
    with pytest.raises(ConfigError, match="a size is"):
        Size(0, bound)


@pytest.mark.parametrize("bound", ["1", True, [1]])
def test_a_bound_that_is_no_number_is_refused(bound: Any) -> None:
    with pytest.raises(ConfigError, match="between numbers"):
        Between(bound)
