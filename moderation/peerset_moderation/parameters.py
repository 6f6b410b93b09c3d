"""What follows the colon of a policy's spec: ``key=value,value,key=value``, or one JSON object.

``links:allow=zoom.us,youtube.com,fields=url`` says the same as
``links:{"allow": ["zoom.us", "youtube.com"], "fields": "url"}``; the second form takes values with commas in them.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from peerset import ConfigError

PARAMETERS_CHARACTERS_MAX: Final = 65_536

_TRUTHS: Final = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one policy, by key; each value a list of texts."""

    policy: str
    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, policy: str, text: str, *, known: Collection[str]) -> "Parameters":
        """Read *text*, in which only the keys *known* may stand, each once.

        Raises:
            ConfigError: it is malformed, too long, or has an unknown key; the message names the policy.

        """
        if len(text) > PARAMETERS_CHARACTERS_MAX:
            raise ConfigError(f"{policy}: more than {PARAMETERS_CHARACTERS_MAX} characters of parameters")
        if text.lstrip().startswith("{"):
            values = {key: _listed(policy, key, value) for key, value in read_object(policy, text).items()}
        else:
            values = _split(policy, text)
        for key in values:
            if key not in known:
                raise ConfigError(f"{policy}: unknown parameter {key!r}; there are: {', '.join(sorted(known))}")
        return cls(policy, values)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give the list under *key*, without its empty texts; an empty list is refused."""
        if key not in self.values:
            return default
        found = tuple(value for value in self.values[key] if value)
        if not found:
            raise self.error(key, "needs a value")
        return found

    def text(self, key: str, default: str = "") -> str:
        """Give the one text under *key*."""
        found = self.texts(key, (default,))
        if len(found) != 1:
            raise self.error(key, f"takes one value, not {len(found)}")
        return found[0]

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Give the one text under *key*, of *choices*; the first is the default."""
        found = self.text(key, choices[0])
        if found not in choices:
            raise self.error(key, f"is {found!r}, not one of {', '.join(choices)}")
        return found

    def truth(self, key: str, *, default: bool) -> bool:
        """Give the yes or no under *key*."""
        found = self.text(key, "yes" if default else "no").lower()
        if found not in _TRUTHS:
            raise self.error(key, f"is {found!r}, neither yes nor no")
        return _TRUTHS[found]

    def whole(self, key: str, default: int | None, *, least: int, most: int) -> int:
        """Give the whole number under *key*, from *least* to *most*; without a *default* it must be there."""
        if key not in self.values and default is not None:
            return default
        return self.whole_of(key, self.text(key), least=least, most=most)

    def whole_of(self, key: str, text: str, *, least: int, most: int) -> int:
        """Read *text*, given under *key*, as a whole number from *least* to *most*."""
        # At most 16 digits: more than any parameter needs, and none that int() takes long for.
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 16 and least <= int(text) <= most:
            return int(text)
        raise self.error(key, f"is {text!r}, not a whole number from {least} to {most}")

    def number(self, key: str, *, least: int, most: int) -> Decimal:
        """Give the decimal number under *key*, from *least* to *most*; it must be there."""
        text = self.text(key)
        try:
            found = Decimal(text) if len(text) <= 16 else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or not least <= found <= most:
            raise self.error(key, f"is {text!r}, not a number from {least} to {most}")
        return found

    def error(self, key: str, what: str) -> ConfigError:
        """Make the error that says *what* is wrong with *key*."""
        return ConfigError(f"{self.policy}: {key} {what}")


def read_object(policy: str, text: str) -> dict[str, object]:
    """Read a JSON object from the spec of *policy*.

    Raises:
        ConfigError: *text* is no JSON object, or says a key twice.

    """
    try:
        found = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{policy}: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{policy}: not a JSON object")
    return found


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _listed(policy: str, key: str, value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_written(policy, key, item) for item in items)


def _written(policy: str, key: str, value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int() | float():
            return repr(value)
        case _:
            raise ConfigError(f"{policy}: {key} must be a text, number, boolean or a list of them")


def _split(policy: str, text: str) -> dict[str, tuple[str, ...]]:
    lists: dict[str, list[str]] = {}
    key = ""
    for piece in text.split(",") if text.strip() else []:
        before, equals, after = piece.partition("=")
        if equals:
            key = before.strip()
            if not key or key in lists:
                raise ConfigError(f"{policy}: the parameter {key!r} " + ("is given twice" if key else "has no name"))
            lists[key] = [after.strip()]
        elif key:
            lists[key].append(piece.strip())
        else:
            raise ConfigError(f"{policy}: {piece.strip()!r} is not of the form key=value")
    return {key: tuple(values) for key, values in lists.items()}
