"""peerset: a WebRTC swarm database.

Peers meet on public trackers, connect directly, and keep one set of signed records in sync::

    async with peerset.join("lobby") as room:
        await room.publish("hello")
        async for event in room.events():
            ...

All names stand in `peerset.api`, which is loaded when the first of them is used: whatever needs a part only, such as
``peerset --help``, imports that part and starts in a third of the time. What policies are made of is loaded alone, as
they are in processes that do nothing but judge.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from peerset.api import *  # noqa: F403 - type checkers see every name of it
    from peerset.api import __all__ as __all__
else:
    _OF_POLICIES: Final = {
        **dict.fromkeys(("PublicKey", "npub", "parse_npub"), "peerset.core.keys"),
        **dict.fromkeys(("Record", "RecordId"), "peerset.core.record"),
        **dict.fromkeys(("Accept", "PolicyClass", "Reject", "Seat", "Verdict"), "peerset.core.verdict"),
        **dict.fromkeys(("ConfigError", "MalformedError"), "peerset.errors"),
        "Manifest": "peerset.core.rules",
    }

    def __getattr__(name: str) -> object:
        """Give the public name *name*, at its first use."""
        if name in _OF_POLICIES:
            globals()[name] = getattr(import_module(_OF_POLICIES[name]), name)
            return globals()[name]
        # Whoever asks what kind of module this is wants none of them.
        if not name.startswith("__") or name in ("__all__", "__version__"):
            api = import_module("peerset.api")
            globals().update({each: getattr(api, each) for each in ("__all__", *api.__all__)})
        try:
            return globals()[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

    def __dir__() -> list[str]:
        """Name what can be used."""
        __getattr__("__all__")
        return sorted(globals())
