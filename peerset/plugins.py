"""Plugins by name: entry points and the factories behind them. The only module that knows plugin names.

A plugin is an entry point (https://packaging.python.org/specifications/entry-points/) of one of the groups below.
Built-in plugins register the same way as strangers' do.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, cast

from peerset.core.rules import Manifest
from peerset.core.verdict import PolicyClass
from peerset.errors import ConfigError
from peerset.ports import Policy, SetRule, Store

STORES: Final = "peerset.stores"
"""Factories ``async (rest: str) -> Store``; *rest* is what follows the colon of the spec."""

TRANSPORTS: Final = "peerset.transports"
"""Factories of `peerset.ports.TransportHub`."""

SIGNALING: Final = "peerset.signaling"
"""Factories of `peerset.ports.SignalingHub`."""

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


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A room's policies, by class and in the order given."""

    admission: tuple[Policy, ...] = ()
    set_rules: tuple[SetRule, ...] = ()
    views: tuple[Policy, ...] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """What the room's rules id is made of: everything that all peers must share to agree."""
        return (*(policy.manifest for policy in self.admission), *(rule.manifest for rule in self.set_rules))


def open_policies(specs: Iterable[str | Policy | SetRule]) -> Rulebook:
    """Sort policies, given by object or by spec such as ``words`` or ``links:allow=zoom.us``, into a rulebook.

    Raises:
        ConfigError: a spec names no installed policy, its parameters are wrong, an object is no policy, or two
            policies share a name.

    """
    policies = [open_policy(spec) if isinstance(spec, str) else spec for spec in specs]
    for policy in policies:
        check_shape(policy)
    names = [policy.name for policy in policies]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            raise ConfigError(f"two policies are called {name!r}: their refusals could not be told apart")
    by_class = {kind: tuple(policy for policy in policies if policy.policy_class is kind) for kind in PolicyClass}
    return Rulebook(
        admission=cast("tuple[Policy, ...]", by_class[PolicyClass.ADMISSION]),
        set_rules=cast("tuple[SetRule, ...]", by_class[PolicyClass.SET_RULE]),
        views=cast("tuple[Policy, ...]", by_class[PolicyClass.VIEW]),
    )


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


def check_shape(policy: object) -> None:
    """Check that *policy* has what its class needs.

    Raises:
        ConfigError: it has not; the message names what is missing.

    """
    kind = getattr(policy, "policy_class", None)
    wanted = ("group", "keep", "reason") if kind is PolicyClass.SET_RULE else ("judge",)
    missing = [name for name in ("name", "manifest", *wanted) if not hasattr(policy, name)]
    if not isinstance(kind, PolicyClass):
        raise ConfigError(f"{policy!r} is no policy: its policy_class is {kind!r}, not a PolicyClass")
    if missing:
        raise ConfigError(f"{policy!r} is no {kind.value} policy: it lacks {', '.join(missing)}")


def load_factory(group: str, name: str) -> Callable[..., Any]:
    """Give the factory that the plugin *name* of *group* registers.

    Raises:
        ConfigError: it is not installed, installed twice, or cannot be imported.

    """
    entry = _find(group, name)
    try:
        factory = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the plugin {name!r} of {group} ({entry.value}) cannot be imported: {error}") from error
    if not callable(factory) and not hasattr(factory, "policy_class"):
        raise ConfigError(f"the plugin {name!r} of {group} ({entry.value}) is not callable")
    loaded: Callable[..., Any] = factory
    return loaded


def installed(group: str) -> list[str]:
    """Give the names of the plugins of *group*, sorted."""
    return sorted(entry_points(group=group).names)


def _find(group: str, name: str) -> EntryPoint:
    # One distribution may be seen twice, from a source folder and from its installation: the value tells.
    found = {entry.value: entry for entry in entry_points(group=group, name=name)}
    if not found:
        raise ConfigError(f"no plugin {name!r} of {group} is installed; there are: {_listed(installed(group))}")
    if len(found) > 1:
        raise ConfigError(f"the plugin {name!r} of {group} is installed more than once: {_listed(sorted(found))}")
    return next(iter(found.values()))


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
