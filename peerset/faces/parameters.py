"""What is said in the address of a request: declared by JSON Schema, and read by that very declaration."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from peerset.core.typed import shown
from peerset.errors import ConfigError

Schema = Mapping[str, Any]

_WHOLE: Final = re.compile("0|-?[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that may stand in a query or, when *is_in_path*, in a path.

    Of JSON Schema it knows texts (``minLength``, ``maxLength``, ``pattern``), whole numbers (``minimum``,
    ``maximum``), and lists of these (``items``, ``maxItems``), which are said by saying the name several times.
    """

    name: str
    about: str
    schema: Schema
    is_in_path: bool = False

    def read(self, values: Sequence[str]) -> Any:  # noqa: ANN401 - what the schema says
        """Read what was said.

        Raises:
            ConfigError: it is not what the schema says.

        """
        if self.schema["type"] == "array":
            if len(values) > self.schema["maxItems"]:
                raise ConfigError(f"{self.name}: at most {self.schema['maxItems']} values")
            return [self._read_one(value, self.schema["items"]) for value in values]
        if len(values) != 1:
            raise ConfigError(f"{self.name} is said once")
        return self._read_one(values[0], self.schema)

    def _read_one(self, value: str, schema: Schema) -> str | int:
        if schema["type"] == "integer":
            number = int(value) if _WHOLE.fullmatch(value) else None
            if number is None or not schema["minimum"] <= number <= schema["maximum"]:
                raise ConfigError(
                    f"{self.name}: a whole number from {schema['minimum']} to {schema['maximum']}, not {shown(value)}"
                )
            return number
        if not schema.get("minLength", 0) <= len(value) <= schema["maxLength"]:
            raise ConfigError(f"{self.name} has {schema.get('minLength', 0)} to {schema['maxLength']} characters")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise ConfigError(f"{self.name} is of the form {schema['pattern']}, not {shown(value)}")
        return value

    def describe(self) -> dict[str, Any]:
        """Give it as OpenAPI has it."""
        place = "path" if self.is_in_path else "query"
        return {
            "name": self.name,
            "in": place,
            "required": self.is_in_path,
            "description": self.about,
            "schema": dict(self.schema),
        }


def read_all(parameters: Sequence[Parameter], said: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Read by *parameters* what was *said*; what was not has its ``default``, or is left out.

    Raises:
        ConfigError: something is said that is none of them, or is not what its schema says.

    """
    known = {each.name: each for each in parameters}
    for name in said:
        if name not in known:
            raise ConfigError(f"there is no parameter {shown(name)}; there are: {', '.join(known) or 'none'}")
    defaults = {each.name: each.schema["default"] for each in parameters if "default" in each.schema}
    return defaults | {name: known[name].read(values) for name, values in said.items()}
