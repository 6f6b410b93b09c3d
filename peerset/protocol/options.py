"""What a node is told at its beginning: what the owner of the room chose, and what the store holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import CHANNELS_MAX
from peerset.core.merkle import Index
from peerset.core.message import Role
from peerset.core.rules import Rules
from peerset.protocol.acquaintances import Acquaintance


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What whoever joins a room chooses."""

    rules: Rules = field(default_factory=Rules)
    has_policies: bool = False
    """Records are put to policies before they are saved."""
    role: Role = Role.MEMBER
    places: int = CHANNELS_MAX
    """For so many remote peers."""
    window_seconds: int | None = None
    """For how long content is kept here, if for less time than the rules say."""
    has_files: bool = False
    """Blobs are fetched and given."""
    collects: bool = True
    """Old records are deleted here; who only looks at a store takes nothing from it."""

    @property
    def content_seconds(self) -> int:
        """For how long content is kept here."""
        return min(self.rules.retention_seconds, self.window_seconds or self.rules.retention_seconds)

    @property
    def is_light(self) -> bool:
        """Content is kept here for less time than the rules say."""
        return self.content_seconds < self.rules.retention_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What our store holds: the records by name, and what earlier lives wrote down."""

    index: Index = field(default_factory=Index)
    set_bytes: int = 0
    """What its records take."""
    deleters: Iterable[PublicKey] = ()
    """Who made the deletions among them."""
    refused: Iterable[tuple[int, bytes]] = ()
    """What was refused under the rules: (created_at, id)."""
    acquaintances: Iterable[Acquaintance] = ()
    """Whose keys were useful for long."""
    seen: UnixTime | None = None
    """What our clock said when it was last believed; None when there is nothing to lose."""
