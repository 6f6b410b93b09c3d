"""Plugins by name: entry points and the factories behind them. The only module that knows plugin names.

A plugin is an entry point (https://packaging.python.org/specifications/entry-points/) of one of the groups below.
Built-in plugins register the same way as strangers' do.
"""

import inspect
import random
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any, Final, cast

from peerset.errors import ConfigError
from peerset.ports import Policy, SetRule, SignalingHub, Store

STORES: Final = "peerset.stores"
"""Factories ``async (rest: str) -> Store``; *rest* is what follows the colon of the spec."""

TRANSPORTS: Final = "peerset.transports"
"""Factories of `peerset.ports.TransportHub`."""

SIGNALING: Final = "peerset.signaling"
"""Factories ``(*, rng: random.Random) -> SignalingHub``, by the names of their strategies."""

POLICIES: Final = "peerset.policies"
"""Factories of policies."""


async def open_store(spec: str | Store) -> Store:
    """Open the store that *spec* names, such as ``sqlite:lobby.db`` or ``memory:``; a store is given back as it is.

    Raises:
        ConfigError: the spec is malformed, or names no installed store.
        StoreError: the store cannot be opened.

    """
    if not isinstance(spec, str):
        return spec
    scheme, colon, rest = spec.partition(":")
    if not scheme or not colon:
        raise ConfigError(
            f"{spec!r} does not say which kind of store: write 'kind:place', for example 'sqlite:lobby.db' "
            f"(installed: {_listed(installed(STORES))})"
        )
    opening = load_factory(STORES, scheme)(rest)
    if not inspect.isawaitable(opening):
        raise ConfigError(f"the plugin {scheme!r} of {STORES} is no async function, so it opens no store")
    store: Store = await opening
    return store


def open_policy(spec: str) -> Policy | SetRule:
    """Make the policy that *spec* names; what follows the colon are its parameters.

    Raises:
        ConfigError: it is not installed, or its parameters are wrong.

    """
    name, _, parameters = spec.partition(":")
    factory = load_factory(POLICIES, name)
    # An entry point may be a ready policy, or something that makes one of its parameters.
    if hasattr(factory, "policy_class") and hasattr(factory, "manifest") and not isinstance(factory, type):
        if parameters:
            raise ConfigError(f"the policy {name!r} takes no parameters, but {parameters!r} was given")
        return cast("Policy | SetRule", factory)
    made: Policy | SetRule = factory(parameters)
    return made


def open_signaling(strategy: str, *, rng: random.Random) -> SignalingHub:
    """Make the hub of the signaling strategy that is installed as *strategy*.

    Raises:
        ConfigError: it is not installed, or lacks what it needs.

    """
    if not _find_all(SIGNALING, strategy):
        raise ConfigError(f"there is no signaling strategy {strategy!a}; there are: {_listed(installed(SIGNALING))}")
    hub: SignalingHub = load_factory(SIGNALING, strategy)(rng=rng)
    return hub


def load_factory(group: str, name: str) -> Callable[..., Any]:
    """Give the factory that the plugin *name* of *group* registers.

    Raises:
        ConfigError: it is not installed, installed twice, or cannot be imported.

    """
    entry = _find(group, name)
    try:
        factory = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the plugin {name!r} of {group} ({entry.value}) cannot be imported: {error}{_advice_for(entry)}"
        ) from error
    if not callable(factory) and not hasattr(factory, "policy_class"):
        raise ConfigError(f"the plugin {name!r} of {group} ({entry.value}) is not callable")
    loaded: Callable[..., Any] = factory
    return loaded


def installed(group: str) -> list[str]:
    """Give the names of the plugins of *group*, sorted."""
    return sorted(entry_points(group=group).names)


def _find(group: str, name: str) -> EntryPoint:
    found = _find_all(group, name)
    if not found:
        raise ConfigError(f"no plugin {name!r} of {group} is installed; there are: {_listed(installed(group))}")
    if len(found) > 1:
        raise ConfigError(f"the plugin {name!r} of {group} is installed more than once: {_listed(sorted(found))}")
    return next(iter(found.values()))


def _find_all(group: str, name: str) -> dict[str, EntryPoint]:
    if not _called(group, name):
        # It may have been installed since they were read.
        _registered.cache_clear()
    return _called(group, name)


def _called(group: str, name: str) -> dict[str, EntryPoint]:
    # One distribution may be seen twice, from a source folder and from its installation: the value tells.
    return {entry.value: entry for entry in _registered(tuple(sys.path))(group=group, name=name)}


@lru_cache(maxsize=1)
def _registered(path: tuple[str, ...]) -> Callable[..., EntryPoints]:
    """Read what the distributions on *path* register, a file of each, once for as long as it is the same.

    The value gives those of a *group* and *name*.
    """
    del path
    return entry_points().select


def _advice_for(entry: EntryPoint) -> str:
    """Say what brings what a plugin lacks: the extra of its distribution that is called as it is, if there is one."""
    extras = (entry.dist.metadata.get_all("Provides-Extra") or ()) if entry.dist else ()
    return f" (pip install '{entry.dist.name}[{entry.name}]')" if entry.dist and entry.name in extras else ""


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
