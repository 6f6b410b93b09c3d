"""What a store remembers of a collection's definition, for programs without a model of it."""

import json
from typing import Final

from peerset.core.action import Json
from peerset.documents.definition import Definition, Fits, Older, define
from peerset.documents.order import names_of
from peerset.documents.schema import ARRAY
from peerset.errors import ConfigError

KIND: Final = "collection"
"""The kind of the notes, whose keys are the names of collections."""


def write_keepsake(definition: Definition) -> str:
    """Write what makes a definition of the same digest."""
    said: dict[str, Json] = {
        "schema": None if definition.schema is None else definition.schema.json,
        "shared": definition.is_shared,
        "on_behalf": definition.is_on_behalf,
        "indexes": [[*names_of(index)] for index in definition.indexes],
        "arrays": [*definition.arrays],
        "text": [*definition.text],
        "place": definition.place,
        "older": {each.name: each.fingerprint for each in definition.older},
        "fits": None if definition.fits is None else definition.fits.name,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def read_keepsake(name: str, text: str) -> Definition | None:
    """Give the definition that was written; None where it makes no sense any more.

    What only a class of the application checks, and how it reads earlier collections, is not known here.
    """
    try:
        said = json.loads(text)
        fits = said["fits"]
        return define(
            name,
            said["schema"],
            shared=said["shared"] is True,
            on_behalf=said.get("on_behalf") is True,
            indexes=[*map(tuple, said["indexes"]), *(f"{field}{ARRAY}" for field in said["arrays"])],
            text=said["text"],
            place=said["place"],
            also=[Older(name, fingerprint=each) for name, each in said["older"].items()],
            fits=None if fits is None else Fits(str(fits), _accept),
        )
    except (ConfigError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _accept(value: Json) -> None:
    del value
