"""Who may write in a room: what its policies let us write, and whom we let write."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.grant import ALL, sign_grant
from peerset.core.keys import npub
from peerset.core.limits import FUTURE_SECONDS_MAX, INTEGER_MAX
from peerset.core.record import KIND_RECORD
from peerset.core.typed import AnyKey, read_key, read_number, read_text, several, shown
from peerset.core.verdict import Reject
from peerset.data.desk import Draft
from peerset.errors import ConfigError, MalformedError
from peerset.moderation.moderator import Moderator
from peerset.ports import GrantPolicy
from peerset.room.addressed import Addressed
from peerset.room.clocks import read_unix
from peerset.room.sealing import Sealing
from peerset.room.standing import Standing
from peerset.room.writer import Writer

GRANT_DAYS: Final = 30.0
"""For how long a grant holds unless it is said."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether we may write."""

    is_given: bool
    policy: str = ""
    """Which policy would refuse it."""
    reason: str = ""
    """Why, for people."""

    def __bool__(self) -> bool:
        """As `is_given`."""
        return self.is_given


class Permitting(Addressed):
    """What a `peerset.room.room.Room` says of who may write in it."""

    moderation: Moderator
    _standing: Standing
    _writer: Writer
    _sealing: Sealing

    async def may_write(self, collection: str | None = None) -> Permission:
        """Say whether the policies would admit a record of ours in *collection*, whatever it says.

        Asked are those that look at author, time, kind and tags alone, such as ``writers`` and ``authors``.

        Raises:
            ConfigError: *collection* is no text.
            RoomClosedError: the room was left, or failed.

        """
        self._standing.check()
        tags = [] if collection is None else [("c", read_text("a collection", collection))]
        verdict = await self.moderation.judge_envelope(self._writer.envelope(Draft(KIND_RECORD, tags, "")))
        return Permission(False, verdict.policy, verdict.reason) if isinstance(verdict, Reject) else Permission(True)

    def grant(
        self,
        writer: AnyKey,
        *,
        collections: str | Iterable[str] = (),
        days: float = GRANT_DAYS,
        on_behalf: bool = False,
    ) -> str:
        """Let *writer* write here for so many *days*, in *collections* or in all; give the text to hand over.

        It is signed by our key, so it counts where that is an owner's. Where *on_behalf*, *writer* is a device or a
        server of ours: in collections on behalf of others, what it writes is ours. It begins as long ago as clocks may
        be wrong. What was granted cannot be taken back before it runs out.

        Raises:
            ConfigError: *writer* is no key, *days* are none, a name is none or given in a sealed room, or nobody would
                heed a grant of ours.
            RoomClosedError: the room was left, or failed.

        """
        self._standing.check()
        seconds = read_number("days", days) * DAY_SECONDS
        now = read_unix()
        if not 0 < seconds <= INTEGER_MAX - now:
            raise ConfigError(f"a grant holds for a number of days above 0, not {days}")
        names = [read_text("a collection", each) for each in several("collections", collections, singles=(str,))]
        if names and self._sealing.status is not None:
            raise ConfigError("a sealed room hides the names of collections: grant all of them")
        if not isinstance(on_behalf, bool):
            raise ConfigError(f"on_behalf is True or False, not {shown(on_behalf)}")
        if not on_behalf:
            self._check_heeded(names)
        secret = self._writer.wallet.secret
        if secret is None:
            raise ConfigError("who signs here signs records alone: grant by a key that is here")
        since, until = UnixTime(max(0, now - FUTURE_SECONDS_MAX)), UnixTime(int(now + seconds))
        try:
            given = sign_grant(
                secret,
                read_key(writer),
                room_tag=self.name.tag,
                since=since,
                until=until,
                collections=names or (ALL,),
                is_on_behalf=on_behalf,
            )
        except MalformedError as error:
            raise ConfigError(str(error)) from error
        return given.text

    def _check_heeded(self, names: list[str]) -> None:
        asking = [self._writer.wallet.asking(KIND_RECORD, name) for name in names or (None,)]
        policy = next((each for each in asking if each is not None), None)
        if policy is not None:
            raise ConfigError(f"a grant of ours lets nobody write here: we are no owner, ask {owners_of(policy)}")


def owners_of(policy: GrantPolicy) -> str:
    """Name those whose grants *policy* asks for, three at most."""
    return " or ".join(npub(owner) for owner in sorted(policy.owners)[:3])
