"""What honest members of a healed swarm must come to: the set that each one's rules make of all that was written."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.limits import COLLECTION_INTERVAL_SECONDS, COLLECTION_JITTER_SECONDS, INTEGER_MAX
from peerset.core.record import KIND_DELETION, Record, RecordId
from peerset.core.window import start_of
from peerset.protocol.horizon import everything
from peerset.protocol.skew import PEERS_MIN
from peerset.protocol.tombstones import Tombstones
from peerset.testing.bylaws import Bylaws
from peerset.testing.member import Member
from peerset.testing.swarm import Swarm

OVERDUE_SECONDS: Final = COLLECTION_INTERVAL_SECONDS + COLLECTION_JITTER_SECONDS
"""Old records are gone from disk after this time at the latest."""
LINGERING_SECONDS: Final = int(2 * OVERDUE_SECONDS) + 60
"""The content of what has expired is, where nobody came meanwhile whose clock is behind."""


class Agreement:
    """Looks at all honest members of *swarm* at once, or at those that *members* gives."""

    def __init__(self, swarm: Swarm, members: Callable[[], Sequence[Member]] | None = None) -> None:
        self._swarm = swarm
        self._members = members or (lambda: swarm.honest)

    def missing(self) -> str | None:
        """Say in what a member differs from its kind, or from what any of them ever had; None when in nothing."""
        kinds: dict[Bylaws, list[Member]] = {}
        for member in self._members():
            kinds.setdefault(member.bylaws, []).append(member)
        wants = (self._missing_of(bylaws, members) for bylaws, members in kinds.items())
        return next((want for want in wants if want is not None), None) or self._lonely()

    def unaware(self) -> str | None:
        """Say who of two members of one kind does not know that there is nothing left to do for them."""
        by_peer_id = self._swarm.by_peer_id
        if self._is_early(self._members()):
            return None
        for member in self._members():
            for peer in [] if member.node is None else member.node.peers:
                other = by_peer_id.get(peer.id, member)
                is_aware = peer.is_synced or peer.state != "established"
                if not (is_aware or other.is_hostile or other is member or other.bylaws != member.bylaws):
                    return f"{member.name} believes that {other.name} has another set"
        return None

    def lingering(self) -> str | None:
        """Say who still has the content of what has expired, while nobody wrote for a while; None when nobody has."""
        for member in self._members() if self._is_vouched_for() else []:
            due = UnixTime(self._swarm.moment(member).unix - LINGERING_SECONDS)
            if expired := member.disk.expired(due):
                return f"{member.name} still has the content of {len(expired)} records that have expired"
        return None

    def _missing_of(self, bylaws: Bylaws, members: Sequence[Member]) -> str | None:
        """Only whole offered days count: older records are on their way out, each by its keeper's own clock."""
        moments = [self._swarm.moment(member) for member in members]
        first_time = max(map(self._first_time, members))
        admitted, lost = self._admitted(bylaws, first_time), self._lost()
        for member, moment in zip(members, moments, strict=True):
            oldest = min((record.created_at for record in member.disk.records()), default=moment.unix)
            if self._is_vouched_for() and oldest < bylaws.window(moment.unix).kept_from - OVERDUE_SECONDS:
                return f"{member.name} still has a record of {oldest}, which should be deleted"
            held = {record.id for record in member.disk.records() if record.created_at >= first_time}
            held |= {RecordId(record_id) for created_at, record_id in member.claims if created_at >= first_time}
            # What a wrong clock dated ahead waits until it is due, and deletes nothing before, but where it was made.
            due = bylaws.window(moment.unix).accepted_until
            extra = held - self._left_by(admitted, until=due)
            lacked = self._left_by(record for record in admitted if record.created_at <= due) - held - lost
            if lacked or extra:
                return f"{member.name} lacks {len(lacked)} records and has {len(extra)} too many"
        if any(record.id in lost for record in admitted) or self._is_early(members):
            return None
        latest = max(moments, key=lambda moment: moment.unix)
        roots = {member.node.root(latest) for member in members if member.node is not None}
        return None if len(roots) == 1 else f"there are {len(roots)} roots"

    def _admitted(self, bylaws: Bylaws, first_time: int) -> list[Record]:
        """Everything that was ever on an honest disk, but for what is too old or refused."""
        written = self._swarm.written.values()
        return [
            record
            for record in written
            if record.created_at >= first_time and not record.content.startswith(bylaws.refuses)
        ]

    def _left_by(self, records: Iterable[Record], *, until: int = INTEGER_MAX) -> set[RecordId]:
        """Give those of *records* that no deletion dated up to *until* covers."""
        written = self._swarm.written.values()
        deletions = [record for record in written if record.kind == KIND_DELETION and record.created_at <= until]
        tombstones = Tombstones(deletions)
        return {record.id for record in records if tombstones.covering(outline_of(record)) is None}

    def _lost(self) -> set[RecordId]:
        """Everything that nobody can give any more, for it was purged, or those who have it keep it no longer."""
        members, lost = self._members(), set()
        since = {member.number: self._first_time(member) for member in members}
        fading_until = max(since.values())
        for record in self._swarm.written.values():
            if record.created_at >= fading_until and record.id not in self._swarm.purged:
                continue
            givers = (member for member in members if since[member.number] <= record.created_at)
            if not any(member.disk.has_content(record.id) for member in givers):
                lost.add(record.id)
        return lost

    def _first_time(self, member: Member) -> int:
        """Give the time from which *member* offers what it has."""
        return start_of(member.bylaws.window(self._swarm.moment(member).unix).first_day)

    def _is_vouched_for(self) -> bool:
        """Say whether old records are deleted: where clocks were wrong, or two peers are not there, not for a day."""
        return len(self._members()) > PEERS_MIN and not self._swarm.has_had_wrong_clocks

    def _is_early(self, members: Iterable[Member]) -> bool:
        """Say whether somebody has a record that a wrong clock dated so far ahead that others postpone it.

        One in the days that are compared makes roots differ; so does a deletion of any time, by what it deleted.
        """
        for member in members:
            now = self._swarm.moment(member).unix
            due = member.bylaws.window(now).accepted_until
            ahead = [record for record in member.disk.records() if record.created_at > due]
            if any(record.created_at < everything(now) or record.kind == KIND_DELETION for record in ahead):
                return True
        return False

    def _lonely(self) -> str | None:
        """Say who is cut off from the first member, by whatever ways."""
        swarm, members = self._swarm, self._members()
        reached, todo = {members[0].number}, [members[0]]
        while todo:
            member = todo.pop()
            for peer in [] if member.node is None else member.node.peers:
                other = swarm.by_peer_id.get(peer.id, member)
                if peer.state == "established" and not other.is_hostile and other.number not in reached:
                    reached.add(other.number)
                    todo.append(other)
        alone = [member.name for member in members if member.number not in reached]
        return f"{alone[0]} is cut off" if alone else None
