"""A room's policies by name or by object, sorted by what their verdicts may depend on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, cast

from peerset.core.rules import Manifest
from peerset.core.verdict import PolicyClass
from peerset.errors import ConfigError
from peerset.plugins import open_policy
from peerset.ports import Policy, SetRule

BUDGET: Final = "budget"
NO_BUDGET: Final = "budget:off"
DEFAULT_BUDGET: Final = "budget:author=268435456,room=1073741824,deletions=100000"
"""What a room has that says nothing of it: more than anybody writes who means well."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A room's policies, by class and in the order given."""

    admission: tuple[Policy, ...] = ()
    set_rules: tuple[SetRule, ...] = ()
    views: tuple[Policy, ...] = ()
    implied: frozenset[str] = frozenset()
    """Names of rules that every room has unless it says otherwise: they are in no rules id, as that of versions."""

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """What the room's rules id is made of: everything that all peers must share to agree."""
        return (
            *(policy.manifest for policy in self.admission),
            *(rule.manifest for rule in self.set_rules if rule.name not in self.implied),
        )


def open_policies(specs: Iterable[str | Policy | SetRule]) -> Rulebook:
    """Sort policies, given by object or by spec such as ``words`` or ``links:allow=zoom.us``, into a rulebook.

    Raises:
        ConfigError: a spec names no installed policy, its parameters are wrong, an object is no policy, or two
            policies share a name.

    """
    policies = [open_policy(spec) if isinstance(spec, str) else spec for spec in specs if spec != NO_BUDGET]
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


def with_budget(specs: Sequence[str | Policy | SetRule]) -> Rulebook:
    """Sort the policies of a room, which has a generous budget unless it names one of its own, or ``budget:off``.

    Raises:
        ConfigError: as of `open_policies`.

    """
    rulebook = open_policies(specs)
    if NO_BUDGET in specs or any(rule.name == BUDGET for rule in rulebook.set_rules):
        return rulebook
    return replace(rulebook, set_rules=(*rulebook.set_rules, _default_budget()), implied=frozenset([BUDGET]))


@cache
def _default_budget() -> SetRule:
    return cast("SetRule", open_policy(DEFAULT_BUDGET))


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
