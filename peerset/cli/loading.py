"""Loads by name what only one verb needs, so that the others start without it.

WebRTC and the web server take seconds to load on a small machine: ``--help``, completion and reading a
store need neither.
"""

import gc
from importlib import import_module
from typing import Any


def load(place: str) -> Any:  # noqa: ANN401 - whoever asks knows what it named; a test loads every place
    """Give what *place* names, such as ``peerset.cli.rooms:join``."""
    module, _, name = place.partition(":")
    # All that is loaded stays: to look for garbage in it again and again takes a twentieth of what loading does.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(module), name)
    finally:
        if was_enabled:
            gc.enable()
