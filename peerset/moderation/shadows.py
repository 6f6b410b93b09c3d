"""Which members are shadowed: still in the set, hidden from readers by a set rule.

Each rule sorts records into groups and says of every group which stay visible. That depends on the member set
alone, so peers with equal sets and rules show the same, whatever came first.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from peerset.core.day_sum import DaySum
from peerset.core.deletion import outline_of
from peerset.core.record import Record, RecordId, is_versioned
from peerset.core.verdict import Reject, Seat, seat_of
from peerset.moderation.days import Days, Load, Opener
from peerset.moderation.versions import Versions
from peerset.ports import DayRule, SetRule, WordedRule

Group = tuple[int, tuple[str, ...]]
"""A rule, by its place, and the group in which it sees a record."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Why a member is hidden: a rule, and the whole group in which it keeps others."""

    rule: SetRule
    group: frozenset[RecordId]
    reason: str


class Shadows:
    """The groups of all members, kept up to date as members come and go."""

    def __init__(
        self,
        rules: Sequence[SetRule],
        versions: Versions | None = None,
        *,
        load: Load | None = None,
    ) -> None:
        self._rules = tuple(rules)
        # Without anything to read days by, all that is added is held.
        day_rules = {} if load is None else {n: rule for n, rule in enumerate(rules) if isinstance(rule, DayRule)}
        self._seeing = frozenset(place for place, rule in enumerate(rules) if getattr(rule, "sees_pins", False))
        """The places of rules that are about what pins show, too."""
        self._sparing = frozenset(day_rules)
        """The places of rules that hold only the days which they have to look at."""
        self.reads_all = len(day_rules) < len(self._rules)
        """Some rule is to see every member."""
        self._days = Days(list(day_rules.values()))
        self._opening: set[RecordId] | None = None
        """What went while a day was read; None while none is."""
        self.opener = Opener(self._days, load or _nothing, begin=self._begin, take=self._take, end=self._end)
        """Reads the days that rules about days are to look at."""
        self.versions = versions or Versions()
        """The rule that every room has; `examine`, `group_of` and `shadowed_beside` are about the others."""
        self._groups: dict[Group, set[Seat]] = {}
        self._kept: dict[Group, frozenset[RecordId]] = {}
        self._memberships: dict[RecordId, tuple[Group, ...]] = {}
        self._touched: dict[Group, None] | None = None
        """Groups that changed since `shifted` was asked; None until somebody wants to know."""
        self.complaints: dict[str, str] = {}
        """Rules that broke: name -> what happened."""

    @property
    def is_empty(self) -> bool:
        """There are no rules but that of versions."""
        return not self._rules

    def begin(self, sums: Sequence[DaySum]) -> None:
        """Take the *sums* of a day that is here at first, before anything else is asked."""
        self._days.begin(sums)

    def add(self, records: Sequence[Record], *, are_counted: bool = False) -> None:
        """Take in new members; those that *are_counted* are in the sums already."""
        for record in records:
            if is_versioned(record.kind):
                self.versions.add(outline_of(record))
        self.versions.meet(records)
        fresh = [record for record in records if record.id not in self._memberships]
        if not are_counted:
            self._days.add(fresh)
        for record in fresh:
            if self.reads_all or self._days.is_opened(record):
                self._seat(record)

    def show(self, records: Iterable[Record]) -> None:
        """Take in what pins show: rules that say so and that of versions are about it."""
        for record in records:
            self.versions.add(outline_of(record))
            self.versions.meet([record])
            self._seat(record, self._seeing)

    def remove(self, record_id: RecordId) -> None:
        """Let a member go: deleted, or past its age."""
        self.versions.remove(record_id)
        self.purge(record_id)

    def purge(self, record_id: RecordId) -> None:
        """Let go of a member's content; as a version it still replaces those before it."""
        self._leave(record_id, self._memberships.get(record_id, ()))

    def remove_before(self, before: int, *, but: Set[RecordId] = frozenset()) -> None:
        """Let every member with created_at below *before* go; *but*, which pins show, as `show` takes it in."""
        self.versions.remove_before(before, but=but)
        self._days.forget_before(before)
        old = [seat.id for seats in self._groups.values() for seat in seats if seat.created_at < before]
        for record_id in sorted(set(old) - but):
            self.purge(record_id)
        for record_id in sorted(but & self._memberships.keys()):
            self._leave(record_id, [group for group in self._memberships[record_id] if group[0] not in self._seeing])

    @property
    def has_groups(self) -> bool:
        """Whether a rule, versions aside, is concerned with any member."""
        return bool(self._memberships)

    def shadowing(self, record_id: RecordId) -> Reject | None:
        """Give the first rule that shadows a member, with its reason; None when readers see it."""
        group = self._group_shadowing(record_id)
        if group is not None:
            return Reject(self._rules[group[0]].name, self._reason(group))
        if self.versions.is_superseded(record_id):
            return Reject(self.versions.name, self.versions.reason)
        return None

    def examine(self, record_id: RecordId) -> Shadowing | None:
        """Give the first rule that shadows a member, versions aside, with the group in which that was decided."""
        group = self._group_shadowing(record_id)
        if group is None:
            return None
        ids = frozenset(seat.id for seat in self._groups[group])
        return Shadowing(self._rules[group[0]], ids, self._reason(group))

    def superseding(self, record: Record) -> Shadowing | None:
        """Give the rule of versions and all of a member's, when it is one that a newer version has replaced."""
        self.versions.meet([record])
        if not self.versions.is_superseded(record.id):
            return None
        return Shadowing(self.versions, self.versions.versions_beside(record.id), self.versions.reason)

    def group_of(self, record_id: RecordId) -> frozenset[RecordId]:
        """Give everyone in the groups of a member; nobody when no rule is concerned with it."""
        groups = self._memberships.get(record_id, ())
        return frozenset(seat.id for group in groups for seat in self._groups[group])

    def shadowed_beside(self, ids: Iterable[RecordId]) -> Iterator[RecordId]:
        """Give the shadowed members of the groups of *ids*, each group once."""
        for group in dict.fromkeys(group for record_id in ids for group in self._memberships.get(record_id, ())):
            yield from sorted({seat.id for seat in self._groups[group]} - self._keep(group))

    def shadowed(self) -> Iterator[RecordId]:
        """Give every member that a rule shadows, versions aside; from now on `shifted` tells what becomes of it."""
        self._touched = {}
        found = {seat.id for group, seats in self._groups.items() for seat in seats if seat.id not in self._keep(group)}
        yield from sorted(found)

    @property
    def has_shifted(self) -> bool:
        """Whether groups changed since `shifted` was asked."""
        return bool(self._touched)

    def shifted(self) -> tuple[set[RecordId], set[RecordId]]:
        """Give the members of groups that changed since this or `shadowed` was asked: shadowed ones, and seen ones."""
        groups, self._touched = self._touched or {}, {}
        here = {seat.id for group in groups for seat in self._groups.get(group, ())}
        shadowed = {record_id for record_id in here if self._group_shadowing(record_id) is not None}
        return shadowed, here - shadowed

    def _begin(self) -> None:
        self._opening = set()

    def _take(self, records: Sequence[Record]) -> None:
        """Take in records of a day, but for what went since it was read."""
        gone = self._opening or set()
        for record in records:
            if record.id not in gone:
                self._seat(record)

    def _end(self) -> None:
        self._opening = None

    def _seat(self, record: Record, places: Set[int] | None = None) -> None:
        """Put *record* into the groups in which it competes and is not yet, of rules at *places*, or of all."""
        groups = list(self._groups_of(record, places))
        if not groups:
            return
        held = self._memberships.get(record.id, ())
        groups = [group for group in groups if group not in held]
        self._memberships[record.id] = (*held, *groups)
        seat = seat_of(record)
        for group in groups:
            self._groups.setdefault(group, set()).add(self._worded(seat, record, self._rules[group[0]]))
            self._touch(group)

    def _leave(self, record_id: RecordId, groups: Sequence[Group]) -> None:
        """Let a member go from *groups* of its own."""
        if self._opening is not None:
            self._opening.add(record_id)
        for group in groups:
            seats = {seat for seat in self._groups[group] if seat.id != record_id}
            self._touch(group)
            if seats:
                self._groups[group] = seats
            else:
                del self._groups[group]
        if left := tuple(group for group in self._memberships.pop(record_id, ()) if group not in groups):
            self._memberships[record_id] = left

    def _worded(self, seat: Seat, record: Record, rule: SetRule) -> Seat:
        if not isinstance(rule, WordedRule):
            return seat
        try:
            return replace(seat, word=rule.word(record))
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
            self._complain(rule, error)
            return seat

    def _reason(self, group: Group) -> str:
        """Say why what a rule does not keep of *group* is shadowed."""
        rule = self._rules[group[0]]
        if isinstance(rule, WordedRule):
            try:
                return rule.why(sorted(self._groups[group]))
            except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
                self._complain(rule, error)
        return rule.reason

    def _touch(self, group: Group) -> None:
        self._kept.pop(group, None)
        if self._touched is not None:
            self._touched[group] = None

    def _group_shadowing(self, record_id: RecordId) -> Group | None:
        groups = self._memberships.get(record_id, ())
        return next((group for group in groups if record_id not in self._keep(group)), None)

    def _groups_of(self, record: Record, places: Set[int] | None) -> Iterable[Group]:
        for place, rule in enumerate(self._rules):
            if places is not None and place not in places:
                continue
            if place in self._sparing and not self._days.is_opened(record):
                continue
            try:
                name = rule.group(record)
            except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
                self._complain(rule, error)
                continue
            if name is not None:
                yield place, name

    def _keep(self, group: Group) -> frozenset[RecordId]:
        if group not in self._kept:
            rule = self._rules[group[0]]
            # Sorted, so that a rule that does depend on the order at least depends on nothing else.
            seats = sorted(self._groups[group])
            try:
                self._kept[group] = frozenset(rule.keep(seats))
            except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
                self._complain(rule, error)
                self._kept[group] = frozenset(seat.id for seat in seats)
        return self._kept[group]

    def _complain(self, rule: SetRule, error: Exception) -> None:
        what = f"raised {type(error).__name__}: {error}"
        if self.complaints.get(rule.name) != what:
            logger.error("the set rule %s %s; it hides nothing", rule.name, what)
        self.complaints[rule.name] = what


async def _nothing(_: int) -> Sequence[Record]:
    return ()
