"""Names and values of views."""

import pytest

from peerset.core.action import Json
from peerset.core.limits import VIEW_NAME_CHARACTERS_MAX, VIEW_VALUE_BYTES_MAX
from peerset.documents.value import read_json
from peerset.documents.view import read_view_name, write_value
from peerset.errors import ConfigError


def test_a_name_is_that_of_a_collection_and_shorter() -> None:
    assert read_view_name("tag-counts") == "tag-counts"
    read_view_name("v" * VIEW_NAME_CHARACTERS_MAX)
    for wrong in ("", "Tags", 5, "v" * (VIEW_NAME_CHARACTERS_MAX + 1)):
        with pytest.raises(ConfigError):
            read_view_name(wrong)


@pytest.mark.parametrize("value", [None, 1.5, "ü\u2028", [1, {"a": None}], 2**53 - 1])
def test_a_value_is_read_as_it_was_written(value: Json) -> None:
    assert read_json(write_value(value)) == value


@pytest.mark.parametrize(
    "value", [float("nan"), 2**53 + 1, "\ud800", {1, 2}, b"bytes", "v" * (VIEW_VALUE_BYTES_MAX - 1)]
)
def test_what_cannot_be_kept_is_refused(value: Json) -> None:
    with pytest.raises(ConfigError):
        write_value(value)
