"""Run receipts again, with the policies and the records at hand, and say whether each is true.

An admission policy is a function of the record, so its receipts are true or false for everyone. A set rule is a
function of the set: its receipts name the group of records that competed, and only whoever holds the same group can
show that one is false.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, hash_group, receipt_of
from peerset.core.record import Record, RecordId
from peerset.core.verdict import FAILED
from peerset.errors import MalformedError
from peerset.moderation.panel import Panel, close_policies
from peerset.moderation.refusals import Refusal, refusals_of
from peerset.moderation.rulebook import open_policies
from peerset.moderation.shadows import Shadows
from peerset.ports import Policy, SetRule
from peerset.verification.verifier import Verifier

JUDGED_AT_ONCE: Final = 256


class Truth(Enum):
    """Whether a receipt says the truth."""

    TRUE = "true"
    FALSE = "false"
    """Which is proof against its signer."""
    UNKNOWN = "cannot be said"


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of running a receipt again."""

    record: Record
    """The record that holds the receipt; its author signed for it."""
    receipt: Receipt
    truth: Truth
    why: str


async def replay(
    records: Iterable[Record], *, policies: Sequence[str | Policy | SetRule], refused: Iterable[Record] = ()
) -> list[Replay]:
    """Run every receipt among *records* again, in their order, with those of *policies* that they name.

    *records* are taken for the set that set rules look at; *refused* are at hand, but no members. Whatever its author
    did not sign counts for nothing. Policies given by name are made for this call, and closed after it.

    Raises:
        ConfigError: a policy is not installed, its parameters are wrong, or two share a name.

    """
    members = {record.id: record for record in records}
    rulebook = open_policies(policies)
    judges = (*rulebook.admission, *rulebook.views)
    bench = _Bench(members, {record.id: record for record in refused} | members)
    try:
        for policy in rulebook.admission:
            await bench.judge(policy)
        for rule in rulebook.set_rules:
            await bench.survey(rule)
        bench.excuse(rulebook.views)
        return bench.replays()
    finally:
        await close_policies([judge for judge in judges if not any(judge is given for given in policies)])


def receipts_among(records: Iterable[Record]) -> Iterator[tuple[Record, Receipt | MalformedError]]:
    """Give every record of the kind of receipts, with what it says or why it is none."""
    for record in records:
        if record.kind != KIND_RECEIPT:
            continue
        if not record.has_valid_signature():
            yield record, MalformedError("the signature is not its author's")
            continue
        try:
            yield record, receipt_of(record)
        except MalformedError as error:
            yield record, error


class _Bench:
    """The receipts that wait, and what was found of them."""

    def __init__(self, members: dict[RecordId, Record], at_hand: dict[RecordId, Record]) -> None:
        self._members = members
        self._receipts = [
            (record, said) for record, said in receipts_among(members.values()) if isinstance(said, Receipt)
        ]
        named = {said.record_id for _, said in self._receipts} & at_hand.keys()
        self._at_hand = {each: at_hand[each] for each in sorted(named) if at_hand[each].has_valid_signature()}
        self._found: dict[RecordId, tuple[Truth, str]] = {}

    async def judge(self, policy: Policy) -> None:
        """Run the receipts of an admission policy again."""
        cases = list(self._cases_of(policy, Fate.REFUSED))
        panel = Panel((policy,))
        try:
            for start in range(0, len(cases), JUDGED_AT_ONCE):
                part = cases[start : start + JUDGED_AT_ONCE]
                asked = [self._at_hand[said.record_id] for _, said in part]
                verdicts = await panel.judge(asked)
                refusals = refusals_of(asked, verdicts, manifests={policy.name: policy.manifest})
                reasons = {refusal.record.id: refusal for refusal in refusals}
                self._found |= {record.id: _compare(said, reasons.get(said.record_id)) for record, said in part}
        finally:
            panel.close()
        # A policy that broke says nothing, about whomever it was asked.
        if policy.name in panel.complaints:
            complaint = f"the policy does not work here: it {panel.complaints[policy.name]}"
            self._found |= {record.id: (Truth.UNKNOWN, complaint) for record, _ in cases}

    async def survey(self, rule: SetRule) -> None:
        """Run the receipts of a set rule again, over the members."""
        cases = list(self._cases_of(rule, Fate.SHADOWED))
        for room_tag in dict.fromkeys(record.room_tag for record, _ in cases):
            shadows = Shadows([rule])
            shadows.add(await _genuine(each for each in self._members.values() if each.room_tag == room_tag))
            for record, said in cases:
                if record.room_tag == room_tag:
                    self._found[record.id] = _look_up(said, shadows)

    def excuse(self, views: Iterable[Policy]) -> None:
        """Leave alone what is said in the name of a view policy."""
        for view in views:
            for record, _ in self._receipts_of(view):
                self._found[record.id] = (Truth.UNKNOWN, "a view policy is a matter of taste")

    def replays(self) -> list[Replay]:
        """Give what was found, in the order of the receipts."""
        unknown = (Truth.UNKNOWN, "no policy with this manifest is at hand")
        return [Replay(record, said, *self._found.get(record.id, unknown)) for record, said in self._receipts]

    def _cases_of(self, policy: Policy | SetRule, fate: Fate) -> Iterator[tuple[Record, Receipt]]:
        """Give the receipts that *policy* can run again; of the others say why not."""
        for record, said in self._receipts_of(policy):
            if said.policy != policy.manifest.name:
                self._found[record.id] = (Truth.FALSE, f"the manifest is that of the policy {policy.manifest.name}")
            elif said.fate is not fate:
                self._found[record.id] = (Truth.FALSE, f"the policy is of the class {policy.policy_class.value}")
            elif said.record_id not in self._at_hand:
                self._found[record.id] = (Truth.UNKNOWN, "the record is not at hand")
            elif fate is Fate.SHADOWED and said.record_id not in self._members:
                self._found[record.id] = (Truth.UNKNOWN, "the record is no member here")
            elif self._at_hand[said.record_id].room_tag != record.room_tag:
                self._found[record.id] = (Truth.UNKNOWN, "the record belongs to another room")
            else:
                yield record, said

    def _receipts_of(self, policy: Policy | SetRule) -> list[tuple[Record, Receipt]]:
        manifest = policy.manifest.id
        return [(record, said) for record, said in self._receipts if said.manifest == manifest]


def _compare(said: Receipt, refusal: Refusal | None) -> tuple[Truth, str]:
    if refusal is not None and refusal.rule == FAILED:
        return Truth.UNKNOWN, refusal.reason
    if refusal is None:
        return Truth.FALSE, "the policy has nothing against the record"
    if refusal.rule != said.rule:
        return Truth.FALSE, f"the policy refuses the record by another rule, {refusal.rule!r}: {refusal.reason}"
    return Truth.TRUE, refusal.reason


def _look_up(said: Receipt, shadows: Shadows) -> tuple[Truth, str]:
    shadowing, group = shadows.examine(said.record_id), shadows.group_of(said.record_id)
    if shadows.complaints:
        return Truth.UNKNOWN, f"the rule does not work here: it {next(iter(shadows.complaints.values()))}"
    if shadowing is not None:
        return Truth.TRUE, shadowing.rule.reason
    if not group:
        return Truth.FALSE, "the rule is not concerned with the record"
    if hash_group(group) == said.group:
        return Truth.FALSE, "of the very records that the signer names, the rule keeps this one"
    return Truth.UNKNOWN, "the rule keeps it here, but other records compete with it than the signer names"


async def _genuine(records: Iterable[Record]) -> list[Record]:
    """Give those of *records* that their authors signed."""
    asked = tuple(records)
    verifier = Verifier()
    try:
        return [record for record, is_good in zip(asked, await verifier.verify(asked), strict=True) if is_good]
    finally:
        await verifier.aclose()
