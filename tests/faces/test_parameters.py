"""What is said in the address of a request."""

import pytest

from peerset.errors import ConfigError
from peerset.faces.parameters import Parameter, read_all

KINDS = Parameter(
    "kind", "", {"type": "array", "maxItems": 2, "items": {"type": "integer", "minimum": 0, "maximum": 9}}
)
LIMIT = Parameter("limit", "", {"type": "integer", "minimum": -5, "maximum": 500})
NAME = Parameter("name", "", {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4}, is_in_path=True)


def test_what_is_said_is_read_as_its_schema_says() -> None:
    assert read_all([KINDS, LIMIT, NAME], {"kind": ["1", "2"], "limit": ["-5"], "name": ["abc"]}) == {
        "kind": [1, 2],
        "limit": -5,
        "name": "abc",
    }
    assert read_all([KINDS], {}) == {}
    assert NAME.describe()["in"] == "path"
    assert KINDS.describe() == {
        "name": "kind",
        "in": "query",
        "required": False,
        "description": "",
        "schema": KINDS.schema,
    }


@pytest.mark.parametrize(
    ("parameter", "values", "says"),
    [
        (KINDS, ["1", "2", "3"], "kind: at most 2 values"),
        (KINDS, ["10"], "kind: a whole number from 0 to 9"),
        (LIMIT, ["1", "2"], "limit is said once"),
        (LIMIT, [""], "limit: a whole number"),
        (LIMIT, ["1.0"], "limit: a whole number"),
        (LIMIT, ["٣"], "limit: a whole number"),
        (LIMIT, ["9" * 5_000], "limit: a whole number"),
        (NAME, ["a"], "name has 2 to 4 characters"),
        (NAME, ["abcde"], "name has 2 to 4 characters"),
        (NAME, ["AB"], "name is of the form"),
    ],
)
def test_what_is_not_as_it_should_be_says_why(parameter: Parameter, values: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_all([parameter], {parameter.name: values})


def test_what_is_no_parameter_is_said() -> None:
    with pytest.raises(ConfigError, match="there is no parameter 'colour'; there are: kind"):
        read_all([KINDS], {"colour": ["red"]})
