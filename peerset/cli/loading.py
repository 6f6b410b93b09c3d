"""Loads by name what only one verb needs, so that the others start without it.

WebRTC and the web server take seconds to load on a small machine: ``--help``, completion and reading a
store need neither.
"""

from importlib import import_module
from typing import Any


def load(place: str) -> Any:  # noqa: ANN401 - whoever asks knows what it named; a test loads every place
    """Give what *place* names, such as ``peerset.cli.rooms:join``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
