"""In a sealed room, admission policies that look at content, as rules over the set.

Whoever has no secret must admit what all others do, so what is inside an envelope cannot decide who is a member. What
such a policy refuses is shadowed instead, alike for all who have the secret and the policy. It is in no rules id.
"""

from collections.abc import Sequence
from dataclasses import replace

from peerset.core.envelope import UnreadRecord
from peerset.core.record import KIND_PIN, Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.verdict import Accept, PolicyClass, Seat
from peerset.errors import ConfigError
from peerset.moderation.rulebook import Rulebook
from peerset.policies.command import CommandPolicy
from peerset.ports import Policy


class ContentRule:
    """Shadows what an admission policy refuses."""

    policy_class = PolicyClass.SET_RULE
    sees_pins = True

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.reason = f"its content is refused by {policy.name}"

    @property
    def name(self) -> str:
        """The policy's."""
        return self._policy.name

    @property
    def manifest(self) -> Manifest:
        """The policy's."""
        return self._policy.manifest

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Put what is refused into a group of its own; of a pin, what is inside is asked about when it is shown."""
        if isinstance(record, UnreadRecord) or record.kind == KIND_PIN:
            return None
        if isinstance(self._policy.judge([record])[0], Accept):
            return None
        return (record.id.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep nothing."""
        return frozenset()

    def close(self) -> None:
        """Close the policy, if it can be."""
        close = getattr(self._policy, "close", None)
        if close is not None:
            close()


def with_content_rules(rulebook: Rulebook) -> Rulebook:
    """Give the rules of a sealed room: of its admission policies those judge envelopes that say ``judges_envelopes``.

    Raises:
        ConfigError: one tells collections apart, or one of the others is a program, which is too slow for a rule.

    """
    envelopes = tuple(each for each in rulebook.admission if getattr(each, "judges_envelopes", False))
    naming = next((each for each in envelopes if getattr(each, "names_collections", False)), None)
    if naming is not None:
        raise ConfigError(
            f"a sealed room hides the names of collections: let the policy {naming.name} be about all of them"
        )
    others = [each for each in rulebook.admission if each not in envelopes]
    for policy in others:
        if isinstance(policy, CommandPolicy):
            raise ConfigError(f"the policy {policy.name} is a program: in a sealed room it can only be a view")
    rules = tuple(map(ContentRule, others))
    implied = rulebook.implied | {each.name for each in rules}
    return replace(rulebook, admission=envelopes, set_rules=(*rules, *rulebook.set_rules), implied=implied)
