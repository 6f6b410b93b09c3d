"""Try policies on records without a room: what each would say, why, and how long it takes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from peerset.core.record import Record
from peerset.core.verdict import Accept, Reject
from peerset.moderation.rulebook import Rulebook
from peerset.moderation.shadows import Shadows
from peerset.ports import Policy, SetRule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy says of many records."""

    policy: Policy | SetRule
    refusals: dict[int, Reject]
    """Place of a record -> why it is refused, shadowed or hidden."""
    seconds: float


def try_policies(rulebook: Rulebook, records: Sequence[Record]) -> list[Outcome]:
    """Ask every policy of every record, each by itself; set rules see *records* as the whole set."""
    judging = [_try_policy(policy, records) for policy in (*rulebook.admission, *rulebook.views)]
    return [*judging, *(_try_set_rule(rule, records) for rule in rulebook.set_rules)]


def _try_policy(policy: Policy, records: Sequence[Record]) -> Outcome:
    start = time.perf_counter()
    verdicts = policy.judge(records)
    seconds = time.perf_counter() - start
    refusals = {place: verdict for place, verdict in enumerate(verdicts) if not isinstance(verdict, Accept)}
    return Outcome(policy, refusals, seconds)


def _try_set_rule(rule: SetRule, records: Sequence[Record]) -> Outcome:
    start = time.perf_counter()
    shadows = Shadows([rule])
    shadows.add(records)
    found = [(place, shadows.shadowing(record.id)) for place, record in enumerate(records)]
    return Outcome(rule, {place: reject for place, reject in found if reject}, time.perf_counter() - start)
